# SPDX-License-Identifier: Apache-2.0
"""Training samples of the lumen network: files of `ctffr training-data`, windows, augmentation, network input.

The input channels are those of src/lumen/polar_network.cpp; change both together (the parity test compares them).
"""
import glob
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import h5py
import numpy as np
import torch

ANGLES, STEPS, STEP_MM = 32, 32, 0.15
FAT_HU = -100.0
CHANNELS = 8
MARGIN = 6  # sections at each end of a window that carry no loss: the network sees too little around them
AROUND = 24  # sections on either side from which a section's healthy radius is taken
DIM_CHANCE = 0.12  # of a window whose blood is told to be brighter than it is, as beyond an occlusion
STRUT_GAP = 6  # sections between struts of one stent, at most
THROAT = 0.7  # a diseased section with less than this share of that radius is one of a throat


class Patient:
    """Samples of one patient, read as arrays and then put on a device. Images are kept in half precision."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            g = file["polar"]
            self.image, self.noise = g["image_hu"][:].astype(np.float16), g["noise_hu"][:].astype(np.float16)
            self.condition = g["condition"][:]  # [S, 6]: blood, noise, uu, uv, vv, along
            # Targets but for their weights [S, 6, A]: radius, cosine, outer; open, calcium, stent.
            radius, outer = g["radius_mm"][:], g["outer_mm"][:]
            known = g["known"][:]
            self.start = g["chain_start"][:]
            flags = [g[name][:] for name in ("open", "calcium", "stent")]
            flags[2] = np.repeat(self.in_stent(flags[2])[:, None], ANGLES, axis=1)
            self.target = np.stack([radius, g["cosine"][:], outer, *flags], axis=1).astype(np.float32)
            # [S, 2, A]: lumen, wall
            self.known = np.stack([known & 1, known & 2], axis=1) > 0
        mean = radius.mean(axis=1)
        wall = np.where((known & 2) > 0, outer - radius, -1).max(axis=1)
        # Sections with thick wall, calcium or stent: where the lumen is not what a healthy vessel would have.
        self.diseased = (wall > 1.8 * (0.3 + 0.27 * mean)) | np.any(flags[1:], axis=(0, 2))
        throat = self.diseased & (self.narrowing(mean) < THROAT)
        self.places = {"healthy": np.flatnonzero(~self.diseased), "diseased": np.flatnonzero(self.diseased),
                       "throat": np.flatnonzero(throat), "stent": np.flatnonzero(flags[2].any(axis=1)),
                       "any": np.arange(len(mean))}
        self.throat = throat

    def to(self, device):
        for name in ("image", "noise", "condition", "target", "known"):
            setattr(self, name, torch.from_numpy(getattr(self, name)).to(device))
        return self

    def in_stent(self, struts):
        """[S] whether a section lies within a stent. Single struts are far thinner than what an image shows, and the rays
        that happen to meet one are no target."""
        met, inside = struts.any(axis=1), np.zeros(len(struts), bool)
        for first, last in zip(self.start[:-1], self.start[1:]):
            at = first + np.flatnonzero(met[first:last])
            for i, k in zip(at[:-1], at[1:]):
                inside[i:k + 1] |= k - i <= STRUT_GAP
        return inside

    def narrowing(self, mean):
        """[S] mean radius over the 80th percentile of the mean radii around, in the same chain."""
        healthy = np.empty_like(mean)
        for first, last in zip(self.start[:-1], self.start[1:]):
            for i in range(first, last):
                healthy[i] = np.percentile(mean[max(first, i - AROUND):min(last, i + AROUND + 1)], 80)
        return mean / np.maximum(healthy, 1e-3)


class Cohort:
    """All patients of a folder, in the order of their names; `refresh` takes up files that came since, read beside the
    training."""

    def __init__(self, folder, device="cpu"):
        self.folder, self.device, self.reading, self.reader = folder, device, {}, None
        self.patients, self.known_files = [], set()
        for path in self.files():
            self.take_up(path, lambda: Patient(path))

    def files(self):
        return sorted(glob.glob(os.path.join(self.folder, "polar-*.h5")))

    def take_up(self, path, read):
        try:
            self.patients.append(read().to(self.device))
            self.known_files.add(path)
        except OSError:
            self.known_files.discard(path)  # still being written: again at the next refresh

    def refresh(self):
        for path in self.files():
            if path not in self.known_files:
                self.reader = self.reader or ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
                self.reading[path] = self.reader.submit(Patient, path)
                self.known_files.add(path)
        for path in [path for path, patient in self.reading.items() if patient.done()]:
            self.take_up(path, self.reading.pop(path).result)
        return len(self.patients)


def window_indices(start, end, first, length):
    """Sections [first, first + length) of a chain; beyond its ends the end section repeats."""
    index = np.clip(np.arange(first, first + length), start, end - 1)
    inside = (np.arange(first, first + length) >= start) & (np.arange(first, first + length) < end)
    return index, inside


def draw_window(patient, length, random, shares):
    """Section indices of a random window about a section of one of the patient's `places`: with chance shares[name] of
    that kind, where there is one, else of any."""
    chance, name = random.random(), "any"
    for kind, share in shares.items():
        if chance < share and len(patient.places[kind]):
            name = kind
            break
        chance -= share
    centre = int(random.choice(patient.places[name]))
    chain = int(np.searchsorted(patient.start, centre, side="right")) - 1
    first = centre - int(random.integers(MARGIN, length - MARGIN))
    return window_indices(int(patient.start[chain]), int(patient.start[chain + 1]), first, length)


def network_input(image, condition):
    """Channels [B, 8, S, A, R] of sections with HU [B, S, A, R] and conditions [B, S, 6]."""
    blood, noise, uu, uv, vv, along = (condition[..., k, None, None] for k in range(6))
    phi = (2 * np.pi / ANGLES * torch.arange(ANGLES, device=image.device)).reshape(ANGLES, 1)
    c, n = torch.cos(phi), torch.sin(phi)
    radial = torch.sqrt((c * c * uu + 2 * c * n * uv + n * n * vv).clamp(min=0))
    around = torch.sqrt((n * n * uu - 2 * c * n * uv + c * c * vv).clamp(min=0))
    rho = (torch.arange(STEPS, device=image.device) + 0.5) * STEP_MM
    channels = [((image - FAT_HU) / (blood - FAT_HU)).clamp(-1, 4), (image / 500.0).clamp(-2, 4),
                10 * noise / (blood - FAT_HU), 3 * radial, 3 * around, 3 * along, rho / 2.4 - 1, blood / 500.0]
    assert len(channels) == CHANNELS
    return torch.stack([channel.expand(image.shape) for channel in channels], dim=1)


def batch_of(windows):
    """HU and its noise [B, S, A, R], conditions [B, S, 6] and targets of windows (patient, index, inside).

    Targets [B, 8, S, A]: radius, cosine, outer; weights of lumen and wall; open, calcium, stent.
    """
    def gather(name):
        return torch.stack([getattr(patient, name)[torch.from_numpy(index).to(patient.image.device)]
                            for patient, index, _ in windows]).float()
    target, known = gather("target").transpose(1, 2), gather("known").transpose(1, 2)
    core = np.stack([inside for _, _, inside in windows])
    core[:, :MARGIN] = core[:, core.shape[1] - MARGIN:] = False
    core = torch.from_numpy(core).to(target.device)[:, None, :, None]
    y = torch.cat([target[:, :3], known * core, target[:, 3:]], dim=1)
    return gather("image"), gather("noise"), gather("condition"), y


def plain(windows):
    """Input and targets of windows as they are."""
    image, _, condition, y = batch_of(windows)
    return network_input(image, condition), y


def augmented(windows, random):
    """Input and targets of windows with other noise, brightness, blood and blur told, turned and mirrored."""
    image, noise, condition, y = batch_of(windows)
    b = len(windows)
    to_device = lambda values: torch.from_numpy(np.asarray(values, np.float32)).to(image.device)
    more = np.exp(random.normal(0, 0.3, b)) - 1
    told_noise = (1 + more) * np.exp(random.normal(0, 0.1, b))
    gain = np.exp(random.uniform(-0.22, 0.22, b))
    told_blood = 1 + random.normal(0, 0.015, b)
    told_blood *= np.where(random.random(b) < DIM_CHANCE, random.uniform(1, 1.9, b), 1)
    blur = np.exp(random.normal(0, 0.04, b))
    image = image + to_device(more).reshape(b, 1, 1, 1) * noise
    gain = to_device(gain)
    image = FAT_HU + gain.reshape(b, 1, 1, 1) * (image - FAT_HU)
    blood = (FAT_HU + gain[:, None] * (condition[..., 0] - FAT_HU)) * to_device(told_blood)[:, None]
    noise_hu = condition[..., 1] * (gain * to_device(told_noise))[:, None]
    blur = to_device(blur).reshape(b, 1, 1)
    condition = torch.cat([blood[..., None], noise_hu[..., None], condition[..., 2:5] * blur * blur,
                           condition[..., 5:] * blur], dim=2)
    x = network_input(image, condition)
    # Turning and mirroring the section turns everything that depends on the angle with it.
    angle = (np.arange(ANGLES) - random.integers(ANGLES, size=(b, 1))) % ANGLES
    angle = np.where(random.random((b, 1)) < 0.5, angle[:, ::-1], angle)
    angle = torch.from_numpy(np.ascontiguousarray(angle)).to(image.device)
    x = torch.gather(x, 3, angle.reshape(b, 1, 1, ANGLES, 1).expand(x.shape))
    return x, torch.gather(y, 3, angle.reshape(b, 1, 1, ANGLES).expand(y.shape))
