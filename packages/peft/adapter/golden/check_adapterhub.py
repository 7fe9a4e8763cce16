"""Loads the kept adapters of @tunesmith/adapter in AdapterHub's Python package `adapters` and compares logits.

Run from the repository root with torch, adapters 1.3 (which wants transformers 4.57) and safetensors installed:

    python packages/peft/adapter/golden/check_adapterhub.py [--write]

Prints the largest difference of each adapter and fails where it is above 1e-4. With --write it also writes
`from-adapterhub`, an adapter made by that package with random weights, with its logits, for our own reading test, others of other
kinds, and setups: `setup/fuse-from-adapterhub` and `setup/stack-from-adapterhub`.
"""

import json
import os
import shutil
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import adapters
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM

golden = Path(__file__).resolve().parent
models = golden.parents[2] / "testing" / "fixtures" / "peft"
families = golden.parents[2] / "models" / "test-support" / "fixtures"
classes = {"bart": AutoModelForSeq2SeqLM, "t5": AutoModelForSeq2SeqLM}
classes |= {f"{name}_mlm": AutoModelForMaskedLM for name in ("bert", "roberta", "distilbert")}
worst = 0.0


def base(name):
    # A relative path, since it ends up in the adapter's files.
    os.chdir(models if (models / name).is_dir() else families)
    model = classes.get(name, AutoModelForCausalLM).from_pretrained(name, dtype=torch.float32)
    adapters.init(model)
    return model


def logits(model, ids):
    inputs = {"input_ids": ids}
    if model.config.is_encoder_decoder:
        inputs |= {"decoder_input_ids": ids, "attention_mask": torch.ones_like(ids)}
    with torch.no_grad():
        return model.eval()(**inputs).logits


made = {
    "from-adapterhub": (
        "base_gpt2",
        adapters.DoubleSeqBnConfig(reduction_factor=5, non_linearity="gelu_new", leave_out=[1]),
    ),
    "pfeiffer-from-adapterhub": ("bert_mlm", adapters.SeqBnConfig(reduction_factor=4)),
    "parallel-from-adapterhub": ("base_llama", adapters.ParBnConfig(reduction_factor=2, scaling="learned")),
    "cross-from-adapterhub": ("t5", adapters.DoubleSeqBnConfig(reduction_factor=4, cross_adapter=True, leave_out=[3])),
}

for folder_name, (name, config) in made.items() if "--write" in sys.argv else ():
    torch.manual_seed(5)
    model = base(name)
    model.add_adapter("made", config=config)
    for parameter_name, parameter in model.named_parameters():
        if ".adapters.made." in parameter_name:
            torch.nn.init.normal_(parameter, std=0.3)
    folder = golden / folder_name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_adapter(str(folder), "made", with_head=False, use_safetensors=True)
    model.set_active_adapters("made")
    ids = torch.randint(0, 64, (2, 7))
    save_file({"input_ids": ids.int(), "logits": logits(model, ids)}, folder / "logits.safetensors")

compositions = {
    "fuse-from-adapterhub": ("bert_mlm", adapters.composition.Fuse("one", "two"), adapters.SeqBnConfig),
    "stack-from-adapterhub": ("base_gpt2", adapters.composition.Stack("one", "two"), adapters.DoubleSeqBnConfig),
}

for folder_name, (name, setup, kind) in compositions.items() if "--write" in sys.argv else ():
    torch.manual_seed(6)
    model = base(name)
    for number, adapter in enumerate(setup.children):
        model.add_adapter(adapter, config=kind(reduction_factor=4 + 2 * number))
    if isinstance(setup, adapters.composition.Fuse):
        model.add_adapter_fusion(setup)
    for parameter_name, parameter in model.named_parameters():
        if ".adapters." in parameter_name or ".adapter_fusion_layer." in parameter_name:
            torch.nn.init.normal_(parameter, std=0.2)
    folder = golden / "setup" / folder_name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # As save_adapter_setup does, without the model's head, which safetensors cannot hold beside the table that it shares.
    model._save_adapter_setup_config(str(folder), setup)
    for adapter in setup.children:
        model.save_adapter(str(folder / adapter), adapter, with_head=False, use_safetensors=True)
    if isinstance(setup, adapters.composition.Fuse):
        model.save_adapter_fusion(str(folder / setup.name), setup, use_safetensors=True)
    model.set_active_adapters(setup)
    ids = torch.randint(0, 64, (2, 7))
    save_file({"input_ids": ids.int(), "logits": logits(model, ids)}, folder / "logits.safetensors")

for folder in sorted((golden / "setup").iterdir()):
    name = json.loads(next(folder.glob("*/adapter_config.json")).read_text())["model_name"]
    model = base(Path(name).name)
    model.load_adapter_setup(str(folder), set_active=True, use_safetensors=True)
    expected = load_file(folder / "logits.safetensors")
    difference = (logits(model, expected["input_ids"].long()) - expected["logits"]).abs().max().item()
    worst = max(worst, difference)
    print(f"setup/{folder.name}: largest difference {difference:.2e}")

for folder in sorted(golden.iterdir()):
    if not (folder / "adapter_config.json").is_file():
        continue
    config = json.loads((folder / "adapter_config.json").read_text())
    model = base(Path(config["model_name"]).name)
    name = model.load_adapter(str(folder), with_head=False, set_active=True, use_safetensors=True)
    expected = load_file(folder / "logits.safetensors")
    difference = (logits(model, expected["input_ids"].long()) - expected["logits"]).abs().max().item()
    kept = load_file(folder / "adapter.safetensors")
    loaded = {key: value for key, value in model.state_dict().items() if f".adapters.{name}." in key}
    assert loaded.keys() == kept.keys(), f"{folder.name}: other tensors: {sorted({*loaded} ^ {*kept})}"
    worst = max(worst, difference)
    print(f"{folder.name}: largest difference {difference:.2e}")

for folder in sorted((golden / "fusion").iterdir()):
    config = json.loads((folder / "adapter_config.json").read_text())
    model = base(Path(config["model_name"]).name)
    names = [one["name"] for one in config["adapters"]]
    for one in config["adapters"]:
        model.add_adapter(one["name"], config=adapters.BnConfig(**one["config"]))
    fuse = adapters.composition.Fuse(*names)
    model.add_adapter_fusion(fuse, config=adapters.AdapterFusionConfig.from_dict(config["config"]))
    model.set_active_adapters(fuse)
    kept = load_file(folder / "model_adapter_fusion.safetensors")
    unexpected = model.load_state_dict(kept, strict=False).unexpected_keys
    own = {key for key in model.state_dict() if ".adapters." in key or ".adapter_fusion_layer." in key}
    assert not unexpected and own == kept.keys(), f"{folder.name}: other tensors: {sorted(own ^ kept.keys())}"
    expected = load_file(folder / "logits.safetensors")
    difference = (logits(model, expected["input_ids"].long()) - expected["logits"]).abs().max().item()
    worst = max(worst, difference)
    print(f"{folder.name}: largest difference {difference:.2e}")

print(f"worst: {worst:.2e}")
sys.exit(1 if worst > 1e-4 else 0)
