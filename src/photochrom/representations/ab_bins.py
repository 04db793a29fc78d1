"""The 313 ab bins of Zhang, Isola & Efros 2016 (section 2): colors as distributions over a grid of (a, b).

    encode   ab [..., 2]                    -> SoftTargets: K bins and their weights for every pixel, exact
    loss     logits [N, 313, h, w], targets -> weighted and unweighted cross-entropy, nats per pixel
    decode   logits [..., 313, h, w]        -> ab [..., h, w, 2]

NumPy and torch alike (array API); the tables are NumPy and follow the input's library and device when they are used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace, device

from photochrom.color import srgb_to_lab
from photochrom.errors import ModelError
from photochrom.representations.readout import Readout

Array = Any  # any array of the array API standard: NumPy, torch

STEP = 10  # spacing of the grid of bins, Lab units
REACH = 160  # encode accepts |a|, |b| up to this; sRGB needs 108, hull corners and noise a little more
CELL = 2.5  # side of a cell of the neighbor table: small enough that a cell has few candidates (26 for K = 10)


class SoftTargets(NamedTuple):
    """Soft-encoded colors: `index` [..., K] bins in ascending distance order not guaranteed, `weight` [..., K] summing to 1."""

    index: Array
    weight: Array


class Loss(NamedTuple):
    """Both scalars, nats per pixel: `weighted` is what training minimizes, `plain` the same with every weight 1."""

    weighted: Array
    plain: Array


@dataclass(frozen=True)
class AbBins:
    """Soft-encoded ab bins.

    neighbors   K of the soft encoding: 10 as trained (author, richzhang/colorization issue 59); the paper prints 5
    sigma       width of its Gaussian, Lab units (Zhang 2016, section 2.2)
    """

    neighbors: int = 10
    sigma: float = 5.0

    def __post_init__(self) -> None:
        if not 1 <= self.neighbors <= 313:
            raise ModelError(f"soft encoding needs 1 to 313 neighbors, not {self.neighbors}")
        if not self.sigma > 0:
            raise ModelError(f"soft encoding needs a sigma above 0, not {self.sigma}")

    @property
    def channels(self) -> int:
        """How many numbers a pixel needs: 313."""
        return 313

    @property
    def centers(self) -> np.ndarray:
        """The bins' (a, b), float32 [313, 2], in the published order: a ascending, b ascending within a."""
        return bin_centers().astype(np.float32)

    def encode(self, ab: Array) -> SoftTargets:
        """Soft-encode colors: the K nearest bins with normalized Gaussian weights (Zhang 2016, section 2.2; FACTS 1.3).

        `ab` is [..., 2] in Lab units; beyond +-160 it is clipped. Exact: the same bins and weights as brute force, up to the
        order of equally distant ones.
        """
        xp = array_namespace(ab)
        table, centers = _like(ab, self._candidates), _like(ab, self.centers)
        points = xp.clip(xp.reshape(ab, (-1, 2)), -REACH, REACH - 1e-3)
        cell = xp.astype(xp.floor((points + REACH) / CELL), xp.int64)
        rows = xp.take(table, cell[:, 0] * self._cells + cell[:, 1], axis=0)  # [P, M] candidate bins
        distance = xp.zeros(rows.shape, dtype=points.dtype, device=device(points))
        for axis in (0, 1):
            gap = xp.reshape(xp.take(centers[:, axis], xp.reshape(rows, (-1,)), axis=0), rows.shape) - points[:, axis : axis + 1]
            distance = distance + gap * gap
        order = _smallest(distance, self.neighbors)
        nearest = xp.take_along_axis(distance, order, axis=1)
        weight = xp.exp((xp.min(nearest, axis=1, keepdims=True) - nearest) / (2 * self.sigma**2))
        weight = weight / xp.sum(weight, axis=1, keepdims=True)
        shape = (*ab.shape[:-1], self.neighbors)
        return SoftTargets(xp.reshape(xp.take_along_axis(rows, order, axis=1), shape), xp.reshape(weight, shape))

    def nearest(self, ab: Array) -> Array:
        """Index of the nearest bin for every color of `ab` [..., 2]."""
        return AbBins(neighbors=1, sigma=self.sigma).encode(ab).index[..., 0]

    def dense(self, targets: SoftTargets) -> np.ndarray:
        """The soft targets written out, float64 [..., 313]. For small arrays: tests, figures, priors."""
        index, weight = np.asarray(targets.index), np.asarray(targets.weight, dtype=np.float64)
        out = np.zeros((*index.shape[:-1], self.channels))
        np.put_along_axis(out, index, weight, axis=-1)
        return out

    def loss(self, logits: Array, targets: SoftTargets, weights: Array | None = None, mask: Array | None = None) -> Loss:
        """Cross-entropy of `logits` [N, 313, h, w] against soft targets [N, h, w, K] (Zhang 2016, eq. 2 and 3).

        `weights` [313] re-weights each pixel by the weight of its nearest bin (eq. 3); `mask` [N] drops whole photographs
        (`colorful`, FACTS 1.3). Both values are means over the pixels that count, the weighted one too: its expected scale
        is that of the plain one because E[w] = 1.
        """
        xp = array_namespace(logits)
        logs = _log_softmax(xp.moveaxis(logits, 1, -1))  # [N, h, w, 313]
        entropy = -xp.sum(xp.take_along_axis(logs, targets.index, axis=-1) * targets.weight, axis=-1)  # [N, h, w]
        counts = xp.ones_like(entropy)
        if mask is not None:
            counts = counts * xp.astype(mask, entropy.dtype)[:, None, None]
        pixels = xp.clip(xp.sum(counts), 1, None)
        plain = xp.sum(entropy * counts) / pixels
        if weights is None:
            return Loss(plain, plain)
        top = xp.argmax(targets.weight, axis=-1)
        nearest = xp.take_along_axis(targets.index, top[..., None], axis=-1)[..., 0]
        by_bin = xp.reshape(xp.take(weights, xp.reshape(nearest, (-1,)), axis=0), nearest.shape)
        return Loss(xp.sum(entropy * by_bin * counts) / pixels, plain)

    def decode(self, logits: Array, readout: Readout | None = None) -> Array:
        """Read one color a pixel off `logits` [..., 313, h, w]: ab [..., h, w, 2], float32, Lab units (Zhang 2016, eq. 5).

        softmax(logits / T) @ centers, with the maximum subtracted first: safe in float32 for any logits and temperature.
        """
        xp = array_namespace(logits)
        centers = _like(logits, self.centers)
        sharpness = (readout or Readout()).sharpness
        scores = xp.moveaxis(xp.astype(logits, xp.float32), -3, -1)  # [..., h, w, 313]
        if sharpness == float("inf"):
            best = xp.argmax(scores, axis=-1)
            return xp.reshape(xp.take(centers, xp.reshape(best, (-1,)), axis=0), (*best.shape, 2))
        scores = xp.exp((scores - xp.max(scores, axis=-1, keepdims=True)) * sharpness)
        return (scores @ centers) / xp.sum(scores, axis=-1, keepdims=True)

    def prior(self, ab: Array) -> np.ndarray:
        """The bins' smoothed frequencies in `ab` [..., 2]: the mean soft encoding, float64 [313], summing to 1 (FACTS 0.2)."""
        targets = self.encode(ab)
        index, weight = np.asarray(targets.index).ravel(), np.asarray(targets.weight).ravel()
        return np.bincount(index, weights=weight, minlength=self.channels) * self.neighbors / index.size

    def to_card(self) -> dict[str, Any]:
        """Plain JSON; `from_card` reads it back."""
        return {"name": "ab_bins", "neighbors": self.neighbors, "sigma": self.sigma}

    @classmethod
    def from_card(cls, settings: Mapping[str, Any]) -> "AbBins":
        """The representation with the settings of a card (without its name); ModelError for unknown ones."""
        unknown = set(settings) - {"neighbors", "sigma"}
        if unknown:
            raise ModelError(f"unknown setting {sorted(unknown)[0]!r} of the representation ab_bins")
        return cls(**settings)

    @property
    def _cells(self) -> int:
        return round(2 * REACH / CELL)

    @cached_property
    def _candidates(self) -> np.ndarray:
        return _candidate_table(self.neighbors)


@lru_cache(maxsize=1)
def bin_centers() -> np.ndarray:
    """The 313 published (a, b) points, int64 [313, 2], regenerated by the rule of FACTS 0.1.

    Grid points of spacing 10 inside the convex hull of the sRGB cube's ab values, dilated by one cell in the
    8-neighborhood. The hull is spanned by the cube's edges, so sampling its six faces would add nothing.
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


def class_weights(prior: np.ndarray, rebalance: float = 0.5) -> np.ndarray:
    """Rebalancing weights of Zhang 2016, eq. 4: w proportional to 1 / ((1 - lambda) p + lambda / Q), with E_p[w] = 1.

    `prior` [Q] is the smoothed distribution of bins, `rebalance` is lambda in 0..1: 1 weighs every color alike, 0 by pure
    inverse frequency, 0.5 as the paper. The uniform part is spread over the bins that occur at all, as in the authors' code;
    bins that never occur get the weight 0. float64 [Q].
    """
    if prior.ndim != 1 or prior.min() < 0 or not np.isclose(prior.sum(), 1, atol=1e-4):
        raise ModelError("a prior is a vector of frequencies that sum to 1")
    if not 0 <= rebalance <= 1:
        raise ModelError(f"the mixing weight lambda lies in 0..1, not {rebalance}")
    occurs = prior > 0
    mixture = (1 - rebalance) * prior + rebalance * occurs / occurs.sum()
    weights = np.divide(1, mixture, out=np.zeros_like(prior), where=occurs)
    return weights / np.sum(prior * weights)


def colorful(ab: Array, threshold: float = 5.0) -> Array:
    """Which photographs of `ab` [N, h, w, 2] are not gray: any |a| or |b| above the threshold (FACTS 1.3). Bool [N]."""
    xp = array_namespace(ab)
    return xp.any(xp.reshape(xp.abs(ab), (ab.shape[0], -1)) > threshold, axis=1)


@lru_cache(maxsize=4)
def _candidate_table(neighbors: int) -> np.ndarray:
    """For every cell of the ab plane the bins that can be among the K nearest of a point in it, int64 [cells^2, M].

    Bin c is left out of a cell only if K bins are nearer to *every* point of the cell than c is to *any*: if the least
    distance of c to the cell exceeds the K-th smallest greatest distance. So the refinement in `encode` is exact.
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


def _smallest(values: Array, count: int) -> Array:
    """Positions of the `count` smallest values of each row."""
    if isinstance(values, np.ndarray):
        if count >= values.shape[1]:
            return np.broadcast_to(np.arange(values.shape[1]), values.shape)
        return np.argpartition(values, count - 1, axis=1)[:, :count]
    return values.topk(count, dim=1, largest=False, sorted=False).indices


def _log_softmax(scores: Array) -> Array:
    """Logarithm of the softmax over the last axis; torch's own is one fused pass, and the loss spends its time here."""
    if not isinstance(scores, np.ndarray):
        return scores.log_softmax(-1)
    scores = scores - np.max(scores, axis=-1, keepdims=True)
    return scores - np.log(np.sum(np.exp(scores), axis=-1, keepdims=True))


def _like(example: Array, table: np.ndarray) -> Array:
    """`table` as an array of the example's library, on its device; real tables in its precision."""
    if isinstance(example, np.ndarray):
        return table
    return array_namespace(example).asarray(table, device=device(example))


def _cube_faces(levels: np.ndarray) -> list[tuple[np.ndarray, ...]]:
    ends = levels[[0, -1]]
    return [tuple(ends if i == face else levels for i in range(3)) for face in range(3)]


def _convex_hull(points: np.ndarray) -> np.ndarray:
    """Corners of the convex hull, counter-clockwise (Andrew's monotone chain)."""
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
