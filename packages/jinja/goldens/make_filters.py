"""Makes `filters.golden.json`: what `wordwrap`, `striptags`, `urlize` and `pprint` of jinja2 3.1.6 make of texts and values.

Texts are drawn from pieces that the filters look for, by a fixed seed.

    pip install jinja2==3.1.6
    python make_filters.py
"""

import json
import pathlib
import random

import jinja2

HERE = pathlib.Path(__file__).parent
draw = random.Random(7)
environment = jinja2.Environment()

WRAPPED = [
    "word", "a", "well-known", "mother-in-law", "--", "---", " ", "  ", "\t", "\n", "\n\n", "it's", "and/or", "x-", "-y", "12-34", "e.g.,",
    "naïve-été", "\U0001f600\U0001f600", "extraordinarily", "\u00a0", "under_score-d", "so--called", "«q»", "Ünï-cödé",
]
TAGGED = [
    "<p>", "</p>", "<br/>", "<!-- c > -->", "<!--", "-->", "<", ">", " ", "\n", "a b", "&amp;", "&lt;i&gt;", "&nbsp;", "&raquo;", "&notit;", "&not",
    "&#65;", "&#x42;", "&#128;", "&#0;", "&#xd800;", "&#13;", "&#1;", "&#x110000;", "&unknown;", "&", "&#;", "&CounterClockwiseContourIntegral;", "&ampx",
]
LINKED = [
    "http://example.org", "https://x.y.example.com/a?b=c#d", "www.example.com", "example.org", "example.dev", "a@example.org", "@a@b.org", "mailto:a@b.org",
    "mailto:a", "http://127.0.0.1:80/x", "http://[::1]/", "http://[2001:db8::1]:8080/p", "ftp://h", "tel:+1-2", "(", ")", "<", ">", ".", ",", "&", '"', "'", " ", "\n",
    "http://example.org/a_(b)", "xn--80ak6aa92e.com", "http://xn--80ak6aa92e", "http://bücher.example", "word", "http://",
]
LONG = [
    "short", "a text of several words that goes on until it is too long for one line of eighty characters, and further",
    "two lines\nof which the second one is far too long to stand on a line of eighty characters whatever is done about it", "x" * 90, "it's", 'say "it\'s"',
    "", "é" * 50 + " " + "ü" * 50, "tabs\tand  spaces " * 8,
]


def text(pieces, most):
    return "".join(draw.choice(pieces) + draw.choice(["", "", " "]) for _ in range(draw.randint(0, most)))


def value(depth):
    kind = draw.randint(0, 8 if depth > 0 else 4)
    if kind == 0:
        return draw.choice([None, True, False, 0, -7, 123456789])
    if kind == 1:
        return draw.choice([0.5, 1e-7, -2.25])
    if kind < 5:
        return draw.choice(LONG)
    if kind < 7:
        return [value(depth - 1) for _ in range(draw.randint(0, 5))]
    return {draw.choice(["b", "a", "key", "a longer key", "z" * 30, "ö"]): value(depth - 1) for _ in range(draw.randint(0, 5))}


def case(template, given):
    try:
        return {"template": template, "value": given, "text": environment.from_string(template).render(v=given)}
    except Exception as error:
        return {"template": template, "value": given, "error": type(error).__name__}


def main():
    cases = []
    for _ in range(120):
        options = draw.choice(["", "10", "1", "7, false", "12, true, '|'", "5, break_on_hyphens=false", "20, wrapstring=none, break_long_words=false"])
        cases.append(case("{{ v|wordwrap(%s) }}" % options, text(WRAPPED, 16)))
    for _ in range(120):
        cases.append(case("{{ v|striptags }}", text(TAGGED, 8)))
    for _ in range(150):
        options = draw.choice(["", "", "10", "nofollow=true", "none, true, '_blank'", "rel='a b'", "extra_schemes=['tel:', 'ftp://']"])
        cases.append(case("{{ v|urlize(%s) }}" % options, text(LINKED, 6)))
    for _ in range(150):
        cases.append(case("{{ v|pprint }}", value(3)))
    for template in (
        "{{ v|wordwrap(0) }}", "{{ 7|wordwrap }}", "{{ nothing|wordwrap }}", "{{ nothing|striptags }}|{{ nothing|urlize }}|{{ nothing|pprint }}",
        "{{ 7|striptags }}{{ 7|urlize }}", "{{ ('<b>x</b> &amp;'|safe)|striptags }}", "{{ ('http://a.org/?b&c'|safe)|urlize }}", "{{ v|urlize(extra_schemes=['f']) }}",
        "{{ {1: 'a', none: 2, 'x': 3, 0.5: 4, true: 5, (1, 2): 6}|pprint }}", "{{ (1,)|pprint }}{{ ()|pprint }}{{ ('a' * 50, 'b' * 50)|pprint }}{{ ('a' * 90,)|pprint }}",
        "{{ [[{'b': ['c' * 40, 'd' * 40]}]]|pprint }}", "{{ (v|e)|pprint }}", "{{ range(3)|pprint }}",
    ):
        cases.append(case(template, "a b"))
    unique = list({json.dumps(one, ensure_ascii=False): one for one in cases}.values())
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in unique)
    (HERE / "filters.golden.json").write_text(f"[\n{lines}\n]\n")


main()
