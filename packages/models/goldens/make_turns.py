"""Makes `turns.golden.json`: conversations as transformers' chat templating renders them, and what a model must write in
them. The templates are written for this test, each in the manner of a family of models. What must be written is cut out
of the text by each family's own headings, which the contents do not hold.

Made with transformers 5.24:  python make_turns.py
"""

import json
import pathlib
import re

from transformers.utils.chat_template_utils import render_jinja_template

THOUGHT = "<think>\nTwice two.\n</think>\n\nFour"
TOOLS = [{"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": {"type": "object"}}}]


def talk(*contents, system=None):
    turns = [dict(role=("user", "assistant")[k % 2], content=content) for k, content in enumerate(contents)]
    return turns if system is None else [dict(role="system", content=system), *turns]


CONVERSATIONS = {
    "one turn": talk("Hi", "Yes"),
    "two turns": talk("Hi", "Yes", "Hi", "Yes"),
    "a system message": talk("Hi", "Yes", "Bye", "No", system="Be brief."),
    "an empty answer": talk("Hi", "", "Bye", "No"),
    "white space": talk(" Hi ", "  return 1\n", "\nBye", "No "),
    "reasoning": talk("2+2?", THOUGHT),
    "reasoning in both turns": talk("2+2?", THOUGHT, "And 2*2?", THOUGHT),
}

FAMILIES = {
    "ChatML, without an end of its own in the tokenizer": dict(
        eos="<|endoftext|>", heading="<\\|im_start\\|>assistant\n", end="<\\|im_end\\|>",
        template="{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"),
    "ChatML with a system message of its own (Qwen2)": dict(
        eos="<|endoftext|>", heading="<\\|im_start\\|>assistant\n", end="<\\|im_end\\|>",
        template="{% for m in messages %}{% if loop.first and m.role != 'system' %}{{ '<|im_start|>system\\nYou help.<|im_end|>\\n' }}{% endif %}"
        "{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>' + '\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"),
    "reasoning kept after the last question (Qwen3)": dict(
        eos="<|im_end|>", heading="<\\|im_start\\|>assistant\n", end="<\\|im_end\\|>",
        template="""{%- if tools %}
    {{- '<|im_start|>system\\n' }}{% if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{% endif %}
    {{- '# Tools\\n' }}{% for tool in tools %}{{- tool | tojson }}{% endfor %}{{- '<|im_end|>\\n' }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- set seen = namespace(last=-1) %}
{%- for m in messages %}{% if m.role == 'user' %}{% set seen.last = loop.index0 %}{% endif %}{% endfor %}
{%- for m in messages %}
    {%- if m.role == 'user' or (m.role == 'system' and not loop.first) %}
        {{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}
    {%- elif m.role == 'assistant' %}
        {%- set thought, text = '', m.content %}
        {%- if '</think>' in text %}
            {%- set thought = text.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set text = text.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > seen.last and (loop.last or thought) %}
            {{- '<|im_start|>assistant\\n<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' + text.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>assistant\\n' + text }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}"""),
    "a prompt that begins the reasoning (DeepSeek-R1-Distill)": dict(
        eos="<|end|>", bos="<|begin|>", heading="<\\|Assistant\\|>", end="<\\|end\\|>",
        template="{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}{% elif m.role == 'user' %}"
        "{{ '<|User|>' + m.content }}{% else %}{% set text = m.content %}{% if '</think>' in text %}"
        "{% set text = text.split('</think>')[-1] %}{% endif %}{{ '<|Assistant|>' + text + '<|end|>' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|Assistant|><think>\\n' }}{% endif %}"),
    "an end of the conversation besides that of turns (Phi-3)": dict(
        eos="<|endoftext|>", heading="<\\|assistant\\|>\n", end="<\\|end\\|>",
        template="{% for m in messages %}{{ '<|' + m.role + '|>\\n' + m.content + '<|end|>\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}"),
    "headers of two tokens, trimmed (Llama 3)": dict(
        eos="<|eot_id|>", bos="<|begin|>", heading="<\\|start_header_id\\|>assistant<\\|end_header_id\\|>\n\n", end="<\\|eot_id\\|>",
        template="{% for m in messages %}{% set text = '<|start_header_id|>' + m.role + '<|end_header_id|>\\n\\n' + m.content | trim + '<|eot_id|>' %}"
        "{% if loop.first %}{% set text = bos_token + text %}{% endif %}{{ text }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"),
    "headers whether asked or not (early Llama 3)": dict(
        eos="<|end_of_text|>", bos="<|begin|>", heading="<\\|start_header_id\\|>assistant<\\|end_header_id\\|>\n\n", end="<\\|eot_id\\|>",
        template="{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\\n\\n' + m.content | trim + '<|eot_id|>' }}{% endfor %}"
        "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}"),
    "the system message in the first question, an end token alone (Llama 2)": dict(
        eos="</s>", bos="<s>", heading="\\[/INST\\]", end="</s>",
        template="{% if messages[0].role == 'system' %}{% set rest = messages[1:] %}{% set head = '<<SYS>>\\n' + messages[0].content + '\\n<</SYS>>\\n\\n' %}"
        "{% else %}{% set rest = messages %}{% set head = '' %}{% endif %}{% for m in rest %}"
        "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"
        "{% set text = head + m.content if loop.first else m.content %}{% if m.role == 'user' %}{{ bos_token + '[INST] ' + text.strip() + ' [/INST]' }}"
        "{% else %}{{ ' ' + text.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"),
    "tools and system message before the last question (Mistral)": dict(
        eos="</s>", bos="<s>", heading="\\[/INST\\]", end="</s>",
        template="{{ bos_token }}{% set rest = messages[1:] if messages[0].role == 'system' else messages %}{% set last = namespace(user=-1) %}{% for m in rest %}{% if m.role == 'user' %}{% set last.user = loop.index0 %}{% endif %}{% endfor %}"
        "{% for m in rest %}{% if m.role == 'user' %}{% if tools and loop.index0 == last.user %}{{ '[AVAILABLE_TOOLS] ' + (tools | tojson) + '[/AVAILABLE_TOOLS]' }}{% endif %}"
        "{% if loop.index0 == last.user and messages[0].role == 'system' %}{{ '[INST] ' + messages[0].content + '\\n\\n' + m.content + '[/INST]' }}{% else %}{{ '[INST] ' + m.content + '[/INST]' }}{% endif %}"
        "{% else %}{{ ' ' + m.content | trim + eos_token }}{% endif %}{% endfor %}"),
    "another name for the assistant, no system messages (Gemma)": dict(
        eos="<eos>", bos="<bos>", heading="<start_of_turn>model\n", end="<end_of_turn>",
        template="{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
        "{% for m in messages %}{% set role = 'model' if m.role == 'assistant' else m.role %}{{ '<start_of_turn>' + role + '\\n' + m.content | trim + '<end_of_turn>\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"),
    "headings of one token, the end token after each turn (Zephyr)": dict(
        eos="</s>", heading="<\\|assistant\\|>\n", end="</s>",
        template="{% for m in messages %}\n{% if m.role == 'user' %}\n{{ '<|user|>\\n' + m.content + eos_token }}\n{% elif m.role == 'system' %}\n"
        "{{ '<|system|>\\n' + m.content + eos_token }}\n{% else %}\n{{ '<|assistant|>\\n' + m.content + eos_token }}\n{% endif %}\n"
        "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"),
}

cases = []
for family, of in FAMILIES.items():
    bos, eos = of.get("bos", ""), of["eos"]
    for name, messages in CONVERSATIONS.items():
        for tools in (None, TOOLS):
            try:
                text = render_jinja_template([messages], chat_template=of["template"], tools=tools, bos_token=bos, eos_token=eos)[0][0]
            except Exception as refusal:
                cases.append(dict(family=family, name=name, messages=messages, tools=tools, refused=str(refusal)))
                continue
            learned = [found[0] for found in re.findall(f"{of['heading']}((.*?){of['end']})", text, re.S)]
            cases.append(dict(family=family, name=name, messages=messages, tools=tools, text=text, learned=learned))

specials = "<|endoftext|> <|im_start|> <|im_end|> <|begin|> <|end|> <|User|> <|Assistant|> <|user|> <|assistant|> <|system|> <|start_header_id|> <|end_header_id|> <|eot_id|> <|end_of_text|> <s> </s> [INST] [/INST] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] <bos> <eos> <start_of_turn> <end_of_turn>".split()
families = {name: dict(template=of["template"], bos=of.get("bos"), eos=of["eos"], end=re.sub(r"\\(.)", r"\1", of["end"])) for name, of in FAMILIES.items()}
path = pathlib.Path(__file__).parent / "turns.golden.json"
line = lambda value: json.dumps(value, ensure_ascii=False)
path.write_text("\n".join([
    "{", f'"specials": {line(specials)},', f'"families": {line(families)},', '"cases": [',
    ",\n".join(map(line, cases)), "]", "}", "",
]))
