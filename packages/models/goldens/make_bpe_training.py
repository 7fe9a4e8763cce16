"""What `BpeTrainer` of the library tokenizers learns from a short text, in `bpe-training.json`.

    pip install tokenizers==0.23.3
    python packages/models/goldens/make_bpe_training.py [FILE]

With FILE, a text, it says in JSON what is learned from that text's lines: for comparing on megabytes.
"""

import json
import random
import sys
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
rng = random.Random(3)
WORDS = "the quick brown fox jumps over a lazy dog aaaa aaaaaaa abababab naïve façade Straße 日本語 日本 한국어 🙂🙂 it's isn't 1234 12 <|im_end|> colour colours coloured".split()
TEXTS = [" ".join(rng.choice(WORDS) for _ in range(rng.randint(0, 14))) + rng.choice(["", "\n", ".\n\n", "  "]) for _ in range(120)]
level = lambda **o: pre_tokenizers.ByteLevel(add_prefix_space=False, **o)
STYLES = [
    ("gpt2", None, level(), dict(vocab_size=400)),
    ("frequent", None, level(), dict(vocab_size=2000, min_frequency=9)),
    ("exhausted", None, level(), dict(vocab_size=5000)),
    ("llama3", normalizers.NFD(), pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), level(use_regex=False)]), dict(vocab_size=380)),
    ("unsplit", normalizers.Lowercase(), level(use_regex=False), dict(vocab_size=420)),
]


def train(texts, normalizer, pre_tokenizer, options):
    tokenizer = Tokenizer(models.BPE())
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, **options))
    return json.loads(tokenizer.to_str())


if len(sys.argv) > 1:
    with open(sys.argv[1], newline="") as lines:
        learned = train([line for line in lines.read().split("\n")], None, level(), dict(vocab_size=8000))
    print(json.dumps(learned["model"]["merges"]))
else:
    cases = []
    for name, normalizer, pre_tokenizer, options in STYLES:
        learned = train(TEXTS, normalizer, pre_tokenizer, options)
        tokens = sorted(learned["model"]["vocab"], key=learned["model"]["vocab"].get)
        cases.append(dict(name=name, size=options["vocab_size"], least=options.get("min_frequency", 0), normalizer=learned["normalizer"],
                          preTokenizer=learned["pre_tokenizer"], tokens=tokens, merges=learned["model"]["merges"]))
    path = Path(__file__).with_name("bpe-training.json")
    path.write_text(json.dumps(dict(special=SPECIAL, texts=TEXTS, cases=cases), separators=(",", ":")) + "\n")
