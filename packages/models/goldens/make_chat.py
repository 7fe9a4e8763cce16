"""Makes `chat.golden.json`: conversations as transformers' chat templating renders them, with the characters that lie in
`{% generation %}` blocks. The templates are written for this test: each leans on other features of the language.

Made with transformers 5.18:  python make_chat.py
"""

import json
import pathlib

from transformers.utils.chat_template_utils import render_jinja_template

TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": " What is 2 + 2? "},
    {"role": "assistant", "content": "Four.\n"},
    {"role": "user", "content": 'Say "ça va" <now>'},
    {"role": "assistant", "content": "ça va"},
]

TEMPLATES = {
    "blocks on lines of their own": """
{%- for message in messages %}
    {{- '<|turn|>' + message['role'] + '\\n' }}
    {%- if message.role == 'assistant' %}
        {%- generation %}
        {{- message.content + '<|stop|>' }}
        {%- endgeneration %}
    {%- else %}
        {{- message.content + '<|stop|>' }}
    {%- endif %}
    {{- '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|turn|>assistant\\n' }}
{%- endif %}
""",
    "trimmed and stripped blocks": """{% for message in messages %}
{% if message.role == 'assistant' %}
A: {% generation %}
{{ message.content | trim }}<|stop|>
   {% endgeneration %}
tail
{% else %}
{{ message.role | upper }}: {{ message.content }}
{% endif %}
{% endfor %}
{% if add_generation_prompt %}A: {% endif %}""",
    "namespace, slices and tests": """{%- set ns = namespace(system='') -%}
{%- if messages[0].role == 'system' %}{% set ns.system = messages[0].content %}{% set rest = messages[1:] %}{% else %}{% set rest = messages %}{% endif -%}
{{ bos_token }}{{ ns.system }}
{%- for message in rest -%}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('turns must alternate') }}{% endif -%}
{%- if message.role == 'user' %} [Q] {{ message.content.strip() }} [/Q]
{%- elif message.content is string -%}
{% generation %} {{ message.content }}{{ eos_token }}{% endgeneration %}
{%- endif -%}
{%- endfor -%}""",
    "a macro and tojson": """{%- macro turn(role, text) -%}
<{{ role }}>{{ text }}
{%- endmacro -%}
{%- for message in messages if message.role != 'system' -%}
{{ turn(message.role, message.content | tojson) }}
{% if not loop.last %}{{ '---\\n' }}{% endif %}
{%- endfor -%}""",
}

cases = []
for name, template in TEMPLATES.items():
    for prompt in (False, True):
        turns = TURNS if not prompt else TURNS[:4]
        texts, spans = render_jinja_template(
            [turns], chat_template=template, return_assistant_tokens_mask="generation" in template,
            add_generation_prompt=prompt, bos_token="<|begin|>", eos_token="<|end|>",
        )
        found = spans[0] if spans else []
        cases.append(dict(name=name, template=template, messages=turns, generationPrompt=prompt, text=texts[0],
                          spans=[[start, end] for start, end in found] if "generation %}" in template else None))

path = pathlib.Path(__file__).parent / "chat.golden.json"
path.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")
