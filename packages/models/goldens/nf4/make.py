"""Writes nf4.safetensors: a matrix, and its parts as bitsandbytes makes them (NF4, blocks of 64, double quantization).

Needs torch, safetensors and bitsandbytes (made with torch 2.13.0, bitsandbytes 0.50.2, on the processor).
Usage: python make.py
"""

from pathlib import Path

import bitsandbytes.functional as bnb
import torch
from safetensors.torch import save_file

torch.manual_seed(0)
# 300 blocks: more than one block of 256 scales. Rows of different sizes, zeros, and a last block that is not full.
weight = torch.randn(199, 97) * torch.logspace(-3, 1, 199)[:, None]
weight[5] = 0
packed, state = bnb.quantize_4bit(weight, blocksize=64, compress_statistics=True, quant_type="nf4")
save_file(
    {
        "weight": weight,
        "nf4": packed.reshape(-1),
        "absmax": state.absmax,
        "nested_absmax": state.state2.absmax,
        "nested_quant_map": state.state2.code,
        "offset": state.offset.reshape(1),
        "decoded": bnb.dequantize_4bit(packed, state),
    },
    Path(__file__).with_name("nf4.safetensors"),
)
