"""What the logits processors and warpers of transformers make of random scores, one by one and together.

    pip install torch==2.13.0 transformers==5.24.0
    python packages/models/goldens/make_processors.py

Writes processors.json beside this file. Numbers of -inf are null.
"""

import json
import math
from pathlib import Path

import torch
from transformers import GenerationConfig
from transformers.generation.utils import GenerationMixin

VOCABULARY = 40
END = [7, 21]
SETTINGS = [
    {"do_sample": True, "temperature": 0.7},
    {"do_sample": True, "top_k": 5},
    {"do_sample": True, "top_p": 0.6},
    {"do_sample": True, "min_p": 0.3},
    {"do_sample": True, "typical_p": 0.5},
    {"do_sample": True, "epsilon_cutoff": 0.03},
    {"do_sample": True, "eta_cutoff": 0.2},
    {"do_sample": True, "temperature": 1.6, "top_k": 25, "top_p": 0.9, "min_p": 0.05, "typical_p": 0.9, "epsilon_cutoff": 0.01, "eta_cutoff": 0.02},
    {"repetition_penalty": 1.3},
    {"encoder_repetition_penalty": 1.8},
    {"no_repeat_ngram_size": 2},
    {"encoder_no_repeat_ngram_size": 2},
    {"sequence_bias": [[[4], -3.5], [[11, 12], 6.0], [[8, 5, 13], 2.5], [[13], 1.25]]},
    {"bad_words_ids": [[3], [11, 12], [9, 9, 1], [7]]},
    {"min_length": 9},
    {"min_new_tokens": 4},
    {"forced_bos_token_id": 17},
    {"forced_eos_token_id": 21},
    {"exponential_decay_length_penalty": [1, 1.7]},
    {"suppress_tokens": [1, 30, 39]},
    {"begin_suppress_tokens": [2, 31]},
    {"forced_bos_token_id": 17, "begin_suppress_tokens": [2, 31]},
    {
        "sequence_bias": [[[4], -3.5], [[11, 12], 6.0]],
        "encoder_repetition_penalty": 1.2,
        "repetition_penalty": 1.4,
        "no_repeat_ngram_size": 3,
        "bad_words_ids": [[3]],
        "exponential_decay_length_penalty": [1, 1.2],
        "suppress_tokens": [6],
        "do_sample": True,
        "temperature": 0.8,
        "top_p": 0.8,
        "typical_p": 0.7,
    },
]
# What was read, and what was written; of an encoder-decoder the start token was read, and the encoder's prompt is apart.
TEXTS = [
    {"prompt": [5, 8, 5, 11], "begun": [5, 8, 5, 11], "written": []},
    {"prompt": [5, 8, 5, 11], "begun": [5, 8, 5, 11], "written": [9, 9, 5, 8, 5]},
    {"prompt": [11, 12, 3, 11], "begun": [0], "written": []},
    {"prompt": [11, 12, 3, 11], "begun": [0], "written": [17, 11]},
    {"prompt": [5], "begun": [5], "written": [9, 11, 12, 9, 11]},
]
LIMIT = 6


class Holder(GenerationMixin):
    """As much of a model as the choice of processors looks at."""

    class config:
        is_encoder_decoder = False

        @staticmethod
        def get_text_config():
            return None


def run(settings, text, scores):
    config = GenerationConfig(**settings)
    config._eos_token_tensor = torch.tensor(END)
    config.max_length = len(text["begun"]) + LIMIT
    # Settings that a configuration of this version gives by itself.
    for key, neutral in {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "typical_p": 1.0}.items():
        if key not in settings:
            setattr(config, key, neutral)
    processors = Holder()._get_logits_processor(
        config,
        input_ids_seq_length=len(text["begun"]),
        encoder_input_ids=torch.tensor([text["prompt"]]),
        device="cpu",
    )
    ids = torch.tensor([text["begun"] + text["written"]])
    made = processors(ids, scores[None].clone())[0].tolist()
    return [None if value == -math.inf else value for value in made]


generator = torch.Generator().manual_seed(5)
cases = []
for settings in SETTINGS:
    for text in TEXTS:
        scores = torch.randn(VOCABULARY, generator=generator) * 2
        cases.append({"settings": settings, **text, "scores": scores.tolist(), "made": run(settings, text, scores)})
for case in cases:
    for key in ("scores", "made"):
        case[key] = [value if value is None else float(f"{value:.8g}") for value in case[key]]
out = {"endIds": END, "limit": LIMIT, "cases": cases}
(Path(__file__).parent / "processors.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
