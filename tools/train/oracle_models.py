#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small networks of tests/network-oracle/models: the styles in which users train, with few channels and
random weights. Needs PyTorch and onnx; run it only to change the models.

    python3 tools/train/oracle_models.py FOLDER
"""
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional


def randomise(network, seed):
    """Random parameters and statistics, so that no scale is 1 and no shift is 0."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in list(network.named_parameters()) + list(network.named_buffers()):
        if not tensor.is_floating_point():
            continue
        with torch.no_grad():
            noise = torch.rand(tensor.shape, generator=generator) - 0.5
            if "running_var" in name:
                tensor.copy_(1.5 + noise)
            elif tensor.dim() <= 1:
                tensor.copy_(tensor + 0.4 * noise)
            else:
                tensor.copy_(noise * 2.5 / (tensor[0].numel() ** 0.5))
    return network.eval()


class PlainBlock(nn.Sequential):
    def __init__(self, channels_in, channels, stride=1):
        super().__init__(nn.Conv3d(channels_in, channels, 3, stride, 1),
                         nn.InstanceNorm3d(channels, affine=True), nn.LeakyReLU(0.01))


class PlainConvUNet(nn.Module):
    """Strided convolutions down, transposed convolutions up, instance norm, leaky ReLU, skip by concatenation."""

    def __init__(self, widths=(4, 8, 12), classes=3):
        super().__init__()
        self.down = nn.ModuleList()
        previous = 1
        for level, width in enumerate(widths):
            self.down.append(nn.Sequential(PlainBlock(previous, width, 1 if level == 0 else 2), PlainBlock(width, width)))
            previous = width
        self.up, self.merge = nn.ModuleList(), nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.up.append(nn.ConvTranspose3d(previous, width, 2, 2))
            self.merge.append(nn.Sequential(PlainBlock(2 * width, width), PlainBlock(width, width)))
            previous = width
        self.head = nn.Conv3d(previous, classes, 1)

    def forward(self, x):
        skips = []
        for stage in self.down:
            x = stage(x)
            skips.append(x)
        for up, merge, skip in zip(self.up, self.merge, reversed(skips[:-1])):
            x = merge(torch.cat((up(x), skip), 1))
        return self.head(x)


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut that is averaged and projected where the shape changes."""

    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.first = PlainBlock(channels_in, channels, stride)
        self.second = nn.Sequential(nn.Conv3d(channels, channels, 3, 1, 1), nn.InstanceNorm3d(channels, affine=True))
        shortcut = [nn.AvgPool3d(stride, stride)] if stride > 1 else []
        if channels != channels_in:
            shortcut += [nn.Conv3d(channels_in, channels, 1, bias=False), nn.InstanceNorm3d(channels, affine=True)]
        self.shortcut = nn.Sequential(*shortcut)
        self.activation = nn.LeakyReLU(0.01)

    def forward(self, x):
        return self.activation(self.second(self.first(x)) + self.shortcut(x))


class ResidualEncoderUNet(nn.Module):
    def __init__(self, widths=(4, 8, 12), classes=3):
        super().__init__()
        self.stem = PlainBlock(1, widths[0])
        self.down = nn.ModuleList()
        previous = widths[0]
        for level, width in enumerate(widths):
            self.down.append(nn.Sequential(ResidualBlock(previous, width, 1 if level == 0 else 2),
                                           ResidualBlock(width, width, 1)))
            previous = width
        self.up, self.merge, self.heads = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.up.append(nn.ConvTranspose3d(previous, width, 2, 2))
            self.merge.append(PlainBlock(2 * width, width))
            self.heads.append(nn.Conv3d(width, classes, 1))
            previous = width

    def forward(self, x):
        skips = []
        x = self.stem(x)
        for stage in self.down:
            x = stage(x)
            skips.append(x)
        outputs = []
        for up, merge, head, skip in zip(self.up, self.merge, self.heads, reversed(skips[:-1])):
            x = merge(torch.cat((up(x), skip), 1))
            outputs.append(head(x))
        return tuple(reversed(outputs))  # deep supervision: full resolution first


class ResidualUnit(nn.Module):
    """Convolution, norm and PReLU with one slope; the sum with a projected input."""

    def __init__(self, channels_in, channels, stride, last=False):
        super().__init__()
        self.conv = nn.Conv3d(channels_in, channels, 3, stride, 1)
        self.after = nn.Identity() if last else nn.Sequential(nn.InstanceNorm3d(channels), nn.Dropout(0.1), nn.PReLU())
        self.shortcut = nn.Conv3d(channels_in, channels, 3 if stride > 1 else 1, stride, 1 if stride > 1 else 0)

    def forward(self, x):
        return self.after(self.conv(x)) + self.shortcut(x)


class ResidualUNetPRelu(nn.Module):
    """Nested skips; transposed convolutions with kernel 3 and output padding."""

    def __init__(self, widths=(4, 8, 16), classes=2):
        super().__init__()
        self.down = nn.ModuleList()
        previous = 1
        for width in widths[:-1]:
            self.down.append(ResidualUnit(previous, width, 2))
            previous = width
        self.bottom = ResidualUnit(previous, widths[-1], 1)
        self.up = nn.ModuleList()
        previous = widths[-1] + widths[-2]
        for level in reversed(range(len(widths) - 1)):
            width = widths[level - 1] if level > 0 else classes
            self.up.append(nn.Sequential(nn.ConvTranspose3d(previous, width, 3, 2, 1, 1), nn.InstanceNorm3d(width), nn.PReLU(),
                                         ResidualUnit(width, width, 1, last=level == 0)))
            previous = 2 * width

    def forward(self, x):
        skips = []
        for stage in self.down:
            x = stage(x)
            skips.append(x)
        x = self.bottom(x)
        for up, skip in zip(self.up, reversed(skips)):
            x = up(torch.cat((skip, x), 1))
        return x


class BasicUNet(nn.Module):
    """Max pooling; results of transposed convolutions are padded by repetition where an odd extent was halved."""

    def __init__(self, widths=(4, 6, 8), classes=2):
        super().__init__()
        self.down = nn.ModuleList()
        previous = 1
        for width in widths:
            self.down.append(nn.Sequential(PlainBlock(previous, width), PlainBlock(width, width)))
            previous = width
        self.up, self.merge = nn.ModuleList(), nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.up.append(nn.ConvTranspose3d(previous, width, 2, 2))
            self.merge.append(PlainBlock(2 * width, width))
            previous = width
        self.head = nn.Conv3d(previous, classes, 1)

    def forward(self, x):
        skips = []
        for level, stage in enumerate(self.down):
            x = stage(functional.max_pool3d(x, 2) if level > 0 else x)
            skips.append(x)
        for up, merge, skip in zip(self.up, self.merge, reversed(skips[:-1])):
            x = up(x)
            missing = []
            for axis in (4, 3, 2):
                missing += [0, int(skip.shape[axis] != x.shape[axis])]
            x = merge(torch.cat((skip, functional.pad(x, missing, "replicate")), 1))
        return self.head(x)


class SegResBlock(nn.Module):
    """Group norm and ReLU before each convolution."""

    def __init__(self, channels):
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(2, channels), nn.ReLU(), nn.Conv3d(channels, channels, 3, 1, 1, bias=False))
        self.second = nn.Sequential(nn.GroupNorm(2, channels), nn.ReLU(), nn.Conv3d(channels, channels, 3, 1, 1, bias=False))

    def forward(self, x):
        return x + self.second(self.first(x))


class SegResNet(nn.Module):
    """Residual encoder, trilinear upsampling, sums as skips, sigmoid at the end."""

    def __init__(self, width=4, levels=3, classes=2):
        super().__init__()
        self.stem = nn.Conv3d(1, width, 3, 1, 1, bias=False)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level in range(levels):
            halve = [nn.Conv3d(width << level >> 1, width << level, 3, 2, 1, bias=False)] if level > 0 else []
            self.down.append(nn.Sequential(*halve, SegResBlock(width << level)))
        for level in reversed(range(levels - 1)):
            self.up.append(nn.ModuleList([
                nn.Sequential(nn.Conv3d(width << level + 1, width << level, 1, bias=False),
                              nn.Upsample(scale_factor=2, mode="trilinear", align_corners=False)),
                SegResBlock(width << level)]))
        self.head = nn.Sequential(nn.GroupNorm(2, width), nn.ReLU(), nn.Conv3d(width, classes, 1))

    def forward(self, x):
        x = self.stem(x)
        skips = []
        for stage in self.down:
            x = stage(x)
            skips.append(x)
        for (up, block), skip in zip(self.up, reversed(skips[:-1])):
            x = block(up(x) + skip)
        return torch.sigmoid(self.head(x))


class MedNextBlock(nn.Module):
    """Depth-wise convolution, group norm per channel, wide point-wise layers with GELU, shortcut."""

    def __init__(self, channels_in, channels, up=None):
        super().__init__()
        self.changes = channels_in != channels
        if up:
            self.depthwise = nn.ConvTranspose3d(channels_in, channels_in, 3, 2, 1, 1, groups=channels_in)
        else:
            self.depthwise = nn.Conv3d(channels_in, channels_in, 5, 2 if self.changes else 1, 2, groups=channels_in)
        self.rest = nn.Sequential(nn.GroupNorm(channels_in, channels_in), nn.Conv3d(channels_in, 2 * channels_in, 1),
                                  nn.GELU(), nn.Conv3d(2 * channels_in, channels, 1))

    def forward(self, x):
        y = self.rest(self.depthwise(x))
        return y if self.changes else x + y


class MedNext(nn.Module):
    def __init__(self, width=4, classes=2):
        super().__init__()
        self.stem = nn.Conv3d(1, width, 1)
        self.top, self.halve = MedNextBlock(width, width), MedNextBlock(width, 2 * width)
        self.bottom, self.enlarge = MedNextBlock(2 * width, 2 * width), MedNextBlock(2 * width, width, up=True)
        self.last, self.head = MedNextBlock(width, width), nn.Conv3d(width, classes, 1)

    def forward(self, x):
        x = self.top(self.stem(x))
        return torch.softmax(self.head(self.last(self.enlarge(self.bottom(self.halve(x))) + x)), 1)


class BatchNormUNet(nn.Module):
    """Two-dimensional, batch norm, nearest upsampling to the size of the skip, ELU, two input channels."""

    def __init__(self, width=6, classes=3):
        super().__init__()

        def block(channels_in, channels):
            return nn.Sequential(nn.Conv2d(channels_in, channels, 3, 1, 1), nn.BatchNorm2d(channels), nn.ELU())
        self.top, self.bottom = block(2, width), block(width, 2 * width)
        self.reduce = nn.ConvTranspose2d(2 * width, width, 1)
        self.norm = nn.BatchNorm2d(2 * width)
        self.last, self.head = block(2 * width, width), nn.Conv2d(width, classes, 1)

    def forward(self, x):
        skip = self.top(x)
        x = self.bottom(functional.avg_pool2d(skip, 2, ceil_mode=True))
        x = functional.interpolate(self.reduce(x), size=skip.shape[2:], mode="nearest")
        return self.head(self.last(self.norm(torch.cat((x, skip), 1))))


def main():
    folder = pathlib.Path(sys.argv[1])
    networks = {
        "plain_conv_unet": (PlainConvUNet(), (1, 1, 16, 16, 16), 13),
        "residual_encoder_unet": (ResidualEncoderUNet(), (1, 1, 16, 16, 16), 14),
        "residual_unet_prelu": (ResidualUNetPRelu(), (1, 1, 16, 16, 16), 11),
        "basic_unet": (BasicUNet(), (1, 1, 19, 17, 22), 13),
        "seg_resnet": (SegResNet(), (1, 1, 16, 16, 16), 13),
        "med_next": (MedNext(), (1, 1, 16, 16, 16), 15),
        "batch_norm_unet": (BatchNormUNet(), (1, 2, 16, 16), 12),
    }
    for seed, (name, (network, shape, opset)) in enumerate(networks.items()):
        randomise(network, seed)
        axes = {0: "batch", **{2 + a: f"extent_{a}" for a in range(len(shape) - 2)}}
        path = folder / f"{name}.onnx"
        torch.onnx.export(network, torch.zeros(shape), str(path), opset_version=opset, input_names=["image"],
                          dynamic_axes={"image": axes}, do_constant_folding=name != "seg_resnet")
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
