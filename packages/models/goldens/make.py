"""Makes the golden files beside it: tiny random models as transformers saves them, and what transformers computes.

Each folder holds a checkpoint and `expected.safetensors`: `input_ids` [2, tokens], `logits` [2, tokens, vocabulary] and,
where the name says so, `generated` [1, new] after `prompt` [1, tokens] (greedy).

Made with torch 2.13, transformers 5.18 (those of activations and of rope keys side by side 5.24), safetensors 0.8:

    python make.py [name …]
"""

import json
import pathlib
import shutil
import sys

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM
from transformers import AutoModelForCausalLM, MistralConfig, MistralForCausalLM, Qwen2Config, Qwen2ForCausalLM

HERE = pathlib.Path(__file__).parent
SIZES = dict(
    vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, initializer_range=0.25, bos_token_id=1, eos_token_id=2,
)
GPT2_SIZES = dict(
    vocab_size=40, n_embd=16, n_layer=2, n_head=4, n_positions=64, initializer_range=0.25, bos_token_id=1, eos_token_id=2,
)
ROPE = dict(rope_theta=10000.0)


def randomise(model):
    """Biases and norms away from their neutral start, so that a loader that mixes them up is seen."""
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            parameter.data.add_(torch.randn_like(parameter) * 0.1)


def expect(folder, model, tokens=12, generated=0):
    model = model.float().eval()
    vocabulary = model.config.vocab_size
    ids = torch.randint(3, vocabulary, (2, tokens))
    tensors = {"input_ids": ids}
    with torch.no_grad():
        tensors["logits"] = model(ids).logits.contiguous()
        if generated:
            prompt = torch.randint(3, vocabulary, (1, 5))
            out = model.generate(prompt, max_new_tokens=generated, do_sample=False, eos_token_id=None, pad_token_id=0)
            tensors["prompt"] = prompt
            tensors["generated"] = out[:, 5:].contiguous()
    save_file(tensors, folder / "expected.safetensors")


def case(name, model, dtype=torch.float32, shard=None, rewrite=None, tokens=12, generated=0):
    if sys.argv[1:] and name not in sys.argv[1:]:
        return
    torch.manual_seed(sum(map(ord, name)))
    model.init_weights()
    randomise(model)
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    model.to(dtype).save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    if rewrite:
        path = folder / "config.json"
        configuration = json.loads(path.read_text())
        rewrite(configuration)
        path.write_text(json.dumps(configuration, indent=2))
    # Read back: narrowing a model in memory would round its rotary frequencies as well.
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    expect(folder, model, tokens, generated)


def older_keys(configuration):
    """`rope_theta` and `rope_scaling` as configurations before transformers 5 have them."""
    parameters = configuration.pop("rope_parameters")
    configuration["rope_theta"] = parameters.pop("rope_theta")
    parameters["type"] = parameters.pop("rope_type")
    configuration["rope_scaling"] = parameters


def both_keys(configuration):
    """Older and newer keys that contradict each other."""
    configuration["rope_parameters"] = {"rope_type": "default", "rope_theta": 7000.0}
    configuration["rope_theta"] = 5000.0
    configuration["rope_scaling"] = {"type": "linear", "factor": 2.0}


llama3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16)
yarn = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=16)

case("llama_llama3_rope", LlamaForCausalLM(LlamaConfig(**SIZES, rope_parameters={**ROPE, **llama3})), tokens=40)
case("llama_yarn_rope", LlamaForCausalLM(LlamaConfig(**SIZES, rope_parameters={**ROPE, **yarn, "beta_fast": 4.0, "beta_slow": 0.5})), tokens=40)
case("llama_linear_rope_older_keys", LlamaForCausalLM(LlamaConfig(**SIZES, rope_parameters={"rope_theta": 5000.0, "rope_type": "linear", "factor": 2.0})), rewrite=older_keys)
case("llama_rope_keys_side_by_side", LlamaForCausalLM(LlamaConfig(**SIZES)), rewrite=both_keys)
case("llama_relu2", LlamaForCausalLM(LlamaConfig(**SIZES, hidden_act="relu2", pretraining_tp=2)))
case("mistral_mish", MistralForCausalLM(MistralConfig(**SIZES, sliding_window=None, hidden_act="mish")))
case("gpt2_quick_gelu", GPT2LMHeadModel(GPT2Config(**GPT2_SIZES, activation_function="quick_gelu")))
case("gpt2_tanh", GPT2LMHeadModel(GPT2Config(**GPT2_SIZES, activation_function="tanh")))
case("llama_tied_biases", LlamaForCausalLM(LlamaConfig(**SIZES, tie_word_embeddings=True, attention_bias=True, mlp_bias=True)))
case("llama_wide_heads", LlamaForCausalLM(LlamaConfig(**SIZES, head_dim=6)), generated=24)
case("llama_bfloat16", LlamaForCausalLM(LlamaConfig(**SIZES)), dtype=torch.bfloat16)
case("llama_float16_sharded", LlamaForCausalLM(LlamaConfig(**SIZES)), dtype=torch.float16, shard="6KB")
case("mistral", MistralForCausalLM(MistralConfig(**SIZES, sliding_window=48)))
case("qwen2_tied", Qwen2ForCausalLM(Qwen2Config(**SIZES, tie_word_embeddings=True)), generated=24)
case("gpt2_relu", GPT2LMHeadModel(GPT2Config(**GPT2_SIZES, activation_function="relu", n_inner=20, scale_attn_by_inverse_layer_idx=True)), generated=24)


def without_prefix(name):
    """A checkpoint of the bare GPT2Model, whose names lack `transformer.`."""
    if sys.argv[1:] and name not in sys.argv[1:]:
        return
    torch.manual_seed(5)
    model = GPT2LMHeadModel(GPT2Config(**GPT2_SIZES))
    model.init_weights()
    randomise(model)
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    model.transformer.save_pretrained(folder)
    expect(folder, model)


without_prefix("gpt2_without_prefix")
