"""What beam search of transformers finds with small models of this package's fixtures.

    pip install torch==2.13.0 transformers==5.24.0
    python packages/models/goldens/make_beams.py

Writes beams.json beside this file.
"""

import json
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, GenerationConfig

FOLDER = Path(__file__).parent
FIXTURES = FOLDER.parent / "test-support" / "fixtures"
MODELS = [
    (FOLDER / "mistral", AutoModelForCausalLM),
    (FOLDER / "gpt2_relu", AutoModelForCausalLM),
    (FIXTURES / "smollm3_windows", AutoModelForCausalLM),
    (FIXTURES / "t5", AutoModelForSeq2SeqLM),
    (FIXTURES / "bart", AutoModelForSeq2SeqLM),
]
PROMPTS = [[1, 2, 3], [7, 7, 5, 7, 2, 9], [4, 6]]
SETTINGS = [
    {"num_beams": 2},
    {"num_beams": 4, "num_return_sequences": 4},
    {"num_beams": 3, "num_return_sequences": 2, "length_penalty": 2.0, "early_stopping": True},
    {"num_beams": 3, "num_return_sequences": 3, "length_penalty": -1.0, "early_stopping": False},
    {"num_beams": 3, "num_return_sequences": 2, "length_penalty": 0.5, "early_stopping": "never"},
    {"num_beams": 4, "num_return_sequences": 2, "length_penalty": 0.0, "early_stopping": "never", "max_new_tokens": 5},
    {"num_beams": 3, "num_return_sequences": 3, "repetition_penalty": 1.5, "no_repeat_ngram_size": 2, "min_new_tokens": 3},
    {"num_beams": 2, "num_return_sequences": 2, "suppress_tokens": [8], "renormalize_logits": True},
]


def run(model, prompt, ends, settings):
    config = GenerationConfig(
        **{"max_new_tokens": 9, "do_sample": False, "eos_token_id": ends, "pad_token_id": ends[0], **settings},
        decoder_start_token_id=model.config.decoder_start_token_id if model.config.is_encoder_decoder else None,
        return_dict_in_generate=True,
        output_scores=True,
    )
    ids = torch.tensor([prompt])
    with torch.no_grad():
        out = model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=config)
    start = 1 if model.config.is_encoder_decoder else len(prompt)
    found = []
    for row, score, beams in zip(out.sequences, out.sequences_scores, out.beam_indices):
        found.append({"ids": row[start : start + int((beams >= 0).sum())].tolist(), "score": float(f"{score:.7g}")})
    return found


cases = []
for folder, kind in MODELS:
    model = kind.from_pretrained(folder, dtype=torch.float32).eval()
    model.generation_config = GenerationConfig()
    # Ends that beams come upon: some of the likeliest tokens.
    free = [run(model, prompt, [0], {"num_beams": 4, "num_return_sequences": 4}) for prompt in PROMPTS]
    seen = [token for found in free for one in found for token in one["ids"][1:]]
    ends = sorted({max(set(seen), key=seen.count), seen[0]})
    for prompt in PROMPTS:
        for settings in SETTINGS:
            cases.append({"model": folder.name, "ends": ends, "prompt": prompt, "settings": settings, "found": run(model, prompt, ends, settings)})
(FOLDER / "beams.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
