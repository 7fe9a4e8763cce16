"""Makes tiny checkpoints of families and settings, each with what transformers computes, in `test-support/fixtures`.

Each folder holds `config.json` and `model.safetensors` as transformers writes them, `inputs.safetensors` (`input_ids`,
`labels`, and where there are any `attention_mask` and `decoder_input_ids`), `expected.safetensors` (`logits`) and
`expected.json`: the loss (the mean over labels that are not -100) and the norm of its gradient over all parameters.

Made with torch 2.13, transformers 5.24, safetensors 0.8:

    python make_families.py [name ...]
"""

import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent.parent / "test-support" / "fixtures"

ENCODER = dict(
    vocab_size=48, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
    max_position_embeddings=32, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
)
DISTILLED = dict(
    vocab_size=48, dim=16, n_layers=2, n_heads=4, hidden_dim=24, max_position_embeddings=32,
    dropout=0.0, attention_dropout=0.0, seq_classif_dropout=0.0,
)
DECODER = dict(
    vocab_size=48, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
    max_position_embeddings=32,
)
FALCON = dict(
    vocab_size=48, hidden_size=24, num_hidden_layers=2, num_attention_heads=6, ffn_hidden_size=40,
    max_position_embeddings=64, bos_token_id=1, eos_token_id=2,
)

# name: (class, settings, kind, where the second row is padded)
CASES = {
    "falcon_alibi": (
        "FalconForCausalLM",
        dict(**FALCON, alibi=True, multi_query=False, parallel_attn=False, bias=True, activation="gelu_new"),
        "causal", "left",
    ),
    "falcon_multi_query": (
        "FalconForCausalLM",
        dict(**FALCON, multi_query=True, parallel_attn=True, tie_word_embeddings=False),
        "causal", "right",
    ),
    "opt_projected": (
        "OPTForCausalLM",
        dict(
            vocab_size=48, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, ffn_dim=24,
            max_position_embeddings=32, word_embed_proj_dim=8, do_layer_norm_before=False, dropout=0.0,
            activation_function="gelu",
        ),
        "causal", "left",
    ),
    "bloom_after": (
        "BloomForCausalLM",
        dict(
            vocab_size=48, hidden_size=24, n_layer=2, n_head=3, apply_residual_connection_post_layernorm=True,
            pretraining_tp=2, slow_but_exact=True,
        ),
        "causal", "left",
    ),
    "gpt_neox_in_turn": (
        "GPTNeoXForCausalLM",
        dict(
            vocab_size=48, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
            max_position_embeddings=32, use_parallel_residual=False, attention_bias=False, hidden_act="gelu_fast",
            rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=100.0, partial_rotary_factor=0.5),
            tie_word_embeddings=True,
        ),
        "causal", "left",
    ),
    "bert_untied": (
        "BertForMaskedLM",
        dict(**ENCODER, hidden_act="gelu_new", tie_word_embeddings=False, layer_norm_eps=1e-5),
        "mlm", "left",
    ),
    "roberta_classifier": (
        "RobertaForSequenceClassification",
        dict(**ENCODER, num_labels=3, pad_token_id=3, type_vocab_size=1),
        "classify", "right",
    ),
    "distilbert_mlm": ("DistilBertForMaskedLM", dict(**DISTILLED, sinusoidal_pos_embds=True), "mlm", "right"),
    "distilbert_classifier": (
        "DistilBertForSequenceClassification", dict(**DISTILLED, num_labels=4, activation="relu"), "classify", "middle",
    ),
    "xlm_roberta": ("XLMRobertaForMaskedLM", dict(**ENCODER, tie_word_embeddings=False), "mlm", "left"),
    "bart_uneven": (
        "BartForConditionalGeneration",
        dict(
            vocab_size=48, d_model=16, encoder_layers=1, decoder_layers=2, encoder_attention_heads=2,
            decoder_attention_heads=4, encoder_ffn_dim=24, decoder_ffn_dim=16, max_position_embeddings=32, dropout=0.0,
            scale_embedding=True, activation_function="relu", tie_word_embeddings=False,
        ),
        "seq2seq", "right",
    ),
    "mbart": (
        "MBartForConditionalGeneration",
        dict(
            vocab_size=48, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=24, decoder_ffn_dim=16, max_position_embeddings=32, dropout=0.0,
            decoder_start_token_id=2,
        ),
        "seq2seq", "right",
    ),
    "mt5": (
        "MT5ForConditionalGeneration",
        dict(
            vocab_size=48, d_model=16, d_kv=6, d_ff=24, num_layers=2, num_decoder_layers=1, num_heads=3,
            relative_attention_num_buckets=8, relative_attention_max_distance=12, dropout_rate=0.0,
        ),
        "seq2seq", "left",
    ),
    # Decoders with a head for labels, and heads that are no copy of the table they are tied to: see `with_own_head`.
    "llama_classifier": (
        "LlamaForSequenceClassification",
        dict(**DECODER, num_key_value_heads=2, num_labels=3, pad_token_id=0), "classify", "right",
    ),
    "gemma2_classifier": (
        "Gemma2ForSequenceClassification",
        dict(
            **DECODER, num_key_value_heads=1, head_dim=6, num_labels=2, pad_token_id=3, sliding_window=4,
            query_pre_attn_scalar=6, final_logit_softcapping=0.5,
        ),
        "classify", "right",
    ),
    "gpt2_classifier": (
        "GPT2ForSequenceClassification",
        dict(
            vocab_size=48, n_embd=16, n_layer=2, n_head=4, n_positions=32, num_labels=4, pad_token_id=2,
            resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
        ),
        "classify", "right",
    ),
    "opt_classifier": (
        "OPTForSequenceClassification",
        dict(
            vocab_size=48, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, ffn_dim=24,
            max_position_embeddings=32, word_embed_proj_dim=8, dropout=0.0, num_labels=3,
        ),
        "classify", "right",
    ),
    # Heads for labels of encoder-decoders: the decoder reads the source again, and the place of its end is classified.
    "t5_classifier": (
        "T5ForSequenceClassification",
        dict(
            vocab_size=48, d_model=16, d_kv=6, d_ff=24, num_layers=1, num_decoder_layers=2, num_heads=2,
            dropout_rate=0.0, num_labels=3, decoder_start_token_id=0,
        ),
        "classify", "left",
    ),
    "mt5_classifier": (
        "MT5ForSequenceClassification",
        dict(
            vocab_size=48, d_model=16, d_kv=6, d_ff=24, num_layers=2, num_decoder_layers=1, num_heads=3,
            dropout_rate=0.0, num_labels=5, eos_token_id=4, decoder_start_token_id=2,
        ),
        "classify", "right",
    ),
    "bart_classifier": (
        "BartForSequenceClassification",
        dict(
            vocab_size=48, d_model=16, encoder_layers=1, decoder_layers=2, encoder_attention_heads=2,
            decoder_attention_heads=4, encoder_ffn_dim=24, decoder_ffn_dim=16, max_position_embeddings=32, dropout=0.0,
            num_labels=4,
        ),
        "classify", "right",
    ),
    "bart_classifier_untied": (
        "BartForSequenceClassification",
        dict(
            vocab_size=48, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=24, decoder_ffn_dim=16, max_position_embeddings=32, dropout=0.0,
            num_labels=2, eos_token_id=3, decoder_start_token_id=3, tie_word_embeddings=False, scale_embedding=True,
        ),
        "classify", "right",
    ),
    "smollm3_sliding": (
        "SmolLM3ForCausalLM",
        dict(
            **DECODER, num_key_value_heads=2, use_sliding_window=False, sliding_window=3, pad_token_id=0,
            layer_types=["full_attention", "sliding_attention"], no_rope_layers=[0, 1],
        ),
        "causal", "right",
    ),
    "t5_own_head": (
        "T5ForConditionalGeneration",
        dict(
            vocab_size=48, d_model=16, d_kv=6, d_ff=24, num_layers=1, num_decoder_layers=1, num_heads=2,
            dropout_rate=0.0, feed_forward_proj="gated-gelu", decoder_start_token_id=0,
        ),
        "seq2seq", "right",
    ),
    "flan_t5_own_head": (
        "T5ForConditionalGeneration",
        dict(
            vocab_size=48, d_model=16, d_kv=6, d_ff=24, num_layers=1, num_decoder_layers=1, num_heads=2,
            dropout_rate=0.0, feed_forward_proj="gated-gelu", decoder_start_token_id=0, tie_word_embeddings=False,
        ),
        "seq2seq", "right",
    ),
    "llama_own_head": (
        "LlamaForCausalLM", dict(**DECODER, num_key_value_heads=2, tie_word_embeddings=True), "causal", "right",
    ),
}


def with_own_head(model, folder):
    """The model with a head that differs from the table, as it comes back from files: they have the last word."""
    model.lm_head.weight = torch.nn.Parameter(torch.randn_like(model.lm_head.weight) * 0.15)
    model.save_pretrained(folder)
    return type(model).from_pretrained(folder).float().eval()


def build(class_name, settings, seed):
    """A model with random weights, its biases and norms away from their neutral start."""
    torch.manual_seed(seed)
    model_class = getattr(transformers, class_name)
    model = model_class(model_class.config_class(**settings)).float().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
            else:
                parameter.copy_(torch.randn_like(parameter) * 0.15)
        for name, buffer in model.named_buffers():
            if name == "final_logits_bias":
                buffer.copy_(torch.randn_like(buffer) * 0.3)
    return model


def inputs_of(config, kind, padded, tokens=11):
    """Two rows of ids, the second padded at the left, at the right, in the middle or not at all."""
    ids = torch.randint(5, config.vocab_size, (2, tokens))
    mask = torch.ones_like(ids)
    hidden = {"left": slice(0, 4), "right": slice(tokens - 4, tokens), "middle": slice(4, 7), None: slice(0, 0)}
    mask[1, hidden[padded]] = 0
    pad = config.pad_token_id if config.pad_token_id is not None else 0
    inputs = {"input_ids": torch.where(mask == 1, ids, pad)}
    if padded:
        inputs["attention_mask"] = mask
    if kind == "classify":
        if config.is_encoder_decoder:
            # Each text ends twice, so that it matters which end is taken.
            for row in range(2):
                seen = mask[row].nonzero().flatten()
                inputs["input_ids"][row, seen[[2, -1]]] = config.eos_token_id
        inputs["labels"] = torch.randint(0, config.num_labels, (2,))
    elif kind == "seq2seq":
        inputs["decoder_input_ids"] = torch.randint(5, config.vocab_size, (2, 7))
        inputs["decoder_input_ids"][:, 0] = config.decoder_start_token_id or 0
        inputs["labels"] = torch.randint(5, config.vocab_size, (2, 7))
        inputs["labels"][1, 5:] = -100
    else:
        inputs["labels"] = torch.where(mask == 1, ids, -100)
        inputs["labels"][:, :2] = -100
        if kind == "causal" and padded in ("left", "middle"):
            # The token after padding is predicted from what sees nothing.
            inputs["labels"][1, hidden[padded].stop] = -100
    return inputs


def make(folder, class_name, settings, kind, padded, seed):
    model = build(class_name, settings, seed)
    model.save_pretrained(folder)
    if folder.name.endswith("_own_head"):
        model = with_own_head(model, folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    inputs = inputs_of(model.config, kind, padded)
    result = model(**inputs)
    result.loss.backward()
    gradients = [one.grad.double().square().sum() for one in model.parameters() if one.grad is not None]
    save_file({"logits": result.logits.detach().contiguous()}, folder / "expected.safetensors")
    save_file({name: one.int().contiguous() for name, one in inputs.items()}, folder / "inputs.safetensors")
    expected = {"kind": kind, "loss": result.loss.item(), "grad_norm": sum(gradients).sqrt().item()}
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")
    # Without the parts of a configuration that say when it was made.
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    for name, case in CASES.items():
        if not sys.argv[1:] or name in sys.argv[1:]:
            make(FOLDER / name, *case, seed=sum(map(ord, name)))
