"""What Hugging Face PEFT's DARE makes of two matrices where it is known which numbers stay, for rules.test.ts.

    pip install torch==2.13.0 peft==0.21.2
    python make_dare.py

dare.safetensors holds the matrices, the numbers in [0, 1) that each place draws (it stays where that is below the density), and the
outcome of each rule, density and majority: `rule/density/majority`.
"""

import pathlib

import torch
from peft.utils import merge_utils
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent
weights = torch.tensor([0.7, -0.4])

torch.manual_seed(0)
matrices = [torch.randn(5, 7), torch.randn(5, 7)]
drawn = [torch.rand(5, 7), torch.rand(5, 7)]
kept = {"one": matrices[0], "other": matrices[1], "drawn-one": drawn[0], "drawn-other": drawn[1]}


def outcome(rule, density, *more):
    left = iter(drawn)
    merge_utils.torch.bernoulli = lambda share: (next(left) < share).float()
    return getattr(merge_utils, rule)(matrices, weights, density, *more).contiguous()


bernoulli = torch.bernoulli
for density in (0.3, 0.75):
    kept[f"dare_linear/{density}/total"] = outcome("dare_linear", density)
    for majority in ("total", "frequency"):
        kept[f"dare_ties/{density}/{majority}"] = outcome("dare_ties", density, majority)
torch.bernoulli = bernoulli
save_file(kept, here / "dare.safetensors", metadata={"format": "pt"})
