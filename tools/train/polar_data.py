# SPDX-License-Identifier: Apache-2.0
"""Training samples of the lumen network: files of `ctffr training-data`, windows, augmentation, network input.

The input channels are those of src/lumen/polar_network.cpp; change both together (the parity test compares them).
"""
import glob
import os

import h5py
import numpy as np

ANGLES, STEPS, STEP_MM = 32, 32, 0.15
FAT_HU = -100.0
CHANNELS = 8
MARGIN = 6  # sections at each end of a window that carry no loss: the network sees too little around them
AROUND = 24  # sections on either side from which a section's healthy radius is taken
DIM_CHANCE = 0.12  # of a window whose blood is told to be brighter than it is, as beyond an occlusion
THROAT = 0.7  # a diseased section with less than this share of that radius is one of a throat


class Patient:
    """Samples of one patient. Images are kept in half precision."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            g = file["polar"]
            self.image = g["image_hu"][:].astype(np.float16)
            self.noise = g["noise_hu"][:].astype(np.float16)
            self.condition = g["condition"][:]
            self.radius, self.cosine, self.outer = g["radius_mm"][:], g["cosine"][:], g["outer_mm"][:]
            self.known = g["known"][:]
            self.flags = np.stack([g["open"][:], g["calcium"][:], g["stent"][:]])
            self.start = g["chain_start"][:]
        self.diseased = self.find_disease()
        self.throat = self.diseased & (self.narrowing() < THROAT)

    def find_disease(self):
        """Sections with thick wall, calcium or stent: where the lumen is not what a healthy vessel would have."""
        wall = np.where((self.known & 2) > 0, self.outer - self.radius, np.nan)
        thick = np.nan_to_num(np.nanmax(np.where(np.isnan(wall), -1, wall), axis=1))
        healthy = 0.3 + 0.27 * self.radius.mean(axis=1)
        return (thick > 1.8 * healthy) | (self.flags[1:].sum(axis=(0, 2)) > 0)

    def narrowing(self):
        """[S] mean radius over the 80th percentile of the mean radii around, in the same chain."""
        mean = self.radius.mean(axis=1)
        healthy = np.empty_like(mean)
        for first, last in zip(self.start[:-1], self.start[1:]):
            for i in range(first, last):
                healthy[i] = np.percentile(mean[max(first, i - AROUND):min(last, i + AROUND + 1)], 80)
        return mean / np.maximum(healthy, 1e-3)


class Cohort:
    """All patients of a folder; `refresh` takes up files that came since."""

    def __init__(self, folder, limit=0):
        self.folder, self.limit, self.patients, self.known_files = folder, limit, [], set()
        self.refresh()

    def refresh(self):
        for path in sorted(glob.glob(os.path.join(self.folder, "polar-*.h5"))):
            if path in self.known_files or (self.limit and len(self.patients) >= self.limit):
                continue
            try:
                self.patients.append(Patient(path))
            except OSError:
                continue  # still being written
            self.known_files.add(path)
        return len(self.patients)


def window_indices(start, end, first, length):
    """Sections [first, first + length) of a chain; beyond its ends the end section repeats."""
    index = np.clip(np.arange(first, first + length), start, end - 1)
    inside = (np.arange(first, first + length) >= start) & (np.arange(first, first + length) < end)
    return index, inside


def draw_window(patient, length, random, diseased_share, throat_share=0.0):
    """Section indices of a random window: with chance `throat_share` one that holds a throat, with chance `diseased_share`
    one that holds disease, else one at random; below zero, one about a healthy section."""
    chance = random.random()
    places = np.arange(len(patient.diseased)) if diseased_share >= 0 else np.flatnonzero(~patient.diseased)
    if chance < throat_share and patient.throat.any():
        places = np.flatnonzero(patient.throat)
    elif chance < throat_share + diseased_share and patient.diseased.any():
        places = np.flatnonzero(patient.diseased)
    centre = int(random.choice(places))
    chain = int(np.searchsorted(patient.start, centre, side="right")) - 1
    first = centre - int(random.integers(MARGIN, length - MARGIN))
    return window_indices(int(patient.start[chain]), int(patient.start[chain + 1]), first, length)


def network_input(image, condition):
    """Channels [8, S, A, R] of sections with HU [S, A, R] and conditions [S, 6] (blood, noise, uu, uv, vv, along)."""
    s = image.shape[0]
    blood, noise, uu, uv, vv, along = (condition[:, k].reshape(s, 1, 1) for k in range(6))
    phi = (2 * np.pi / ANGLES * np.arange(ANGLES)).reshape(1, ANGLES, 1)
    c, n = np.cos(phi), np.sin(phi)
    radial = np.sqrt(np.maximum(c * c * uu + 2 * c * n * uv + n * n * vv, 0))
    around = np.sqrt(np.maximum(n * n * uu - 2 * c * n * uv + c * c * vv, 0))
    rho = ((np.arange(STEPS) + 0.5) * STEP_MM).reshape(1, 1, STEPS)
    shape = (s, ANGLES, STEPS)
    out = np.empty((CHANNELS,) + shape, np.float32)
    out[0] = np.clip((image - FAT_HU) / (blood - FAT_HU), -1, 4)
    out[1] = np.clip(image / 500.0, -2, 4)
    out[2] = np.broadcast_to(10 * noise / (blood - FAT_HU), shape)
    out[3] = np.broadcast_to(3 * radial, shape)
    out[4] = np.broadcast_to(3 * around, shape)
    out[5] = np.broadcast_to(3 * along, shape)
    out[6] = np.broadcast_to(rho / 2.4 - 1, shape)
    out[7] = np.broadcast_to(blood / 500.0, shape)
    return out


def sample(patient, index, inside, random=None):
    """Input and targets of one window; augmented when `random` is given.

    Targets: radius, cosine, outer [S, A]; weight [2, S, A] of lumen and wall; flags [3, S, A].
    """
    image = patient.image[index].astype(np.float32)
    condition = patient.condition[index].copy()
    target = [patient.radius[index], patient.cosine[index], patient.outer[index]]
    known, flags = patient.known[index], patient.flags[:, index].astype(np.float32)
    core = inside.copy()
    core[:MARGIN] = core[len(core) - MARGIN:] = False
    weight = np.stack([(known & 1) > 0, (known & 2) > 0]).astype(np.float32) * core[None, :, None]
    if random is not None:
        more = np.exp(random.normal(0, 0.3)) - 1
        image += more * patient.noise[index].astype(np.float32)
        condition[:, 1] *= (1 + more) * np.exp(random.normal(0, 0.1))
        gain = np.exp(random.uniform(-0.22, 0.22))
        image = FAT_HU + gain * (image - FAT_HU)
        condition[:, 0] = FAT_HU + gain * (condition[:, 0] - FAT_HU)
        condition[:, 1] *= gain
        condition[:, 0] *= 1 + random.normal(0, 0.015)
        if random.random() < DIM_CHANCE:
            condition[:, 0] *= random.uniform(1, 1.9)
        blur = np.exp(random.normal(0, 0.04))
        condition[:, 2:5] *= blur * blur
        condition[:, 5] *= blur
    x = network_input(image, condition)
    y = np.stack(target + [weight[0], weight[1], flags[0], flags[1], flags[2]]).astype(np.float32)
    if random is not None:
        # Turning and mirroring the section turns everything that depends on the angle with it.
        turn = int(random.integers(ANGLES))
        x, y = np.roll(x, turn, axis=2), np.roll(y, turn, axis=2)
        if random.random() < 0.5:
            x, y = x[:, :, ::-1], y[:, :, ::-1]
    return np.ascontiguousarray(x), np.ascontiguousarray(y)
