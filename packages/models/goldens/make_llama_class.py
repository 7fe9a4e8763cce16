"""What transformers makes of a SentencePiece-like tokenizer.json by what stands beside it: tokenizer_class, legacy,
add_prefix_space, and the model's type.

    pip install transformers==5.24.0
    python packages/models/goldens/make_llama_class.py

Writes llama-class.json beside this file; the tokenizer is the style "prepend-byte-fallback" of tokenizers.json.
"""

import json
import tempfile
from pathlib import Path

from transformers import AutoTokenizer

FOLDER = Path(__file__).parent
styles = {style["name"]: style["tokenizer"] for style in json.loads((FOLDER / "tokenizers.json").read_text())["styles"]}
TEXTS = ["[user]\nHi</s>\n[assistant]\nA pear.</s>\n", "<s>Hi", "<s> Hi </s> there", "a  b", " a", "▁a", "☃☃ x", "", "\n"]
CASES = [
    (style, {"tokenizer_class": name, **settings}, model_type)
    for style in ("prepend-byte-fallback", "gpt2")
    for name in ("PreTrainedTokenizerFast", "LlamaTokenizer", "LlamaTokenizerFast")
    for settings in ({}, {"legacy": True}, {"legacy": False}, {"add_prefix_space": False}, {"legacy": True, "add_prefix_space": False})
    for model_type in ("llama", "mistral")
    if style != "gpt2" or not settings
]

cases = []
for style, settings, model_type in CASES:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "tokenizer.json").write_text(json.dumps(styles[style]))
        special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
        (path / "tokenizer_config.json").write_text(json.dumps({**special, **settings}))
        (path / "config.json").write_text(json.dumps({"model_type": model_type, "vocab_size": 1000}))
        tokenizer = AutoTokenizer.from_pretrained(folder)
        ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXTS]
        cases.append({"style": style, "configuration": {**special, **settings}, "model": model_type, "ids": ids,
                      "texts": [tokenizer.decode(one) for one in ids]})
(FOLDER / "llama-class.json").write_text(json.dumps({"texts": TEXTS, "cases": cases}, separators=(",", ":")) + "\n")
