"""Tensors from a file into a network, strictly: every key, every shape, and nothing else."""

from collections.abc import Callable, Collection, Mapping

import torch
from torch import Tensor

from photochrom.errors import ModelError
from photochrom.networks import Network


def require(found: Mapping[str, Tensor], wanted: Collection[str], file: object, name: str) -> None:
    """ModelError, naming the first key that is missing and the first that is not expected, unless all are there."""
    missing = next((key for key in wanted if key not in found), None)
    strange = next((key for key in found if key not in wanted), None)
    if missing is None and strange is None:
        return
    lacks = "" if missing is None else f"lacks {missing}"
    has = "" if strange is None else f"has {strange}, which {name} does not know"
    raise ModelError(f"{file} does not hold the weights of {name}: it {' and '.join(filter(None, (lacks, has)))}.")


def loaded(make: Callable[[], Network], state: Mapping[str, Tensor], file: object, name: str) -> Network:
    """The network that `make` makes with these weights, in evaluation mode; no random ones are drawn before.

    Counters of BatchNorm, which nothing reads after training, may be missing. ModelError as in `require`, and for the
    first tensor of another shape.
    """
    with torch.device("meta"):
        network = make()
    own = network.state_dict()
    counters = {key: torch.zeros((), dtype=torch.long) for key in own if key.endswith("num_batches_tracked")}
    state = {**counters, **state}
    require(state, own.keys(), file, name)
    for key, value in own.items():
        if state[key].shape != value.shape:
            raise ModelError(f"{file}: {key} is {_sides(state[key])}, and in {name} {_sides(value)}.")
    network.load_state_dict({key: state[key].to(value.dtype) for key, value in own.items()}, assign=True)
    return network.eval().requires_grad_(False)


def _sides(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "a single number"
