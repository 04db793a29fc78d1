"""Photographs for training: decoded once into memory when they fit, streamed from their shards when they don't."""

import hashlib
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyvips
import torch
from torch import Tensor

from photochrom.errors import DataError
from photochrom.photo import MAX_PIXELS

PICTURES = ("webp", "jpg", "jpeg", "png")
LOADERS = ("jpegload", "pngload", "webpload", "tiffload")  # of libvips: what a photograph may be, whatever its name


class Encoded(NamedTuple):
    """A picture as a shard holds it; `label` is -1 where it has none."""

    name: str
    data: bytes
    label: int


class Batch(NamedTuple):
    """What one step learns from; `rows` are positions in the training split, None when it is streamed."""

    names: list[str]
    photographs: list[Tensor]
    labels: Tensor
    rows: np.ndarray | None

    def part(self, number: int, parts: int) -> "Batch":
        """One of `parts` equal parts."""
        size = len(self.photographs) // parts
        own = slice(number * size, (number + 1) * size)
        rows = None if self.rows is None else self.rows[own]
        return Batch(self.names[own], self.photographs[own], self.labels[own], rows)


class Source(Protocol):
    """Where batches come from."""

    def batch(self, step: int) -> Batch:
        """The photographs of a step, this process's share of them."""


@dataclass(frozen=True)
class Corpus:
    """Decoded photographs: uint8 [3, H, W] each, shorter side as asked; `labels` [N] holds a class or -1 for each."""

    names: Sequence[str]
    photographs: Sequence[Tensor]
    labels: Tensor

    def __len__(self) -> int:
        return len(self.photographs)

    def split(self, validation: int, seed: int) -> tuple["Corpus", "Corpus"]:
        """A seeded split into training and validation photographs; DataError when nothing is left to train on."""
        if validation >= len(self):
            raise DataError(f"the shards hold {len(self)} photographs, and {validation} are to be kept for validation")
        order = np.random.default_rng(seed).permutation(len(self))
        return self.take(order[validation:]), self.take(order[:validation])

    def take(self, rows: np.ndarray) -> "Corpus":
        """The photographs at these positions."""
        photographs = [self.photographs[row] for row in rows]
        return Corpus([self.names[row] for row in rows], photographs, self.labels[torch.as_tensor(rows)])

    @property
    def digest(self) -> str:
        """A SHA-256 over names and sizes in order: tells whether these are the same photographs."""
        digest = hashlib.sha256()
        for name, photograph in zip(self.names, self.photographs, strict=True):
            digest.update(f"{name}\0{tuple(photograph.shape)}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    @property
    def bytes(self) -> int:
        """How much memory the photographs take."""
        return sum(photograph.nbytes for photograph in self.photographs)

    def to(self, device: torch.device) -> "Corpus":
        """The same corpus in a device's memory."""
        return Corpus(self.names, [p.to(device) for p in self.photographs], self.labels.to(device))


@dataclass(frozen=True)
class Held:
    """A corpus in memory as a source: a new permutation each epoch, the batch a function of seed and step alone."""

    corpus: Corpus
    size: int
    seed: int
    rank: int = 0
    world: int = 1

    def batch(self, step: int) -> Batch:
        """The photographs of a step: every `world`-th one of it."""
        positions = range(step * self.size + self.rank, (step + 1) * self.size, self.world)
        count = len(self.corpus)
        rows = np.array([_order(self.seed, position // count, count)[position % count] for position in positions])
        part = self.corpus.take(rows)
        return Batch(list(part.names), list(part.photographs), part.labels, rows)


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> np.ndarray:
    return np.random.default_rng((seed, epoch)).permutation(count)


def find_shards(paths: Sequence[Path]) -> list[Path]:
    """Tar files among `paths` and directly inside folders of them, sorted by name, in whatever order they are given: a
    run that goes on must see the same split. DataError when there are none.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise DataError(f"no such file or folder: {path}")
        found += path.glob("*.tar") if path.is_dir() else [path]
    if not found:
        raise DataError(f"no .tar shards in {', '.join(map(str, paths))}: make some with `photochrom prepare`")
    return sorted(found, key=lambda shard: (shard.name, shard))


def gigabytes(shards: Sequence[Path], shorter_side: int) -> float:
    """About how much memory the decoded pictures of the shards take: 4 by 3 on average, counted by their headers."""
    pictures = 0
    for shard in shards:
        names = (name for name, _ in files_of(shard, contents=False))
        pictures += sum(name.rpartition(".")[2].lower() in PICTURES for name in names)
    return pictures * 3 * shorter_side**2 * 4 / 3 / 1e9


def load_corpus(shards: Sequence[Path], shorter_side: int, threads: int = 2) -> Corpus:
    """Decode every picture of the shards so that the shorter side is `shorter_side` px, longer side at most twice that.

    DataError for a shard that is no tar, or shards without a picture that can be read.
    """
    names: list[str] = []
    photographs: list[Tensor] = []
    labels: list[int] = []
    with ThreadPoolExecutor(threads) as pool:
        for shard in shards:
            members = list(read_shard(shard))
            pictures = pool.map(lambda member: decode(member.data, shorter_side), members)
            for member, pixels in zip(members, pictures, strict=True):
                if pixels is not None:
                    names.append(member.name)
                    photographs.append(pixels)
                    labels.append(member.label)
    if not photographs:
        raise DataError(f"no photographs in {', '.join(map(str, shards))}")
    return Corpus(names, photographs, torch.tensor(labels))


def read_shard(shard: Path) -> Iterator[Encoded]:
    """Every picture of a tar, in the order of the file; DataError if it is none or a label in it is no whole number."""
    pictures: dict[str, bytes] = {}
    labels: dict[str, int] = {}
    for name, data in files_of(shard):
        stem, _, suffix = name.rpartition(".")
        if suffix.lower() in PICTURES:
            pictures[stem] = data
        elif suffix == "cls":
            labels[stem] = label_of(data, f"{shard}: {name}")
    for stem, data in pictures.items():
        yield Encoded(f"{shard.name}/{stem}", data, labels.get(stem, -1))


def label_of(text: bytes, where: str) -> int:
    """A class label as a shard holds it; DataError if it is no whole number from 0 on."""
    try:
        label = int(text)
    except ValueError:
        label = -1
    if label < 0:
        raise DataError(f"{where} holds {text[:20]!r}: a class label is a whole number from 0 on")
    return label


def files_of(shard: Path, contents: bool = True) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files in a tar; DataError, one sentence, if it is none or ends too early."""
    try:
        with tarfile.open(shard) as tar:
            for member in tar:
                source = tar.extractfile(member) if member.isfile() else None
                if source is not None:
                    yield member.name, source.read() if contents else b""
    except (tarfile.TarError, EOFError, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(":")  # a file that is no tar brings one line for each compression
        raise DataError(f"{shard} is no tar shard that can be read: {reason}") from None


def decode(data: bytes, shorter_side: int) -> Tensor | None:
    """Bytes of a picture -> uint8 [3, H, W] at this shorter side, longer side cut to twice that, colors in sRGB.

    None if it is no JPEG, PNG, WebP or TIFF, is damaged or cut short, or has more than MAX_PIXELS.
    """
    try:
        image = pyvips.Image.new_from_buffer(data, "", fail_on="error")
        if not str(image.get("vips-loader")).startswith(LOADERS) or image.width * image.height > MAX_PIXELS:
            return None
        image = image.autorot()
        image = _to_srgb(image.flatten() if image.hasalpha() else image)
        if min(image.width, image.height) != shorter_side:
            image = image.resize(shorter_side / min(image.width, image.height), kernel="lanczos3")
        width, height = min(image.width, 2 * shorter_side), min(image.height, 2 * shorter_side)
        image = image.extract_area((image.width - width) // 2, (image.height - height) // 2, width, height)
        pixels = image.cast("uchar").numpy()
    except pyvips.Error:
        return None
    return torch.from_numpy(np.ascontiguousarray(pixels[..., :3].transpose(2, 0, 1)))


def _to_srgb(image: Any) -> Any:
    """By the embedded profile where there is one; one that doesn't fit the picture is passed over, as viewers do."""
    cmyk = image.interpretation == "cmyk"  # libvips brings a profile for pictures without one
    if cmyk or image.get_typeof("icc-profile-data"):
        with suppress(pyvips.Error):
            image = image.icc_transform("srgb", embedded=True, input_profile="cmyk" if cmyk else "srgb", depth=8)
    return image.colourspace("srgb")
