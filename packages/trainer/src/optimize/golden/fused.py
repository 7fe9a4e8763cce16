"""Writes fused.golden.json: steps of LOMO and AdaLomo, their updates made in torch's backward pass, on a small network.

The updates are written out here from the papers (Lv et al. 2023, arXiv 2306.09782 and 2310.10195), each in a hook that torch calls as
soon as a parameter's gradient is complete; the hook gives the gradient up. Losses are computed in float64, so that the numbers are
those of the formulas.

Run with torch 2.13: python fused.py
"""

import json
from pathlib import Path

import torch

STEPS = 6
torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

start = {
    "first.weight": torch.randn(4, 3) * 0.5,
    "first.bias": torch.randn(4) * 0.5,
    "second.weight": torch.randn(2, 4) * 0.5,
    "gate": torch.tensor(0.7),
}
inputs = torch.randn(5, 3)
targets = torch.randn(5, 2)


def loss_of(p):
    hidden = torch.tanh(inputs @ p["first.weight"].T + p["first.bias"])
    # the second map is used twice, as a tied head is: its gradient is complete only after both
    output = p["gate"] * (hidden @ p["second.weight"].T)
    return ((output - targets) ** 2).sum() + (p["second.weight"] ** 3).sum()


def run(rate, update):
    """Descends; `update(name, parameter, gradient, t)` gives what is taken off, times the rate."""
    parameters = {name: value.clone().requires_grad_() for name, value in start.items()}
    log = {"losses": [], "norms": []}
    squares, step = [], 0

    def hook(name):
        def fused(parameter):
            gradient = parameter.grad
            parameter.grad = None
            squares.append(float((gradient**2).sum()))
            with torch.no_grad():
                parameter -= rate * update(name, parameter, gradient, step)

        return fused

    for name, parameter in parameters.items():
        parameter.register_post_accumulate_grad_hook(hook(name))
    for step in range(1, STEPS + 1):
        squares.clear()
        loss = loss_of(parameters)
        loss.backward()
        log["losses"].append(loss.item())
        log["norms"].append(sum(squares) ** 0.5)
    log["parameters"] = {name: p.detach().flatten().tolist() for name, p in parameters.items()}
    return log


def lomo(clip_value=0.0, clip_norm=0.0, decay=0.0):
    def update(name, parameter, gradient, _t):
        if clip_value > 0:
            gradient = gradient.clamp(-clip_value, clip_value)
        if clip_norm > 0:
            norm = torch.linalg.vector_norm(gradient)
            gradient = gradient * torch.clamp(clip_norm / (norm + 1e-6), max=1.0)
        return gradient + (0.0 if name.endswith("bias") else decay) * parameter

    return update


def adalomo(decay_rate=0.8, threshold=1.0, eps=1e-30, least=1e-3, decay=0.0):
    moments = {}

    def rms(x):
        return torch.sqrt(torch.mean(x**2))

    def running(key, found, beta):
        moments[key] = beta * moments.get(key, torch.zeros_like(found)) + (1 - beta) * found
        return moments[key]

    def update(name, parameter, gradient, t):
        beta = 1.0 - t ** (-decay_rate)
        squares = gradient**2 + eps
        if gradient.dim() < 2:
            u = gradient / torch.sqrt(running(name, squares, beta))
        else:
            row = running(f"{name} row", squares.mean(dim=1), beta)
            column = running(f"{name} column", squares.mean(dim=0), beta)
            # the rank-1 reconstruction R Cᵀ / mean(R)
            u = gradient / torch.sqrt(torch.outer(row, column) / row.mean())
        u = u / max(1.0, rms(u) / threshold)
        return max(least, rms(parameter)) * (u + decay * parameter)

    return update


golden = {
    "shapes": {name: list(value.shape) for name, value in start.items()},
    "start": {name: value.flatten().tolist() for name, value in start.items()},
    "inputs": inputs.tolist(),
    "targets": targets.tolist(),
    "runs": [
        {
            "optimizer": {"name": "lomo", "learning_rate": 0.03, "clip_norm": 0},
            **run(0.03, lomo()),
        },
        {
            "optimizer": {
                "name": "lomo",
                "learning_rate": 0.05,
                "clip_norm": 1.5,
                "clip_value": 0.9,
                "weight_decay": 0.1,
                "decay_exclude": ["bias"],
            },
            **run(0.05, lomo(0.9, 1.5, 0.1)),
        },
        {
            "optimizer": {"name": "adalomo", "learning_rate": 0.05},
            **run(0.05, adalomo()),
        },
        {
            "optimizer": {
                "name": "adalomo",
                "learning_rate": 0.1,
                "decay_rate": 0.6,
                "clip_threshold": 0.5,
                "least_scale": 0.4,
                "weight_decay": 0.2,
            },
            **run(0.1, adalomo(decay_rate=0.6, threshold=0.5, least=0.4, decay=0.2)),
        },
    ],
}
Path(__file__).with_name("fused.golden.json").write_text(json.dumps(golden, indent=1) + "\n")
