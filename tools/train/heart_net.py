# SPDX-License-Identifier: Apache-2.0
"""The heart network: a 3-D U-Net from the heart box at 0.8 mm to coronary tree and anatomy.

`S` does all its work at half the resolution: its first convolution gathers the detail of 2 x 2 x 2 voxels in channels, and
the head spreads its channels over the voxels again. So it costs as many operations as a narrow net at full resolution,
but its convolutions have channels enough to run at the processor's full speed.

Batch norm, not instance norm: HU are calibrated, statistics do not depend on the size of the box, and at export the
norms vanish into the convolutions. No residual links: memory traffic costs as much as the convolutions.
"""
import torch
from torch import nn

from heart_data import OUTPUTS

# Channels of the levels, and the voxels along each axis that the first level takes together.
SIZES = {"S": ((32, 48, 64, 96), 2), "M": ((16, 32, 64, 96, 128), 1)}


class Block(nn.Module):
    """Convolution, batch norm, leaky ReLU."""

    def __init__(self, cin, cout, stride=1, side=3):
        super().__init__()
        self.conv = nn.Conv3d(cin, cout, side, stride=stride, padding=1, bias=False)
        self.norm = nn.BatchNorm3d(cout, momentum=0.03)
        self.act = nn.LeakyReLU(0.01)

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))


class HeartNet(nn.Module):
    """Input [B, 2, D, H, W] (heart_data.network_input), sizes multiples of 16; output [B, 10, D, H, W]
    (heart_data.OUTPUTS): logits of probabilities, distances in mm, maps of the ostia."""

    def __init__(self, size="M"):
        super().__init__()
        widths, gather = SIZES[size]
        self.encoder, self.up, self.decoder = (nn.ModuleList() for _ in range(3))
        before = 2
        for level, width in enumerate(widths):
            # Four voxels for two: the first convolution of `S` looks at its neighbours too.
            first = Block(before, width, 2) if level else Block(before, width, gather, 4 if gather == 2 else 3)
            self.encoder.append(nn.Sequential(first, Block(width, width)))
            before = width
        for level in reversed(range(len(widths) - 1)):
            self.up.append(nn.ConvTranspose3d(widths[level + 1], widths[level], 2, stride=2))
            self.decoder.append(Block(2 * widths[level], widths[level]))
        self.head = nn.ConvTranspose3d(widths[0], len(OUTPUTS), gather, stride=gather)
        # Adam moves a weight by a thousandth a step: outputs that range over several units are made of larger ones.
        large = [5.0 if name.endswith("_mm") else 1.0 if name.startswith("ostium") else 3.0 for name in OUTPUTS]
        self.register_buffer("scale", torch.tensor(large).reshape(1, -1, 1, 1, 1), persistent=False)
        # What is rare begins as rare, distances as rather far: the first steps need not learn that.
        rest = {"lumen_left": -4, "lumen_right": -4, "look_alike": -2, "dense": -5, "centerline_mm": 4, "aorta_mm": 2,
                "lv_blood_mm": 2, "lv_outer_mm": 2}
        with torch.no_grad():
            self.head.bias.copy_(torch.tensor([rest.get(name, 0) / s for name, s in zip(OUTPUTS, large)]))

    def forward(self, x):
        skips = []
        for encoder in self.encoder:
            x = encoder(x)
            skips.append(x)
        skips.pop()
        for up, decoder in zip(self.up, self.decoder):
            x = decoder(torch.cat([up(x), skips.pop()], dim=1))
        return self.head(x) if self.scale is None else self.head(x) * self.scale

    def fold_scale(self):
        """Puts the outputs' scales into the last convolution, for export."""
        with torch.no_grad():
            self.head.weight.mul_(self.scale)  # [channel, output, 1 or 2 cubed]
            self.head.bias.mul_(self.scale.reshape(-1))
        self.scale = None
