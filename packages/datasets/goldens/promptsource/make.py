"""Renders every template of promptsource on generated records with jinja2, as promptsource's `Template.apply` does.

    python make.py FOLDER_OF_TEMPLATES OUT.jsonl            all of them, for the full comparison (compare.ts)
    python make.py FOLDER_OF_TEMPLATES OUT.jsonl --sample   the sample that stands beside this file

The folder is `promptsource/templates` of promptsource's source archive (0.2.3). A record is generated from how a template
uses its fields: what is indexed by numbers is a list, what has attributes a dictionary, what is compared with texts one of
them, what picks an answer a number. `choice` and `random` take the first item. Lines are `{file, name, jinja, answer_choices, record}` with
`parts` and `choices`, or `error`, the Python exception.

Made with jinja2 3.1.6 and PyYAML 6.0.
"""

import json
import pathlib
import random
import sys

import yaml
from jinja2 import BaseLoader, Environment, nodes
from collections import Counter

TEXT = 2048
PROTECTOR = "3ed2dface8203c4c9dfb1a5dc58e41e0"
WORDS = ["river", "Stone", "it's", "été", "a|b", "x|||y", "Yes", "no", "42", "<b>", "😀", "long  gap", "end.", "New York"]

env = Environment(loader=BaseLoader)
env.globals.update(zip=zip)


def most_frequent(items):
    if not items:
        return None
    counts = Counter(items).most_common()
    return [item for item, count in counts if count == counts[0][1]]


env.filters["highlight"] = lambda text: "<span style='color: #F08080'>" + text + "</span>"
env.filters["choice"] = env.filters["random"] = lambda items: items[0]
env.filters["most_frequent"] = most_frequent


class Template(yaml.YAMLObject):
    yaml_tag = "!Template"
    yaml_loader = yaml.SafeLoader


class Metadata(yaml.YAMLObject):
    yaml_tag = "!TemplateMetadata"
    yaml_loader = yaml.SafeLoader


class Shape:
    """What a field is, as far as its uses tell."""

    def __init__(self):
        self.fields, self.item, self.values, self.number, self.text = {}, None, [], False, False

    def field(self, name):
        return self.fields.setdefault(name, Shape())

    def items(self):
        self.item = self.item or Shape()
        return self.item

    def make(self, rng, depth=0):
        if self.fields and depth < 6:
            return {name: shape.make(rng, depth + 1) for name, shape in self.fields.items()}
        if self.item is not None and depth < 6:
            return [self.item.make(rng, depth + 1) for _ in range(rng.randint(2, 5))]
        if self.values and rng.random() < 0.8:
            return rng.choice(self.values)
        if self.number:
            return rng.randint(0, 1)
        if rng.random() < 0.06:
            return rng.choice([1.5, None, True, 3, ""])
        return " ".join(rng.choice(WORDS) for _ in range(rng.choice([1, 2, 5, 12, 600 if depth == 0 and rng.random() < 0.1 else 3])))


class Reader:
    """Reads shapes off a syntax tree. Scopes map a name to the shape that it stands for."""

    def __init__(self):
        self.root = {}

    def shape(self, node, scope):
        if isinstance(node, nodes.Name):
            if node.name in scope:
                return scope[node.name]
            if node.name in ("answer_choices", "range", "zip", "namespace", "loop", "dict"):
                return None
            return self.root.setdefault(node.name, Shape())
        if isinstance(node, nodes.Getattr):
            base = self.shape(node.node, scope)
            if base is None or node.attr in dir(str) or node.attr in dir(list) or node.attr in dir(dict):
                if base is not None and node.attr in dir(dict) and node.attr not in dir(list):
                    base.field("some")
                return None
            return base.field(node.attr)
        if isinstance(node, nodes.Getitem):
            base = self.shape(node.node, scope)
            if isinstance(node.arg, nodes.Slice):
                return base
            if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
                return None if base is None else base.field(node.arg.value)
            index = self.shape(node.arg, scope)
            if index is not None:
                index.number = True
            return None if base is None else base.items()
        if isinstance(node, nodes.Filter) and node.node is not None:
            inner = self.shape(node.node, scope)
            if inner is None:
                return None
            if node.name in ("first", "last", "choice", "random", "min", "max"):
                return inner.items()
            if node.name in ("join", "list", "unique", "sort", "map", "select", "reject", "selectattr", "most_frequent"):
                inner.items()
                return inner if node.name in ("list", "unique", "sort", "select", "reject", "selectattr") else None
            if node.name in ("int", "round", "abs", "float"):
                inner.number = True
            return None
        return None

    def walk(self, node, scope):
        if isinstance(node, nodes.For):
            self.walk(node.iter, scope)
            whole = self.shape(node.iter, scope)
            inner = dict(scope)
            names = [node.target] if isinstance(node.target, nodes.Name) else node.target.items
            for name in names:
                inner[name.name] = whole.items() if whole is not None and len(names) == 1 else None
            for child in node.body + node.else_ + ([node.test] if node.test else []):
                self.walk(child, inner)
            return
        if isinstance(node, nodes.Assign):
            self.walk(node.node, scope)
            if isinstance(node.target, nodes.Name):
                scope[node.target.name] = self.shape(node.node, scope)
            return
        if isinstance(node, nodes.Compare):
            left = self.shape(node.expr, scope)
            for operand in node.ops:
                if left is not None and isinstance(operand.expr, nodes.Const) and operand.op != "in":
                    left.values.append(operand.expr.value)
                if left is not None and operand.op == "in" and isinstance(operand.expr, (nodes.List, nodes.Tuple)):
                    left.values += [item.value for item in operand.expr.items if isinstance(item, nodes.Const)]
        if isinstance(node, (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.Mod, nodes.Neg)):
            for child in node.iter_child_nodes():
                shape = self.shape(child, scope)
                if shape is not None and not isinstance(node, nodes.Add):
                    shape.number = True
        self.shape(node, scope)
        for child in node.iter_child_nodes():
            self.walk(child, scope)


def record_of(template, seed):
    reader = Reader()
    for source in (template.answer_choices, template.jinja):
        if source:
            reader.walk(env.parse(source), {})
    rng = random.Random(seed)
    return {name: shape.make(rng) for name, shape in reader.root.items()}


def escaped(record):
    return {k: v.replace("|||", PROTECTOR) if isinstance(v, str) else v for k, v in record.items()}


def parts_of(text):
    return [part.replace(PROTECTOR, "|||").strip() for part in text.split("|||")]


def choices_of(template, record):
    if template.answer_choices is None:
        return None
    rendered = env.from_string(template.answer_choices).render(**escaped(record))
    return [part.strip().replace(PROTECTOR, "|||") for part in rendered.split("|||")]


def applied(template, record):
    try:
        source = template.jinja.replace("}}", f" | string | truncate({TEXT}) }}}}")
        choices = choices_of(template, record)
        text = env.from_string(source).render(**escaped(record), answer_choices=choices)
        if " at 0x" in text:
            return {"error": "an address in memory"}
        return {"parts": parts_of(text), "choices": choices}
    except Exception as error:
        return {"error": type(error).__name__}


def main():
    folder, out = pathlib.Path(sys.argv[1]), sys.argv[2]
    sample = "--sample" in sys.argv
    count = failed = 0
    with open(out, "w") as file:
        for path in sorted(folder.glob("**/templates.yaml")):
            content = yaml.safe_load(path.read_text())
            for template in content["templates"].values():
                count += 1
                if sample and count % 14 != 0:
                    continue
                for seed in range(1 if sample else 4):
                    # A copy for each: templates change lists that they are given.
                    record = record_of(template, f"{template.id} {seed}")
                    result = applied(template, json.loads(json.dumps(record)))
                    failed += "error" in result
                    line = {"file": str(path.relative_to(folder)), "name": template.name, "jinja": template.jinja,
                            "answer_choices": template.answer_choices, "record": record, **result}
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{count} templates, {failed} renderings end in an error")


main()
