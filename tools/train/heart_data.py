# SPDX-License-Identifier: Apache-2.0
"""Training samples of the heart network: files of `ctffr training-data --network heart`, patches, augmentation.

Everything is done with torch on the device of the training, where the patients' volumes lie too (about 15 bytes a
voxel). The input channels are those of the sidecar that export_onnx.py writes; change both together.
"""
import glob
import os

import h5py
import numpy as np
import torch
import torch.nn.functional as F

SPACING_MM = 0.8
MULTIPLE = 16  # the network halves its input four times
FAT_HU = -100.0
CLIP_HU = (-200.0, 900.0)
REACH_MM = 4.0
OSTIUM_SIGMA_MM = 2.0

# Output channels in this order. Logits of a probability, or mm, or a map from 0 to 1.
OUTPUTS = ["lumen_left", "lumen_right", "centerline_mm", "aorta_mm", "lv_blood_mm", "lv_outer_mm", "look_alike",
           "ostium_left", "ostium_right", "dense"]
# Array of the file that each output's truth comes from; what a file lacks is not known.
SOURCES = ["lumen_left", "lumen_right", "centerline", "aorta", "lv_blood", "lv_outer", "look_alike", "ostia", "ostia",
           "dense"]
VOLUMES = ["lumen_left", "lumen_right", "centerline", "aorta", "lv_blood", "lv_outer", "look_alike", "dense", "skeleton"]
SKELETON = len(OUTPUTS)  # two more channels of the truth: where Skeleton Recall looks, left and right
PLACE, OSTIUM, FORK, DISEASED = 0, 1, 2, 3


class Patient:
    """Volumes of one patient as bytes, [array, k, j, i]."""

    def __init__(self, path, device):
        self.path = path
        with h5py.File(path, "r") as file:
            g = file["heart"]
            shape = g["image_hu"].shape
            read = lambda name: g[name][:] if name in g else np.zeros(shape, np.uint8)
            volumes = np.stack([g["noise"][:] if "noise" in g else np.full(shape, 128, np.uint8)]
                               + [read(name) for name in VOLUMES])
            self.known = torch.tensor([float(name in g) for name in SOURCES], device=device)
            self.image = torch.from_numpy(g["image_hu"][:].astype(np.int16)).to(device)
            self.muscle_hu, self.blood_hu = (float(v) for v in g["level_hu"][:])
            self.ostia, self.places = g["ostia"][:], g["places"][:]
        self.volumes = torch.from_numpy(volumes).to(device)
        self.shape = shape
        self.healthy = not (self.places[:, 3] == DISEASED).any()


class Cohort:
    """All patients of a folder; `refresh` takes up files that came since, at most `most` at a time."""

    def __init__(self, folder, device, limit=0, most=10 ** 6):
        self.folder, self.device, self.limit, self.patients, self.files = folder, device, limit, [], set()
        self.refresh(most)

    def refresh(self, most=10 ** 6):
        for path in sorted(glob.glob(os.path.join(self.folder, "heart-*.h5"))):
            if path in self.files or most <= 0 or (self.limit and len(self.patients) >= self.limit):
                continue
            try:
                # In the order of their names, whenever they came: among the same patients a step draws the same.
                self.patients = sorted(self.patients + [Patient(path, self.device)], key=lambda p: p.path)
            except OSError:
                continue  # still being written
            self.files.add(path)
            most -= 1
        return len(self.patients)

    def healthy(self):
        return [p for p in self.patients if p.healthy] or self.patients


def draw_corner(patient, size, random):
    """First voxel (k, j, i) of a patch: half about an artery, a quarter about an ostium, a bifurcation or disease, a
    quarter anywhere. It ends behind the volume where that is smaller."""
    share = random.random()
    kinds = patient.places[:, 3]
    some = np.flatnonzero(kinds == PLACE if share < 0.5 else kinds > PLACE)
    if share < 0.75 and len(some):
        kind = int(random.choice(np.unique(kinds[some])))  # ostia are few: each kind is as likely as another
        centre = patient.places[random.choice(np.flatnonzero(kinds == kind)), 2::-1]
        centre = centre + random.integers(-(size // 4), size // 4 + 1, 3)
    else:
        centre = np.array([random.integers(n) for n in patient.shape])
    most = np.maximum(np.array(patient.shape) - size, 0)
    return np.clip(centre - size // 2, 0, most)


def cut(volume, corner, size):
    """[..., *size] from `corner`; the border repeats where the volume is smaller."""
    if all(c + s <= n for c, s, n in zip(corner, size, volume.shape[-3:])):
        return volume[(...,) + tuple(slice(c, c + s) for c, s in zip(corner, size))]
    index = [torch.arange(c, c + s, device=volume.device).clamp(max=n - 1)
             for c, s, n in zip(corner, size, volume.shape[-3:])]
    return volume[..., index[0][:, None, None], index[1][None, :, None], index[2][None, None, :]]


def heat(patient, side, corner, size, device):
    """Gaussian about each ostium of a side, 1 there."""
    out = torch.zeros(size, device=device)
    for which, i, j, k in patient.ostia:
        if int(which) != side:
            continue
        line = [torch.exp(-0.5 * ((torch.arange(n, device=device) + c - centre) * SPACING_MM / OSTIUM_SIGMA_MM) ** 2)
                for n, c, centre in zip(size, corner, (k, j, i))]
        out = torch.maximum(out, line[0][:, None, None] * line[1][None, :, None] * line[2][None, None, :])
    return out


def network_input(image, muscle_hu, blood_hu):
    """Channels [2, ...]: HU cut to CLIP_HU, (HU - 350) / 550; and 0 for muscle, 1 for the aorta's blood."""
    hu = image.clamp(*CLIP_HU)
    return torch.stack([(hu - 350) / 550, ((hu - muscle_hu) / (blood_hu - muscle_hu)).clamp(-3, 3)])


def truth(patient, corner, size):
    """Truth of the `size` voxels from `corner` [len(OUTPUTS) + 2, ...]. A thin artery covers few voxels by half: those of its centerline count
    as its lumen too, so that it stays in one piece."""
    volumes = cut(patient.volumes[1:], corner, size).float()
    bits = volumes[VOLUMES.index("skeleton")].to(torch.uint8)
    signed = lambda name: (volumes[VOLUMES.index(name)] - 128) / 31.75
    share = lambda name: volumes[VOLUMES.index(name)] / 255
    lumen, skeleton = [], []
    for side, name in enumerate(("lumen_left", "lumen_right")):
        line = ((bits >> side) & 1).float()
        lumen.append(torch.maximum(share(name), line))
        # Beside the centerline only what the artery touches.
        skeleton.append(torch.maximum(((bits >> (2 + side)) & 1).float() * (share(name) > 0.2), line))
    device = volumes.device
    out = [*lumen, share("centerline") * REACH_MM, signed("aorta"), signed("lv_blood"), signed("lv_outer"),
           share("look_alike"), heat(patient, 0, corner, size, device), heat(patient, 1, corner, size, device),
           share("dense")]
    return torch.stack(out + skeleton)


def turn(image, target, random, degrees):
    """Turns a patch about its centre by up to `degrees` about each axis; the border repeats."""
    a, b, c = np.radians(random.uniform(-degrees, degrees, 3))
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    theta = torch.zeros(1, 3, 4, device=image.device)
    theta[0, :, :3] = torch.tensor(x @ y @ z)
    both = torch.cat([image[None], target])[None]
    grid = F.affine_grid(theta, list(both.shape), align_corners=False)
    both = F.grid_sample(both, grid, padding_mode="border", align_corners=False)[0]
    return both[0], both[1:]


def sample(patient, size, random, degrees=0.0, flip=0.1):
    """Input [2, ...], truth [12, ...] and known [10] of one augmented patch.

    Noise is scaled, contrast and levels are changed, the patch is turned and, seldom, mirrored head to foot or front
    to back (never left to right, which the network must tell apart).
    """
    corner, size = draw_corner(patient, size, random), (size,) * 3
    image = cut(patient.image, corner, size).float()
    noise = (cut(patient.volumes[0], corner, size).float() - 128) * 2
    image = image + float(np.exp(random.normal(0, 0.3))) * noise
    target = truth(patient, corner, size)
    if degrees > 0 and random.random() < 0.5:
        image, target = turn(image, target, random, degrees)
    for axis in (-3, -2):
        if random.random() < flip:
            image, target = image.flip(axis), target.flip(axis)
    gain, shift = float(np.exp(random.uniform(-0.22, 0.22))), float(random.uniform(-15, 15))
    level = lambda hu: FAT_HU + gain * (hu - FAT_HU) + shift
    muscle, blood = level(patient.muscle_hu) + random.normal(0, 5), level(patient.blood_hu) * (1 + random.normal(0, 0.02))
    return network_input(level(image), muscle, blood), target, patient.known


def whole(patient):
    """Input [2, ...] of a whole patient as scanned, its border repeated up to multiples of MULTIPLE."""
    image = patient.image.float() + (patient.volumes[0].float() - 128) * 2
    pad = [v for n in reversed(image.shape) for v in (0, -n % MULTIPLE)]
    image = F.pad(image[None, None], pad, mode="replicate")[0, 0]
    return network_input(image, patient.muscle_hu, patient.blood_hu)
