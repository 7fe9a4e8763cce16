"""Makes the tiny checkpoints of test-support/fixtures that this file lists: a configuration as it is written down here, random
weights as transformers saves them, and what transformers computes with them.

    python make_models.py [name ...]

Made with transformers 5.24.0 and torch 2.13.0.
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

FIXTURES = Path(__file__).parent.parent / "test-support" / "fixtures"

SMALL = {
    "vocab_size": 48,
    "hidden_size": 16,
    "intermediate_size": 20,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}

MODELS = {
    # Plain layers among those with experts, weights of a row that do not add up to 1, a window, and the experts' loss.
    "qwen3_moe": {
        "settings": {
            **SMALL,
            "model_type": "qwen3_moe",
            "num_hidden_layers": 4,
            "head_dim": 6,
            "num_experts": 3,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 8,
            "decoder_sparse_step": 2,
            "mlp_only_layers": [3],
            "norm_topk_prob": False,
            "attention_bias": True,
            "use_sliding_window": True,
            "sliding_window": 5,
            "output_router_logits": True,
            "router_aux_loss_coef": 0.3,
        },
        "padded": True,
    },
    # The experts of a layer joined in two tensors.
    "mixtral_joined": {
        "settings": {
            **SMALL,
            "model_type": "mixtral",
            "num_local_experts": 3,
            "num_experts_per_tok": 1,
            "output_router_logits": True,
            "router_aux_loss_coef": 0.5,
            "rope_theta": 1000.0,
        },
        "fused": True,
    },
    # Keys as the first release wrote them.
    "gemma": {
        "settings": {
            **SMALL,
            "model_type": "gemma",
            "head_dim": 6,
            "num_key_value_heads": 1,
            "hidden_act": "gelu",
            "rope_theta": 200.0,
            "rope_scaling": {"type": "linear", "factor": 3.0},
        },
    },
    # Windows by pattern, and the rotary keys before there were settings for each kind of layer.
    "gemma3_older_keys": {
        "settings": {
            **SMALL,
            "model_type": "gemma3_text",
            "num_hidden_layers": 3,
            "head_dim": 6,
            "sliding_window": 4,
            "sliding_window_pattern": 3,
            "query_pre_attn_scalar": 11,
            "final_logit_softcapping": 5.0,
            "rope_theta": 3000.0,
            "rope_local_base_freq": 50.0,
            "rope_scaling": {"rope_type": "linear", "factor": 8.0},
        },
    },
    # A text that grows beyond the original context, part of each head rotated.
    "phi3_long": {
        "settings": {
            **SMALL,
            "model_type": "phi3",
            "hidden_size": 32,
            "partial_rotary_factor": 0.5,
            "original_max_position_embeddings": 8,
            "rope_theta": 100.0,
            "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.5], "long_factor": [3.0, 7.0]},
        },
    },
    # Windows in the layers without positions.
    "smollm3_windows": {
        "settings": {
            **SMALL,
            "model_type": "smollm3",
            "num_hidden_layers": 3,
            "no_rope_layer_interval": 2,
            "use_sliding_window": True,
            "sliding_window": 3,
            "attention_bias": True,
            "mlp_bias": True,
        },
    },
    # Norms of each head of queries and keys, a weight for each.
    "cohere": {
        "settings": {
            **SMALL,
            "model_type": "cohere",
            "use_qk_norm": True,
            "logit_scale": 0.4,
            "attention_bias": True,
        },
    },
}


def randomize(model, seed):
    """Weights large enough that every part of a model shows in its logits."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1 or "norm" in name:
                parameter.add_(0.2 * noise)
            else:
                parameter.copy_(0.2 * noise)


def make(name, settings, folder=FIXTURES, seed=7, rows=2, tokens=12, padded=False, fused=False):
    """Writes one checkpoint: `settings` is its config.json, word for word."""
    target = Path(folder) / name
    target.mkdir(parents=True, exist_ok=True)
    (target / "config.json").write_text(json.dumps(settings, indent=1) + "\n")
    config = AutoConfig.from_pretrained(target)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    randomize(model, seed)
    with tempfile.TemporaryDirectory() as temporary:
        model.save_pretrained(temporary, save_original_format=not fused)
        weights = load_file(Path(temporary) / "model.safetensors")
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})

    generator = torch.Generator().manual_seed(seed + 1)
    ids = torch.randint(3, config.vocab_size, (rows, tokens), generator=generator)
    labels = ids.clone()
    labels[0, :4] = -100
    inputs = {"input_ids": ids, "labels": labels}
    if padded:
        mask = torch.ones_like(ids)
        mask[-1, -3:] = 0
        labels[-1, -3:] = -100
        inputs["attention_mask"] = mask
    output = model(**inputs)
    output.loss.backward()
    squares = sum(p.grad.double().pow(2).sum() for p in model.parameters() if p.grad is not None)
    save_file(inputs, target / "inputs.safetensors")
    save_file({"logits": output.logits.detach().contiguous()}, target / "expected.safetensors")
    expected = {
        "kind": "causal",
        "loss": output.loss.item(),
        "grad_norm": squares.sqrt().item(),
        "loss_is": "mean over labels != -100 as transformers computes it, full precision",
        "transformers": transformers.__version__,
        "torch": torch.__version__,
    }
    (target / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    wanted = sys.argv[1:] or list(MODELS)
    for name in wanted:
        make(name, **MODELS[name])
        print(name)
