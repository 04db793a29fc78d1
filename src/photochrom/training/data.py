"""Photographs for training: decoded once into memory when they fit, streamed from their shards when they don't."""

import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips
import torch
from torch import Tensor

from photochrom.errors import DataError

PICTURES = (".webp", ".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Corpus:
    """Decoded photographs: uint8 [3, H, W] each, shorter side as asked; `labels` holds a class or -1 for each."""

    photographs: Sequence[Tensor]
    labels: Tensor

    def __len__(self) -> int:
        return len(self.photographs)

    def split(self, validation: int, seed: int) -> tuple["Corpus", "Corpus"]:
        """A seeded split into training and validation photographs."""
        order = np.random.default_rng(seed).permutation(len(self))
        if validation >= len(self):
            raise DataError(f"the shards hold {len(self)} photographs, {validation} are kept for validation: none is left")
        return self.take(order[validation:]), self.take(order[:validation])

    def take(self, indices: np.ndarray) -> "Corpus":
        """The photographs at these positions."""
        return Corpus([self.photographs[i] for i in indices], self.labels[torch.as_tensor(indices)])

    def to(self, device: torch.device) -> "Corpus":
        """The same corpus in a device's memory."""
        return Corpus([p.to(device) for p in self.photographs], self.labels.to(device))


def find_shards(paths: Sequence[Path]) -> list[Path]:
    """Tar files among `paths` and directly inside folders of them, sorted; DataError when there are none."""
    found = []
    for path in paths:
        if not path.exists():
            raise DataError(f"no such file or folder: {path}")
        found += sorted(path.glob("*.tar")) if path.is_dir() else [path]
    if not found:
        raise DataError(f"no .tar shards in {', '.join(map(str, paths))}: make some with `photochrom prepare`")
    return found


def load_corpus(shards: Sequence[Path], shorter_side: int, threads: int = 2) -> Corpus:
    """Decode every picture of the shards so that the shorter side is `shorter_side` px, longer side at most twice that.

    DataError for a shard that is no tar, or shards without a picture that can be read.
    """
    photographs: list[Tensor] = []
    labels: list[int] = []
    with ThreadPoolExecutor(threads) as pool:
        for shard in shards:
            members = list(read_shard(shard))
            pictures = pool.map(lambda member: decode(member[0], shorter_side), members)
            for (_, label), pixels in zip(members, pictures, strict=True):
                if pixels is not None:
                    photographs.append(torch.from_numpy(pixels))
                    labels.append(label)
    if not photographs:
        raise DataError(f"no photographs in {', '.join(map(str, shards))}")
    return Corpus(photographs, torch.tensor(labels))


def read_shard(shard: Path) -> Iterator[tuple[bytes, int]]:
    """Every picture of a tar with its label (-1 where it has no .cls beside it), in the order of the file."""
    pictures: dict[str, bytes] = {}
    labels: dict[str, int] = {}
    try:
        with tarfile.open(shard) as tar:
            for member in tar:
                stem, dot, suffix = member.name.rpartition(".")
                source = tar.extractfile(member) if member.isfile() else None
                if source is None or not dot:
                    continue
                if f".{suffix.lower()}" in PICTURES:
                    pictures[stem] = source.read()
                elif suffix == "cls":
                    labels[stem] = int(source.read())
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise DataError(f"{shard} is no readable tar shard: {error}") from None
    for stem, data in pictures.items():
        yield data, labels.get(stem, -1)


def decode(data: bytes, shorter_side: int) -> np.ndarray | None:
    """Bytes of a picture -> uint8 [3, H, W] at this shorter side, longer side cut to twice that; None if unreadable."""
    try:
        image = pyvips.Image.thumbnail_buffer(data, 10**6, size="down")  # applies the orientation, keeps the size
        image = image.colourspace("srgb")
        image = image.flatten() if image.hasalpha() else image
        if image.width != shorter_side and min(image.width, image.height) != shorter_side:
            image = image.resize(shorter_side / min(image.width, image.height), kernel="lanczos3")
        width, height = min(image.width, 2 * shorter_side), min(image.height, 2 * shorter_side)
        image = image.extract_area((image.width - width) // 2, (image.height - height) // 2, width, height)
        pixels = image.cast("uchar").numpy()
    except pyvips.Error:
        return None
    return np.ascontiguousarray(pixels[..., :3].transpose(2, 0, 1))


def shuffled(count: int, batch: int, step: int, seed: int) -> np.ndarray:
    """Which photographs the batch of this step holds: a new permutation each epoch, a function of (seed, step) alone."""
    start = step * batch
    picks = []
    for position in range(start, start + batch):
        epoch, index = divmod(position, count)
        picks.append(_permutation(count, seed, epoch)[index])
    return np.array(picks)


_order: dict[tuple[int, int, int], np.ndarray] = {}


def _permutation(count: int, seed: int, epoch: int) -> np.ndarray:
    key = (count, seed, epoch)
    if key not in _order:
        for old in [k for k in _order if k[2] < epoch - 1]:
            del _order[old]
        _order[key] = np.random.default_rng((seed, epoch)).permutation(count)
    return _order[key]


__all__ = ["Corpus", "decode", "find_shards", "load_corpus", "read_shard", "shuffled"]
