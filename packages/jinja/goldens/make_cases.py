"""Makes `cases.golden.json`: the template cases of pallets/jinja's and of @huggingface/jinja's own tests, as jinja2 3.1.6 renders them.

    pip install jinja2==3.1.6 pytest trio
    python make_cases.py JINJA HUGGINGFACE

JINJA is the unpacked source distribution `jinja2-3.1.6` (BSD-3-Clause, Copyright 2007 Pallets), HUGGINGFACE the file
`packages/jinja/test/templates.test.js` of huggingface.js (MIT, Copyright 2022 Hugging Face).

The tests of pallets are run, and every template that they render is noted with the environment, the variables, and the text or
error that came of it. Left out is what needs more than an environment of ours has: other delimiters, line statements,
loaders, extensions, automatic escaping, asynchronous rendering, filters, tests and globals of the test's own, variables that
are no JSON, and texts that name places in memory. Of those of Hugging Face, templates and variables are taken, and not what is expected there.
"""

import json
import pathlib
import subprocess
import sys

import jinja2
import pytest
from jinja2 import Environment, StrictUndefined, Undefined
from jinja2.environment import Template
from jinja2.ext import LoopControlExtension

HERE = pathlib.Path(__file__).parent
cases = {}
sources = {}
plain = Environment()
depth = 0


def language(env):
    """The environment as options of ours; None where it is another kind."""
    if type(env) is not Environment or env.loader or env.autoescape is not False or env.is_async or env.sandboxed:
        return None
    for name in (
        "block_start_string", "block_end_string", "variable_start_string", "variable_end_string", "comment_start_string",
        "comment_end_string", "line_statement_prefix", "line_comment_prefix", "newline_sequence", "finalize",
    ):
        if getattr(env, name) != getattr(plain, name):
            return None
    if any(kind is not LoopControlExtension for kind in map(type, env.extensions.values())):
        return None
    if env.undefined not in (Undefined, StrictUndefined):
        return None
    if env.filters != plain.filters or env.tests != plain.tests or set(env.globals) != set(plain.globals) or env.policies != plain.policies:
        return None
    return {
        "trimBlocks": env.trim_blocks,
        "stripBlocks": env.lstrip_blocks,
        "keepLastBreak": env.keep_trailing_newline,
        "loopControls": bool(env.extensions),
        "strictUndefined": env.undefined is StrictUndefined,
    }


def note(source, env, variables, outcome):
    how = language(env)
    if how is None or " at 0x" in outcome.get("text", "") or len(source) > 4000 or len(outcome.get("text", "")) > 4000:
        return
    if "|random" in source or "filter random" in source:
        return
    try:
        given = json.loads(json.dumps(variables))
        if given != variables or "\ud800" <= max(source, default="") <= "\udfff":
            return
    except (TypeError, ValueError):
        return
    case = {"template": source, **how, **({"variables": given} if given else {}), **outcome}
    cases.setdefault(json.dumps(case, sort_keys=True), case)


compile_source = Environment.from_string
render_template = Template.render


def from_string(self, source, *arguments, **options):
    try:
        template = compile_source(self, source, *arguments, **options)
    except jinja2.TemplateSyntaxError as error:
        if isinstance(source, str) and not arguments and not options:
            note(source, self, {}, {"error": type(error).__name__})
        raise
    if isinstance(source, str) and not arguments and not options:
        sources[template] = source
    return template


def render(self, *arguments, **variables):
    global depth
    given = dict(*arguments, **variables)
    before = json.dumps(given, default=str)
    depth += 1
    try:
        text = render_template(self, *arguments, **variables)
        outcome = {"text": str(text)}
        return text
    except Exception as error:
        outcome = {"error": type(error).__name__}
        raise
    finally:
        depth -= 1
        if self in sources and depth == 0 and set(self.globals) == set(plain.globals) and before == json.dumps(given, default=str):
            note(sources[self], self.environment, given, outcome)


def chat(template, variables):
    """As `@huggingface/jinja` reads templates: with trimmed blocks."""
    env = Environment(trim_blocks=True, lstrip_blocks=True, extensions=[LoopControlExtension])
    how = {"trimBlocks": True, "stripBlocks": True, "keepLastBreak": False, "loopControls": True, "strictUndefined": False}
    try:
        outcome = {"text": env.from_string(template).render(**variables)}
    except Exception as error:
        outcome = {"error": type(error).__name__}
    if " at 0x" in outcome.get("text", ""):
        return None
    return {"template": template, **how, **({"variables": variables} if variables else {}), **outcome}


def main():
    source, tests = map(pathlib.Path, sys.argv[1:3])
    Environment.from_string, Template.render = from_string, render
    pytest.main(["-q", "-x", "--no-header", "-p", "no:cacheprovider", str(source / "tests")])
    Environment.from_string, Template.render = compile_source, render_template
    found = json.loads(subprocess.run(["node", str(HERE / "read-cases.mjs"), str(tests)], check=True, capture_output=True, text=True).stdout)
    other = [case for template, variables in found if (case := chat(template, variables))]
    golden = {
        "pallets": {"from": "pallets/jinja 3.1.6, BSD-3-Clause, Copyright 2007 Pallets", "cases": list(cases.values())},
        "huggingface": {"from": "huggingface.js, MIT, Copyright 2022 Hugging Face", "cases": other},
    }
    lines = json.dumps(golden, ensure_ascii=True, separators=(",", ":")).replace('},{"template"', '},\n{"template"')
    (HERE / "cases.golden.json").write_text(lines + "\n")
    print(len(cases), len(other))


if __name__ == "__main__":
    main()
