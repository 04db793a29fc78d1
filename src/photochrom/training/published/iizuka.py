"""The weights of Iizuka et al. 2016: a state dict in the layout of our own network, with the mean that it subtracts.

The released .t7 files are Lua programs' memory, which nothing reads safely; docs/models.md has the layout and how to
get there.
"""

from functools import partial
from pathlib import Path

import torch

from photochrom.errors import ModelError
from photochrom.networks import Iizuka2016, Network
from photochrom.training.published.fitting import loaded
from photochrom.training.published.weights_file import Tensors

MEAN = "mean"  # one number, of luma in 0..1
HEAD = "view.classifier."


def iizuka2016(state: Tensors, file: Path, width: float = 1.0) -> Network:
    """The network with the weights of the file, which also says what it is like.

    fusion 3 x 3 or 1 x 1 by the shape of its kernel; BatchNorm where there are statistics of it; the class head, which
    colors nothing, may be missing.
    """
    if MEAN not in state or state[MEAN].numel() != 1:
        raise ModelError(f"{file} does not hold the weights of iizuka2016: it lacks {MEAN}, one number.")
    own = {key: value for key, value in state.items() if key != MEAN and not key.startswith(HEAD)}
    norm = "low.1.running_mean" in own
    kernel = own["fusion.0.weight"].shape[-1] if "fusion.0.weight" in own and own["fusion.0.weight"].ndim == 4 else 3
    mean = float(state[MEAN].flatten()[0])
    make = partial(Iizuka2016, width=width, norm=norm, fusion=1 if kernel == 1 else 3, mean=mean)
    with torch.device("meta"):
        head = {key: value for key, value in make().state_dict().items() if key.startswith(HEAD)}
    zeros = {key: torch.zeros(value.shape, dtype=value.dtype) for key, value in head.items()}
    return loaded(make, {**zeros, **own}, file, "iizuka2016")
