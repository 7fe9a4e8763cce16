"""Writes rouge-l.golden.json with rouge_score 0.1.2: pip install rouge_score; python rouge-l.golden.py"""

import json
import pathlib
import random

from rouge_score import rouge_scorer

WORDS = "the a quick brown fox jumps over lazy dog it's 3.5 U.S. naïve well-known Fox THE ran running 42 -".split()
PAIRS = [
    ("The quick brown fox jumps over the lazy dog.", "A quick brown dog jumps on the lazy fox!"),
    ("", "something"),
    ("something", ""),
    ("?!", "?!"),
    ("Paris", "paris."),
    ("don't stop", "dont stop"),
    ("naïve café", "naive cafe"),
    ("a b c d e f g", "g f e d c b a"),
    ("under_score and dash-ed", "under score and dash ed"),
]

scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
draw = random.Random(0)
for _ in range(40):
    PAIRS.append(tuple(" ".join(draw.choices(WORDS, k=draw.randint(1, 14))) for _ in range(2)))
rows = [
    {"prediction": prediction, "reference": reference, "score": scorer.score(reference, prediction)["rougeL"].fmeasure}
    for prediction, reference in PAIRS
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text("[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n")
