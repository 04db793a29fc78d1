"""A network's own table, read off the live module: what a paper prints, to be held against it.

Zhang 2016, Table 4, has the columns: spatial resolution X of the output, channels C, stride S (1/2 where a layer
enlarges), kernel dilation D, accumulated stride Sa of all layers before, effective dilation De = D Sa, and BN where
BatchNorm follows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from photochrom.networks import NETWORKS

Weighted = nn.Conv2d | nn.ConvTranspose2d | nn.Linear


@dataclass(frozen=True)
class Layer:
    """One layer with weights, in the order in which a forward pass comes to it."""

    name: str
    kernel: int
    """Pixels a side; 0: fully connected."""
    resolution: int
    """X: rows of its output."""
    channels: int
    stride: Fraction
    dilation: int
    accumulated: Fraction
    """Sa: rows of the input picture to one row of this layer's input."""
    norm: bool
    """Whether BatchNorm follows before the next layer with weights."""
    parameters: int

    @property
    def effective(self) -> Fraction:
        """De: dilation in pixels of the input picture."""
        return self.dilation * self.accumulated


@torch.no_grad()
def layers(network: nn.Module, size: int = 224, **inputs: Tensor) -> list[Layer]:
    """The layers of a network as a picture of `size` x `size` passes through them, once each.

    `inputs` go to its forward pass beside the lightness. The network is left in the mode it was in.
    """
    rows: list[Layer] = []
    hooks = []

    def record(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def hook(module: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> None:
            if isinstance(module, _BatchNorm):
                rows[-1] = replace(
                    rows[-1], norm=True, parameters=rows[-1].parameters + sum(p.numel() for p in module.parameters())
                )
            elif not any(row.name == name for row in rows):  # weights that are shared are passed twice
                rows.append(_row(name, module, given[0], out, size))

        return hook

    for name, module in network.named_modules():
        if isinstance(module, Weighted | _BatchNorm):
            hooks.append(module.register_forward_hook(record(name)))
    training = network.training
    try:
        network.eval()(torch.full((1, 1, size, size), 0.5), **inputs)
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return rows


def _row(name: str, module: nn.Module, given: Tensor, out: Tensor, size: int) -> Layer:
    parameters = sum(p.numel() for p in module.parameters())
    if isinstance(module, nn.Linear):
        return Layer(name, 0, 1, module.out_features, Fraction(1), 1, Fraction(size), False, parameters)
    assert isinstance(module, nn.Conv2d | nn.ConvTranspose2d)
    stride = Fraction(module.stride[0])
    return Layer(
        name,
        module.kernel_size[0],
        out.shape[2],
        module.out_channels,
        1 / stride if isinstance(module, nn.ConvTranspose2d) else stride,
        module.dilation[0],
        Fraction(size, given.shape[2]),
        False,
        parameters,
    )


def table(name: str, size: int = 224) -> list[Layer]:
    """The layers of a network at full width, by its name in NETWORKS; no weights are made for it."""
    with torch.device("meta"):
        return layers(NETWORKS[name](), size)
