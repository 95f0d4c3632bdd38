#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a trained network as ONNX with its sidecar and a file for the parity test.

usage: export_onnx.py --kind lumen|heart --checkpoint FILE --out FOLDER [--name NAME] [--version V] [--float32]
                      [--calibrate KEY=NUMBER ...] [--data TEXT]
Takes the averaged weights of a checkpoint.pt, or a weights.pt. Writes NAME.onnx, NAME.json (what the program must know
to use the network, see README.md) and NAME.parity.json (outputs for an input given by a formula).
"""
import argparse
import hashlib
import inspect
import json
import math
import os

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

OPSET = 13
# What of the training's arguments belongs to the record: no paths.
SETTINGS = ["net", "steps", "batch", "window", "patch", "rate", "healthy", "diseased", "throats", "stents", "bf16", "turn", "flip", "seed"]


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--kind", required=True, choices=["lumen", "heart"])
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--name", default="", help="of the files; default: the kind")
    p.add_argument("--version", default="1")
    p.add_argument("--float32", action="store_true", help="weights in full precision; default: half, with casts")
    p.add_argument("--calibrate", action="append", default=[], metavar="KEY=NUMBER", help="into `calibration`")
    p.add_argument("--data", default="virtual patients (ctffr phantom), preset training", help="what it was trained on")
    return p.parse_args()


def load(path):
    """Averaged weights as float32, and the facts beside them."""
    state = torch.load(path, map_location="cpu")
    weights = state.get("average") or state.get("weights")
    if weights is None:
        raise SystemExit(f"export_onnx.py: {path} holds neither averaged weights of a checkpoint nor a weights.pt.")
    return {k: v.float() if v.dtype.is_floating_point else v for k, v in weights.items()}, state


def fold(net):
    """Batch norm into the convolution before it, wherever a block has both."""
    for block in net.modules():
        if not isinstance(getattr(block, "norm", None), nn.BatchNorm3d):
            continue
        conv, norm = block.conv, block.norm
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        with torch.no_grad():
            conv.weight.mul_(gain.reshape(-1, 1, 1, 1, 1))
            conv.bias = nn.Parameter(norm.bias - norm.running_mean * gain)
        block.norm = nn.Identity()


def heart(weights, state):
    from heart_data import CLIP_HU, MULTIPLE, OUTPUTS, REACH_MM, SPACING_MM
    from heart_net import HeartNet
    net = HeartNet(state["arguments"]["net"])
    net.load_state_dict(weights)
    net.fold_scale()
    meanings = {
        "lumen_left": "lumen of the left coronary tree", "lumen_right": "lumen of the right coronary tree",
        "centerline_mm": "distance to the nearest coronary centerline",
        "aorta_mm": "signed distance to the surface of the aorta's blood, negative inside",
        "lv_blood_mm": "signed distance to the surface of the left ventricle's blood with papillary muscles",
        "lv_outer_mm": "signed distance to the outer surface of the left ventricle's muscle, septum included",
        "look_alike": "coronary veins, left atrium with appendage and pulmonary veins",
        "ostium_left": "1 at a left ostium, Gaussian of 2 mm", "ostium_right": "1 at the right ostium, Gaussian of 2 mm",
        "dense": "calcium or stent"}

    def output(name):
        base = {"name": name, "meaning": meanings[name]}
        if name.endswith("_mm"):
            low = 0.0 if name == "centerline_mm" else -REACH_MM
            return {**base, "unit": "mm", "activation": "none", "range": [low, REACH_MM]}
        if name.startswith("ostium"):
            return {**base, "unit": "1", "activation": "none", "range": [0.0, 1.0]}
        return {**base, "unit": "probability", "activation": "sigmoid", "range": [0.0, 1.0]}

    sidecar = {
        "input": {
            "axes": ["batch", "channel", "k", "j", "i"], "spacing_mm": SPACING_MM, "frame": "LPS, axis-aligned",
            "multiple": MULTIPLE, "pad": "repeat the border",
            "channels": [{"name": "hu", "clip": list(CLIP_HU), "subtract": 350.0, "divide": 550.0},
                         {"name": "between muscle (0) and aortic blood (1)", "clip": list(CLIP_HU),
                          "subtract": "muscle_hu", "divide": "blood_hu - muscle_hu", "clip_after": [-3.0, 3.0]}]},
        "outputs": [output(name) for name in OUTPUTS],
        # The network may see any box at once. In tiles, this much at each inner side belongs to the neighbour.
        "window": {"voxels": 128, "margin": 32}}
    axes = {2: "depth", 3: "height", 4: "width"}
    return net, sidecar, {"input": axes, "output": axes}, (1, 2, 16, 32, 16)


def lumen(weights, state):
    from polar_data import ANGLES, CHANNELS, FAT_HU, MARGIN, STEP_MM, STEPS
    from polar_net import OUTPUTS, WIDTHS, PolarNet
    net = PolarNet(WIDTHS[state["arguments"]["net"]])
    net.load_state_dict(weights)
    units = {"radius_mm": "mm", "outer_mm": "mm", "log_scale": "log mm", "log_scale_outer": "log mm"}
    meanings = {"radius_mm": "lumen radius along the ray", "outer_mm": "radius of the outer wall along the ray",
                "log_scale": "natural logarithm of the Laplace scale of the distance to the lumen's tangent plane",
                "log_scale_outer": "the same of the outer wall", "open": "the ray leaves into a joined branch",
                "calcium": "the ray meets calcium", "stent": "the section lies in a stent"}
    outputs = [{"name": n, "meaning": meanings[n], "unit": units.get(n, "probability"),
                "activation": "none" if n in units else "sigmoid"} for n in OUTPUTS]
    sidecar = {
        "input": {"axes": ["batch", "channel", "section", "angle", "radius"], "section_mm": 0.5, "angles": ANGLES,
                  "radii": STEPS, "radius_step_mm": STEP_MM, "fat_hu": FAT_HU,
                  "channels": [{"name": n} for n in (
                      "HU between fat (0) and local blood (1), cut to -1..4", "HU / 500, cut to -2..4",
                      "10 noise / (blood - fat)", "3 blur along the ray (mm)", "3 blur across the ray (mm)",
                      "3 blur along the vessel (mm)", "radius / 2.4 mm - 1", "local blood HU / 500")]},
        "outputs": outputs,
        "window": {"sections": 64, "margin": MARGIN}}
    assert len(sidecar["input"]["channels"]) == CHANNELS
    return net, sidecar, {"input": {2: "sections"}, "output": {2: "sections"}}, (1, CHANNELS, 12, ANGLES, STEPS)


def formula_input(shape):
    """Element n in row-major order, computed in double precision: 0.7 sin(0.37 n) + 0.3 cos(0.0113 n)."""
    n = np.arange(math.prod(shape), dtype=np.float64)
    return (0.7 * np.sin(0.37 * n) + 0.3 * np.cos(0.0113 * n)).astype(np.float32).reshape(shape)


def halve_weights(model):
    """Stores float32 initialisers of more than 16 values as float16, each with a Cast back in front of the graph."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or math.prod(tensor.dims) <= 16:
            continue
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), name + ".half")
        tensor.CopyFrom(half)
        casts.append(helper.make_node("Cast", [name + ".half"], [name], name + ".cast", to=TensorProto.FLOAT))
    nodes = casts + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def main():
    args = arguments()
    os.makedirs(args.out, exist_ok=True)
    name = args.name or args.kind
    weights, state = load(args.checkpoint)
    net, sidecar, axes, shape = {"heart": heart, "lumen": lumen}[args.kind](weights, state)
    net.eval()
    fold(net)
    if not args.float32:
        for parameter in net.parameters():
            if parameter.numel() > 16:
                parameter.data = parameter.data.half().float()
    x = torch.from_numpy(formula_input(shape))
    path = os.path.join(args.out, name + ".onnx")
    options = {"opset_version": OPSET, "input_names": ["input"], "output_names": ["output"], "dynamic_axes": axes}
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        options["dynamo"] = False  # the other exporter writes newer opsets and splits the weights off
    torch.onnx.export(net, x, path, **options)
    model = onnx.load(path)
    if not args.float32:
        halve_weights(model)
    # The exporter records its own version and the places in the source: no part of the network.
    model.producer_version, model.doc_string = "", ""
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model)
    onnx.save(model, path)
    with torch.no_grad():
        y = net(x).numpy()
    chosen = np.unique(np.linspace(0, y.size - 1, 400).astype(np.int64))
    with open(os.path.join(args.out, name + ".parity.json"), "w") as file:
        json.dump({"input_shape": list(shape), "input": formula_input.__doc__, "output_shape": list(y.shape),
                   "indices": chosen.tolist(), "values": [float(f"{v:.7g}") for v in y.reshape(-1)[chosen]]}, file)
        file.write("\n")
    trained = state.get("arguments", {})
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    sidecar = {"schema": 1, "name": name, "version": args.version, "kind": args.kind, "file": name + ".onnx",
               "sha256": digest, **sidecar,
               "training": {"data": args.data, "steps_done": state.get("step", 0), "patients": state.get("patients"),
                            **{k: trained[k] for k in SETTINGS if k in trained}},
               "calibration": {k: float(v) for k, v in (pair.split("=", 1) for pair in args.calibrate)},
               "limits": "Trained on virtual patients alone; not tested on real ones. Research use only."}
    with open(os.path.join(args.out, name + ".json"), "w") as file:
        json.dump(sidecar, file, indent=1)
        file.write("\n")
    print(f"{path}: {os.path.getsize(path) / 1e6:.2f} MB, {sum(p.numel() for p in net.parameters())} parameters")


if __name__ == "__main__":
    main()
