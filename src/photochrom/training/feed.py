"""What one step gives to a network and holds its answer against: lightness, hints, locations; colors as targets."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from photochrom.color import srgb_to_lab
from photochrom.networks import Network
from photochrom.representations import Representation
from photochrom.training.augment import Sample, age, lightness_of, to_sample
from photochrom.training.hints import simulated_hints
from photochrom.training.locations import random_locations, windows
from photochrom.training.recipe import Data

STYLE = 224  # pixels a side of the style input, as `Model` gives it


class Feed(NamedTuple):
    """One batch, ready: `inputs` of the network by name, the true colors, and their targets."""

    inputs: dict[str, Tensor]
    sample: Sample
    targets: Any


def make_feed(
    rgb: Tensor,
    network: Network,
    color: Representation,
    data: Data,
    rng: np.random.Generator,
    photographs: Sequence[Tensor] = (),
) -> Feed:
    """The feed of crops `rgb` [N, 3, H, W] in 0..1, on their device. What is random comes from `rng`.

    `photographs` are those that the crops were cut from, uint8 [3, H, W]: their moods, where `data.style` is "whole".
    """
    white = 100.0 if network.lightness == "lab" else 1.0
    inputs: dict[str, Tensor] = {}
    if data.locations:
        sample, targets, inputs["locations"] = _sparse(rgb, network, color, data, rng)
    else:
        sample = to_sample(rgb, network.stride_out, network.lightness, data.target == "pick")
        targets = color.encode(sample.lab)
    seen = age(sample.lightness, data.aged, rng, white)
    inputs["lightness"] = seen.contiguous(memory_format=torch.channels_last)
    if "hints" in network.inputs:
        inputs["hints"] = simulated_hints(srgb_to_lab(rgb, axis=1)[:, 1:], rng)
    if data.style == "whole" and photographs:
        inputs["style"] = whole(photographs, network.lightness).to(rgb.device)
    return Feed(inputs, sample, targets)


def whole(photographs: Sequence[Tensor], kind: str) -> Tensor:
    """Lightness of whole photographs (uint8 [3, H, W]), each squashed to the style input: [N, 1, 224, 224]."""
    rgb = torch.cat(
        [interpolate(p[None].float() / 255, (STYLE, STYLE), mode="bilinear", antialias=True) for p in photographs]
    ).clamp(0, 1)
    return lightness_of(rgb, srgb_to_lab(rgb, axis=1), kind).contiguous(memory_format=torch.channels_last)


def _sparse(
    rgb: Tensor, network: Network, color: Representation, data: Data, rng: np.random.Generator
) -> tuple[Sample, Any, Tensor]:
    lab = srgb_to_lab(rgb, axis=1)
    places = random_locations(data.locations, len(rgb), (rgb.shape[2], rgb.shape[3]), data.margin, rng).to(rgb.device)
    around = windows(lab, places, data.window)[:, :, None]  # [N, P, 1, window^2, 3]
    middle = around[..., data.window**2 // 2, :]
    targets = color.encode(middle) if data.window == 1 else color.pooled(color.encode(around))
    return Sample(lightness_of(rgb, lab, network.lightness), middle), targets, places
