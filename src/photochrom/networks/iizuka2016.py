"""Iizuka, Simo-Serra & Ishikawa 2016, "Let there be Color!": local and global features fused, Table 1.

    lightness  [N, 1, H, W]      luma in 0..1, H and W multiples of 8
    style      [N, 1, 224, 224]  what the global features are taken from; None: the photograph, squashed
    logits     [N, 2, H/2, W/2]  before the sigmoid that the representation applies
    classes    [N, 205]          when asked to classify: scenes (Places), in training

    branch          layers (3 x 3 unless noted; channels, / stride)              output         parameters
    low             64 /2, 128, 128 /2, 256, 256 /2, 512                         512 x H/8       2,287,488
    global          512 /2, 512, 512 /2, 512; fully connected 1024, 512, 256     256            35,786,496
    mid             512, 256                                                     256 x H/8       3,539,712
    fusion          256 of mid and global, 3 x 3 (released) or 1 x 1 (paper)     256 x H/8       1,179,904 or 131,328
    colorization    128; x 2; 64, 64; x 2; 32, 2                                 2 x H/2           424,802
    classification  hidden 256, 205, from the 512 of global                      205               184,013

43,218,402 parameters with the 3 x 3 fusion, 42,169,826 with 1 x 1, the class head and BatchNorm not counted. `low` is
one set of weights for both inputs. ReLU everywhere but after the last layer, by default behind BatchNorm. Fusion is
eq. 5: the global vector stands at every pixel beside the local one.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from photochrom.networks.network import Network, Output, scaled

STYLE = 224  # px a side of the global branch's input


class Iizuka2016(Network):
    """`channels` are the representation's numbers a pixel, `width` scales all channels but those of inputs and outputs.

    fusion          kernel of the fusion layer: 3 as the size of the released file says, 1 as the paper writes
    use_global      False leaves the global branch out: the paper's baseline; then there is no style and no class head
    norm            BatchNorm in every hidden layer
    classes         outputs of the class head
    mean            taken off luma first: the released weights come with one; the paper has none
    """

    stride_in, stride_out = 8, 2
    lightness = "luma"

    def __init__(
        self,
        channels: int = 2,
        width: float = 1.0,
        fusion: int = 3,
        use_global: bool = True,
        norm: bool = True,
        classes: int = 205,
        mean: float = 0.0,
    ) -> None:
        super().__init__()
        self.mean = mean
        self.inputs = ("lightness", "style") if use_global else ("lightness",)
        c32, c64, c128, c256, c512, c1024 = (scaled(c, width) for c in (32, 64, 128, 256, 512, 1024))
        low = ((c64, 2), (c128, 1), (c128, 2), (c256, 1), (c256, 2), (c512, 1))
        self.low = convolutions(1, low, norm)
        self.mid = convolutions(c512, ((c512, 1), (c256, 1)), norm)
        self.view = Global(c256, c512, c1024, classes, norm) if use_global else None
        self.fusion = convolutions(2 * c256 if use_global else c256, ((c256, 1),), norm, kernel=fusion)
        self.colorization = nn.ModuleList(
            [
                convolutions(c256, ((c128, 1),), norm),
                convolutions(c128, ((c64, 1), (c64, 1)), norm),
                convolutions(c64, ((c32, 1),), norm),
            ]
        )
        self.logits = nn.Conv2d(c32, channels, 3, padding=1)

    @property
    def head(self) -> nn.Conv2d:
        """The layer that gives the logits."""
        return self.logits

    def forward(self, lightness: Tensor, style: Tensor | None = None, classify: bool = False) -> Output:
        if self.mean:
            lightness, style = lightness - self.mean, None if style is None else style - self.mean
        low = self.low(lightness)  # H/8
        x, classes = self.mid(low), None
        if self.view is not None:
            glance, classes = self.view(self._low_of_style(lightness, low, style), classify)
            x = torch.cat([glance[:, :, None, None].expand(-1, -1, *x.shape[2:]), x], 1)
        x = self.colorization[0](self.fusion(x))
        x = self.colorization[1](double(x))  # H/4
        x = self.colorization[2](double(x))  # H/2
        return Output(self.logits(x), classes=classes)

    def _low_of_style(self, lightness: Tensor, low: Tensor, style: Tensor | None) -> Tensor:
        if style is None and tuple(lightness.shape[2:]) == (STYLE, STYLE):
            return low  # as in training: both inputs coincide, one pass
        if style is None:
            # in float32 whatever autocast says: this kernel knows no bf16 on CPUs
            style = interpolate(lightness.float(), (STYLE, STYLE), mode="bilinear", align_corners=False, antialias=True)
        out: Tensor = self.low(style)
        return out


class Global(nn.Module):
    """The global branch: 28 x 28 low-level features of the squashed picture -> one vector, and its classes if asked."""

    def __init__(self, c256: int, c512: int, c1024: int, classes: int, norm: bool) -> None:
        super().__init__()
        self.convolutions = convolutions(c512, ((c512, 2), (c512, 1), (c512, 2), (c512, 1)), norm)
        cells = (STYLE // 32) ** 2
        self.to_512 = nn.Sequential(*connected(c512 * cells, c1024, norm), *connected(c1024, c512, norm))
        self.to_256 = nn.Sequential(*connected(c512, c256, norm))
        self.classifier = nn.Sequential(*connected(c512, c256, norm), nn.Linear(c256, classes))

    def forward(self, low: Tensor, classify: bool) -> tuple[Tensor, Tensor | None]:
        mood = self.to_512(self.convolutions(low).flatten(1))
        return self.to_256(mood), self.classifier(mood) if classify else None


def convolutions(inside: int, layers: tuple[tuple[int, int], ...], norm: bool, kernel: int = 3) -> nn.Sequential:
    """(channels, stride) after (channels, stride), each with BatchNorm if `norm`, and ReLU."""
    built: list[nn.Module] = []
    for outside, stride in layers:
        built.append(nn.Conv2d(inside, outside, kernel, stride, kernel // 2))
        built += [nn.BatchNorm2d(outside), nn.ReLU()] if norm else [nn.ReLU()]
        inside = outside
    return nn.Sequential(*built)


def connected(inside: int, outside: int, norm: bool) -> list[nn.Module]:
    """A fully connected layer with BatchNorm if `norm`, and ReLU."""
    return [nn.Linear(inside, outside), *([nn.BatchNorm1d(outside)] if norm else []), nn.ReLU()]


def double(x: Tensor) -> Tensor:
    """Twice the size, nearest neighbor."""
    return interpolate(x, scale_factor=2.0, mode="nearest")
