"""Where the 313 ab bins lie, and which of them are near a color: tables computed once, without torch.

Three of them: the bins themselves; for every cell of the ab plane the bins that can be among a color's K nearest
(`candidate_table`, works for any K and anywhere); and, where the grid of bins has no gaps, the K nearest themselves
(`neighborhood`, for the K at which a color's position leaves no more than one of them open).
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from photochrom.color import srgb_to_lab

BINS = 313
STEP = 10  # spacing of the grid of bins, Lab units
REACH = 160  # tables cover |a|, |b| up to this; sRGB needs 108, hull corners and noise a little more
CELL = 2.5  # side of a cell of `candidate_table`: small enough that a cell has few candidates (26 for K = 10)
SIDE = 2 * REACH // STEP + 1  # grid points along an axis of `neighborhood`: 33

Offset = tuple[int, int]  # from one grid point to another, in steps


@lru_cache(maxsize=1)
def bin_centers() -> np.ndarray:
    """The 313 published (a, b) points of Zhang 2016, int64 [313, 2], regenerated: a ascending, b ascending within a.

    Their rule is nowhere written down; this one reproduces them exactly: grid points of spacing 10 inside the convex
    hull of the sRGB cube's ab values, dilated by one cell in the 8-neighborhood. Its faces span that hull.
    """
    levels = np.linspace(0, 1, 86)
    faces = [np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3) for axes in _cube_faces(levels)]
    hull = _convex_hull(srgb_to_lab(np.concatenate(faces))[:, 1:])
    axis = np.arange(-110, 111, STEP)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    edges = np.roll(hull, -1, axis=0) - hull
    to_point = grid[:, :, None, :] - hull
    inside = np.all(edges[:, 0] * to_point[..., 1] - edges[:, 1] * to_point[..., 0] >= 0, axis=-1)
    padded = np.pad(inside, 1)
    near = [padded[i : i + len(axis), j : j + len(axis)] for i in range(3) for j in range(3)]
    return grid[np.any(near, axis=0)].astype(np.int64)


@lru_cache(maxsize=4)
def candidate_table(neighbors: int) -> np.ndarray:
    """For every cell of the ab plane the bins that can be among the K nearest of a point in it, int64 [cells^2, M].

    Bin c is left out of a cell only if K bins are nearer to *every* point of the cell than c is to *any*: if the least
    distance of c to the cell exceeds the K-th smallest greatest distance. So choosing among the candidates is exact.
    Shorter rows are filled with the farthest bin of all, which never wins.
    """
    centers = bin_centers().astype(np.float64)
    low = np.arange(-REACH, REACH, CELL)
    gap_low = np.empty((2, len(low), len(centers)))
    gap_high = np.empty_like(gap_low)
    for axis in (0, 1):
        left, right = low[:, None] - centers[:, axis], centers[:, axis] - (low[:, None] + CELL)
        gap_low[axis] = np.maximum(np.maximum(left, right), 0)
        gap_high[axis] = np.maximum(np.abs(left), np.abs(right))
    rows = []
    for i in range(len(low)):
        least = gap_low[0, i] ** 2 + gap_low[1] ** 2  # [cells, 313]
        most = gap_high[0, i] ** 2 + gap_high[1] ** 2
        bound = np.partition(most, neighbors - 1, axis=1)[:, neighbors - 1 : neighbors]
        rows.append(np.where(least <= bound + 1e-9, least, np.inf))
    reach = np.concatenate(rows)
    width = int(np.isfinite(reach).sum(1).max())
    order = np.argsort(reach, axis=1)[:, :width]
    middle = np.stack(np.meshgrid(low + CELL / 2, low + CELL / 2, indexing="ij"), -1).reshape(-1, 2)
    farthest = np.argmax(((middle[:, None] - centers[None, [0, 4, 225, 302, 303, 312]]) ** 2).sum(-1), axis=1)
    filler = np.array([0, 4, 225, 302, 303, 312])[farthest]
    return np.where(np.isfinite(np.take_along_axis(reach, order, 1)), order, filler[:, None])


class Neighborhood(NamedTuple):
    """The K nearest grid points of a color in the triangle 0 <= y <= x <= 5 around its nearest: offsets and bins.

    sure        offsets (i, j) of those that are among the K nearest wherever in the triangle; the first is (0, 0)
    contested   offsets of which the nearest one takes the last place; empty where no place is open
    bins        int16 [SIDE, SIDE, 8, max(1, contested), K]: nearest grid point, octant (`mirrored`), winner -> bins in
                the order of `sure` and the winner; -1 throughout where one of them is no bin
    """

    sure: tuple[Offset, ...]
    contested: tuple[Offset, ...]
    bins: np.ndarray


@lru_cache(maxsize=4)
def neighborhood(neighbors: int) -> Neighborhood | None:
    """The neighborhood for K, or None where more than one place is contested (K above 10)."""
    if neighbors > 10:
        return None
    sure, contested = _sure_and_contested(neighbors)
    winners = contested if len(sure) < neighbors else ()
    choices = np.array([(*sure, winner) for winner in winners] or [sure])  # [M, K, 2]
    offsets = np.stack([mirrored(choices, octant) for octant in range(8)])  # [8, M, K, 2]
    margin = int(np.abs(choices).max())
    index = np.full((SIDE + 2 * margin,) * 2, -1)
    rows, columns = (bin_centers() // STEP + SIDE // 2 + margin).T
    index[rows, columns] = np.arange(BINS)
    origin = np.arange(SIDE) + margin
    first = origin[:, None, None, None, None] + offsets[..., 0]  # [SIDE, 1, 8, M, K]
    second = origin[:, None, None, None] + offsets[..., 1]
    bins = index[first, second]
    return Neighborhood(sure, winners, np.where((bins < 0).any(-1, keepdims=True), -1, bins).astype(np.int16))


def mirrored(offsets: np.ndarray, octant: int) -> np.ndarray:
    """Offsets [..., 2] in the triangle taken back to an octant: its bit 0 swaps a and b, 1 negates b, 2 negates a.

    For a color at (da, db) from its nearest grid point the octant is 4 (da < 0) + 2 (db < 0) + (|db| > |da|).
    """
    swapped = offsets[..., ::-1] if octant & 1 else offsets
    image: np.ndarray = swapped * np.array([-1 if octant & 4 else 1, -1 if octant & 2 else 1])
    return image


def _sure_and_contested(neighbors: int) -> tuple[tuple[Offset, ...], tuple[Offset, ...]]:
    """Grid points around the triangle that always, and that sometimes, are among the K nearest; nearest first.

    Whether grid point o is nearer than c is linear in the color's position, so the three corners tell it for the whole
    triangle: c is sure if fewer than K others can be nearer anywhere, out of the question if K others always are.
    """
    reach = int(np.sqrt(neighbors)) + 2  # K points lie within a circle of radius sqrt(K / pi) + 1
    span = np.arange(-reach, reach + 1)
    points = np.stack(np.meshgrid(span, span, indexing="ij"), -1).reshape(-1, 2)
    points = points[np.argsort((points**2).sum(1), kind="stable")]
    corners = np.array([(0, 0), (0.5, 0), (0.5, 0.5)])
    distance = ((corners[:, None] - points) ** 2).sum(-1)  # [3, points]
    others_nearer = (distance[:, None, :] < distance[:, :, None]).any(0).sum(1)
    others_before = (distance[:, None, :] <= distance[:, :, None]).all(0).sum(1) - 1
    sure = others_nearer < neighbors
    contested = ~sure & (others_before < neighbors)
    as_offsets = [tuple((int(i), int(j)) for i, j in points[which]) for which in (sure, contested)]
    return as_offsets[0], as_offsets[1]


def _cube_faces(levels: np.ndarray) -> list[tuple[np.ndarray, ...]]:
    ends = levels[[0, -1]]
    return [tuple(ends if i == face else levels for i in range(3)) for face in range(3)]


def _convex_hull(points: np.ndarray) -> np.ndarray:
    """Corners of the convex hull, counter-clockwise (Andrew's monotone chain)."""
    points = _near_the_rim(points)
    points = points[np.lexsort((points[:, 1], points[:, 0]))]

    def chain(ordered: np.ndarray) -> list[np.ndarray]:
        out: list[np.ndarray] = []
        for point in ordered:
            while len(out) > 1:
                (ax, ay), (bx, by) = out[-1] - out[-2], point - out[-2]
                if ax * by - ay * bx > 0:
                    break
                out.pop()
            out.append(point)
        return out[:-1]

    return np.array(chain(points) + chain(points[::-1]))


def _near_the_rim(points: np.ndarray) -> np.ndarray:
    """Without those inside the polygon of the furthest in 32 directions: no corners, but most of the chain's time."""
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    furthest = points[np.argmax(points @ np.stack([np.cos(angle), np.sin(angle)]), axis=0)]
    corners = furthest[np.any(furthest != np.roll(furthest, -1, axis=0), axis=1)]
    inside = np.ones(len(points), bool)
    for corner, (x, y) in zip(corners, np.roll(corners, -1, axis=0) - corners, strict=True):
        inside &= x * (points[:, 1] - corner[1]) - y * (points[:, 0] - corner[0]) > 0
    outside: np.ndarray = points[~inside]
    return outside
