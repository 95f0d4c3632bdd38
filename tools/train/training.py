# SPDX-License-Identifier: Apache-2.0
"""What the training programmes share: schedule, averaged weights, logs, weights to begin with."""
import csv
import math
import os

import numpy as np
import torch
from torch import nn


def learning_rate(highest, progress):
    """One cycle over `progress` 0..1: linear warm-up over 5 %, then a cosine to zero."""
    t = min(progress, 1.0)
    return highest * (t / 0.05 if t < 0.05 else 0.5 * (1 + math.cos(math.pi * (t - 0.05) / 0.95)))


def add_to_average(average, net, step):
    """Moves the averaged weights towards those of `net`; faster in the first steps."""
    keep = min(0.998, (step + 1) / (step + 20))
    with torch.no_grad():
        pairs = [(a, b) for a, b in zip(average.state_dict().values(), net.state_dict().values())
                 if a.dtype.is_floating_point]
        averages = [a for a, _ in pairs]
        torch._foreach_mul_(averages, keep)
        torch._foreach_add_(averages, [b for _, b in pairs], alpha=1 - keep)


def write_row(path, row):
    new = not os.path.exists(path)
    with open(path, "a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow({k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()})


def exported_weights(net, path):
    """State of `net` from an exported ONNX file, whose batch norms stand in the convolutions before them."""
    import onnx
    from onnx import numpy_helper
    tensors = {t.name.removesuffix(".half"): torch.from_numpy(numpy_helper.to_array(t).astype(np.float32))
               for t in onnx.load(path).graph.initializer}
    state = net.state_dict()
    for name, value in state.items():
        owner, _, part = name.rpartition(".")
        block = owner.removesuffix(".norm")
        if owner == block:
            if name in tensors:
                state[name] = tensors[name].reshape((-1,) + value.shape[1:]) if value.dim() else tensors[name]
        elif part == "bias":
            state[name] = tensors[block + ".conv.bias"]
        elif part in ("weight", "running_var"):
            # Together the identity, whatever is added to the variance.
            eps = dict(net.named_modules())[owner].eps
            state[name] = torch.full_like(value, math.sqrt(1 + eps) if part == "weight" else 1.0)
        elif part == "running_mean":
            state[name] = torch.zeros_like(value)
    return state


def grown(state, own):
    """Weights of a network with fewer outputs: those that it lacks stay as they are."""
    for name, value in own.items():
        have = state.get(name)
        if have is not None and have.shape != value.shape and have.shape[1:] == value.shape[1:] and len(have) < len(value):
            state[name] = torch.cat([have, value[len(have):]])
    return state


def begin_from(net, path):
    """Loads a checkpoint.pt (its averaged weights), a weights.pt or an exported .onnx, and holds the statistics of batch
    norm as they are: a few cases cannot replace them."""
    if path.endswith(".onnx"):
        state = exported_weights(net, path)
    else:
        file = torch.load(path, map_location="cpu")
        state = file.get("average") or file.get("weights")
        if state is None:
            raise SystemExit(f"{path} holds neither averaged weights of a checkpoint nor a weights.pt.")
        state = {k: v.float() if v.dtype.is_floating_point else v for k, v in state.items()}
    net.load_state_dict(grown(state, net.state_dict()))
    for module in net.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.eval()
