"""Training runs of Hugging Face PEFT's variants of LoRA on the tiny llama, for variants.test.ts.

    pip install torch==2.13.0 transformers peft==0.21.2 safetensors
    python make.py

Each folder holds the adapter before the first step (init), after the last one (final), and trajectory.json.
"""

import json
import math
import pathlib
import shutil

import torch
from peft import AdaLoraConfig, LoraConfig, VeraConfig, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from transformers import AutoModelForCausalLM

here = pathlib.Path(__file__).parent
base = here.parents[2] / "testing/fixtures/peft/base_llama"
steps, batch, length, lr, decay = 8, 2, 12, 0.01, 0.01
common = dict(task_type="CAUSAL_LM", target_modules=["q_proj", "v_proj"])
lora = dict(common, r=4, lora_alpha=8)
cases = {
    "dora": LoraConfig(**lora, use_dora=True),
    "lora_plus": LoraConfig(**lora),
    "lora_bias": LoraConfig(**dict(lora, target_modules=["q_proj", "down_proj"]), lora_bias=True),
    "embedding_dora": LoraConfig(**dict(lora, target_modules=["embed_tokens", "v_proj"]), use_dora=True),
    "tokens": LoraConfig(**lora, trainable_token_indices=[3, 9, 30]),
    "pissa": LoraConfig(**lora, init_lora_weights="pissa", use_rslora=True),
    "olora": LoraConfig(**lora, init_lora_weights="olora"),
    "vera": VeraConfig(**common, r=6, save_projection=False, projection_prng_key=11),
    "adalora": AdaLoraConfig(**common, init_r=4, target_r=2, lora_alpha=8, tinit=1, tfinal=2, total_step=steps),
}


def run(name, config):
    torch.manual_seed(0)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager"), config)
    ratio = 16.0 if name == "lora_plus" else 1.0
    with torch.no_grad():  # so that no gradient is zero because another factor is
        for key, parameter in model.named_parameters():
            if parameter.requires_grad and not name in ("pissa", "olora", "tokens"):
                parameter += 0.05 * torch.randn_like(parameter)
    folder = here / name
    shutil.rmtree(folder, ignore_errors=True)
    save(model, folder / "init")
    kwargs = dict(betas=(0.9, 0.999), eps=1e-8)
    if name == "lora_plus":
        optimizer = create_loraplus_optimizer(
            model, torch.optim.AdamW, lr=lr, loraplus_lr_ratio=ratio, loraplus_weight_decay=decay, **kwargs
        )
    else:
        optimizer = torch.optim.AdamW(
            [p for p in model.parameters() if p.requires_grad], lr=lr, weight_decay=decay, **kwargs
        )
    ids = torch.randint(0, 64, (steps, batch, length), generator=torch.Generator().manual_seed(1))
    log = []
    model.train()
    for step in range(1, steps + 1):
        # summed over the step's tokens, as a mean: every token but the first of a row is learned
        out = model(input_ids=ids[step - 1], labels=ids[step - 1])
        out.loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), math.inf)
        optimizer.step()
        if name == "adalora":
            model.base_model.update_and_allocate(step)
        optimizer.zero_grad()
        log.append({"step": step, "loss": out.loss.item(), "grad_norm": norm.item()})
    save(model, folder / "final")
    trajectory = {"learning_rate": lr, "weight_decay": decay, "learning_rate_ratio": ratio}
    trajectory.update(ids=ids.tolist(), log=log)
    (folder / "trajectory.json").write_text(json.dumps(trajectory))


def save(model, folder):
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = "base_llama"
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True))


for name, config in cases.items():
    run(name, config)
