"""Writes optimizers.golden.json: five steps of torch's optimisers on fixed gradients, and one clipping of gradients.

Run with torch 2.13: python optimizers.py
"""

import json
from pathlib import Path

import torch

STEPS = 5
RATE = 0.1
SHAPES = {"a.weight": (2, 3), "a.bias": (3,)}


def start():
    torch.manual_seed(0)
    return {name: torch.randn(shape, dtype=torch.float32) for name, shape in SHAPES.items()}


torch.manual_seed(1)
gradients = [{name: torch.randn(shape) for name, shape in SHAPES.items()} for _ in range(STEPS)]


def run(make):
    parameters = {name: value.clone().requires_grad_() for name, value in start().items()}
    optimizer = make(parameters)
    for step in gradients:
        for name, parameter in parameters.items():
            parameter.grad = step[name].clone()
        optimizer.step()
    return {name: parameter.detach().flatten().tolist() for name, parameter in parameters.items()}


def adamw(parameters):
    groups = [
        {"params": [parameters["a.weight"]], "weight_decay": 0.3},
        {"params": [parameters["a.bias"]], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=RATE, betas=(0.8, 0.95), eps=1e-3)


def sgd(nesterov):
    return lambda parameters: torch.optim.SGD(
        parameters.values(), lr=RATE, momentum=0.9, nesterov=nesterov, weight_decay=0.3
    )


def clip(limit):
    parameters = {name: value.clone().requires_grad_() for name, value in start().items()}
    for name, parameter in parameters.items():
        parameter.grad = gradients[0][name].clone()
    norm = torch.nn.utils.clip_grad_norm_(parameters.values(), limit)
    clipped = {name: parameter.grad.flatten().tolist() for name, parameter in parameters.items()}
    return {"limit": limit, "norm": norm.item(), "clipped": clipped}


flat = lambda tensors: {name: tensor.flatten().tolist() for name, tensor in tensors.items()}
golden = {
    "shapes": SHAPES,
    "start": flat(start()),
    "gradients": [flat(step) for step in gradients],
    "learning_rate": RATE,
    "adamw": run(adamw),
    "sgd": run(sgd(False)),
    "nesterov": run(sgd(True)),
    "clip": [clip(0.5), clip(100.0)],
}
Path(__file__).with_name("optimizers.golden.json").write_text(json.dumps(golden, indent=1) + "\n")
