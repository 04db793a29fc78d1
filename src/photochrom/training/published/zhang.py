"""The weights of Zhang et al. 2016 (PyTorch and Caffe) and Zhang et al. 2017 (PyTorch)."""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from photochrom.errors import ModelError
from photochrom.networks import Network, Zhang2016, Zhang2017
from photochrom.networks.zhang2016 import SCALE
from photochrom.networks.zhang2017 import AB_SCALE
from photochrom.representations import AbBins
from photochrom.training.published.fitting import loaded, require
from photochrom.training.published.weights_file import Tensors

FOLDED = 2.606  # the Caffe network's constant between logits and softmax, 6 / ln 10: temperature 0.3837
RELEASED = 1 / FOLDED  # the temperature at which the release reads colors
CENTERS = "model_out.weight"  # PyTorch: 2 x 313 x 1 x 1, ab of the bins / 110
TOLERANCE = 0.01  # Lab units between those and ours

# Caffe's layers in the order of the network's blocks; what follows the convolutions of a block is its BatchNorm.
CAFFE_BLOCKS = (
    ("bw_conv1_1", "conv1_2"),
    ("conv2_1", "conv2_2"),
    *((f"conv{block}_1", f"conv{block}_2", f"conv{block}_3") for block in range(3, 8)),
    ("conv8_1", "conv8_2", "conv8_3", "conv8_313"),
)
CAFFE_CONSTANTS = {"conv8_313_rh", "class8_ab"}  # blobs that some copies of the file have: the constant, the centers


def zhang2016(state: Tensors, file: Path, width: float = 1.0, folded: bool = True) -> Network:
    """The network with the weights of a PyTorch or a Caffe file, its logits at temperature 1.

    width   of the network that the file holds
    folded  whether the logits of a PyTorch file are FOLDED times as large, as those of the release
    """
    name = "zhang2016"
    if "bw_conv1_1/0" in state or "conv8_313/0" in state:
        return loaded(partial(Zhang2016, width=width), _from_caffe(state, file), file, name)
    with torch.device("meta"):
        known = [*Zhang2016(width=width).state_dict(), CENTERS]
    require(state, [key for key in known if key in state or not key.endswith("num_batches_tracked")], file, name)
    centers = state[CENTERS].numpy()
    if centers.shape != (2, 313, 1, 1):
        raise ModelError(f"{file}: {CENTERS} is {' x '.join(map(str, centers.shape))}, and in {name} 2 x 313 x 1 x 1.")
    if not np.allclose(centers[:, :, 0, 0].T * AB_SCALE, AbBins().centers, atol=TOLERANCE):
        raise ModelError(f"{file} has other colors than the 313 bins of {name} in {CENTERS}.")
    own = {key: value for key, value in state.items() if key != CENTERS}
    if folded:
        own |= {key: own[key] / FOLDED for key in ("model8.6.weight", "model8.6.bias")}
    return loaded(partial(Zhang2016, width=width), own, file, name)


def _from_caffe(state: Tensors, file: Path) -> Tensors:
    """Caffe's blobs under the names of the network. Its L is not divided by SCALE, its BatchNorm has no affine part."""
    wanted: dict[str, str] = {}
    for block, layers in enumerate(CAFFE_BLOCKS, 1):
        for number, layer in enumerate(layers):
            place = f"model{block}.{2 * number}"
            wanted |= {f"{layer}/0": f"{place}.weight", f"{layer}/1": f"{place}.bias"}
        if block < 8:
            norm = f"{layers[-1]}norm"
            wanted |= {f"{norm}/{blob}": f"model{block}.{2 * len(layers)}:{blob}" for blob in range(3)}
    given = {key: value for key, value in state.items() if key.split("/")[0] not in CAFFE_CONSTANTS}
    require(given, wanted, file, "zhang2016 in Caffe")
    own = {place: given[key] for key, place in wanted.items() if ":" not in place}
    own["model1.0.weight"] = own["model1.0.weight"] * SCALE
    for norm in {place.split(":")[0] for place in wanted.values() if ":" in place}:
        mean, variance, count = (given[key] for key, place in wanted.items() if place.startswith(f"{norm}:"))
        share = (
            1 / count.flatten()[0] if count.any() else torch.tensor(0.0)
        )  # Caffe keeps decaying sums and their weight
        mean, variance = mean.flatten() * share, variance.flatten() * share
        own |= {f"{norm}.running_mean": mean, f"{norm}.running_var": variance}
        own |= {f"{norm}.weight": torch.ones_like(mean), f"{norm}.bias": torch.zeros_like(mean)}
    biases = {key: value.flatten() for key, value in own.items() if key.endswith(".bias")}  # 1 x 1 x 1 x n in old files
    return own | biases


def zhang2017(state: Tensors, file: Path, width: float = 1.0, mask_center: float = 0.0) -> Network:
    """The network with the weights of a PyTorch file.

    mask_center     0 for the release, which was converted from Caffe; 0.5 for what the authors' PyTorch code trained
    """
    return loaded(partial(Zhang2017, width=width, mask_center=mask_center), state, file, "zhang2017")
