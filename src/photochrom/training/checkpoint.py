"""A run on disk: weights, their average and the optimizer's state in one safetensors file, numbers in its header."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from photochrom.errors import DataError

NAME = "checkpoint.safetensors"


class Average:
    """Exponential moving average of a network's state, statistics of BatchNorm included.

    The decay grows as (1 + step) / (10 + step) up to its limit, so that a short run does not average over its random
    start.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {key: value.detach().clone() for key, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards the network's present state after `step` steps."""
        keep = min(self.decay, (1 + step) / (10 + step))
        new = network.state_dict()
        real = [key for key, value in self.state.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.state[key] for key in real], [new[key] for key in real], 1 - keep)
        for key in self.state.keys() - set(real):
            self.state[key].copy_(new[key])


def save(run: Path, network: nn.Module, average: Average, optimizer: Optimizer, numbers: dict[str, Any]) -> None:
    """Write the checkpoint of a run; it appears under its name complete or not at all. DataError if it can't be."""
    tensors = {f"network.{key}": value for key, value in network.state_dict().items()}
    tensors |= {f"average.{key}": value for key, value in average.state.items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{key}": torch.as_tensor(value) for key, value in state.items()}
    partial = run / f".{NAME}"
    # contiguous: safetensors stores no strides, and channels-last weights come back as they were by load_state_dict
    plain = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    try:
        save_file(plain, partial, metadata={"run": json.dumps(numbers)})
        os.replace(partial, run / NAME)
    except (OSError, SafetensorError) as error:  # safetensors reports a full disk with its own class
        partial.unlink(missing_ok=True)
        raise DataError(f"cannot write the checkpoint {run / NAME}, an earlier one stays: {error}") from None


def load(run: Path, network: nn.Module, average: Average, optimizer: Optimizer) -> dict[str, Any]:
    """Set everything to a run's checkpoint, strictly, and return its numbers."""
    tensors, numbers = read(run)
    try:
        network.load_state_dict(_part(tensors, "network."))
        for key, value in _part(tensors, "average.").items():
            average.state[key].copy_(value)
    except (RuntimeError, KeyError) as error:
        raise DataError(f"the checkpoint in {run} is of another network: {error}") from None
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in _part(tensors, "optimizer.").items():
        index, _, name = key.partition(".")
        like = parameters[int(index)]
        # in the memory format of its parameter, as the optimizer made it: the same kernels give the same bits again
        moment = torch.empty_like(like).copy_(value) if value.shape == like.shape and value.ndim else value
        state.setdefault(int(index), {})[name] = moment
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return numbers


def numbers_of(run: Path) -> dict[str, Any] | None:
    """The numbers of a run's checkpoint without its tensors; None where there is none. DataError if it is broken."""
    if not (run / NAME).is_file():
        return None
    try:
        with safe_open(run / NAME, framework="pt") as file:
            numbers: dict[str, Any] = json.loads(file.metadata()["run"])
            return numbers
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise DataError(f"{run / NAME} is no checkpoint of a run: {error}") from None


def averaged_weights(run: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What is exported: the averaged state of the network, and the numbers of the run."""
    tensors, numbers = read(run)
    return _part(tensors, "average."), numbers


def read(run: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors and numbers of a run's checkpoint; DataError where there is none that can be read."""
    numbers = numbers_of(run)
    if numbers is None:
        raise DataError(f"{run} holds no run: {NAME} is missing")
    return load_file(run / NAME), numbers


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
