"""Weights fitted to the photographs before the first step (Kraehenbuehl, Doersch, Donahue & Darrell 2016), for
networks without a pretrained encoder; and the balancing of a pretrained VGG (Larsson 2016, section 3.3).

    data      every layer keeps its random directions
    kmeans    every convolution's kernels are centroids of the patches that it sees, from spherical k-means
    balance   no new weights: each layer of a Larsson 2016 backbone is scaled to unit second moment, its function kept

After data and kmeans each layer's output has mean 0 and variance 1 in every channel over the given pictures, before its
ReLU; without it, deep networks without normalization start by saying the same of everything, and some never stop. The
layer that gives the logits is left alone: a network begins with no opinion.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, unfold

from photochrom.errors import RecipeError
from photochrom.networks import Larsson2016, Network

Kind = Literal["data", "kmeans", "balance"]
Affine = nn.Conv2d | nn.ConvTranspose2d | nn.Linear

PATCHES = 20  # for each centroid
ROUNDS = 10  # of k-means: its centroids hardly move after as many


@torch.no_grad()
def initialize(network: Network, inputs: dict[str, Tensor], kind: Kind, seed: int = 0) -> None:
    """Fit the weights of a network, in place, to a batch of its `inputs` by name; it is left in training mode.

    RecipeError when a network is to be balanced that has no VGG.
    """
    network.eval()  # statistics of BatchNorm are still none: it passes everything on as it is
    if kind == "balance":
        if not isinstance(network, Larsson2016):
            raise RecipeError("only larsson2016 has a pretrained backbone to balance")
        balance(network, inputs)
    else:
        rng = torch.Generator().manual_seed(seed)
        for layer in _in_order(network, inputs):
            if layer is network.head:
                continue
            if kind == "kmeans" and isinstance(layer, nn.Conv2d) and layer.groups == 1:
                layer.weight.copy_(centroids(_seen(network, layer, inputs)[0], layer, rng))
            standardize(layer, _seen(network, layer, inputs)[1])
    network.train()


def standardize(layer: Affine, output: Tensor) -> None:
    """Scale and shift a layer so that this `output` of it would have had mean 0 and variance 1 in every channel."""
    values = output.movedim(1, 0).flatten(1)
    mean, scale = values.mean(1), values.std(1, unbiased=False).clamp(min=1e-6)
    out = 1 if isinstance(layer, nn.ConvTranspose2d) else 0  # the axis of its weights that the output's channels are on
    shape = [1] * layer.weight.ndim
    shape[out] = -1
    layer.weight.div_(scale.reshape(shape))
    if layer.bias is not None:
        layer.bias.sub_(mean).div_(scale)


def centroids(seen: Tensor, layer: nn.Conv2d, rng: torch.Generator) -> Tensor:
    """Kernels for a layer that sees `seen` [N, C, H, W]: centroids of its patches, unit length, [out, C, k, k]."""
    columns = unfold(seen, layer.kernel_size, layer.dilation, layer.padding, layer.stride)  # type: ignore[arg-type]  # pairs
    patches = columns.movedim(1, -1).flatten(0, 1)
    count = layer.out_channels
    patches = patches[torch.randperm(len(patches), generator=rng)[: PATCHES * count]]
    patches = normalize(patches - patches.mean(1, keepdim=True), dim=1)
    centers = patches[torch.randint(len(patches), (count,), generator=rng)].clone()
    for _ in range(ROUNDS):
        nearest = (patches @ centers.T).argmax(1)
        sums = torch.zeros_like(centers).index_add_(0, nearest, patches)
        lonely = torch.bincount(nearest, minlength=count) == 0
        sums[lonely] = patches[torch.randint(len(patches), (int(lonely.sum()),), generator=rng)]
        centers = normalize(sums, dim=1)
    return centers.reshape(layer.weight.shape)


def balance(network: Larsson2016, inputs: dict[str, Tensor]) -> None:
    """Scale each layer of the backbone to unit second moment, its function kept up to the scale of its levels.

    W_l <- W_l m_(l-1) / m_l, b_l <- b_l / m_l with m_l = sqrt(E[X_l^2]) (section 3.3):
    ReLU and max-pooling commute with positive factors.
    """
    moments = [float(level.square().mean().sqrt()) for level in network.backbone(inputs["lightness"]).values()]
    before = 1.0
    for name, moment in zip(network.backbone.channels, moments, strict=True):
        convolution = network.backbone.get_submodule(f"{name}.0")
        assert isinstance(convolution, nn.Conv2d)
        convolution.weight.mul_(before / moment)
        if convolution.bias is not None:
            convolution.bias.div_(moment)
        before = moment


def _in_order(network: Network, inputs: dict[str, Tensor]) -> list[Affine]:
    """Layers with weights in the order of a forward pass, each once."""
    found: list[Affine] = []

    def note(module: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> None:
        if isinstance(module, Affine) and module not in found:
            found.append(module)

    hooks = [module.register_forward_hook(note) for module in network.modules() if isinstance(module, Affine)]
    network(**inputs)
    for hook in hooks:
        hook.remove()
    return found


class _Reached(Exception):
    """Ends a forward pass: what comes later is not needed."""


def _seen(network: Network, layer: Affine, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """What a layer sees and says as the network stands."""
    with _stop_after(layer) as caught, suppress(_Reached):
        network(**inputs)
    return caught[0], caught[1]


@contextmanager
def _stop_after(layer: Affine) -> Iterator[list[Tensor]]:
    caught: list[Tensor] = []

    def stop(module: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> None:
        caught.extend((given[0], out))
        raise _Reached

    hook = layer.register_forward_hook(stop)
    try:
        yield caught
    finally:
        hook.remove()
