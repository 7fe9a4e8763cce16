"""Writes torch-values.json: values and gradients of kernels, computed by torch and transformers.

    python torch-values.py

Needs torch and transformers (made with torch 2.13.0 and transformers 5.24.0). Every tensor is stored as
{"shape": [...], "data": [...]}; the gradients are those of sum(output * cotangent).
"""
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers.activations import ACT2FN
from transformers.models.bloom import modeling_bloom as bloom
from transformers.models.cohere.configuration_cohere import CohereConfig
from transformers.models.cohere.modeling_cohere import CohereRotaryEmbedding, apply_rotary_pos_emb as rotate_adjacent
from transformers.models.falcon import modeling_falcon as falcon
from transformers.models.llama.configuration_llama import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRMSNorm, LlamaRotaryEmbedding, apply_rotary_pos_emb, repeat_kv
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func
from transformers.models.qwen3_moe.configuration_qwen3_moe import Qwen3MoeConfig
from transformers.models.qwen3_moe.modeling_qwen3_moe import Qwen3MoeSparseMoeBlock
from transformers.models.t5.configuration_t5 import T5Config
from transformers.models.t5.modeling_t5 import T5Attention

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


def attention_gemma():
    """A window, a soft cap, and a trained bias by head, as eager attention computes them."""
    query, key, value, bias = draw(1, 4, 7, 3), draw(1, 2, 7, 3), draw(1, 2, 7, 3), draw(1, 4, 7, 7)
    scores = query @ repeat_kv(key, 2).transpose(2, 3) * 0.9
    scores = torch.tanh(scores / 1.5) * 1.5 + bias
    ones = torch.ones(7, 7, dtype=torch.bool)
    visible = ones.tril() & ~ones.tril(-3)
    y = scores.masked_fill(~visible, float("-inf")).softmax(-1) @ repeat_kv(value, 2)
    return case({"query": query, "key": key, "value": value, "bias": bias}, y, options={"scale": 0.9, "softCap": 1.5, "window": 3})


def rotary_adjacent():
    config = CohereConfig(hidden_size=16, num_attention_heads=2, max_position_embeddings=64)
    config.rope_parameters = {"rope_type": "default", "rope_theta": 10000.0}
    embedding = CohereRotaryEmbedding(config)
    x = draw(1, 2, 4, 8)
    positions = torch.tensor([[0, 7, 31, 63]])
    cos, sin = embedding(x, positions)
    y, _ = rotate_adjacent(x, x, cos, sin)
    options = {"inverseFrequencies": embedding.inv_freq.tolist(), "maximumPosition": 64}
    return case({"x": x}, y, {"positions": positions}, options)


def relative_bias(bidirectional):
    config = T5Config(num_heads=3, d_model=6, d_kv=2, relative_attention_num_buckets=32, relative_attention_max_distance=128)
    config.is_decoder = not bidirectional
    module = T5Attention(config, has_relative_attention_bias=True)
    table = module.relative_attention_bias.weight
    # few queries and keys, at the edges of the buckets
    query, key = torch.tensor([[0, 64, 130]]), torch.tensor([[0, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 45, 46, 63, 64, 90, 91, 127, 128, 129]])
    relative = key[:, None, :] - query[:, :, None]
    buckets = module._relative_position_bucket(relative, bidirectional=bidirectional, num_buckets=32, max_distance=128)
    y = module.relative_attention_bias(buckets).permute(0, 3, 1, 2)
    return case({"table": table}, y, {"query": query, "key": key}, {"maximumDistance": 128, "bidirectional": int(bidirectional)})


def alibi(build):
    mask = torch.ones(1, 300, dtype=torch.long)
    return {"output": packed(build(mask, 6, torch.float32).reshape(1, 6, 1, 300)[..., [0, 1, 2, 100, 255, 257, 299]])}


def expert_layer(normalized):
    config = Qwen3MoeConfig(hidden_size=6, moe_intermediate_size=4, num_experts=4, num_experts_per_tok=2, norm_topk_prob=normalized)
    config._experts_implementation = "eager"
    block = Qwen3MoeSparseMoeBlock(config)
    for parameter in block.parameters():
        torch.nn.init.uniform_(parameter, -1, 1)
    x = draw(1, 9, 6)
    parameters = {"router": block.gate.weight, "gateUp": block.experts.gate_up_proj, "down": block.experts.down_proj}
    return case({"x": x, **parameters}, block(x), options={"normalized": int(normalized)})


def balance():
    first, second = draw(6, 4), draw(6, 4)
    mask = torch.tensor([[1, 1, 1, 1, 0, 0]])
    loss = load_balancing_loss_func((first, second), 4, 2, mask)
    return case({"first": first, "second": second}, loss, {"mask": mask[0]})


def capped_cross_entropy():
    hidden, weight = draw(5, 4), draw(7, 4)
    targets, weights = torch.tensor([0, 6, 3, 3, 2]), torch.tensor([1.0, 0.5, 0.0, 2.0, 1.0])
    logits = torch.tanh(F.linear(hidden, weight) * 2.5 / 1.5) * 1.5
    each = F.cross_entropy(logits, targets, reduction="none", label_smoothing=0.1)
    options = {"labelSmoothing": 0.1, "scale": 2.5, "softCap": 1.5}
    return case({"hidden": hidden, "weight": weight}, (each * weights).sum(), {"targets": targets, "weights": weights}, options)


def distillation():
    hidden, weight, teacher = draw(5, 4), draw(7, 4), draw(5, 7).detach() * 3
    own, wanted = F.log_softmax(F.linear(hidden, weight) / 2, -1), F.log_softmax(teacher / 2, -1)
    loss = F.kl_div(own, wanted, reduction="sum", log_target=True) * 4
    return case({"hidden": hidden, "weight": weight}, loss, options={"temperature": 2, "teacher": packed(teacher)})


values = {"rmsNorm": rms_norm(), "rotary": rotary(), "attention": attention(), "crossEntropy": cross_entropy()}
names = {"silu": "silu", "geluTanh": "gelu_fast", "quickGelu": "quick_gelu", "reluSquared": "relu2", "mish": "mish", "tanh": "tanh"}
values |= {ours: activation(theirs) for ours, theirs in names.items()}
values |= {"attentionGemma": attention_gemma(), "rotaryAdjacent": rotary_adjacent(), "balance": balance()}
values |= {"relativeBoth": relative_bias(True), "relativeBefore": relative_bias(False)}
values |= {"expertsNormalized": expert_layer(True), "experts": expert_layer(False)}
values |= {"crossEntropyCapped": capped_cross_entropy(), "distillation": distillation()}
values |= {"alibiBloom": alibi(bloom.build_alibi_tensor), "alibiFalcon": alibi(falcon.build_alibi_tensor)}
Path(__file__).with_name("torch-values.json").write_text(json.dumps(values, separators=(",", ":")) + "\n")
