"""Writes torch-values.json: values and gradients of four kernels and of activations, computed by torch and transformers.

    python torch-values.py

Needs torch and transformers (made with torch 2.13.0 and transformers 5.18.0, the activations with 5.24.0). Every tensor is stored as
{"shape": [...], "data": [...]}; the gradients are those of sum(output * cotangent).
"""
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers.activations import ACT2FN
from transformers.models.llama.configuration_llama import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRMSNorm, LlamaRotaryEmbedding, apply_rotary_pos_emb, repeat_kv

torch.manual_seed(0)


def draw(*shape):
    return (torch.rand(*shape) * 2 - 1).requires_grad_()


def packed(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]}


def case(inputs, output, constants=None, options=None):
    cotangent = torch.rand_like(output) * 2 - 1
    gradients = torch.autograd.grad((output * cotangent).sum(), list(inputs.values()))
    return {
        "inputs": {name: packed(x) for name, x in inputs.items()},
        "constants": {name: packed(x) for name, x in (constants or {}).items()},
        "options": options or {},
        "output": packed(output),
        "cotangent": packed(cotangent),
        "gradients": {name: packed(g) for name, g in zip(inputs, gradients)},
    }


def rms_norm():
    x, weight = draw(2, 3, 5), draw(5)
    module = LlamaRMSNorm(5, eps=1e-3)
    module.weight = torch.nn.Parameter(weight.detach().clone())
    return case({"x": x, "weight": module.weight}, module(x), options={"epsilon": 1e-3})


def rotary():
    config = LlamaConfig(hidden_size=16, num_attention_heads=2, max_position_embeddings=64)
    config.rope_parameters = {"rope_type": "default", "rope_theta": 10000.0}
    embedding = LlamaRotaryEmbedding(config)
    x = draw(1, 2, 4, 8)
    positions = torch.tensor([[0, 7, 31, 63]])
    cos, sin = embedding(x, positions)
    y, _ = apply_rotary_pos_emb(x, x, cos, sin)
    options = {"inverseFrequencies": embedding.inv_freq.tolist(), "maximumPosition": 64}
    return case({"x": x}, y, {"positions": positions}, options)


def attention():
    query, key, value = draw(2, 4, 6, 3), draw(2, 2, 6, 3), draw(2, 2, 6, 3)
    documents = torch.tensor([[1, 1, 2, 2, 2, 3], [1, 1, 1, 1, 2, 2]])
    visible = (documents[:, :, None] == documents[:, None, :]) & torch.ones(6, 6, dtype=torch.bool).tril()
    y = F.scaled_dot_product_attention(query, repeat_kv(key, 2), repeat_kv(value, 2), attn_mask=visible[:, None])
    return case({"query": query, "key": key, "value": value}, y, {"documents": documents})


def cross_entropy():
    hidden, weight, bias = draw(5, 4), draw(7, 4), draw(7)
    targets, weights = torch.tensor([0, 6, 3, 3, 2]), torch.tensor([1.0, 0.5, 0.0, 2.0, 1.0])
    each = F.cross_entropy(F.linear(hidden, weight, bias), targets, reduction="none", label_smoothing=0.1)
    constants = {"targets": targets, "weights": weights}
    return case({"hidden": hidden, "weight": weight, "bias": bias}, (each * weights).sum(), constants, {"labelSmoothing": 0.1})


def activation(name):
    x = (draw(3, 7) * 5).detach().requires_grad_()
    return case({"x": x}, ACT2FN[name](x))


values = {"rmsNorm": rms_norm(), "rotary": rotary(), "attention": attention(), "crossEntropy": cross_entropy()}
names = {"silu": "silu", "geluTanh": "gelu_fast", "quickGelu": "quick_gelu", "reluSquared": "relu2", "mish": "mish", "tanh": "tanh"}
values |= {ours: activation(theirs) for ours, theirs in names.items()}
Path(__file__).with_name("torch-values.json").write_text(json.dumps(values, separators=(",", ":")) + "\n")
