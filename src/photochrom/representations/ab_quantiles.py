"""Larsson, Maire & Shakhnarovich 2016, section 3.2: a and b in bins of equal mass under a Gaussian of sigma 25.

    marginal   K bins of a, then K of b, one softmax each   (32: 64 channels)
    joint      K x K bins of (a, b), a outer, one softmax   (16: 256 channels)

    encode   Lab [..., 3]            -> SoftTargets, one bin an axis (a window's histogram: `loss.pooled`)
    loss     logits [N, C, h, w]     -> Kullback-Leibler divergence, nats per pixel, summed over the softmaxes
    decode   logits [..., C, h, w]   -> ab [..., h, w, 2]

u = Phi(x / sigma), bin = min(K - 1, floor(u K)); a bin's center is the quantile sigma Phi^-1((k + 1/2) / K).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photochrom.color import array_namespace
from photochrom.errors import ModelError
from photochrom.representations import histogram
from photochrom.representations.loss import Loss, divergence, log_softmax, photograph_mean, pooled, refuse_weights
from photochrom.representations.readout import Readout
from photochrom.representations.soft_encoding import SoftTargets, like

Array = Any  # any array of the array API standard: NumPy, torch

STEPS = 8192  # of the table of Phi^-1: linear between, within 0.02 Lab units up to the outermost centers


@dataclass(frozen=True)
class AbQuantiles:
    """`bins` an axis, `joint` or marginal; `sigma` of the Gaussian whose quantiles they are, Lab units."""

    bins: int = 32
    joint: bool = False
    sigma: float = 25.0

    def __post_init__(self) -> None:
        if not isinstance(self.bins, int) or not 2 <= self.bins <= 256:
            raise ModelError(f"quantile bins are 2 to 256 an axis, not {self.bins!r}")
        if not isinstance(self.sigma, int | float) or not self.sigma > 0:
            raise ModelError(f"quantile bins need a sigma above 0, not {self.sigma!r}")

    @property
    def channels(self) -> int:
        """How many numbers a pixel needs: K^2 for joint bins, 2 K for marginal ones."""
        return self.bins**2 if self.joint else 2 * self.bins

    @property
    def readouts(self) -> tuple[str, ...]:
        """The kinds of read-out that it knows."""
        return ("mean", "annealed", "mode", "median", "center-median", "sample", "coherent")

    @property
    def usual(self) -> Readout:
        """The read-out that the paper found best for it: the expectation."""
        return Readout("mean")

    @property
    def edges(self) -> np.ndarray:
        """Between the bins of one axis, float32 [K - 1], Lab units."""
        return _quantiles(np.arange(1, self.bins) / self.bins, self.sigma)

    @property
    def axis_centers(self) -> np.ndarray:
        """Of the bins of one axis, float32 [K], Lab units."""
        return _quantiles((np.arange(self.bins) + 0.5) / self.bins, self.sigma)

    @property
    def centers(self) -> np.ndarray:
        """(a, b) of the joint bins, float32 [K^2, 2], a outer; also of marginal ones: what they can say together."""
        return np.stack(np.meshgrid(self.axis_centers, self.axis_centers, indexing="ij"), -1).reshape(-1, 2)

    def encode(self, color: Array) -> SoftTargets:
        """The bin of a and that of b, or the joint one, of Lab [..., 3] or ab [..., 2]."""
        xp = array_namespace(color)
        edges = like(color, self.edges)
        ab = color[..., -2:]
        index = xp.sum(xp.astype(ab[..., None] >= edges, xp.int64), axis=-1)  # [..., 2]
        a, b = index[..., 0], index[..., 1]
        bins = (a * self.bins + b)[..., None] if self.joint else xp.stack([a, b + self.bins], axis=-1)
        return SoftTargets(bins, xp.ones_like(bins, dtype=ab.dtype))

    def pooled(self, targets: SoftTargets) -> SoftTargets:
        """Targets of the pixels of windows, [..., W, K], as one distribution a window, [..., W K]."""
        return pooled(targets)

    def loss(
        self, logits: Array, targets: SoftTargets, weights: Array | None = None, mask: Array | None = None
    ) -> Loss:
        """KL divergence of `logits` [N, C, h, w], a mean over pixels; `mask` [N] drops whole photographs.

        `weights` are not for this representation: ModelError.
        """
        refuse_weights(weights)
        xp = array_namespace(logits)
        scores = xp.moveaxis(logits, 1, -1)
        if self.joint:
            plain = divergence(log_softmax(scores), targets)
        else:
            # one table of logarithms for both axes: a target of a never points at a bin of b
            halves = [log_softmax(scores[..., : self.bins]), log_softmax(scores[..., self.bins :])]
            plain = divergence(xp.concat(halves, axis=-1), targets)
        value = photograph_mean(plain, mask)
        return Loss(value, value)

    def decode(self, logits: Array, readout: Readout | None = None, lightness: Array | None = None) -> Array:
        """Read one color a pixel off `logits` [..., C, h, w] (NumPy): ab [..., h, w, 2]; by default the expectation."""
        readout = (readout or self.usual).among(self.readouts, "ab_quantiles")
        scores = np.moveaxis(np.asarray(logits, np.float32), -3, -1)
        if self.joint and readout.kind in ("sample", "coherent"):
            return self.centers[np.argmax(scores + histogram.gumbel(scores.shape, readout), axis=-1)]
        if self.joint and readout.sharpness == float("inf"):
            return self.centers[np.argmax(scores, axis=-1)]
        shares = self._marginals(scores, readout)
        return np.stack([self._read(share, readout) for share in shares], axis=-1)

    def spread(self, logits: Array, lightness: float) -> tuple[Array, Array]:
        """What one cell's `logits` [C] hold possible: shares [K^2] and their ab [K^2, 2]; marginals as independent."""
        if self.joint:
            return histogram.softmax(logits), self.centers
        a, b = histogram.softmax(logits[: self.bins]), histogram.softmax(logits[self.bins :])
        return np.outer(a, b).ravel(), self.centers

    def entropy(self, logits: Array) -> Array:
        """How undecided `logits` [C, h, w] are: [h, w], nats; of marginals the sum."""
        scores = np.moveaxis(logits, 0, -1)
        if self.joint:
            return histogram.entropy(histogram.softmax(scores))
        a, b = histogram.softmax(scores[..., : self.bins]), histogram.softmax(scores[..., self.bins :])
        return histogram.entropy(a) + histogram.entropy(b)

    def _marginals(self, scores: Array, readout: Readout) -> tuple[Array, Array]:
        sharp = readout.sharpness
        if sharp != float("inf"):
            scores = scores * np.float32(sharp)
        if not self.joint:
            return histogram.softmax(scores[..., : self.bins]), histogram.softmax(scores[..., self.bins :])
        shares = histogram.softmax(scores).reshape(*scores.shape[:-1], self.bins, self.bins)
        return shares.sum(-1), shares.sum(-2)

    def _read(self, shares: Array, readout: Readout) -> Array:
        if readout.kind in ("mean", "annealed") and readout.sharpness != float("inf"):
            return shares @ self.axis_centers
        if readout.kind == "median":
            return self._at(histogram.median(shares))
        if readout.kind == "center-median":
            return self._at(histogram.center_median(shares))
        if readout.kind in ("sample", "coherent"):
            return self._at(histogram.quantile(shares, histogram.levels(shares.shape[:-1], readout)))
        return self.axis_centers[np.argmax(shares, axis=-1)]

    def _at(self, u: Array) -> Array:
        """Lab units at a place in the unit interval; the outermost half bins end at their centers."""
        table = _table(self.sigma)
        limited = np.clip(u, 0.5 / self.bins, 1 - 0.5 / self.bins)
        return np.interp(limited, (np.arange(STEPS) + 0.5) / STEPS, table).astype(np.float32)

    def to_card(self) -> dict[str, Any]:
        """Plain JSON; `from_card` reads it back."""
        return {"name": "ab_quantiles", "bins": self.bins, "joint": self.joint, "sigma": self.sigma}

    @classmethod
    def from_card(cls, settings: Mapping[str, Any]) -> "AbQuantiles":
        """The representation with the settings of a card (without its name); ModelError for unknown ones."""
        unknown = set(settings) - {"bins", "joint", "sigma"}
        if unknown:
            raise ModelError(f"unknown setting {sorted(unknown)[0]!r} of the representation ab_quantiles")
        return cls(**settings)


def _quantiles(levels: np.ndarray, sigma: float) -> np.ndarray:
    normal = NormalDist(0, sigma)
    return np.array([normal.inv_cdf(level) for level in levels], np.float32)


@cache
def _table(sigma: float) -> NDArray[np.float32]:
    return _quantiles((np.arange(STEPS) + 0.5) / STEPS, sigma)
