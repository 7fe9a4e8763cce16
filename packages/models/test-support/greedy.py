"""What transformers writes greedily after the sources of the encoder-decoders in `fixtures`: makes greedy.json beside this file.

python greedy.py, with torch and transformers.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModelForSeq2SeqLM

here = Path(__file__).parent
written = {}
for folder in sorted((here / "fixtures").iterdir()):
    expected = folder / "expected.json"
    if not expected.exists() or json.loads(expected.read_text())["kind"] != "seq2seq":
        continue
    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    model.generation_config.forced_bos_token_id = None
    model.generation_config.forced_eos_token_id = None
    sources = load_file(folder / "inputs.safetensors")["input_ids"]
    written[folder.name] = [
        model.generate(
            source[None],
            attention_mask=torch.ones_like(source[None]),
            max_new_tokens=12,
            do_sample=False,
            num_beams=1,
            eos_token_id=None,
        )[0, 1:].tolist()
        for source in sources
    ]
(here / "greedy.json").write_text(json.dumps(written) + "\n")
