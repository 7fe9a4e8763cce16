"""What Hugging Face PEFT's add_weighted_adapter makes of two adapters of the tiny llama, for combine.test.ts.

    pip install torch==2.13.0 transformers peft==0.21.2
    python make.py

The folders one and other hold the adapters; expected.safetensors the update `scaling · B A` of each rule and map, `rule/map`.
"""

import json
import pathlib
import shutil

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

here = pathlib.Path(__file__).parent
base = here.parents[2] / "testing/fixtures/peft/base_llama"
weights = [0.7, -0.4]

torch.manual_seed(0)
one = LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"])
other = LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=2, target_modules=["q_proj", "down_proj"])
model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), one, adapter_name="one")
model.add_adapter("other", other)
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.normal_(std=0.3)
for name in ("one", "other"):
    shutil.rmtree(here / name, ignore_errors=True)
model.save_pretrained(here, selected_adapters=["one", "other"])
(here / "README.md").unlink(missing_ok=True)
for name in ("one", "other"):
    (here / name / "README.md").unlink(missing_ok=True)
    path = here / name / "adapter_config.json"
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = "base_llama"
    path.write_text(json.dumps(config, indent=2, sort_keys=True))

expected = {}
for rule in ("linear", "cat", "svd", "ties", "ties_svd", "magnitude_prune", "magnitude_prune_svd", "dare_linear", "dare_ties"):
    density = 1.0 if rule.startswith("dare") else 0.5
    model.add_weighted_adapter(["one", "other"], weights, rule, combination_type=rule, density=density)
    for name, module in model.named_modules():
        if hasattr(module, "lora_A") and rule in module.lora_A:
            site = name.removeprefix("base_model.model.")
            expected[f"{rule}/{site}"] = module.get_delta_weight(rule).contiguous()
save_file({k: v.detach() for k, v in expected.items()}, here / "expected.safetensors", metadata={"format": "pt"})
