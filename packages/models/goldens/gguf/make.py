"""Makes GGUF files: blocks of every type with gguf-py's values, and tiny models as llama.cpp's converter writes them.

`blocks.gguf` holds a tensor of random blocks of each type, `blocks.expected.safetensors` what gguf-py decodes them to.
`quantized.safetensors` holds values (`values`) and the bytes that gguf-py encodes them in, by type.
`split/` holds `base_llama.gguf` in three parts.
`NAME.gguf` is the checkpoint NAME of `test-support/fixtures`, `goldens` or `testing/fixtures/peft`, its maps in float16, without
its tokenizer; those of encoders lie in `encoders/`, and have no head.

Made with gguf 0.19, torch 2.13, transformers 5.24 and a checkout of llama.cpp:

    python make.py LLAMA_CPP [name ...]
"""

import json
import pathlib
import shutil
import sys
import tempfile

import gguf
import numpy
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
PLACES = [
    HERE.parent.parent / "test-support" / "fixtures",
    HERE.parent,
    HERE.parent.parent.parent / "testing" / "fixtures" / "peft",
]
# What the converter asks for and transformers' newer files leave out.
MODELS = {
    "base_llama": {}, "llama_tied_biases": {}, "llama_wide_heads": {}, "llama_yarn_rope": {},
    "llama_linear_rope_older_keys": {}, "llama3_rope": {},
    "mixtral": {}, "base_qwen2": {}, "qwen3": {},
    "gemma": {"architectures": ["GemmaForCausalLM"]},
    "gemma2": {},
    "gemma3_older_keys": {"architectures": ["Gemma3ForCausalLM"]},
    "phi3": {},
    "phi3_long": {"architectures": ["Phi3ForCausalLM"]},
    "olmo2": {}, "granite": {}, "starcoder2": {},
    "cohere": {"architectures": ["CohereForCausalLM"]},
    "smollm3": {},
    "base_gpt2": {"n_ctx": 64},
    "gpt_neox": {"rotary_pct": 0.25},
    "bloom": {}, "falcon": {},
    "falcon_multi_query": {"architectures": ["FalconForCausalLM"], "num_kv_heads": 1},
    "bert_mlm": {},
    "t5": {}, "flan_t5_own_head": {"architectures": ["T5ForConditionalGeneration"]},
}

# Files that hold less than the checkpoint: the converter leaves out the heads of encoders.
ENCODERS = {"bert_mlm"}

# Where a type has float16 numbers, by byte: random bits there could be infinities.
HALVES = {
    "F16": range(0, 2, 2), "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82],
    "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0],
}
NUMBERS = {"F32": numpy.float32, "F64": numpy.float64}


def make_split():
    """`base_llama.gguf` in parts of ten tensors at most."""
    whole = gguf.GGUFReader(HERE / "base_llama.gguf")
    folder = HERE / "split"
    folder.mkdir(exist_ok=True)
    architecture = whole.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(folder / "base_llama.gguf", architecture, split_max_tensors=10)
    for key, field in whole.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kinds = field.types
        writer.add_key_value(key, field.contents(), kinds[0], kinds[1] if len(kinds) > 1 else None)
    for tensor in whole.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make_blocks():
    """Three rows of 256 values of each type: random bytes, with scales of ordinary size."""
    random = numpy.random.default_rng(11)
    writer = gguf.GGUFWriter(HERE / "blocks.gguf", "llama")
    expected = {}
    for name in [*NUMBERS, "BF16", *HALVES]:
        kind = gguf.GGMLQuantizationType[name]
        size, length = gguf.GGML_QUANT_SIZES[kind]
        shape = (3, 256)
        if name in NUMBERS:
            values = random.normal(size=shape).astype(NUMBERS[name])
            writer.add_tensor(name, values)
            expected[name] = values.astype(numpy.float32)
            continue
        blocks = random.integers(0, 256, size=(3 * 256 // size, length), dtype=numpy.uint8)
        if name == "BF16":
            blocks = gguf.quants.quantize(random.normal(size=shape).astype(numpy.float32), kind)
        else:
            for at in HALVES[name]:
                halves = random.normal(scale=0.1, size=len(blocks)).astype(numpy.float16)
                blocks[:, at:at + 2] = halves.view(numpy.uint8).reshape(-1, 2)
        blocks = blocks.reshape(3, -1)
        writer.add_tensor(name, blocks, raw_dtype=kind)
        expected[name] = gguf.quants.dequantize(blocks, kind).reshape(shape).astype(numpy.float32)
    for name in ["I8", "I16", "I32", "I64"]:
        values = random.integers(-100, 100, size=(3, 256)).astype(f"int{name[1:]}")
        writer.add_tensor(name, values)
        expected[name] = values.astype(numpy.float32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(expected, HERE / "blocks.expected.safetensors")


def make_quantized():
    """Rows of ordinary values, of zeros, of one value that stands out, of halves that round, and of very small ones."""
    random = numpy.random.default_rng(12)
    values = random.normal(size=(24, 64)).astype(numpy.float32)
    values[0] = 0
    values[1, 5] = -40
    values[2, 7] = 40
    values[3] = numpy.round(values[3] * 2) / 2
    values[4] = numpy.arange(-32, 32) / 32 * 127
    values[5] *= 1e-7
    values[6] *= 1e-12
    values[7] = -abs(values[7])
    values[8, :32] = 1
    encoded = {"values": values}
    for name in ["F16", "BF16", "Q8_0", "Q4_0"]:
        blocks = gguf.quants.quantize(values, gguf.GGMLQuantizationType[name])
        encoded[name] = numpy.ascontiguousarray(blocks).view(numpy.uint8)
    save_file(encoded, HERE / "quantized.safetensors")


def make_models(llama_cpp, names):
    sys.path.insert(0, llama_cpp)
    import torch
    from conversion import get_model_architecture, get_model_class
    from conversion.base import ModelType

    for name in names:
        source = next(place / name for place in PLACES if (place / name / "config.json").exists())
        settings = json.loads((source / "config.json").read_text()) | MODELS[name]
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(source, folder, dirs_exist_ok=True)
            (pathlib.Path(folder) / "config.json").write_text(json.dumps(settings))
            # Gemma 3's converter counts the tokens there.
            vocabulary = {str(i): i for i in range(settings["vocab_size"])}
            tokenizer = {"model": {"vocab": vocabulary}, "added_tokens": []}
            (pathlib.Path(folder) / "tokenizer.json").write_text(json.dumps(tokenizer))
            kind = get_model_class(get_model_architecture(settings, ModelType.TEXT))

            class Bare(kind):
                model_arch = kind.model_arch

                def set_vocab(self):
                    self.gguf_writer.add_tokenizer_model("no_vocab")

            target = HERE / ("encoders" if name in ENCODERS else ".") / f"{name}.gguf"
            target.parent.mkdir(exist_ok=True)
            with torch.inference_mode():
                model = Bare(pathlib.Path(folder), gguf.LlamaFileType.MOSTLY_F16, target, eager=True, model_name=name)
                model.hparams |= MODELS[name]
                model.write()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if len(sys.argv) == 2:
        make_blocks()
        make_quantized()
    make_models(sys.argv[1], sys.argv[2:] or list(MODELS))
    make_split()
