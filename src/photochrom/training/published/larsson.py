"""The weights of Larsson et al. 2016, in Caffe's HDF5 or binary form."""

from functools import partial
from pathlib import Path

import torch

from photochrom.networks import Larsson2016, Network
from photochrom.networks.vgg16 import STAGES
from photochrom.training.published.fitting import loaded, require
from photochrom.training.published.weights_file import Tensors

HEADS = ("prediction_h", "prediction_c")  # hue, then chroma
ENLARGING = "_full"  # in the names of layers that hold nothing but fixed bilinear kernels


def larsson2016(state: Tensors, file: Path, width: float = 1.0) -> Network:
    """The network with the weights of the file: the released one has no BatchNorm and 32 bins of hue and of chroma.

    fc6, fc7 and h_fc1 are matrices in the first release, and convolutions in later copies: both are read.
    """
    convolutions = [f"{stage}_{number}" for stage, depth, _ in STAGES for number in range(1, depth + 1)]
    layers = {layer: f"backbone.{layer}.0" for layer in (*convolutions, "fc6", "fc7")} | {"h_fc1": "fc1"}
    wanted = [f"{layer}/{blob}" for layer in (*layers, *HEADS) for blob in (0, 1)]
    given = {key: value for key, value in state.items() if ENLARGING not in key.split("/")[0]}
    require(given, wanted, file, "larsson2016")
    own: Tensors = {}
    for layer, place in layers.items():
        own |= {f"{place}.weight": given[f"{layer}/0"], f"{place}.bias": given[f"{layer}/1"].flatten()}
    own["logits.weight"] = torch.cat([given[f"{head}/0"].flatten(1) for head in HEADS])
    own["logits.bias"] = torch.cat([given[f"{head}/1"].flatten() for head in HEADS])
    make = partial(Larsson2016, width=width)
    with torch.device("meta"):
        shapes = {key: value.shape for key, value in make().state_dict().items()}
    for key in ("backbone.fc6.0.weight", "backbone.fc7.0.weight", "fc1.weight", "logits.weight"):
        if own[key].numel() == shapes[key].numel() and own[key].shape[0] == shapes[key][0]:
            own[key] = own[key].reshape(shapes[key])
    return loaded(make, own, file, "larsson2016")
