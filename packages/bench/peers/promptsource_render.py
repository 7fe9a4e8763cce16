"""The peer of `bench render`: promptsource's own `Template.apply`, and the same with templates compiled once.

Reads lines as `packages/datasets/goldens/promptsource/make.py` writes them from the file named in the first argument, renders
each record with its template as often as the second says, and prints one line of JSON
`{"renderings": …, "failed": …, "seconds": …, "compiled_seconds": …}`. The third argument is the folder of promptsource's source
archive. `apply` compiles the template at each call; the second time is that of the same steps with what jinja2 compiled kept.
"""
import json
import logging
import pathlib
import sys
import time
import types

# Promptsource asks setuptools' old pkg_resources, which is gone, where its templates are; nobody reads them here.
sys.modules.setdefault(
    "pkg_resources", types.SimpleNamespace(resource_filename=lambda _, name: str(pathlib.Path(sys.argv[3]) / name))
)
sys.path.insert(0, sys.argv[3])
logging.disable(logging.CRITICAL)
from promptsource import templates as promptsource

lines = [json.loads(line) for line in open(sys.argv[1])]
repeat = int(sys.argv[2])
made = {}
for line in lines:
    key = (line["file"], line["name"], line["jinja"])
    if key not in made:
        made[key] = promptsource.Template(line["name"], line["jinja"], "", answer_choices=line["answer_choices"])
jobs = [(made[(line["file"], line["name"], line["jinja"])], line["record"]) for line in lines]


def run():
    failed = 0
    start = time.perf_counter()
    for template, record in jobs:
        for _ in range(repeat):
            try:
                template.apply(record)
            except Exception:
                failed += 1
    return time.perf_counter() - start, failed


seconds, failed = run()
known = {}
compile_source = promptsource.env.from_string


def from_string(source, *arguments, **options):
    if source not in known:
        known[source] = compile_source(source, *arguments, **options)
    return known[source]


promptsource.env.from_string = from_string
compiled_seconds, _ = run()
result = {
    "renderings": len(jobs) * repeat,
    "failed": failed,
    "seconds": seconds,
    "compiled_seconds": compiled_seconds,
}
print(json.dumps(result), flush=True)
