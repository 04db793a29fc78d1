"""Photographs disturbed as scans are: lighter or darker, flatter or harder, out of focus (Zhang 2016, Fig. 12)."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

SHIFTS = (-30.0, -20.0, -10.0, 10.0, 20.0, 30.0)  # L*
FACTORS = (0.4, 0.6, 0.8, 1.25, 1.6)  # of the distance to L* 50
BLURS = (1.0, 2.0, 4.0, 8.0)  # sigma, pixels of a photograph whose shorter side has 256
REFERENCE = 256


class Disturbance(NamedTuple):
    """One change of a photograph's lightness: "lightness", "contrast" or "blur", and how much."""

    kind: str
    amount: float

    @property
    def label(self) -> str:
        """For figures and tables."""
        if self.kind == "lightness":
            return f"L* {self.amount:+.0f}".replace("-", "−")
        return f"contrast × {self.amount:g}" if self.kind == "contrast" else f"blur {self.amount:g} px"

    def apply(self, lightness: Array) -> Array:
        """The disturbed lightness H x W, clipped to 0..100 as a scan would be."""
        if self.kind == "lightness":
            changed = lightness + np.float32(self.amount)
        elif self.kind == "contrast":
            changed = 50 + (lightness - 50) * np.float32(self.amount)
        else:
            changed = blurred(lightness, self.amount * min(lightness.shape) / REFERENCE)
        clipped: Array = np.clip(changed, 0, 100).astype(np.float32)
        return clipped


DISTURBANCES = (
    *(Disturbance("lightness", amount) for amount in SHIFTS),
    *(Disturbance("contrast", amount) for amount in FACTORS),
    *(Disturbance("blur", amount) for amount in BLURS),
)


def blurred(plane: Array, sigma: float) -> Array:
    """Gaussian blur of a plane H x W with this sigma in pixels, cut off at four sigma, edges mirrored."""
    radius = max(1, math.ceil(4 * sigma))
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        length = plane.shape[axis]
        edges = [(radius, radius) if one == axis else (0, 0) for one in (0, 1)]
        padded = np.pad(plane, edges, mode="symmetric")
        total = np.zeros(plane.shape, np.float64)
        for offset, weight in enumerate(weights):
            total += weight * padded.take(range(offset, offset + length), axis=axis)
        plane = total.astype(np.float32)
    return plane
