"""What generate of transformers writes under settings of generation_config.json, greedily, with a small model of this folder.

    pip install torch==2.13.0 transformers==5.24.0
    python packages/models/goldens/make_generation.py

Writes generation.json beside this file.
"""

import json
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, GenerationConfig

FOLDER = Path(__file__).parent
MODEL = "mistral"
PROMPTS = [[1, 2, 3], [7, 7, 5, 7], [4]]
SETTINGS = [
    {},
    {"repetition_penalty": 1.7},
    {"repetition_penalty": 0.6},
    {"min_new_tokens": 6},
    {"min_length": 8},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2},
    {"suppress_tokens": []},
    {"begin_suppress_tokens": []},
    {"bad_words_ids": []},
    {"forced_eos_token_id": 9},
    {"max_new_tokens": 3},
    {"max_length": 7},
    {"eos_token_id": []},
    {"repetition_penalty": 1.4, "no_repeat_ngram_size": 3, "min_new_tokens": 4, "eos_token_id": []},
]

model = AutoModelForCausalLM.from_pretrained(FOLDER / MODEL, dtype=torch.float32)
model.eval()


def run(prompt, settings):
    config = GenerationConfig(**{"max_new_tokens": 10, "do_sample": False, "eos_token_id": 0, "pad_token_id": 0, **settings})
    if "max_length" in settings:
        config.max_new_tokens = None
    ids = torch.tensor([prompt])
    with torch.no_grad():
        return model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=config)[0, len(prompt):].tolist()


free = {tuple(prompt): run(prompt, {}) for prompt in PROMPTS}
seen = sorted({token for ids in free.values() for token in ids})
cases = []
for settings in SETTINGS:
    # Settings on tokens that the model would write, or they would show nothing.
    filled = dict(settings)
    for key in ("suppress_tokens", "begin_suppress_tokens", "eos_token_id"):
        if filled.get(key) == []:
            filled[key] = [ids[1] for ids in free.values()]
    if filled.get("bad_words_ids") == []:
        filled["bad_words_ids"] = [[ids[1], ids[2]] for ids in free.values()] + [[seen[0]]]
    for prompt in PROMPTS:
        cases.append({"settings": filled, "prompt": prompt, "ids": run(prompt, filled)})
(FOLDER / "generation.json").write_text(json.dumps({"model": MODEL, "cases": cases}, separators=(",", ":")) + "\n")
