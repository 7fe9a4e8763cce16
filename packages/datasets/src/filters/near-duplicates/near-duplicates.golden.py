"""Writes near-duplicates.golden.json: texts, their groups of near-duplicates, and bandings.

    pip install datasketch==2.0.0
    python near-duplicates.golden.py

Groups are those of all pairs whose shingles' Jaccard similarity reaches the threshold, joined by union-find; datasketch's MinHashLSH
with the same comparison of its candidates must give the same, or nothing is written. No pair lies within 0.04 of the threshold.
"""

import itertools
import json
import pathlib
import random

from datasketch import MinHash, MinHashLSH
from datasketch.lsh import _optimal_param

THRESHOLD = 0.7
random.seed(12)
VOCABULARY = ["".join(random.choices("abcdefghijklmnoprstuvwyz", k=random.randint(2, 9))) for _ in range(400)]


def make_texts():
    texts = []
    for _ in range(40):
        base = random.choices(VOCABULARY, k=random.randint(30, 120))
        texts.append(base)
        for _ in range(random.choice([0, 0, 1, 2, 3])):
            near = list(random.choice(texts[-3:]) if random.random() < 0.3 else base)
            for _ in range(random.choice([0, 1, 1, 2, 6])):
                near[random.randrange(len(near))] = random.choice(VOCABULARY)
            texts.append(near)
    random.shuffle(texts)
    return [" ".join(words) for words in texts] + ["", "too short", "too short", "Too  SHORT!"]


def shingles(text, unit):
    text = " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
    if text == "":
        return set()
    units = text.split(" ") if unit == "word" else list(text)
    return {tuple(units[i : i + 5]) for i in range(max(1, len(units) - 4))}


def jaccard(a, b):
    return len(a & b) / len(a | b) if a or b else 0.0


def groups(count, pairs):
    parent = list(range(count))

    def root(i):
        while parent[i] != i:
            i = parent[i]
        return i

    for a, b in pairs:
        a, b = sorted((root(a), root(b)))
        parent[b] = a
    return [root(i) for i in range(count)]


def by_datasketch(sets):
    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=256, weights=(0.1, 0.9))
    pairs = []
    for row, own in enumerate(sets):
        if not own:
            continue
        signature = MinHash(num_perm=256)
        signature.update_batch([" ".join(s).encode() for s in own])
        pairs += [(row, other) for other in lsh.query(signature) if jaccard(own, sets[other]) >= THRESHOLD]
        lsh.insert(row, signature)
    return groups(len(sets), pairs)


def main():
    texts = []
    for text in make_texts():
        own = [(shingles(text, unit), unit) for unit in ("word", "character")]
        if all(abs(jaccard(one, shingles(other, unit)) - THRESHOLD) > 0.04 for one, unit in own for other in texts):
            texts.append(text)
    sets = {unit: [shingles(text, unit) for text in texts] for unit in ("word", "character")}
    found = {}
    for unit, one in sets.items():
        pairs = [(a, b) for a, b in itertools.combinations(range(len(one)), 2) if jaccard(one[a], one[b]) >= THRESHOLD]
        found[unit] = groups(len(one), pairs)
        assert found[unit] == by_datasketch(one), unit
    bandings = [
        [threshold, permutations, miss, *_optimal_param(threshold, permutations, 1 - miss, miss)]
        for threshold in (0.5, 0.7, 0.8, 0.9, 0.95)
        for permutations in (64, 128, 256)
        for miss in (0.5, 0.9)
    ]
    golden = {"threshold": THRESHOLD, "texts": texts, "groups": found, "bandings": bandings}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
