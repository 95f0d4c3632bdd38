#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the lumen network. Goes on from its checkpoint when there is one, so it can run in short pieces.

usage: train_lumen.py --train FOLDER --validation FOLDER --out FOLDER [--steps N] [--minutes M] [--init WEIGHTS]
Writes OUT/checkpoint.pt, OUT/log.csv (a line per 50 steps) and OUT/validation.csv.
"""
import argparse
import copy
import os
import time

# Threads that wait by spinning cost several times the work itself on a machine that does anything else besides.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch

from polar_data import MARGIN, Cohort, augmented, draw_window, plain, window_indices
from polar_loss import polar_loss
from polar_net import WIDTHS, PolarNet
from training import add_to_average, begin_from, learning_rate, write_row


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--train", required=True, help="folder of polar-*.h5")
    p.add_argument("--validation", required=True, help="folder of polar-*.h5 of other patients")
    p.add_argument("--out", required=True)
    p.add_argument("--net", default="M", choices=list(WIDTHS))
    p.add_argument("--steps", type=int, default=4000,
                   help="length of the whole schedule; 0: as many as --minutes hold, in one piece")
    p.add_argument("--minutes", type=float, default=0, help="stop after this long, with a checkpoint; 0: never")
    p.add_argument("--batch", type=int, default=4, help="windows per step")
    p.add_argument("--window", type=int, default=48, help="sections per window")
    p.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    p.add_argument("--healthy", type=float, default=0.15, help="share of the schedule on healthy sections alone")
    p.add_argument("--diseased", type=float, default=0.4, help="share of windows about disease after that")
    p.add_argument("--throats", type=float, default=0.0, help="share of windows about a throat, after that")
    p.add_argument("--stents", type=float, default=0.05, help="share of windows about a stent")
    p.add_argument("--bf16", action="store_true", help="convolutions in bfloat16: twice as fast on processors that have it")
    p.add_argument("--validate-every", type=int, default=500)
    p.add_argument("--wait", type=int, default=1, help="patients to wait for before the first step")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--init", default="", help="checkpoint.pt, weights.pt or exported .onnx to begin with, for fine-tuning")
    args = p.parse_args()
    if args.steps == 0 and args.minutes <= 0:
        p.error("--steps 0 spreads the schedule over --minutes: give how many")
    return args


def windows_of(cohort, args, step, progress):
    """Windows of a step and what further is to be drawn for it."""
    # They depend on seed and step alone, wherever the run was interrupted.
    random = np.random.default_rng([args.seed, step])
    shares = {"throat": args.throats, "diseased": args.diseased} if progress >= args.healthy else {"healthy": 1.0}
    stented = [patient for patient in cohort.patients if len(patient.places["stent"])]
    windows = []
    for _ in range(args.batch):
        of_stent = random.random() < args.stents and stented
        patients = stented if of_stent else cohort.patients
        patient = patients[int(random.integers(len(patients)))]
        windows.append((patient, *draw_window(patient, args.window, random, {"stent": 1.0} if of_stent else shares)))
    return windows, random


@torch.no_grad()
def validate(net, cohort, every=3, window=64):
    """Mean absolute error and bias of section radii by class of true radius, and how many sections in a stent are seen as
    such and the other way round, over a third of the chains."""
    net.eval()
    found, true, outer, scale_ok, lesion, throat, stent, stent_true = [], [], [], [], [], [], [], []
    for patient in cohort.patients:
        for chain in range(0, len(patient.start) - 1, every):
            first, last = int(patient.start[chain]), int(patient.start[chain + 1])
            for begin in range(first - MARGIN, last - MARGIN, window - 2 * MARGIN):
                index, inside = window_indices(first, last, begin, window)
                x, y = plain([(patient, index, inside)])
                out, y = net(x).cpu().numpy()[0], y[0].cpu().numpy()
                keep = (y[3].min(axis=1) > 0) & (y[5].max(axis=1) < 0.5)
                mean_radius = lambda r: np.sqrt((r ** 2).mean(axis=1))
                found.append(mean_radius(out[0])[keep]), true.append(mean_radius(y[0])[keep])
                lesion.append(patient.diseased[index][keep]), throat.append(patient.throat[index][keep])
                inner = (y[4] > 0) & keep[:, None] & (y[2] < 4.6)
                outer.append((out[1] - y[2])[inner])
                stent.append((out[6] > 0).mean(axis=1)[keep] > 0.5), stent_true.append(y[7].max(axis=1)[keep] > 0)
                rays = (y[3] > 0) & keep[:, None]
                scale_ok.append((np.abs(y[1] * (out[0] - y[0])) / np.exp(out[2]))[rays])
    net.train()
    found, true, lesion, throat = (np.concatenate(parts) for parts in (found, true, lesion, throat))
    row = {}
    for name, low, high in (("0.3", 0.3, 0.5), ("0.5", 0.5, 0.75), ("0.75", 0.75, 1.25), ("1.25", 1.25, 5)):
        m = (true >= low) & (true < high)
        row["abs_" + name] = np.abs(found - true)[m].mean()
        row["bias_pct_" + name] = 100 * ((found - true) / true)[m].mean()
    row["abs_lesion"] = np.abs(found - true)[lesion].mean()
    row["abs_throat"] = np.abs(found - true)[throat].mean()
    row["bias_pct_throat"] = 100 * ((found - true) / true)[throat].mean()
    row["p95_throat"] = np.percentile(np.abs(found - true)[throat], 95)
    row["abs_outer"] = np.abs(np.concatenate(outer)).mean()
    stent, stent_true = np.concatenate(stent), np.concatenate(stent_true)
    row["stent_recall"] = stent[stent_true].mean() if stent_true.any() else np.nan
    row["stent_precision"] = stent_true[stent].mean() if stent.any() else np.nan
    row["error_over_scale"] = np.concatenate(scale_ok).mean()
    return row


def main():
    args = arguments()
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    os.makedirs(args.out, exist_ok=True)
    cohort, validation = Cohort(args.train, args.device), Cohort(args.validation, args.device)
    while len(cohort.patients) < args.wait > 1:
        time.sleep(1)
        cohort.refresh()
    if not cohort.patients:
        raise SystemExit(f"train_lumen.py: {args.train} holds no polar-*.h5: make some with `ctffr training-data`.")
    # Channels innermost and one size of window: what is fastest on a GPU.
    layout = torch.channels_last_3d if args.device == "cuda" else torch.contiguous_format
    torch.backends.cudnn.benchmark = True
    net = PolarNet(WIDTHS[args.net]).to(args.device, memory_format=layout)
    if args.init:
        begin_from(net, args.init)
    average = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=1e-3)
    step, checkpoint = 0, os.path.join(args.out, "checkpoint.pt")
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint, map_location="cpu")
        net.load_state_dict(state["net"]), average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        step = state["step"]
    begin, last, sums = time.time(), time.time(), {}

    def save():
        state = {"net": net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(),
                 "step": step, "arguments": vars(args)}
        torch.save(state, checkpoint + ".tmp")
        os.replace(checkpoint + ".tmp", checkpoint)

    done = False
    while not done:
        progress = step / args.steps if args.steps else (time.time() - begin) / (60 * args.minutes)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(args.rate, progress)
        x, y = augmented(*windows_of(cohort, args, step, progress))
        late = min(1.0, max(0.0, (progress - 0.3) / 0.3))
        loss, parts = polar_loss(net, x.contiguous(memory_format=layout), y, late, args.bf16)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        add_to_average(average, net, step)
        step += 1
        for name, value in dict(parts, loss=loss.detach()).items():
            sums[name] = sums.get(name, 0.0) + value / 50
        if step % 50 == 0:
            write_row(os.path.join(args.out, "log.csv"),
                      {"step": step, "patients": cohort.refresh(), "seconds": time.time() - last,
                       **{name: float(value) for name, value in sums.items()}})
            sums, last = {}, time.time()
        done = bool(step == args.steps or (args.minutes and time.time() - begin > 60 * args.minutes))
        if step % 250 == 0 or done:
            if validation.refresh() and (step % args.validate_every == 0 or done):
                write_row(os.path.join(args.out, "validation.csv"), {"step": step, **validate(average, validation)})
            save()


if __name__ == "__main__":
    main()
