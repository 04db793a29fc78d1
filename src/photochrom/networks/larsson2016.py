"""Larsson, Maire & Shakhnarovich 2016, "Learning Representations for Automatic Colorization": hypercolumns over VGG-16.

    lightness  [N, 1, H, W]        intensity (R + G + B) / 3 in 0..1, H and W multiples of 32
    locations  [N, P, 2]           (row, column) of pixels: the sparse training of section 3.1; None: everywhere
    logits     [N, C, H/4, W/4]    or [N, C, P, 1] at the locations
    classes    [N, K]              when asked to classify: the backbone is first taught to name gray pictures

    part         numbers a pixel  note
    hypercolumn           12,417  the input and the fifteen levels of `vgg16`
    fc1                    1,024  1 x 1, ReLU, dropout 0.5
    logits                    64  hue 32 and chroma 32; a and b 32 each; 256 for joint bins; 2 for a regression

147,041,024 parameters with 64 outputs, 147,237,824 with 256, 146,977,474 with 2.

Everywhere, the 1 x 1 layer is applied to every level *before* it is enlarged: both are linear, one along channels and
one along space, so the sum is that of the hypercolumn, which never exists. The finer levels are averaged down to a
quarter of the resolution, the coarser ones enlarged bilinearly (the released network zero-pads there, so its histograms
fade at the rim).
"""

from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, grid_sample, interpolate

from photochrom.networks.network import Network, Output, scaled
from photochrom.networks.vgg16 import Vgg16

Offsets = Literal["centered", "zero"]
STRIDE = 4


class Larsson2016(Network):
    """Gray VGG-16 with a hypercolumn at every pixel.

    channels   the representation's numbers a pixel
    width      scales all other channels
    norm       BatchNorm without scale and shift in the backbone, as in the released training files; without it the
               weights come from classification and are balanced (`training.initialize.balance`)
    classes    outputs of a class head on fc7, for training the backbone; 0: none
    offsets    where a coarse level's cells lie among the pixels of sparse locations: "centered" is (scale - 1) / 2, as
               their README recommends and as the dense network has it; "zero" as in their training file
    """

    stride_in, stride_out = 32, STRIDE
    lightness = "intensity"
    inputs = ("lightness",)

    def __init__(
        self,
        channels: int = 64,
        width: float = 1.0,
        norm: bool = False,
        classes: int = 0,
        offsets: str = "centered",
    ) -> None:
        super().__init__()
        if offsets not in get_args(Offsets):
            raise ValueError(f"offsets are {' or '.join(get_args(Offsets))}, not {offsets!r}")
        self.offsets = offsets
        self.backbone = Vgg16(width, norm)
        self.sources = {"data": 1, **self.backbone.channels}
        self.fc1 = nn.Conv2d(sum(self.sources.values()), scaled(1024, width), 1)
        self.dropout = nn.Dropout(0.5)
        self.logits = nn.Conv2d(self.fc1.out_channels, channels, 1)
        self.classifier = nn.Linear(self.backbone.channels["fc7"], classes) if classes else None  # VGG's fc8

    @property
    def head(self) -> nn.Conv2d:
        """The layer that gives the logits."""
        return self.logits

    def forward(self, lightness: Tensor, locations: Tensor | None = None, classify: bool = False) -> Output:
        levels = self.levels(lightness)
        if locations is None:
            x = self.everywhere(levels)
        else:
            x = self.fc1(torch.cat([self._sampled(name, level, locations) for name, level in levels.items()], 1))
        classes = self.classifier(levels["fc7"].mean((2, 3))) if classify and self.classifier is not None else None
        return Output(self.logits(self.dropout(x.relu())), classes=classes)

    def levels(self, lightness: Tensor) -> dict[str, Tensor]:
        """What a hypercolumn is made of: the input and all levels of the backbone."""
        return {"data": lightness, **self.backbone(lightness)}

    def everywhere(self, levels: dict[str, Tensor]) -> Tensor:
        """fc1 of the hypercolumn at a quarter of the resolution, level by level: [N, 1024, H/4, W/4]."""
        size = [side // STRIDE for side in levels["data"].shape[2:]]
        assert self.fc1.bias is not None
        total = self.fc1.bias[None, :, None, None]
        parts = torch.split(self.fc1.weight, list(self.sources.values()), dim=1)
        for level, part in zip(levels.values(), parts, strict=True):
            own = to_size(nn.functional.conv2d(shrink(level, size), part), size)
            total = own.add_(total)  # in place: two maps of fc1's channels at a time, not three
        return total

    def _sampled(self, name: str, level: Tensor, locations: Tensor) -> Tensor:
        """A level at the locations, bilinear, held inside it: [N, C, P, 1]."""
        scale = self.backbone.scales.get(name, 1)
        offset = (scale - 1) / 2 if self.offsets == "centered" else 0.0
        last = torch.tensor([side - 1 for side in level.shape[2:]], device=level.device, dtype=torch.float32)
        cell = ((locations.float() - offset) / scale).clamp(min=0).minimum(last)  # (row, column) in cells
        grid = (2 * cell / last.clamp(min=1) - 1).flip(2)  # grid_sample wants (x, y) in -1..1 between centers
        sampled: Tensor = grid_sample(level, grid[:, :, None].to(level.dtype), mode="bilinear", align_corners=True)
        return sampled


def hypercolumn(levels: dict[str, Tensor]) -> Tensor:
    """The dense hypercolumn itself [N, 12417, H/4, W/4]: what `forward` avoids. For tests and benchmarks."""
    size = [side // STRIDE for side in levels["data"].shape[2:]]
    return torch.cat([to_size(shrink(level, size), size) for level in levels.values()], 1)


def shrink(level: Tensor, size: list[int]) -> Tensor:
    """A level finer than `size` averaged down to it; a coarser one as it is."""
    return avg_pool2d(level, level.shape[2] // size[0]) if level.shape[2] > size[0] else level


def to_size(level: Tensor, size: list[int]) -> Tensor:
    """Enlarged bilinearly to `size`, half-pixel centers."""
    if list(level.shape[2:]) == size:
        return level
    return interpolate(level, size, mode="bilinear", align_corners=False)
