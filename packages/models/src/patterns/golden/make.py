"""What Python's re makes of patterns: writes python.json beside this file. Python 3.11 or newer, no packages.

    python packages/models/src/patterns/golden/make.py
"""

import json
import re
from pathlib import Path

NAMES = [
    "model.layers.0.self_attn.q_proj",
    "model.layers.11.self_attn.v_proj",
    "model.layers.1.mlp.gate_proj",
    "transformer.h.0.attn.c_attn",
    "lm_head",
    "lm_head\n",
    "",
]
TEXTS = [
    "aaab", "abab", "AbAB", "a1_é٣", "ſs K k", "x\ny\n", "foo.bar", "(a)", "a", "aa", "ab", "b", "\x0b\x1c\x85\u00a0 ",
    "İıß", "日本語 12", "a{,}b", "a{2}b", "🙂🙂", "[]^-", "cat dog", "aXbX", "\\", "x" * 12,
]
PATTERNS = [
    r".*\.(q|v)_proj", r"(.*\.)?(q_proj)$", r"model\.layers\.(\d+)\..*", r".*\.layers\.(\d+)\.", r"lm_head$", r"lm_head\Z",
    r"\Alm_head", r"(?i)LM_HEAD", r"(?i:LM)_head", r"a(?i)b", r"(?P<a>a)(?P=a)", r"(?P<first>.)\1?", r"(a)|b", r"(a)?(?(1)b|c)",
    r"(?P<x>a)?(?(x)b|c)", r"a{,2}b?", r"a{,}b", r"a{2,}b", r"a{2}b", r"a{2,1}", r"a{x}", r"a{", r"{", r"x{3}?", r"x{2,5}?", r"x{2,5}+x",
    r"a++b", r"a*+a", r"a?+a", r"(?>a+)b", r"(?>a|aa)b", r"(?#note)a", r"(?x) a b # note", r"(?x:a b)c", r"(?s).*", r"(?m)^y$", r".*",
    r"(?<=a)b", r"a(?<=a)b", r"(?<!a)b", r"x*(?<=xx)y?", r"(?<=a+)b", r"(?<=a|bc)d", r"(?=a)ab", r"(?!b)a", r"\bcat\b.*", r"\Bx",
    r"\w+", r"\d+", r"\s+", r"\W+", r"\D+", r"\S+", r"(?a)\w+", r"(?a:\d)+", r"[\w.]+", r"[^\W\d_]+", r"[]a]+", r"[^]]+", r"[\]\[^-]+", r"[a-]+",
    r"[a-z", r"[z-a]", r"[\d-z]", r"[\b]", r"\x61", r"\u0061", r"\U00000061", r"\141", r"\0", r"\8", r"\q", r"\N{LATIN SMALL LETTER A}", r"\z",
    r"(a))", r"((a)", r"*a", r"a**", r"a+*", r"^*", r"(?P<1>a)", r"(?P<a>a)(?P<a>b)", r"(?P=b)", r"\2(a)(b)", r"(a\1)", r"(?(2)a|b)(x)", r"(?L)a",
    r"(?<n>a)", r"(?i)ſ", r"(?i)k", r"(?i)ß", r"(?i)[a-c]+x?", r"(?i)[^a]+", r"(a*)*", r"(a*)+b", r"(a|b)*?b", r"(?:a|ab)(?:c|bab)?", r"(|a)+",
    r"(?:(a)|b)*", r"(a)(?:b\1)?", r"\.", r"foo\.bar|foo", r"foo|foo\.bar", r"日本語\s\d+", r"🙂{2}", r"\(a\)", r"\\", r"a.b", r"(?-i:a)", r"(?i-i:a)b", r"(?i:a(?-i:b))",
    r"", r"(?:)", r"()", r"$", r"^", r"\Z", r"(?s:.)\n?", r"(?u)a", r"(?ia)[K]", r"[a-c-e]+", r"a|*", r"(?:a", r"(?", r"(?P", r"(?P<", r"[", r"\\\\", "a\\",
]


def result(match):
    return None if match is None else [match.end(), *match.groups()]


cases = []
for pattern in PATTERNS:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        cases.append({"pattern": pattern, "error": str(error)})
        continue
    except RecursionError:
        continue
    cases.append({
        "pattern": pattern,
        "texts": [
            [text, result(compiled.match(text)), compiled.fullmatch(text) is not None] for text in NAMES + TEXTS
        ],
    })
Path(__file__).with_name("python.json").write_text(json.dumps(cases, ensure_ascii=True) + "\n")
