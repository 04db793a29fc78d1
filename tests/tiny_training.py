"""Runs of seconds for tests: the real loop on a narrow network, and photographs made on the spot."""

import io
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric

from photochrom.training.data import Corpus
from photochrom.training.recipe import Recipe
from pictures import saved

NETWORK = {"name": "photochrom", "encoder": "lite0", "width": 16, "embedding": 8}
SIDE = 48  # pixels of the shorter side


def table(**changes: Any) -> dict[str, Any]:
    """A recipe of a few steps as a table; `changes` are merged into its tables, `steps=3` is short for its length."""
    steps = changes.pop("steps", 4)
    recipe: dict[str, Any] = {
        "name": "tiny",
        "network": NETWORK,
        "representation": {"name": "ab_bins"},
        "data": {"shorter_side": SIDE, "crops": [[0.0, 32]], "validation": 2},
        "objective": {},
        "schedule": {"steps": steps, "batch": 2},
        "seed": 3,
    }
    for key, value in changes.items():
        recipe[key] = recipe.get(key, {}) | value if isinstance(value, Mapping) else value
    return recipe


def recipe(**changes: Any) -> Recipe:
    return Recipe.from_dict(table(**changes))


def toml(path: Path, **changes: Any) -> Path:
    """The same as a file."""
    lines, values = [], table(**changes)
    lines += [f"{key} = {value!r}" for key, value in values.items() if not isinstance(value, Mapping)]
    for key, value in values.items():
        if isinstance(value, Mapping):
            lines += [f"[{key}]", *(f"{name} = {one!r}" for name, one in value.items())]
    path.write_text("\n".join(lines).replace("True", "true").replace("False", "false"))
    return path


def picture(number: int, height: int = SIDE, width: int = 64) -> np.ndarray:
    """A photograph of sorts, uint8 H x W x 3: a colored ground and a disc of another color, no two alike."""
    rng = np.random.default_rng(number)
    y, x = np.mgrid[0:height, 0:width]
    ground, disc = rng.integers(30, 226, (2, 3))
    inside = np.hypot(y - rng.uniform(0.3, 0.7) * height, x - rng.uniform(0.3, 0.7) * width) < height / 4
    shade = 0.8 + 0.2 * np.sin(x / rng.uniform(5, 15))
    return np.clip(np.where(inside[..., None], disc, ground) * shade[..., None], 0, 255).astype(np.uint8)


def corpus(count: int = 8, height: int = SIDE, width: int = 64) -> Corpus:
    """Photographs in memory, numbered from 0."""
    pictures = [picture(number, height, width) for number in range(count)]
    photographs = [torch.from_numpy(one.transpose(2, 0, 1).copy()) for one in pictures]
    return Corpus([f"shard.tar/{number:06d}" for number in range(count)], photographs, torch.full((count,), -1))


def write_tar(path: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def write_shard(path: Path, numbers: Iterable[int] = range(8)) -> Path:
    """Photographs as `photochrom prepare` writes them."""
    return write_tar(path, {f"{number:06d}.webp": saved(picture(number), "webp") for number in numbers})


def fabric() -> Fabric:
    """One process on the CPU, exact."""
    return Fabric(accelerator="cpu", devices=1, precision="32-true")
