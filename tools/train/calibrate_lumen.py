#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How large and how alike the lumen network's errors are on patients it was not trained on.

usage: calibrate_lumen.py --checkpoint CHECKPOINT --validation FOLDER [--out CALIBRATION.json]
rays_alike: variance of a section's mean radius error, over that of 32 independent rays with the stated deviations.
sections_alike: sum of the correlations of that error over the sections of a vessel (0.5 mm apart), both ways.
"""
import argparse
import json
import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch

from polar_data import ANGLES, MARGIN, Cohort, plain, window_indices
from polar_net import WIDTHS, PolarNet

LAGS = 12


@torch.no_grad()
def chain_errors(net, patient, chain, window=64):
    """Mean error and mean stated variance of every section of a chain; NaN where a ray is open or unknown."""
    first, last = int(patient.start[chain]), int(patient.start[chain + 1])
    error, stated = np.full(last - first, np.nan), np.full(last - first, np.nan)
    for begin in range(first - MARGIN, last - MARGIN, window - 2 * MARGIN):
        index, _ = window_indices(first, last, begin, window)
        x, y = plain([(patient, index, np.ones(window, bool))])
        out, y = net(x).numpy()[0], y[0].numpy()
        for k in range(MARGIN, window - MARGIN):
            at = begin + k
            if first <= at < last and y[3][k].min() > 0 and y[5][k].max() < 0.5:
                error[at - first] = (out[0, k] - y[0, k]).mean()
                stated[at - first] = (2 * np.exp(2 * np.clip(out[2, k], -6, 1))).mean()
    return error, stated


def calibration(net, cohort):
    net.eval()
    square, variance, count = 0.0, 0.0, 0
    products, pairs = np.zeros(LAGS + 1), np.zeros(LAGS + 1)
    for patient in cohort.patients:
        for chain in range(len(patient.start) - 1):
            error, stated = chain_errors(net, patient, chain)
            good = np.isfinite(error)
            square += (error[good] ** 2).sum()
            variance += stated[good].sum()
            count += good.sum()
            for lag in range(1, min(LAGS + 1, len(error))):
                both = error[lag:] * error[:-lag]
                keep = np.isfinite(both)
                products[lag] += both[keep].sum()
                pairs[lag] += keep.sum()
    correlation = products[1:] / np.maximum(pairs[1:], 1) / (square / count)
    return {"rays_alike": float(square / (variance / ANGLES)),
            "sections_alike": float(1 + 2 * np.clip(correlation, 0, 1).sum()),
            "sections": int(count), "rms_error_mm": float(np.sqrt(square / count))}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--validation", required=True)
    p.add_argument("--out", default="")
    args = p.parse_args()
    state = torch.load(args.checkpoint, map_location="cpu")
    net = PolarNet(WIDTHS[state["arguments"]["net"]])
    net.load_state_dict(state["average"])
    text = json.dumps(calibration(net, Cohort(args.validation)), indent=1)
    print(text)
    if args.out:
        with open(args.out, "w") as file:
            file.write(text + "\n")


if __name__ == "__main__":
    main()
