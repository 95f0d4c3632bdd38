# SPDX-License-Identifier: Apache-2.0
"""Loss of the heart network. Every term counts only where its truth is known, so that partial annotations serve."""
import torch
import torch.nn.functional as F

from heart_data import OUTPUTS, REACH_MM, SKELETON

LUMEN = [OUTPUTS.index(n) for n in ("lumen_left", "lumen_right")]
MASKS = [OUTPUTS.index(n) for n in ("look_alike", "dense")]
CENTERLINE = OUTPUTS.index("centerline_mm")
SIGNED = [OUTPUTS.index(n) for n in ("aorta_mm", "lv_blood_mm", "lv_outer_mm")]
OSTIA = [OUTPUTS.index(n) for n in ("ostium_left", "ostium_right")]
VOXELS = (2, 3, 4)
# How much more a voxel of a mask counts than one outside: look-alikes, calcium and stents.
RARE = torch.tensor([0.0, 200.0]).reshape(1, 2, 1, 1, 1)


def mean(values, known):
    """Mean of `values` [B, C] where `known` [B, C] is 1."""
    return (values * known).sum() / known.sum().clamp(min=1)


def dice(probability, target, known):
    """1 - Dice per channel over the batch; channels that are empty in it count by their false voxels."""
    weight = known[:, :, None, None, None]
    both = (weight * probability * target).sum(dim=(0,) + VOXELS)
    total = (weight * (probability + target)).sum(dim=(0,) + VOXELS)
    some = (known.sum(dim=0) > 0).float()
    return ((1 - (2 * both + 20) / (total + 20)) * some).sum() / some.sum().clamp(min=1)


def skeleton_recall(probability, skeleton, known):
    """Share of the arteries' skeleton that is missed (Kirchhoff et al. 2024)."""
    hit, all_of_it = (probability * skeleton).sum(dim=VOXELS), skeleton.sum(dim=VOXELS)
    return mean(1 - hit / all_of_it.clamp(min=1), known * (all_of_it > 0))


def slopes(field):
    """Differences to the next voxel along each axis."""
    return [field.diff(dim=axis) for axis in VOXELS]


def distance_terms(found, target, known):
    """Smooth L1 of distances (mm) and L1 of their slopes. Voxels within reach of the surface count as much as all that
    lie beyond, which are many and easy: of these only being beyond, on the right side, is asked."""
    reach = 0.98 * REACH_MM
    near = (target.abs() < reach).float()
    off = torch.where(near > 0, found - target, (target.abs() - found * target.sign()).clamp(min=0))
    error = F.smooth_l1_loss(off, torch.zeros_like(off), reduction="none", beta=0.25)
    average = lambda weight: (error * weight).sum(dim=VOXELS) / weight.sum(dim=VOXELS).clamp(min=1)
    slope = 0
    for axis, (a, b) in zip(VOXELS, zip(slopes(found), slopes(target))):
        both = near.narrow(axis, 1, near.shape[axis] - 1) * near.narrow(axis, 0, near.shape[axis] - 1)
        slope = slope + ((a - b).abs() * both).sum(dim=VOXELS) / both.sum(dim=VOXELS).clamp(min=1)
    return mean(average(near) + average(1 - near), known), mean(slope, known)


def heart_loss(found, target, known):
    """`found` [B, 10, ...] of the network, `target` [B, 12, ...] and `known` [B, 10] of heart_data.sample. Returns the
    loss and its parts."""
    found = found.float()
    parts = {}
    logits, lumen = found[:, LUMEN], target[:, LUMEN]
    probability = torch.sigmoid(logits)
    cross = F.binary_cross_entropy_with_logits(logits, lumen, reduction="none")
    # Background far from arteries is nearly all of it: arteries and their surroundings count four times.
    weight = 1 + 3 * (target[:, CENTERLINE:CENTERLINE + 1] < 0.98 * REACH_MM).float()
    parts["lumen_cross"] = 20 * mean((cross * weight).mean(dim=VOXELS), known[:, LUMEN])
    parts["lumen_dice"] = dice(probability, lumen, known[:, LUMEN])
    parts["skeleton"] = skeleton_recall(probability, target[:, SKELETON:SKELETON + 2], known[:, LUMEN])
    distances = [CENTERLINE] + SIGNED
    parts["distance"], slope = distance_terms(found[:, distances], target[:, distances], known[:, distances])
    parts["slope"] = 0.5 * slope
    logits, mask = found[:, MASKS], target[:, MASKS]
    cross = F.binary_cross_entropy_with_logits(logits, mask, reduction="none")
    # Calcium and stents are some voxels in a million: unweighted, leaving them out costs nothing.
    weight = 1 + RARE.to(mask.device) * mask
    parts["masks"] = 2 * mean((cross * weight).mean(dim=VOXELS), known[:, MASKS]) + 0.5 * dice(
        torch.sigmoid(logits), mask, known[:, MASKS])
    wanted = target[:, OSTIA]
    # A map is zero but for a few hundred voxels.
    weight = 1 + 50 * wanted
    parts["ostia"] = 20 * mean((weight * (found[:, OSTIA] - wanted) ** 2).mean(dim=VOXELS), known[:, OSTIA])
    return sum(parts.values()), {name: float(value.detach()) for name, value in parts.items()}
