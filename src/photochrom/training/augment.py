"""From sRGB bytes to what a network sees and is taught, on the batch's own device: crop, shrink, flip, age, Lab."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from photochrom.color import LUMA, srgb_to_lab


@dataclass(frozen=True)
class Sample:
    """A batch as the loop sees it.

    lightness  [N, 1, H, W]  as the network wants it: L* in 0..100, intensity or luma in 0..1
    lab        [N, h, w, 3]  the true colors on the network's grid, or [N, P, 1, 3] at P locations
    """

    lightness: Tensor
    lab: Tensor

    @property
    def ab(self) -> Tensor:
        """The true a and b, [..., 2]."""
        return self.lab[..., 1:]


def random_crops(photographs: Sequence[Tensor], size: int, zoom: float, rng: np.random.Generator) -> Tensor:
    """One square crop of every photograph (uint8 [3, H, W]), mirrored half of the time: [N, 3, size, size] in 0..1.

    The whole batch is cut at one scale, drawn log-uniformly in 1..zoom (as far as the smallest photograph goes), and
    shrunk to `size` by antialiased bilinear interpolation.
    """
    smallest = min(min(p.shape[1:]) for p in photographs)
    side = min(round(size * zoom ** rng.uniform()), smallest)
    cut = []
    for photograph in photographs:
        _, height, width = photograph.shape
        top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
        crop = photograph[:, top : top + side, left : left + side]
        cut.append(crop.flip(2) if rng.uniform() < 0.5 else crop)
    rgb = torch.stack(cut).float() / 255
    if side == size:
        return rgb
    return interpolate(rgb, (size, size), mode="bilinear", antialias=True, align_corners=False).clamp(0, 1)


def to_sample(rgb: Tensor, stride: int, kind: str = "lab", pick: bool = False) -> Sample:
    """Lightness of that kind, and the Lab of every stride x stride block, of a batch [N, 3, H, W] in 0..1.

    A block's color is its mean in Lab, or with `pick` that of its first pixel, as Zhang 2016 trains.
    """
    lab = srgb_to_lab(rgb, axis=1)
    targets = lab[:, :, ::stride, ::stride] if pick else avg_pool2d(lab, stride)
    return Sample(lightness_of(rgb, lab, kind), targets.movedim(1, -1))


def lightness_of(rgb: Tensor, lab: Tensor, kind: str) -> Tensor:
    """What a network of that `lightness` sees of a batch [N, 3, H, W]: [N, 1, H, W]."""
    if kind == "lab":
        return lab[:, :1]
    if kind == "intensity":
        return rgb.mean(1, keepdim=True)
    weights = torch.tensor(LUMA, device=rgb.device, dtype=rgb.dtype)[None, :, None, None]
    return (rgb * weights).sum(1, keepdim=True)


def age(lightness: Tensor, share: float, rng: np.random.Generator, white: float = 100.0) -> Tensor:
    """Degrade the input of a `share` of the batch like an old photograph: faded, uneven in tone, soft, grainy.

    `white` is the lightness of white: 100 of L*, 1 of the other kinds.

    Contrast falls to 55..100 % about a middle of 35..65, a gamma of 0.7..1.5 bends the tones, every second one is
    blurred by a shrink to half and back, and grain of standard deviation 0..5 is added. Targets stay as they are.
    """
    aged = lightness.clone()
    for row in np.flatnonzero(rng.uniform(size=len(lightness)) < share):
        tone = (aged[row : row + 1] / white).clamp(0, 1) ** float(np.exp(rng.uniform(np.log(0.7), np.log(1.5))))
        middle, contrast = rng.uniform(0.35, 0.65), rng.uniform(0.55, 1.0)
        tone = middle + contrast * (tone - middle)
        if rng.uniform() < 0.5:
            size = tone.shape[-2:]
            tone = interpolate(avg_pool2d(tone, 2), size, mode="bilinear", align_corners=False)
        seed = torch.Generator().manual_seed(int(rng.integers(2**31)))
        grain = torch.randn(tone.shape, generator=seed).to(tone) * rng.uniform(0, 0.05)
        aged[row] = (tone + grain)[0].clamp(0, 1) * white
    return aged
