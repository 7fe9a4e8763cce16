"""What transformers makes of conversations with the chat templates of well-known models.

    pip install transformers==5.24.0
    python packages/models/goldens/make_chat_templates.py FOLDER

FOLDER is that of `make_vocabularies.py` (`TUNESMITH_VOCABULARIES`), with the `tokenizer_config.json` beside each
`tokenizer.json`, and with the templates of two Python packages, as files `*.jinja`:

    FOLDER/templates/trl         trl/chat_templates of trl 1.13.0 (wheel)
    FOLDER/templates/llama.cpp   vendor/llama.cpp/models/templates of llama_cpp_python 0.3.36 (source)

The templates lie under the licenses of their models, so neither they nor the texts that they write are part of this
repository. Writes FOLDER/templates/expected.jsonl: for each template one line, for each conversation `[text, spans]`, or the
reason of a refusal, where spans are the characters of the `{% generation %}` blocks; and for each vocabulary with a template
`[text, ids, mask]` as `apply_chat_template` of its tokenizer gives them. Into `chat-templates.golden.json` go the
conversations and the SHA-256 of each line.
"""

import datetime
import hashlib
import json
import sys
from pathlib import Path

import jinja2
from transformers import AutoTokenizer
from transformers.utils import chat_template_utils

NOW = datetime.datetime(2024, 7, 6, 15, 4, 5)
QUESTION = {"role": "user", "content": "How warm is it in Łódź & Paris?"}
WEATHER = {"type": "function", "function": {
    "name": "weather", "description": "The weather of a city, \"now\".", "parameters": {
        "type": "object", "required": ["city"], "properties": {
            "city": {"type": "string", "description": "Its name"}, "unit": {"type": "string", "enum": ["°C", "°F"]},
            "days": {"type": "array", "items": {"type": "integer"}, "default": [1, 2]}, "exact": {"type": "boolean"}}}}}
CLOCK = {"type": "function", "function": {"name": "clock", "description": "Tells the time.", "parameters": {"type": "object", "properties": {}}}}


def call(name, arguments, number=1):
    return {"id": f"call{number:05d}", "type": "function", "function": {"name": name, "arguments": arguments}}


def answer(content, name="weather", number=1):
    return {"role": "tool", "name": name, "tool_call_id": f"call{number:05d}", "content": content}


def said(*contents, system=None):
    turns = [dict(role=("user", "assistant")[k % 2], content=content) for k, content in enumerate(contents)]
    return turns if system is None else [dict(role="system", content=system), *turns]


ONE_CALL = [QUESTION, {"role": "assistant", "content": "", "tool_calls": [call("weather", {"city": "Łódź", "days": [1], "exact": True})]},
            answer('{"temperature": 21.5}')]
TWO_CALLS = [QUESTION, {"role": "assistant", "content": "I look.", "tool_calls": [call("weather", {"city": "Paris", "unit": None}), call("clock", {}, 2)]},
             answer("21"), answer("12:00", "clock", 2)]
REASONED = {"role": "assistant", "reasoning_content": "It is a sum.\nTwo and two.", "content": "Four."}

CASES = {
    "a question": dict(messages=said("Hi"), generationPrompt=True),
    "a question, no prompt": dict(messages=said("Hi")),
    "one turn": dict(messages=said("Hi", "Yes.")),
    "two turns": dict(messages=said("What is 2 + 2?", "Four.", "  Sure?\n", "Yes,\nI am.")),
    "two turns and a question": dict(messages=said("Hi", "Yes.", "Why?", "So.", "Oh?"), generationPrompt=True),
    "a system message": dict(messages=said("Hi", "Yes.", "Bye", "No.", system="Be brief.\n")),
    "a system message and a question": dict(messages=said("Hi", system="Be brief."), generationPrompt=True),
    "a developer's message": dict(messages=[{"role": "developer", "content": "Be brief."}, *said("Hi", "Yes.")]),
    "white space": dict(messages=said(" Hi ", "  return 1\n", "\nBye", "No ")),
    "equal answers": dict(messages=said("Yes", "Yes", "Yes", "Yes")),
    "an empty answer": dict(messages=said("Hi", "", "Bye", "No")),
    "other scripts": dict(messages=said("Ça va \"bien\" <b>? 😀 {{ x }}", "いいえ。\\n 100% ≥ ½", "שלום", "Да́.")),
    "thoughts in the text": dict(messages=said("2+2?", "<think>\nTwice two.\n</think>\n\nFour.", "2*2?", "<think>\nThe same.\n</think>\n\nFour again.")),
    "thoughts apart": dict(messages=[*said("2+2?"), REASONED, *said("2*2?"), REASONED]),
    "thinking on": dict(messages=said("2+2?"), generationPrompt=True, variables={"enable_thinking": True, "thinking": True, "reasoning_effort": "high"}),
    "thinking off": dict(messages=said("2+2?", "Four.", "2*2?"), generationPrompt=True, variables={"enable_thinking": False, "thinking": False, "reasoning_effort": "low"}),
    "tools and a question": dict(messages=[QUESTION], tools=[WEATHER, CLOCK], generationPrompt=True),
    "tools and a system message": dict(messages=[{"role": "system", "content": "Be exact."}, QUESTION], tools=[WEATHER], generationPrompt=True),
    "tools that nobody calls": dict(messages=said("Hi", "Yes."), tools=[WEATHER]),
    "a call": dict(messages=ONE_CALL[:2], tools=[WEATHER]),
    "a call and its answer": dict(messages=ONE_CALL, tools=[WEATHER], generationPrompt=True),
    "a call and what follows": dict(messages=[*ONE_CALL, {"role": "assistant", "content": "21.5 °C."}, *said("Thanks", "You're welcome.")], tools=[WEATHER]),
    "two calls": dict(messages=[*TWO_CALLS, {"role": "assistant", "content": "21 at noon."}], tools=[WEATHER, CLOCK]),
    "a call without tools": dict(messages=[*ONE_CALL, {"role": "assistant", "content": "21.5 °C."}]),
    "thoughts before a call": dict(messages=[QUESTION, {**ONE_CALL[1], "reasoning_content": "I ask."}, ONE_CALL[2], {"role": "assistant", "content": "Warm."}], tools=[WEATHER]),
    "the assistant first": dict(messages=[{"role": "assistant", "content": "I begin."}, *said("Yes?")], generationPrompt=True),
    "the assistant twice": dict(messages=[*said("Hi", "Yes."), {"role": "assistant", "content": "And no."}]),
    "a system message in the middle": dict(messages=[*said("Hi", "Yes."), {"role": "system", "content": "Be loud."}, *said("Bye", "NO!")]),
    "an unknown role": dict(messages=[{"role": "critic", "content": "Hm."}, *said("Hi", "Yes.")]),
    "an answer to go on with": dict(messages=said("Count.", "One, two"), continueFinal=True),
    "an answer to go on with, white space": dict(messages=said("Count.", "One, two, "), continueFinal=True),
    "an answer to go on with, system and turns": dict(messages=said("Hi", "Yes.", "Count.", "One,\n", system="Be brief."), continueFinal=True),
    "an answer to go on with, said before": dict(messages=said("One", "One", "One", "One"), continueFinal=True),
}


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def wanted(case):
    return dict(
        tools=case.get("tools"), add_generation_prompt=case.get("generationPrompt", False),
        continue_final_message=case.get("continueFinal", False), **case.get("variables", {}))


def refusal(error):
    """What a template says itself is part of the result; how Python says that something is not there is not."""
    own = type(error) is jinja2.exceptions.TemplateError
    return {"refused": str(error) if own else None}


def render(template, case):
    blocks = "generation %}" in template or "generation -%}" in template
    try:
        texts, spans = chat_template_utils.render_jinja_template(
            [chat_template_utils._normalize_chat_messages(case["messages"])], chat_template=template, bos_token="<s>", eos_token="</s>",
            return_assistant_tokens_mask=blocks and not case.get("continueFinal"), **wanted(case))
    except Exception as error:
        return refusal(error)
    return [texts[0], [list(span) for span in spans[0]] if spans else []]


def apply(tokenizer, case):
    blocks = "generation %}" in tokenizer.chat_template or "generation -%}" in tokenizer.chat_template
    try:
        text = tokenizer.apply_chat_template(case["messages"], tokenize=False, **wanted(case))
        out = tokenizer.apply_chat_template(
            case["messages"], return_dict=True, return_assistant_tokens_mask=blocks and not case.get("continueFinal"), **wanted(case))
    except Exception as error:
        return refusal(error)
    return [text, out["input_ids"], out.get("assistant_masks", [])]


# Templates of the packages for vocabularies whose files have none, or that have blocks which their own have not.
PAIRS = [("gptoss", "trl/gptoss"), ("gptoss", "trl/gptoss_training"), ("qwen3", "trl/qwen3_training"), ("qwen2_5", "trl/qwen2_5_training"),
         ("deepseek_v3", "trl/deepseekv3_training"), ("llama3", "trl/llama3_training"), ("llama3_1", "trl/llama3_1"), ("gemma", "trl/gemma_training"),
         ("gemma3", "trl/gemma3_training")]


def main():
    chat_template_utils.datetime = Clock
    folder = Path(sys.argv[1])
    templates = {f"{file.parent.name}/{file.stem}": file.read_text(encoding="utf-8") for file in sorted(folder.glob("templates/*/*.jinja"))}
    rows = {}
    for name, template in templates.items():
        rows[name] = [render(template, case) for case in CASES.values()]
    own = sorted(file.parent.name for file in folder.glob("*/tokenizer_config.json") if "chat_template" in json.loads(file.read_text()))
    for vocabulary, template in [*((name, None) for name in own), *PAIRS]:
        tokenizer = AutoTokenizer.from_pretrained(folder / vocabulary)
        if template is not None:
            tokenizer.chat_template = templates[template]
        rows[vocabulary if template is None else f"{vocabulary} with {template}"] = [apply(tokenizer, case) for case in CASES.values()]
    golden = {}
    with (folder / "templates/expected.jsonl").open("w") as out:
        for name, results in rows.items():
            line = json.dumps(results, ensure_ascii=False, separators=(",", ":"))
            out.write(json.dumps(name) + "\t" + line + "\n")
            golden[name] = dict(rendered=sum(isinstance(row, list) for row in results), sha256=hashlib.sha256(line.encode()).hexdigest())
    dump = lambda value: json.dumps(value, ensure_ascii=False)
    lines = lambda values: "{\n" + ",\n".join(f"  {dump(key)}: {dump(value)}" for key, value in values.items()) + "\n}"
    path = Path(__file__).with_name("chat-templates.golden.json")
    path.write_text(f'{{\n"cases": {lines(CASES)},\n"templates": {lines(golden)}\n}}\n')
    print(len(rows), "templates,", sum(one["rendered"] for one in golden.values()), "texts of", len(rows) * len(CASES))


main()
