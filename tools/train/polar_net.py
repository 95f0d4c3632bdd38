# SPDX-License-Identifier: Apache-2.0
"""The lumen network: a U-Net over (section, angle, radius), circular in angle, with one set of numbers per ray.

Angle and radius are halved from level to level: contours are smooth, the full grid is needed at the edge alone.
"""
import torch
from torch import nn

from polar_data import CHANNELS, STEPS, STEP_MM

# Per ray: lumen radius and outer wall radius (mm), natural logarithms of their Laplace scales (mm), and logits of
# open, calcium, stent.
OUTPUTS = ["radius_mm", "outer_mm", "log_scale", "log_scale_outer", "open", "calcium", "stent"]

# Channels of each level, from the full grid down.
WIDTHS = {"S": (16, 24, 40, 56), "M": (24, 36, 56, 80)}


class Block(nn.Module):
    """Convolution 3 x 3 in (angle, radius), `along` in section, circular in angle; batch norm; leaky ReLU."""

    def __init__(self, cin, cout, along):
        super().__init__()
        self.conv = nn.Conv3d(cin, cout, (along, 3, 3), padding=(along // 2, 0, 1), bias=False)
        self.norm = nn.BatchNorm3d(cout, momentum=0.03)
        self.act = nn.LeakyReLU(0.01)

    def forward(self, x):
        x = torch.cat([x[:, :, :, -1:], x, x[:, :, :, :1]], dim=3)
        return self.act(self.norm(self.conv(x)))


class PolarNet(nn.Module):
    """Input [B, 8, S, 32, 32] (polar_data.network_input), output [B, 7, S, 32] (OUTPUTS)."""

    def __init__(self, channels=WIDTHS["S"]):
        super().__init__()
        self.encoder, self.down, self.up, self.decoder = (nn.ModuleList() for _ in range(4))
        before = CHANNELS
        for level, width in enumerate(channels):
            self.encoder.append(nn.Sequential(Block(before, width, 3), Block(width, width, 3 if level else 1)))
            before = width
            if level + 1 < len(channels):
                self.down.append(nn.Conv3d(width, width, (1, 2, 2), stride=(1, 2, 2)))
        for level in reversed(range(len(channels) - 1)):
            self.up.append(nn.ConvTranspose3d(channels[level + 1], channels[level], (1, 2, 2), stride=(1, 2, 2)))
            self.decoder.append(Block(2 * channels[level], channels[level], 3 if level else 1))
        self.edges = nn.Conv3d(channels[0], 2, 1)
        self.rays = nn.Conv3d(channels[0], len(OUTPUTS) - 2, (1, 1, STEPS))
        rho = (torch.arange(STEPS, dtype=torch.float32) + 0.5) * STEP_MM
        self.register_buffer("rho", rho.reshape(1, 1, 1, 1, STEPS))

    def logits(self, x):
        skips = []
        for level, encoder in enumerate(self.encoder):
            x = encoder(x)
            if level < len(self.down):
                skips.append(x)
                x = self.down[level](x)
        for up, decoder in zip(self.up, self.decoder):
            x = decoder(torch.cat([up(x), skips.pop()], dim=1))
        return self.edges(x), self.rays(x)[..., 0]

    def forward(self, x):
        edges, rays = self.logits(x)
        radii = (torch.softmax(edges, dim=4) * self.rho).sum(dim=4)
        return torch.cat([radii, rays], dim=1)
