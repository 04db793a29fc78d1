"""The 313 ab bins of Zhang, Isola & Efros 2016 (section 2): colors as distributions over a grid of (a, b).

    encode   Lab [..., 3] or ab [..., 2]    -> SoftTargets: K bins and their weights for every pixel, exact
    loss     logits [N, 313, h, w], targets -> weighted and unweighted cross-entropy, nats per pixel
    decode   logits [..., 313, h, w]        -> ab [..., h, w, 2]

NumPy and torch alike (array API); the tables are NumPy and follow the input's library and device when they are used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from photochrom.color import array_namespace
from photochrom.errors import ModelError
from photochrom.representations.bin_geometry import BINS, bin_centers
from photochrom.representations.histogram import entropy, gumbel, softmax
from photochrom.representations.loss import Loss, cross_entropy, log_softmax, pooled
from photochrom.representations.readout import Readout
from photochrom.representations.soft_encoding import SoftTargets, encode, like

Array = Any  # any array of the array API standard: NumPy, torch


@dataclass(frozen=True)
class AbBins:
    """Soft-encoded ab bins.

    neighbors   K of the soft encoding: 10 as trained (author, richzhang/colorization issue 59); the paper prints 5
    sigma       width of its Gaussian, Lab units (Zhang 2016, section 2.2)
    """

    neighbors: int = 10
    sigma: float = 5.0

    def __post_init__(self) -> None:
        if not isinstance(self.neighbors, int) or not 1 <= self.neighbors <= BINS:
            raise ModelError(f"soft encoding needs 1 to {BINS} neighbors, not {self.neighbors!r}")
        if not isinstance(self.sigma, int | float) or not self.sigma > 0:
            raise ModelError(f"soft encoding needs a sigma above 0, not {self.sigma!r}")

    @property
    def channels(self) -> int:
        """How many numbers a pixel needs: 313."""
        return BINS

    @property
    def usual(self) -> Readout:
        """The read-out of the paper: the annealed mean at T = 0.38."""
        return Readout()

    @property
    def readouts(self) -> tuple[str, ...]:
        """The kinds of read-out that it knows."""
        return ("annealed", "mean", "mode", "sample", "coherent")

    @property
    def centers(self) -> np.ndarray:
        """The bins' (a, b), float32 [313, 2], in the published order: a ascending, b ascending within a."""
        return bin_centers().astype(np.float32)

    def encode(self, color: Array) -> SoftTargets:
        """Soft-encode colors: the K nearest bins with normalized Gaussian weights (Zhang 2016, section 2.2).

        `color` is Lab [..., 3] or ab [..., 2]; a and b beyond +-160 are clipped. Exact: the same bins and weights as
        brute force, up to the order of the bins and the choice between equally distant ones.
        """
        xp = array_namespace(color)
        ab = color[..., -2:]
        index, weight = encode(xp.reshape(ab, (-1, 2)), self.neighbors, self.sigma)
        shape = (*ab.shape[:-1], self.neighbors)
        return SoftTargets(xp.reshape(index, shape), xp.reshape(weight, shape))

    def nearest(self, ab: Array) -> Array:
        """Index of the nearest bin for every color of `ab` [..., 2], int64."""
        index = AbBins(neighbors=1, sigma=self.sigma).encode(ab).index[..., 0]
        xp = array_namespace(index)
        return xp.astype(index, xp.int64)

    def dense(self, targets: SoftTargets) -> np.ndarray:
        """The soft targets written out, float64 [..., 313]. For small arrays: tests, figures, priors."""
        index, weight = np.asarray(targets.index), np.asarray(targets.weight, dtype=np.float64)
        out = np.zeros((*index.shape[:-1], self.channels))
        np.put_along_axis(out, index, weight, axis=-1)
        return out

    def pooled(self, targets: SoftTargets) -> SoftTargets:
        """Targets of the pixels of windows, [..., W, K], as one distribution a window, [..., W K]."""
        return pooled(targets)

    def loss(
        self, logits: Array, targets: SoftTargets, weights: Array | None = None, mask: Array | None = None
    ) -> Loss:
        """Cross-entropy of `logits` [N, 313, h, w] against soft targets [N, h, w, K] (Zhang 2016, eq. 2 and 3).

        `weights` [313] re-weights each pixel by the weight of its nearest bin (eq. 3); `mask` [N] drops whole
        photographs (`colorful`). Both values are means over the pixels that count, the weighted one too: its expected
        scale is that of the plain one because E[w] = 1.
        """
        xp = array_namespace(logits)
        logs = log_softmax(xp.moveaxis(logits, 1, -1))  # [N, h, w, 313]
        nats = cross_entropy(logs, targets)  # [N, h, w]
        counts = xp.ones_like(nats)
        if mask is not None:
            counts = counts * xp.astype(mask, nats.dtype)[:, None, None]
        pixels = xp.clip(xp.sum(counts), 1, None)
        plain = xp.sum(nats * counts) / pixels
        if weights is None:
            return Loss(plain, plain)
        top = xp.argmax(targets.weight, axis=-1)
        nearest = xp.take_along_axis(targets.index, top[..., None], axis=-1)[..., 0]
        by_bin = xp.reshape(xp.take(weights, xp.reshape(nearest, (-1,)), axis=0), nearest.shape)
        return Loss(xp.sum(nats * by_bin * counts) / pixels, plain)

    def decode(self, logits: Array, readout: Readout | None = None, lightness: Array | None = None) -> Array:
        """Read one color a pixel off `logits` [..., 313, h, w]: ab [..., h, w, 2], float32 (Zhang 2016, eq. 5).

        softmax(logits / T) @ centers, the maximum subtracted first: safe in float32 for any finite logits and T. A draw
        is the most likely bin after Gumbel noise. The `lightness` there plays no part.
        """
        xp = array_namespace(logits)
        centers = like(logits, self.centers)
        readout = (readout or Readout()).among(self.readouts, "ab_bins")
        sharpness = readout.sharpness
        scores = xp.moveaxis(xp.astype(logits, xp.float32), -3, -1)  # [..., h, w, 313]
        if readout.kind in ("sample", "coherent"):
            scores = scores + like(logits, gumbel(scores.shape, readout))
            sharpness = float("inf")
        if sharpness == float("inf"):
            best = xp.argmax(scores, axis=-1)
            return xp.reshape(xp.take(centers, xp.reshape(best, (-1,)), axis=0), (*best.shape, 2))
        scores = xp.exp((scores - xp.max(scores, axis=-1, keepdims=True)) * sharpness)
        return (scores @ centers) / xp.sum(scores, axis=-1, keepdims=True)

    def spread(self, logits: Array, lightness: float) -> tuple[Array, Array]:
        """What one cell's `logits` [313] hold possible: shares [313] and their ab [313, 2]. NumPy."""
        return softmax(logits), self.centers

    def entropy(self, logits: Array) -> Array:
        """How undecided `logits` [313, h, w] are: [h, w], nats, from 0 to log 313. NumPy."""
        return entropy(softmax(np.moveaxis(logits, 0, -1)))

    def prior(self, ab: Array) -> np.ndarray:
        """The bins' smoothed frequencies in `ab` [..., 2]: the mean soft encoding, float64 [313], summing to 1."""
        targets = self.encode(ab)
        index, weight = np.asarray(targets.index).ravel(), np.asarray(targets.weight).ravel()
        mass: np.ndarray = np.bincount(index, weights=weight, minlength=self.channels)
        return mass * (self.neighbors / index.size)

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


def class_weights(prior: np.ndarray, rebalance: float = 0.5) -> np.ndarray:
    """Rebalancing weights of Zhang 2016, eq. 4: w proportional to 1 / ((1 - lambda) p + lambda / Q), with E_p[w] = 1.

    `prior` [Q] is the smoothed distribution of bins, `rebalance` is lambda in 0..1: 1 weighs every color alike, 0 by
    pure inverse frequency, 0.5 as the paper. The uniform part is spread over the bins that occur at all, as in the
    authors' code; bins that never occur get the weight 0. float64 [Q].
    """
    if prior.ndim != 1 or not prior.min() >= 0 or not np.isclose(prior.sum(), 1, atol=1e-4):
        raise ModelError("a prior is a vector of frequencies that sum to 1")
    if not 0 <= rebalance <= 1:
        raise ModelError(f"the mixing weight lambda lies in 0..1, not {rebalance}")
    prior = np.asarray(prior, np.float64)
    occurs = prior > 0
    mixture = (1 - rebalance) * prior + rebalance * occurs / occurs.sum()
    weights = np.divide(1, mixture, out=np.zeros_like(prior), where=occurs)
    balanced: np.ndarray = weights / np.sum(prior * weights)
    return balanced


def colorful(ab: Array, threshold: float = 5.0) -> Array:
    """Which photographs of `ab` [N, h, w, 2] are not gray: any |a| or |b| above the threshold. Bool [N].

    As in the authors' training layers, which give the gray ones no gradient at all.
    """
    xp = array_namespace(ab)
    return xp.any(xp.reshape(xp.abs(ab), (ab.shape[0], -1)) > threshold, axis=1)


__all__ = ["AbBins", "Loss", "SoftTargets", "bin_centers", "class_weights", "colorful"]
