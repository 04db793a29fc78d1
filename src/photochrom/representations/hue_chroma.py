"""Larsson, Maire & Shakhnarovich 2016, section 3.2: hue and chroma of the HSL bicone in uniform bins, one softmax each.

    encode   Lab [..., 3]            -> HueChromaTargets: a bin of hue, a bin of chroma, the chroma itself
    loss     logits [N, 2K, h, w]    -> KL(chroma) + lambda_H y_C KL(hue), lambda_H = 5, y_C the chroma there
    decode   logits [..., 2K, h, w]  -> ab [..., h, w, 2], which needs the L* there

Chroma C = max - min of RGB; hue h as in HSV, in turns; both in 0..1, bins k = min(K - 1, floor(K v)). A color of given
hue, chroma and intensity g = (R + G + B) / 3 is g + C (p - mean p), p being the pure color of that hue: the inverse
that the released code reaches in two steps, with a lightness that is not the bicone's and a shift that puts it right.
Where it leaves the cube, C is reduced.

Chromatic fading: chroma is multiplied by min(|z| / eta, 1), z = 1/K sum p_k exp(i theta_k) over the hue's bins,
eta = 0.03 at K = 32 (scaled by 32 / K). The paper prints max for min, which would amplify; code and intent are this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from photochrom.color import array_namespace, lab_to_srgb, lightness_to_gray, srgb_to_lab
from photochrom.errors import ModelError
from photochrom.representations import histogram
from photochrom.representations.loss import Loss, divergence, log_softmax, photograph_mean, pooled, refuse_weights
from photochrom.representations.readout import Readout
from photochrom.representations.soft_encoding import SoftTargets

Array = Any  # any array of the array API standard: NumPy, torch

ETA = 0.03 * 32  # of the fading, times K: |z| K is the resultant length of the hue's distribution


class HueChromaTargets(NamedTuple):
    """Targets of each pixel: `hue` and `chroma` bins, the chroma 0..1 itself, and the weight of its loss."""

    hue: SoftTargets
    chroma: SoftTargets
    amount: Array
    counts: Array


@dataclass(frozen=True)
class HueChroma:
    """Hue and chroma histograms.

    bins         K of each
    hue_weight   lambda_H: of the hue's divergence, beside the chroma of the pixel
    fade         weigh the chroma's divergence by 3 min(g, 1/3, 1 - g), to nothing at black and white, as the released
                 training file does and the paper's formula does not
    """

    bins: int = 32
    hue_weight: float = 5.0
    fade: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.bins, int) or not 2 <= self.bins <= 256:
            raise ModelError(f"hue and chroma take 2 to 256 bins, not {self.bins!r}")
        if not isinstance(self.hue_weight, int | float) or not self.hue_weight >= 0:
            raise ModelError(f"the weight of hue must not be negative, not {self.hue_weight!r}")

    @property
    def channels(self) -> int:
        """How many numbers a pixel needs: K for hue, then K for chroma."""
        return 2 * self.bins

    @property
    def readouts(self) -> tuple[str, ...]:
        """The kinds of read-out that it knows."""
        return ("median", "center-median", "mean", "mode", "sample", "coherent")

    @property
    def usual(self) -> Readout:
        """The read-out that the paper found best: median of chroma, complex expectation of hue, fading."""
        return Readout("median")

    def encode(self, lab: Array) -> HueChromaTargets:
        """Bins of the hue and chroma of Lab [..., 3]; what lies outside of sRGB is clipped."""
        xp = array_namespace(lab)
        rgb = xp.clip(lab_to_srgb(lab), 0.0, 1.0)
        hue, chroma = hue_and_chroma(rgb)
        gray = xp.mean(rgb, axis=-1)
        counts = 3 * xp.clip(xp.minimum(gray, 1 - gray), None, 1 / 3) if self.fade else xp.ones_like(gray)
        return HueChromaTargets(self._bin(hue), self._bin(chroma), chroma, counts)

    def _bin(self, value: Array) -> SoftTargets:
        xp = array_namespace(value)
        index = xp.clip(xp.astype(xp.floor(value * self.bins), xp.int64), 0, self.bins - 1)[..., None]
        return SoftTargets(index, xp.ones_like(value)[..., None])

    def pooled(self, targets: HueChromaTargets) -> HueChromaTargets:
        """Targets of the pixels of windows, [..., W], as one a window: histograms, the chroma of the middle pixel."""
        middle = targets.amount.shape[-1] // 2
        amount, counts = targets.amount[..., middle], targets.counts[..., middle]
        return HueChromaTargets(pooled(targets.hue), pooled(targets.chroma), amount, counts)

    def loss(
        self, logits: Array, targets: HueChromaTargets, weights: Array | None = None, mask: Array | None = None
    ) -> Loss:
        """KL(y_C || f_C) + lambda_H y_C KL(y_H || f_H), a mean over pixels; `plain` without the weights.

        `weights` are not for this representation: ModelError.
        """
        refuse_weights(weights)
        xp = array_namespace(logits)
        scores = xp.moveaxis(logits, 1, -1)
        hue = divergence(log_softmax(scores[..., : self.bins]), targets.hue)
        chroma = divergence(log_softmax(scores[..., self.bins :]), targets.chroma)
        weighted = targets.counts * chroma + self.hue_weight * targets.amount * hue
        return Loss(photograph_mean(weighted, mask), photograph_mean(chroma + hue, mask))

    def decode(self, logits: Array, readout: Readout | None = None, lightness: Array | None = None) -> Array:
        """Read one color a pixel off `logits` [..., 2K, h, w], L* `lightness` [..., h, w]: ab [..., h, w, 2]. NumPy."""
        if lightness is None:
            raise ValueError("hue and chroma become a color only with the lightness of the place")
        readout = (readout or self.usual).among(self.readouts, "hue_chroma")
        scores = np.moveaxis(np.asarray(logits, np.float32), -3, -1)
        hues, chromas = histogram.softmax(scores[..., : self.bins]), histogram.softmax(scores[..., self.bins :])
        hue, certainty = self._hue(hues, readout)
        chroma = self._chroma(chromas, readout)
        if readout.fading:
            chroma = chroma * np.minimum(certainty / np.float32(ETA), 1)
        return _ab(hue, chroma, np.asarray(lightness))

    def spread(self, logits: Array, lightness: float) -> tuple[Array, Array]:
        """What one cell's `logits` [2K] hold possible: shares [K^2], their ab [K^2, 2]; hue, chroma as independent."""
        hue, chroma = histogram.softmax(logits[: self.bins]), histogram.softmax(logits[self.bins :])
        hues, chromas = np.meshgrid(histogram.centers(self.bins), histogram.centers(self.bins), indexing="ij")
        level = np.full(self.bins**2, lightness, np.float32)
        return np.outer(hue, chroma).ravel(), _ab(hues.ravel(), chromas.ravel(), level)

    def entropy(self, logits: Array) -> Array:
        """How undecided `logits` [2K, h, w] are: [h, w], nats, the sum of both histograms'."""
        scores = np.moveaxis(logits, 0, -1)
        hue, chroma = histogram.softmax(scores[..., : self.bins]), histogram.softmax(scores[..., self.bins :])
        return histogram.entropy(hue) + histogram.entropy(chroma)

    def _hue(self, shares: Array, readout: Readout) -> tuple[Array, Array]:
        hue, certainty = histogram.circular_mean(shares)
        if readout.kind == "mode":
            hue = histogram.mode(shares)
        elif readout.kind in ("sample", "coherent"):
            hue = histogram.quantile(shares, histogram.levels(shares.shape[:-1], readout))
        return hue, certainty

    def _chroma(self, shares: Array, readout: Readout) -> Array:
        if readout.kind == "mean":
            return shares @ histogram.centers(self.bins)
        if readout.kind == "mode":
            return histogram.mode(shares)
        if readout.kind == "center-median":
            return histogram.center_median(shares)
        if readout.kind == "median":
            return histogram.median(shares)
        return histogram.quantile(shares, histogram.levels(shares.shape[:-1], readout))

    def to_card(self) -> dict[str, Any]:
        """Plain JSON; `from_card` reads it back."""
        return {"name": "hue_chroma", "bins": self.bins, "hue_weight": self.hue_weight, "fade": self.fade}

    @classmethod
    def from_card(cls, settings: Mapping[str, Any]) -> "HueChroma":
        """The representation with the settings of a card (without its name); ModelError for unknown ones."""
        unknown = set(settings) - {"bins", "hue_weight", "fade"}
        if unknown:
            raise ModelError(f"unknown setting {sorted(unknown)[0]!r} of the representation hue_chroma")
        return cls(**settings)


def hue_and_chroma(rgb: Array) -> tuple[Array, Array]:
    """Hue in turns (0 for grays) and chroma of sRGB [..., 3] in 0..1, as in HSV and HSL."""
    xp = array_namespace(rgb)
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    top, chroma = xp.max(rgb, axis=-1), xp.max(rgb, axis=-1) - xp.min(rgb, axis=-1)
    safe = xp.where(chroma > 0, chroma, xp.ones_like(chroma))
    turns = xp.where(
        top == red,
        (green - blue) / safe,
        xp.where(top == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    return (turns / 6) % 1, chroma


def of_intensity(hue: Array, chroma: Array, gray: Array) -> Array:
    """sRGB [..., 3] of hue (turns), chroma and intensity (R + G + B) / 3; less chroma where the cube ends. NumPy."""
    place = (np.asarray(hue)[..., None] * 6 + np.array([0, 4, 2])) % 6  # of red, green, blue on the hue's circle
    pure = np.clip(np.abs(place - 3) - 1, 0, 1)
    direction = pure - pure.mean(axis=-1, keepdims=True)
    level = np.asarray(gray)[..., None]
    room = np.where(direction > 0, 1 - level, level) / np.maximum(np.abs(direction), 1e-9)
    out: Array = level + np.minimum(np.asarray(chroma)[..., None], room.min(axis=-1, keepdims=True)) * direction
    return out


def _ab(hue: Array, chroma: Array, lightness: Array) -> Array:
    ab: Array = srgb_to_lab(of_intensity(hue, chroma, lightness_to_gray(lightness)))[..., 1:].astype(np.float32)
    return ab
