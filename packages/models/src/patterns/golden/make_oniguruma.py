"""Where Oniguruma matches, as the library tokenizers uses it: writes oniguruma.json beside this file.

    pip install tokenizers==0.23.3
    python packages/models/src/patterns/golden/make_oniguruma.py
"""

import json
from pathlib import Path

from tokenizers import Regex, pre_tokenizers

TEXTS = [
    "The cat's 12 hats,\r\n and\tmore…  ", "aaa AAA aab aB", "x\ny\n", "Straße ſs Kk İı", "日本語 テキスト 한국 12", "a1_é٣½Ⅷ", "e\u0301 \u00a0\u2003\u200b\ufeff\x85",
    "$+<=>^`|~ !?-()[]{}", "🙂👍🏽 ok", "0xDEADbeef ghi", "foo.bar(a)", "\x00\x07\x1b\x7f", "", "[a&&b]", "aXbX", "ab|ba",
]
PATTERNS = [
    r"\w+", r"\W+", r"\d+", r"\D", r"\s+", r"\S+", r"\h+", r"\H+", r"\p{L}+", r"\P{L}+", r"\p{^L}+", r"\p{Lu}", r"\p{Han}+", r"\p{Hiragana}|\p{Katakana}|\p{Hangul}", r"\p{Alpha}+",
    r"\p{Alnum}+", r"\p{Word}+", r"\p{Punct}+", r"\p{Space}", r"\p{Nd}+|\p{No}", r"[[:alpha:]]+", r"[[:^alpha:]]+", r"[[:punct:]]+", r"[[:space:]]+", r"[[:upper:]]", r"[[:xdigit:]]+",
    r"[[:cntrl:]]", r"[[:word:]]+", r"[[:blank:]]", r"[[:graph:]]+", r"[[:print:]]+", r"[[:lower:]]+", r"[[:digit:]]+", r"[[:alnum:]]+", r"[a-c[x-z]]+", r"[a-z&&[^aeiou]]+", r"[^a-z&&[^aeiou]]+", r"[]a]", r"[\]\[-]+",
    r"(?i:the|CAT)", r"(?i)a+b", r"a(?i)a|b", r"(?i:s)", r"(?i:k)", r"(?i)[a-b]+", r"(?m:.+)", r".+", r"^\w", r"\w$", r"\A\w+", r"\w+\z", r"\s\Z", r"\bc|s\b", r"\B.", r"(?<=a)b", r"(?<!a)b",
    r"(?<=a|bc)b", r"(?=a)\w", r"(?!a)\w", r"a++b", r"a*+b", r"a?+b", r"(?>a+)b", r"a{2}", r"a{,2}", r"a{2,}", r"a{1,2}?", r"a{2}+", r"(a)\1", r"(?<n>a)\k<n>", r"(?<n>a)(b)", r"(a|ab)(c|bx)?", r"(?:a|aa)+?b",
    r"\x61", r"\x{1F642}", r"\u00e9", r"\t|\r|\n", r"\a|\e", r"(?x) a b # c", r"(?#c)a", r"a|", r"", r"a*", r"(a+)+$", r"(?i-m:A)", r"[^\S\n]+", r"\s+(?!\S)", r"[^\r\n\p{L}\p{N}]?\p{L}+", r"\p{N}{1,3}", r"[^(\s|[.,!?])]+",
    r"\p{script=Greek}", r"\p{Foo}", r"(a", r"a)", r"*a", r"[a", r"\p{L", r"[b-a]", r"(?<=a+)b", r"\K", r"\Ra", r"\X", r"(?~a)", r"\g<1>(a)", r"(?(1)a|b)",
]

cases = []
for pattern in PATTERNS:
    try:
        regex = Regex(pattern)
    except Exception as error:
        cases.append({"pattern": pattern, "error": str(error)})
        continue
    keep = pre_tokenizers.Split(regex, "removed", invert=True)
    cases.append({"pattern": pattern, "texts": [[text, [list(place) for _, place in keep.pre_tokenize_str(text)]] for text in TEXTS]})
Path(__file__).with_name("oniguruma.json").write_text(json.dumps(cases, ensure_ascii=True) + "\n")
