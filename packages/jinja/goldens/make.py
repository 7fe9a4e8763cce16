"""Makes `jinja.golden.json`: templates as transformers' chat templating renders them, or the error that it raises.

`expressions.txt` holds templates in lines; what stands between `}}` and `{{` there is cut;
`constructs.txt` holds templates of several lines, between lines of `=====`; `models/*.jinja` are written in the style of model families and are
rendered with each conversation of `conversations.json`. All are written for this test.

Made with transformers 5.24 and jinja2 3.1.6:  python make.py
"""

import datetime
import json
import pathlib

from transformers.utils import chat_template_utils

HERE = pathlib.Path(__file__).parent
NOW = datetime.datetime(2024, 7, 6, 15, 4, 5)

VARIABLES = {
    "messages": [
        {"role": "user", "content": "\n  Hi!\n"},
        {"role": "assistant", "content": "Yo."},
        {"role": "user", "content": "ça va? <b> \U0001f600x"},
    ],
    "tools": None,
    "documents": None,
    "add_generation_prompt": False,
    "bos_token": "<s>",
    "eos_token": "</s>",
    "text": "The quick brown fox, it's over",
    "accents": "Élan vital, \U0001f600 naïve ΣΑΣ ß",
    "numbers": [3, 1, 2],
    "half": 2.5,
    "tenth": 0.1,
    "record": {"b": 1, "a": [1, 2.5, None, True, "x'y"], "name": "n", "items": "own"},
    "people": [
        {"name": "Bob", "age": 30, "pet": {"kind": "cat"}},
        {"name": "alice", "age": 25, "pet": {"kind": "dog"}},
        {"name": "Carl", "age": 30},
    ],
    "empty": [],
    "blank": "",
    "nothing_known": None,
    "tree": [{"n": 1, "c": [{"n": 2, "c": []}, {"n": 3, "c": [{"n": 4, "c": []}]}]}, {"n": 5, "c": []}],
}


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def rendered(template, variables):
    try:
        compiled = chat_template_utils._compile_jinja_template(template)
        text = compiled.render(**variables)
        json.dumps(text, ensure_ascii=False).encode()
        return {"error": "an address in memory"} if " at 0x" in text else {"text": text}
    except Exception as error:
        return {"error": type(error).__name__}


def main():
    chat_template_utils.datetime = Clock
    lines = (HERE / "expressions.txt").read_text().splitlines()
    lines = [line for line in lines if line and not line.startswith("## ")]
    # Each expression by itself: an error in one hides none of the others.
    templates = list(dict.fromkeys(part for line in lines for part in line.replace("}} {{", "}}\n{{").split("\n")))
    templates += (HERE / "constructs.txt").read_text().removesuffix("\n").split("\n=====\n")
    constructs = [{"template": template, **rendered(template, VARIABLES)} for template in templates]

    conversations = json.loads((HERE / "conversations.json").read_text())
    models = []
    for path in sorted((HERE / "models").glob("*.jinja")):
        template = path.read_text()
        for name, variables in conversations.items():
            given = {"bos_token": "<s>", "eos_token": "</s>", "tools": None, "documents": None, **variables}
            models.append({"model": path.name, "conversation": name, **rendered(template, given)})

    golden = {"now": NOW.isoformat(), "variables": VARIABLES, "constructs": constructs, "models": models}
    (HERE / "jinja.golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
    failed = sum("error" in case for case in constructs + models)
    print(f"{len(constructs)} constructs, {len(models)} conversations, {failed} of them errors")


main()
