"""What the networks of Hugging Face PEFT give: P-tuning's PromptEncoder and prefix tuning's PrefixEncoder.

Run from the repository root with torch, peft and safetensors installed:

    python packages/peft/prompt/golden/networks/networks.py

Writes one file of tensors for each network: its parameters, and `outcome`.
"""

from pathlib import Path

import torch
from peft import PrefixTuningConfig, PromptEncoderConfig
from peft.tuners.p_tuning import PromptEncoder
from peft.tuners.prefix_tuning import PrefixEncoder
from safetensors.torch import save_file

folder = Path(__file__).resolve().parent
sizes = dict(num_virtual_tokens=3, token_dim=6, num_layers=2, num_attention_heads=2, num_transformer_submodules=1)


def write(name, network):
    torch.manual_seed(3)
    for parameter in network.parameters():
        torch.nn.init.uniform_(parameter, -0.7, 0.7)
    with torch.no_grad():
        outcome = network.eval()(torch.arange(3).unsqueeze(0))[0]
    tensors = {key: value.contiguous() for key, value in network.state_dict().items()}
    save_file({**tensors, "outcome": outcome.contiguous()}, folder / f"{name}.safetensors", {"format": "pt"})


def encoder(kind, layers):
    return PromptEncoder(
        PromptEncoderConfig(
            **sizes, encoder_reparameterization_type=kind, encoder_hidden_size=4, encoder_num_layers=layers
        )
    )


write("mlp", encoder("MLP", 2))
write("lstm", encoder("LSTM", 3))
write("prefix", PrefixEncoder(PrefixTuningConfig(**sizes, prefix_projection=True, encoder_hidden_size=5)))
