"""WebDataset shards: tar files of samples KEY.webp (or .jpg) and KEY.cls, whole or not there, the same bytes each time.

The standard library's tarfile writes them, and not `webdataset.TarWriter`, which puts the time into each header.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

_BLOCK = 512  # bytes: a tar header, and the unit that contents are padded to


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture of a shard."""

    key: str
    data: bytes
    suffix: str  # "webp" or "jpg"
    label: int | None


def shard_name(number: int) -> str:
    """photochrom-000000.tar"""
    return f"photochrom-{number:06d}.tar"


def share_out(sizes: np.ndarray, shard_bytes: int) -> list[range]:
    """Which positions go into which shard: as few shards as `shard_bytes` for each allow, all of about the same weight.

    `sizes` are the bytes of the pictures in their final order.
    """
    weights = _BLOCK + -(-sizes // _BLOCK) * _BLOCK
    ends = np.cumsum(weights)
    total = int(ends[-1])
    count = max(1, -(-total // shard_bytes))
    shard_of = (ends - weights) * count // total  # by where a picture begins
    edges = [0, *np.flatnonzero(np.diff(shard_of)) + 1, len(sizes)]
    return [range(int(low), int(high)) for low, high in pairwise(edges)]


def write_shard(path: Path, samples: Iterable[Sample], scratch: Path) -> str:
    """Write a shard below `scratch` (same disk), then rename it; its SHA-256. OSError when the disk is full."""
    part = scratch / path.name
    with part.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for sample in samples:
                _add(tar, f"{sample.key}.{sample.suffix}", sample.data)
                if sample.label is not None:
                    _add(tar, f"{sample.key}.cls", str(sample.label).encode())
        file.flush()
        os.fsync(file.fileno())
    digest = sha256_of(part)
    os.replace(part, path)
    return digest


def write_text(path: Path, text: str, scratch: Path) -> None:
    """Write a text file in the folder `scratch` of the same disk, then rename it."""
    part = scratch / path.name
    part.write_text(text, encoding="utf-8", errors="surrogateescape")
    os.replace(part, path)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)  # its defaults: time 0, no owner, mode 644
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))
