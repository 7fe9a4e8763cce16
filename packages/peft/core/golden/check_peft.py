"""Loads the kept adapters of our methods in Hugging Face PEFT and compares logits.

Run from the repository root with torch, transformers, peft and safetensors installed:

    python packages/peft/core/golden/check_peft.py

Prints the largest difference of each adapter and fails where it is above 1e-4, where PEFT warns about keys, or where PEFT
would write another adapter_config.json than the one it was given.
"""

import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoModelForSequenceClassification

packages = Path(__file__).resolve().parents[3]
models = packages / "testing" / "fixtures" / "peft"
families = packages / "models" / "test-support" / "fixtures"
tied_models = packages / "peft" / "lora" / "golden-peft"
worst = 0.0
problems = []

# Sets have no order in Python, and PEFT stores target modules as a set.
unordered = {"target_modules", "exclude_modules", "feedforward_modules"}

classes = {"SEQ_2_SEQ_LM": AutoModelForSeq2SeqLM, "SEQ_CLS": AutoModelForSequenceClassification}


def base_of(name):
    if name.startswith("tied_"):
        return tied_models / name
    return (models if (models / name).is_dir() else families) / name


def logits_of(model, config, ids):
    inputs = {"input_ids": ids}
    if config["task_type"] == "SEQ_2_SEQ_LM":
        inputs |= {"decoder_input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if config["peft_type"] == "MULTITASK_PROMPT_TUNING":
        inputs["task_ids"] = torch.zeros(len(ids), dtype=torch.long)
    return model.eval()(**inputs).logits


def comparable(config):
    if config["task_type"] == "SEQ_CLS":
        # PEFT adds the heads of all classifiers.
        config = {**config, "modules_to_save": None}
    return {
        key: sorted(value) if key in unordered and isinstance(value, list) else value
        for key, value in config.items()
    }


kept = [packages / "peft" / path for path in ("lora/golden", "prompt/golden", "adapter/golden/peft", "bitfit/golden")]
for folder in sorted(folder for path in kept for folder in path.iterdir()):
    if not (folder / "adapter_config.json").is_file():
        continue
    config_text = (folder / "adapter_config.json").read_text()
    config = json.loads(config_text)
    name = config["base_model_name_or_path"]
    base = classes.get(config["task_type"], AutoModelForCausalLM).from_pretrained(base_of(name), dtype=torch.float32)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = PeftModel.from_pretrained(base, folder)
    problems += [f"{folder.name}: {w.message}" for w in caught if "key" in str(w.message)]
    expected = load_file(folder / "logits.safetensors")
    with torch.no_grad():
        logits = logits_of(model, config, expected["input_ids"].long())
    # Of labels ours are those of every token, PEFT's those of the first.
    ours = expected["logits"][:, 0] if config["task_type"] == "SEQ_CLS" else expected["logits"]
    difference = (logits - ours).abs().max().item()
    worst = max(worst, difference)

    with tempfile.TemporaryDirectory() as again, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.base_model.name_or_path = config["base_model_name_or_path"]
        model.save_pretrained(again)
        written = json.loads((Path(again) / "adapter_config.json").read_text())
        written["base_model_name_or_path"] = config["base_model_name_or_path"]
        same_config = comparable(written) == comparable(config)
        same_text = config_text == json.dumps(config, indent=2, sort_keys=True)
        theirs = load_file(Path(again) / "adapter_model.safetensors")
        ours = load_file(folder / "adapter_model.safetensors")
        # PEFT repeats the frozen weights of an adapted head and embedding; it loads without.
        for module in ("lm_head", "model.embed_tokens"):
            theirs.pop(f"base_model.model.{module}.base_layer.weight", None)
        if config.get("ensure_weight_tying") and "base_model.model.lm_head.weight" not in theirs:
            # Of an embedding that is not called embed_tokens, PEFT reads the head and forgets to store it again.
            ours.pop("base_model.model.lm_head.weight")
        same_tensors = theirs.keys() == ours.keys() and all(torch.equal(theirs[key], ours[key]) for key in ours)
    for name, same in [("config", same_config), ("text", same_text), ("tensors", same_tensors)]:
        if not same:
            problems.append(f"{folder.name}: PEFT writes other {name}")
    print(f"{folder.parent.parent.name}/{folder.name}: largest difference {difference:.2e}")

print(f"worst: {worst:.2e}")
for problem in problems:
    print(problem)
sys.exit(1 if problems or worst > 1e-4 else 0)
