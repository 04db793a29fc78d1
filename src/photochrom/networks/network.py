"""What a network says of a batch, and what it says of itself."""

from abc import ABC, abstractmethod
from typing import Literal, NamedTuple

from torch import Tensor, nn

LightnessKind = Literal["lab", "intensity", "luma"]


class Output(NamedTuple):
    """One forward pass.

    logits    [N, C, H/stride_out, W/stride_out], C numbers a pixel as the representation wants them
    features  [N, F, h, w], a compact embedding of each pixel, where the network has one
    classes   [N, K], only when it was asked to classify: a training-time task
    palette   [N, Q, H/4, W/4], logits of a second, distributional answer beside a regression (zhang2017)
    """

    logits: Tensor
    features: Tensor | None = None
    classes: Tensor | None = None
    palette: Tensor | None = None


class Network(nn.Module, ABC):
    """What training, export and the tables ask of a network beside calling it with its `inputs` by name.

    stride_in   both sides of its input are multiples of this
    stride_out  input pixels to one pixel of the logits
    lightness   what it sees: "lab" L* 0..100, "intensity" (R + G + B) / 3, "luma" 0.299 R + 0.587 G + 0.114 B, 0..1
    inputs      of "lightness", "style" and "hints", those that its forward pass takes
    """

    stride_in: int
    stride_out: int
    lightness: LightnessKind
    inputs: tuple[str, ...]

    @property
    @abstractmethod
    def head(self) -> nn.Conv2d:
        """The layer whose output is the logits."""


def scaled(channels: int, width: float) -> int:
    """A layer's channels in a network `width` times as wide: a multiple of 8, at least 8; as they are at 1."""
    return channels if width == 1 else max(8, round(channels * width / 8) * 8)
