# SPDX-License-Identifier: Apache-2.0
"""Loss of the lumen network: surfaces first, then areas and resistances, each ray masked by what is known of it."""
import torch
import torch.nn.functional as F

from polar_data import STEP_MM, STEPS

OPEN_WEIGHT = 0.1  # a ray into a side branch has no wall of its own to see


def soft_bins(radius, rho):
    """Gaussian of one bin's width about the true radius, over the bins."""
    soft = torch.exp(-0.5 * ((rho - radius.unsqueeze(-1)) / STEP_MM) ** 2) + 1e-12
    return soft / soft.sum(dim=-1, keepdim=True)


def mean(values, weight):
    return (values * weight).sum() / weight.sum().clamp(min=1)


def polar_loss(net, x, y, late, bf16=False):
    """`y` [B, 8, S, A]: the targets of polar_data.batch_of. `late` in 0..1 brings
    in areas and resistances. With `bf16` the network, but not the loss, works in bfloat16. Returns the loss and its parts."""
    with torch.autocast(x.device.type, dtype=torch.bfloat16, enabled=bf16):
        edges, rays = net.logits(x)
    edges, rays = edges.float(), rays.float()
    rho = net.rho.reshape(-1)
    radius, cosine, outer, weight, weight_wall, is_open, calcium, stent = y.unbind(1)
    weight = weight * torch.where(is_open > 0.5, OPEN_WEIGHT, 1.0)
    # In range: the grid ends before the widest wall.
    weight_wall = weight_wall * (outer < (STEPS - 0.5) * STEP_MM)
    probability = torch.log_softmax(edges, dim=4)
    found = (probability.exp() * net.rho).sum(dim=4)
    parts = {}
    small = weight / (0.4 + 0.6 * radius)
    parts["bins"] = mean(-(soft_bins(radius, rho) * probability[:, 0]).sum(-1), weight)
    parts["bins_wall"] = 0.3 * mean(-(soft_bins(outer, rho) * probability[:, 1]).sum(-1), weight_wall)
    plane = cosine * (found[:, 0] - radius)
    parts["plane"] = 20 * mean(F.smooth_l1_loss(plane, torch.zeros_like(plane), reduction="none", beta=0.05), small)
    wall = found[:, 1] - outer
    parts["plane_wall"] = 4 * mean(F.smooth_l1_loss(wall, torch.zeros_like(wall), reduction="none", beta=0.05),
                                   weight_wall)
    # Scales of the errors as they are: the errors themselves are not trained by this.
    for name, error, channel, mask in (("scale", plane, 0, weight), ("scale_wall", wall, 1, weight_wall)):
        log_scale = rays[:, channel].clamp(-6, 1)
        parts[name] = 0.1 * mean(error.detach().abs() * torch.exp(-log_scale) + log_scale, mask)
    known = (weight > 0).float()
    for name, channel, truth, mask in (("open", 2, is_open, known), ("calcium", 3, calcium, weight_wall),
                                       ("stent", 4, stent, weight_wall)):
        parts[name] = 0.3 * mean(F.binary_cross_entropy_with_logits(rays[:, channel], truth, reduction="none"), mask)
    # Whole sections: area, and resistance (r^-4) over 10 sections.
    whole = ((weight > 0) & (is_open < 0.5)).float().mean(dim=2) > 0.99
    area_found = torch.log((found[:, 0] ** 2).mean(dim=2))
    area_true = torch.log((radius ** 2).clamp(min=1e-4).mean(dim=2))
    off = area_found - area_true
    parts["area"] = late * 2 * mean(F.smooth_l1_loss(off, torch.zeros_like(off), reduction="none", beta=0.05),
                                    whole.float())
    resist = [torch.logsumexp((-2 * a).unfold(1, 10, 5), dim=2) for a in (area_found, area_true)]
    all_whole = whole.float().unfold(1, 10, 5).amin(dim=2)
    off = resist[0] - resist[1]
    parts["resistance"] = late * mean(F.smooth_l1_loss(off, torch.zeros_like(off), reduction="none", beta=0.1),
                                      all_whole)
    # Neighbouring rays and sections of a vessel differ little.
    bend = lambda r, dim: (torch.roll(r, 1, dim) - 2 * r + torch.roll(r, -1, dim))
    parts["smooth"] = 0.5 * (bend(found[:, 0], 2).abs().mean() + bend(found[:, 0], 1)[:, 1:-1].abs().mean())
    return sum(parts.values()), {name: value.detach() for name, value in parts.items()}
