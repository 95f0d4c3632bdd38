#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the heart network. Goes on from its checkpoint when there is one, so it can run in short pieces.

usage: train_heart.py --train FOLDER --validation FOLDER --out FOLDER [--net S|M] [--steps N] [--minutes M]
Writes OUT/checkpoint.pt, OUT/weights.pt (averaged weights in half precision), OUT/log.csv (a line per 25 steps) and
OUT/validation.csv.
"""
import argparse
import copy
import os
import threading
import time

# Threads that wait by spinning cost several times the work itself on a machine that does anything else besides.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch

from heart_data import OUTPUTS, REACH_MM, SPACING_MM, Cohort, sample, truth, whole
from heart_loss import heart_loss
from heart_net import HeartNet
from training import add_to_average, begin_from, learning_rate, write_row

LOG_EVERY = 25


def arguments():
    cuda = torch.cuda.is_available()
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--train", required=True, help="folder of heart-*.h5; files that come later are taken up")
    p.add_argument("--validation", required=True, help="folder of heart-*.h5 of other patients")
    p.add_argument("--out", required=True)
    p.add_argument("--net", default="M" if cuda else "S", choices=["S", "M"])
    p.add_argument("--steps", type=int, default=6000 if cuda else 2000, help="length of the whole schedule")
    p.add_argument("--minutes", type=float, default=0, help="stop after this long, with a checkpoint; 0: never")
    p.add_argument("--batch", type=int, default=4 if cuda else 2, help="patches per step")
    p.add_argument("--patch", type=int, default=128 if cuda else 64, help="side of a patch, a multiple of 16")
    p.add_argument("--rate", type=float, default=1e-3 if cuda else 2e-3, help="highest learning rate")
    p.add_argument("--healthy", type=float, default=0.3, help="share of the schedule on healthy patients alone")
    p.add_argument("--turn", type=float, default=12 if cuda else 0, help="largest rotation of a patch, degrees")
    p.add_argument("--flip", type=float, default=0.1, help="chance of a mirrored patch, per axis")
    p.add_argument("--validate-every", type=int, default=500)
    p.add_argument("--validate", type=int, default=8 if cuda else 1, help="patients in each validation")
    p.add_argument("--limit", type=int, default=0, help="most patients to hold in memory; 0: all")
    p.add_argument("--wait", type=int, default=1, help="patients to wait for before the first step")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--device", default="cuda" if cuda else "cpu")
    p.add_argument("--init", default="", help="checkpoint.pt, weights.pt or exported .onnx to begin with, for fine-tuning")
    return p.parse_args()


def batch_of(patients, args, step):
    # Among the same patients the data of a step depend on seed and step alone, wherever the run was interrupted.
    random = np.random.default_rng([args.seed, step])
    parts = [sample(patients[int(random.integers(len(patients)))], args.patch, random, args.turn, args.flip)
             for _ in range(args.batch)]
    return [torch.stack(list(values)) for values in zip(*parts)]


def run_net(net, x):
    """The network in bfloat16 where the device is made for it."""
    if x.is_cuda:
        with torch.autocast("cuda", dtype=torch.bfloat16):
            return net(x.contiguous(memory_format=torch.channels_last_3d))
    return net(x)


def soft_dice(found, target):
    return float(2 * (found & target).sum() / ((found.sum() + target.sum()).clamp(min=1)))


@torch.no_grad()
def scores_of(net, patient):
    """Figures of one patient, whole: Dice of masks, recall of centerline voxels, mean errors of distances where the
    truth lies within 3 mm of the surface (centerline: within 3 mm of it), distance of the ostia (mm)."""
    found = run_net(net, whole(patient)[None])[0].float()
    found = found[(slice(None),) + tuple(slice(n) for n in patient.shape)]
    row, target = {}, truth(patient, (0, 0, 0), patient.shape)
    for name, known, f, t in zip(OUTPUTS, patient.known, found, target):
        if not known:
            continue
        if name.endswith("_mm"):
            near = t.abs() < 0.75 * REACH_MM
            row["abs_" + name] = float((f.clamp(-REACH_MM, REACH_MM) - t).abs()[near].mean())
        elif name.startswith("ostium"):
            at = np.array(np.unravel_index(int(f.argmax()), f.shape))
            all_of_side = patient.ostia[patient.ostia[:, 0] == (name == "ostium_right")]
            if len(all_of_side):
                row["mm_" + name] = float(np.linalg.norm(all_of_side[:, :0:-1] - at, axis=1).min() * SPACING_MM)
        else:
            row["dice_" + name] = soft_dice(f > 0, t >= 0.5)
    for side, name in enumerate(("left", "right")):
        line = (patient.volumes[-1] >> side) & 1 > 0
        if line.any():
            row["recall_" + name] = float((found[side] > 0)[line].float().mean())
    return row


def validate(net, patients):
    net.eval()
    rows = [scores_of(net, patient) for patient in patients]
    net.train()
    names = [name for row in rows for name in row]
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in dict.fromkeys(names)}


def follow(cohort):
    """Takes up new files beside the training."""
    while True:
        cohort.refresh(most=1)
        time.sleep(0.2)


def main():
    args = arguments()
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    os.makedirs(args.out, exist_ok=True)
    begin = time.time()
    cohort = Cohort(args.train, args.device, args.limit, most=args.wait)
    while len(cohort.patients) < args.wait and args.minutes and time.time() - begin < 60 * args.minutes:
        time.sleep(1)
        cohort.refresh()
    if not cohort.patients:
        raise SystemExit(f"train_heart.py: {args.train} holds no heart-*.h5: make some with `ctffr training-data "
                         "--network heart`.")
    threading.Thread(target=follow, args=(cohort,), daemon=True).start()
    validation = Cohort(args.validation, args.device, args.validate)
    torch.backends.cudnn.benchmark = True  # all patches have one size
    net = HeartNet(args.net).to(args.device)
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
    if args.device == "cuda":
        net, average = (n.to(memory_format=torch.channels_last_3d) for n in (net, average))
    last, sums = time.time(), {}

    def save():
        facts = {"network": "heart", "step": step, "arguments": vars(args),
                 "patients": len(cohort.patients)}
        # The optimiser's moments in half precision: their third digit does not matter, the size of the file does.
        moments = optimiser.state_dict()
        moments["state"] = {n: {k: v.bfloat16() if v.numel() > 1 else v for k, v in m.items()}
                            for n, m in moments["state"].items()}
        state = {"net": net.state_dict(), "average": average.state_dict(), "optimiser": moments, **facts}
        weights = {k: v.half() if v.dtype.is_floating_point else v for k, v in average.state_dict().items()}
        for path, content in ((checkpoint, state), (os.path.join(args.out, "weights.pt"), {"weights": weights, **facts})):
            torch.save(content, path + ".tmp")
            os.replace(path + ".tmp", path)

    while step < args.steps:
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(args.rate, step / args.steps)
        patients = cohort.healthy() if step < args.healthy * args.steps else list(cohort.patients)
        x, target, known = batch_of(patients, args, step)
        loss, parts = heart_loss(run_net(net, x), target, known)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        add_to_average(average, net, step)
        step += 1
        for name, value in dict(parts, loss=float(loss.detach())).items():
            sums[name] = sums.get(name, 0.0) + value / LOG_EVERY
        if step % LOG_EVERY == 0:
            write_row(os.path.join(args.out, "log.csv"),
                      {"step": step, "patients": len(cohort.patients), "seconds": time.time() - last, **sums})
            sums, last = {}, time.time()
        out_of_time = args.minutes and time.time() - begin > 60 * args.minutes
        if step % args.validate_every == 0 or step == args.steps:
            if validation.refresh():
                write_row(os.path.join(args.out, "validation.csv"),
                          {"step": step, **validate(average, validation.patients)})
        if step % 250 == 0 or step == args.steps or out_of_time:
            save()
        if out_of_time:
            break


if __name__ == "__main__":
    main()
