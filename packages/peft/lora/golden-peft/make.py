"""Makes the folders beside it: what Hugging Face PEFT does where `modules_to_save` names an end of a tied table.

`tied_llama` and `tied_gpt2` are tiny models whose head is the embedding. Every other folder is an adapter that PEFT trained
for three steps, stored and read again: `adapter_config.json`, `adapter_model.safetensors`, and `expected.safetensors` with
`input_ids` [2, tokens] and the `logits` [2, tokens, vocabulary] of the model that PEFT read.

Made with torch 2.13, transformers 5.24, peft 0.21.2, safetensors 0.8:

    PYTHONHASHSEED=0 python make.py    # PEFT writes sets, whose order the seed decides
"""

import json
import os
import pathlib
import shutil

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

HERE = pathlib.Path(__file__).parent
IDS = torch.tensor([[5, 17, 23, 2, 30, 11, 8], [1, 31, 12, 12, 30, 7, 24]])
BASES = {
    "llama": lambda: LlamaForCausalLM(
        LlamaConfig(
            vocab_size=64, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=64, initializer_range=0.25, tie_word_embeddings=True,
        )
    ),
    "gpt2": lambda: GPT2LMHeadModel(
        GPT2Config(
            vocab_size=64, n_embd=16, n_layer=1, n_head=4, n_positions=64, initializer_range=0.25, bos_token_id=1,
            eos_token_id=2, attn_pdrop=0, embd_pdrop=0, resid_pdrop=0,
        )
    ),
}
TARGETS = {"llama": ["q_proj", "v_proj"], "gpt2": ["c_attn"]}
EMBEDDING = {"llama": "embed_tokens", "gpt2": "wte"}


def load(kind):
    return AutoModelForCausalLM.from_pretrained(HERE / f"tied_{kind}", dtype=torch.float32, attn_implementation="eager").eval()


def adapter(folder, kind, **options):
    torch.manual_seed(7)
    model = get_peft_model(load(kind), LoraConfig(r=2, task_type="CAUSAL_LM", init_lora_weights=False, **options))
    model.base_model.name_or_path = f"tied_{kind}"
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        model(input_ids=IDS, labels=IDS).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    shutil.rmtree(folder, ignore_errors=True)
    model.peft_config["default"].base_model_name_or_path = f"tied_{kind}"
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    read = PeftModel.from_pretrained(load(kind), folder).eval()
    with torch.no_grad():
        logits = read(input_ids=IDS).logits
        trained = model.eval()(input_ids=IDS).logits
    assert (logits - trained).abs().max() < 1e-5, folder
    save_file({"input_ids": IDS.int(), "logits": logits.contiguous()}, folder / "expected.safetensors")


for kind, make in BASES.items():
    torch.manual_seed(3)
    base = make().float()
    shutil.rmtree(HERE / f"tied_{kind}", ignore_errors=True)
    base.save_pretrained(HERE / f"tied_{kind}")
    (HERE / f"tied_{kind}" / "generation_config.json").unlink(missing_ok=True)
    embedding = EMBEDDING[kind]
    targets = TARGETS[kind]
    for name, saved in {"head": ["lm_head"], "embedding": [embedding], "both": [embedding, "lm_head"]}.items():
        for tying in [False, True]:
            folder = HERE / f"{kind}_{name}{'_tied' if tying else ''}"
            adapter(folder, kind, target_modules=targets, modules_to_save=saved, ensure_weight_tying=tying)
    adapter(HERE / f"{kind}_head_also_target", kind, target_modules=[*targets, "lm_head"], modules_to_save=["lm_head"])
    adapter(HERE / f"{kind}_embedding_adapted_head", kind, target_modules=[*targets, "lm_head"], modules_to_save=[embedding])
