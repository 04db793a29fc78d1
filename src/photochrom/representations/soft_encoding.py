"""Soft encoding of colors by their K nearest ab bins (Zhang 2016, section 2.2): exact, through the grid and not a tree.

`encode_on_grid` is for NumPy, where the bins' grid has no gaps around a color. Reflected into the triangle
0 <= y <= x <= 5 around its nearest grid point, every color has its K nearest at the same offsets, but for one contested
place; and a Gaussian of a grid distance is a product of one factor along x and one along y. `encode_by_candidates` is
for every other color, K and library: the bins that can be near a cell of the plane, and the K nearest of them.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from photochrom.color import array_namespace
from photochrom.representations.bin_geometry import (
    CELL,
    REACH,
    SIDE,
    STEP,
    Neighborhood,
    Offset,
    bin_centers,
    candidate_table,
    neighborhood,
)

Array = Any  # any array of the array API standard: NumPy, torch

CHUNK = 32768  # colors at a time: much larger leaves the cache, much smaller is all overhead
NARROW = 2.0  # with a sigma below, shares of the farther neighbors would vanish in float32 and not tell which is nearer


class SoftTargets(NamedTuple):
    """Soft-encoded colors: `index` [..., K], distinct bins in no promised order; `weight` [..., K], summing to 1."""

    index: Array
    weight: Array


def encode(ab: Array, neighbors: int, sigma: float) -> SoftTargets:
    """Soft-encode `ab` [P, 2]; `index` is int16 for NumPy, int64 for torch, which wants it for `gather`."""
    if not isinstance(ab, np.ndarray):
        return encode_by_candidates(ab, neighbors, sigma)
    ab = np.asarray(ab, np.result_type(ab.dtype, np.float32))
    near = neighborhood(neighbors) if sigma >= NARROW else None
    if near is None:
        return encode_by_candidates(ab, neighbors, sigma)
    targets, gaps = encode_on_grid(ab, near, sigma)
    if gaps.size:
        targets.index[gaps], targets.weight[gaps] = encode_by_candidates(ab[gaps], neighbors, sigma)
    return targets


def encode_by_candidates(ab: Array, neighbors: int, sigma: float) -> SoftTargets:
    """Soft-encode `ab` [P, 2] anywhere, NumPy or torch: the K nearest of the 26 or so bins that its cell allows."""
    xp = array_namespace(ab)
    table, centers = like(ab, candidate_table(neighbors)), like(ab, bin_centers().astype(np.float32))
    points = xp.clip(ab, -REACH, REACH - 1e-3)
    cell = xp.astype(xp.floor((points + REACH) / CELL), xp.int64)
    rows = xp.take(table, cell[:, 0] * round(2 * REACH / CELL) + cell[:, 1], axis=0)  # [P, M] candidate bins
    distance = xp.zeros(rows.shape, dtype=points.dtype, device=points.device)
    for axis in (0, 1):
        center = xp.reshape(xp.take(centers[:, axis], xp.reshape(rows, (-1,)), axis=0), rows.shape)
        gap = center - points[:, axis : axis + 1]
        distance = distance + gap * gap
    order = _smallest(distance, neighbors)
    nearest = xp.take_along_axis(distance, order, axis=1)
    weight = xp.exp((xp.min(nearest, axis=1, keepdims=True) - nearest) / (2 * sigma**2))
    weight = weight / xp.sum(weight, axis=1, keepdims=True)
    return SoftTargets(xp.take_along_axis(rows, order, axis=1), weight)


def encode_on_grid(ab: np.ndarray, near: Neighborhood, sigma: float) -> tuple[SoftTargets, np.ndarray]:
    """Soft-encode `ab` [P, 2] as if the grid had no gaps, and name the colors whose targets are void because it has."""
    *_, images, winners, neighbors = near.bins.shape
    bins = near.bins.reshape(-1, neighbors)
    index = np.empty((len(ab), neighbors), bins.dtype)
    weight = np.empty((neighbors, len(ab)), ab.dtype)  # neighbors first: long rows for the processor
    void, gaps = bins[:, 0] < 0, [np.empty(0, np.intp)]
    for start in range(0, len(ab), CHUNK):
        part = slice(start, start + CHUNK)
        point, octant, x, y = _reflected(ab[part], images * winners)
        winner = _weigh(x, y, near, sigma, weight[:, part])
        row = point + (octant * np.uint8(winners) + winner)
        np.take(bins, row, axis=0, out=index[part], mode="clip")
        gaps.append(np.flatnonzero(np.take(void, row, mode="clip")) + start)
    return SoftTargets(index, weight.T), np.concatenate(gaps)


def _reflected(ab: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Colors [P, 2] in the triangle: the first of `rows` of their nearest grid point, the octant (uint8), x and y."""
    offset = np.array(ab.T, order="C")
    np.clip(offset, -REACH, REACH, out=offset)
    steps = np.rint(offset * (1 / STEP))
    offset -= steps * STEP
    negative = (offset < 0).view(np.uint8)
    da, db = np.abs(offset, out=offset)
    octant = negative[0] * np.uint8(4) + negative[1] * np.uint8(2) + (db > da)
    point = (steps[0] * (SIDE * rows) + steps[1] * rows + SIDE**2 // 2 * rows).astype(np.intp)
    return point, octant, np.maximum(da, db), np.minimum(da, db)


def _weigh(x: np.ndarray, y: np.ndarray, near: Neighborhood, sigma: float, out: np.ndarray) -> np.ndarray | np.uint8:
    """Write the normalized weights [K, P] of colors at (x, y) in the triangle to `out`; return the contest's winner."""
    offsets = near.sure[1:] + near.contested
    along_x = _gaussians(x, {i for i, _ in offsets}, sigma)
    along_y = _gaussians(y, {j for _, j in offsets}, sigma)
    shares = [_share(offset, along_x, along_y) for offset in offsets]
    shares, rivals = shares[: len(near.sure) - 1], shares[len(near.sure) - 1 :]
    winner = np.uint8(0)
    if rivals:
        best = rivals[0]
        for number, rival in enumerate(rivals[1:], 1):
            winner = np.maximum(winner, (rival > best).view(np.uint8) * np.uint8(number))
            best = np.maximum(best, rival)
        shares.append(best)
    total = np.ones_like(x) if not shares else shares[0] + 1
    for share in shares[1:]:
        total += share
    np.divide(1, total, out=out[0])
    for share, weight in zip(shares, out[1:], strict=True):
        np.multiply(share, out[0], out=weight)
    return winner


def _gaussians(x: np.ndarray, steps: set[int], sigma: float) -> dict[int, np.ndarray]:
    """exp(-((x - 10 i)^2 - x^2) / 2 sigma^2) for the steps i but 0: what step i weighs relative to step 0.

    All are powers of that for i = 1 up to a constant, so one exponential does.
    """
    unit = STEP**2 / (2 * sigma**2)
    first = np.exp(x * (2 * unit / STEP) - unit)
    return {i: first if i == 1 else first**i * math.exp(unit * i * (1 - i)) for i in steps - {0}}


def _share(offset: Offset, along_x: dict[int, np.ndarray], along_y: dict[int, np.ndarray]) -> np.ndarray:
    """What the grid point at an offset other than (0, 0) weighs relative to that at (0, 0)."""
    i, j = offset
    if i and j:
        both: np.ndarray = along_x[i] * along_y[j]
        return both
    return along_x[i] if i else along_y[j]


def _smallest(values: Array, count: int) -> Array:
    """Positions of the `count` smallest values of each row."""
    if isinstance(values, np.ndarray):
        if count >= values.shape[1]:
            return np.broadcast_to(np.arange(values.shape[1]), values.shape)
        return np.argpartition(values, count - 1, axis=1)[:, :count]
    return values.topk(count, dim=1, largest=False, sorted=False).indices


def like(example: Array, table: np.ndarray) -> Array:
    """`table` as an array of the example's library, on its device."""
    if isinstance(example, np.ndarray):
        return table
    return array_namespace(example).asarray(table, device=example.device)
