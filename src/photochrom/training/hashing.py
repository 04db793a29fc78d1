"""Perceptual hashes and near-duplicates: the same picture at another size or quality, found among millions.

A hash has 64 bits: the 8 x 8 lowest frequencies of the cosine transform of a 32 x 32 copy, each above or below their
median (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions"). Two pictures are duplicates
when their hashes differ in at most 6 bits.
"""

from functools import cache
from itertools import pairwise

import numpy as np

# Bits of 64. Unrelated photographs differ in 32 +- 4; of 240 photographs and copies at half and 1.7 times the size,
# JPEG 30 to 90, the mean was 0.7 and the most 6.
MAX_DISTANCE = 6
_SIDE, _KEPT = 32, 8
_BLOCKS = MAX_DISTANCE + 1  # 6 different bits leave one of 7 blocks untouched
_EDGES = [64 * block // _BLOCKS for block in range(_BLOCKS + 1)]


def perceptual_hash(srgb: np.ndarray) -> int:
    """The hash of a picture, uint8 H x W x 3 with H and W at least 32; the whole picture, squashed to a square."""
    gray = srgb.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    small = _averaging(gray.shape[0]) @ gray @ _averaging(gray.shape[1]).T
    waves = _cosines() @ small @ _cosines().T
    bits = (waves > np.median(waves)).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def near_duplicates(hashes: np.ndarray) -> np.ndarray:
    """For each of N hashes (uint64) the position of the earlier one that it repeats, or -1. Exact.

    Whoever comes first stays; who is within MAX_DISTANCE of one that stays is its duplicate (of the nearest, then the
    first). Each hash meets only those that share a block of 9 or 10 bits with it, all of them at once.
    """
    repeats = np.full(len(hashes), -1, np.int64)
    buckets: dict[tuple[int, int], _Bucket] = {}
    for position, value in enumerate(hashes.astype(np.uint64)):
        shared = [buckets.get(key) for key in _blocks(int(value))]
        candidates = np.concatenate([bucket.positions for bucket in shared if bucket] or [np.empty(0, np.int64)])
        distances = np.bitwise_count(hashes[candidates] ^ value)
        if len(candidates) and distances.min() <= MAX_DISTANCE:
            repeats[position] = candidates[distances == distances.min()].min()
            continue
        for key in _blocks(int(value)):
            buckets.setdefault(key, _Bucket()).add(position)
    return repeats


class _Bucket:
    """A growing array of positions."""

    def __init__(self) -> None:
        self._room = np.empty(4, np.int64)
        self._count = 0

    @property
    def positions(self) -> np.ndarray:
        return self._room[: self._count]

    def add(self, position: int) -> None:
        if self._count == len(self._room):
            self._room = np.concatenate([self._room, np.empty_like(self._room)])
        self._room[self._count] = position
        self._count += 1


def _blocks(value: int) -> list[tuple[int, int]]:
    return [(block, value >> low & (1 << high - low) - 1) for block, (low, high) in enumerate(pairwise(_EDGES))]


@cache
def _cosines() -> np.ndarray:
    """The 8 lowest rows of the DCT-II over 32 samples."""
    wave, sample = np.arange(_KEPT)[:, None], np.arange(_SIDE)[None, :]
    return np.asarray(np.cos(np.pi * wave * (2 * sample + 1) / (2 * _SIDE)))


@cache
def _averaging(length: int) -> np.ndarray:
    """A 32 x length matrix that averages areas: 32 equal stretches, each sample weighs as much as is covered."""
    edges = np.linspace(0, length, _SIDE + 1)
    starts, ends = edges[:-1, None], edges[1:, None]
    sample = np.arange(length)[None, :]
    cover = np.clip(np.minimum(ends, sample + 1) - np.maximum(starts, sample), 0, None)
    return np.asarray(cover / cover.sum(axis=1, keepdims=True))
