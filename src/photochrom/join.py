"""Guided upsampling: a network's small (a, b) on a photograph's full-size lightness, edges kept, without halos.

In every small window of the prediction's grid, color is taken to follow lightness on a line, ab = A L + B (He, Sun &
Tang 2010, "Guided Image Filtering", eq. 5 and 6, with L* as guide). The slopes A, averaged over the windows that cover
a cell, are enlarged bilinearly and applied to the full-size L* (He & Sun 2015, "Fast Guided Filter"); each cell's line
is laid through the color that was predicted there, B = ab - A guide. So an edge that the photograph has is an edge of
the color, at full sharpness; a cell keeps the color that the network gave it, but for a tenth; and where the photograph
is flat, the color is a bilinear enlargement.

Two departures from the filter as published. It smooths B as well, which also smooths the prediction: it loses to
bilinear enlargement on true colors averaged onto a grid, but on predicted ones, wrong here and there, it wins; a tenth
of that smoothing (SOFTNESS) wins on both. And it believes every line alike; here a slope counts as far as its
line explains the color of its window (the coefficient of determination): where it does not, light and dark stripes of
one thing stay of one color, and a prediction that is off its edge is not sharpened there. What each gains:
`benchmarks/join_quality.py`.

What bounds it. |A| <= cov(L, ab) / (var(L) + EPSILON), hence |A| <= spread(ab) / (2 sqrt(EPSILON)), spread being the
standard deviation in the window. And a line says nothing beyond the lightness that it was fitted to: film grain, a
highlight or a scratch far outside the window's range would be colored wildly, so L* is first held to the range of the
guide near by.

It is local; rows are made on demand (`Join.rows`), so that a picture of any size needs only strips of memory.
"""

import numpy as np
from numpy.typing import NDArray

from photochrom.resample import box_mean, box_range, enlarge, taps

Array = NDArray[np.float32]

RADIUS = 1 / 64  # of a window, as a share of the shorter side of the grid: 1 cell of the 64 at a working size of 256
EPSILON = 8.0  # L* squared: contrasts well below its root (3 L*, the grain of a print) don't shape the color
SOFTNESS = 0.1  # share of the window's mean in each line's offset
NOISE = 4.0  # Lab units squared: spread of the color in a window that needs no explanation


def radius_for(height: int, width: int) -> int:
    """Radius of the windows in cells, at least 1. It follows the grid: a finer one keeps its reach in the picture."""
    return max(1, round(min(height, width) * RADIUS))


def fit(ab: Array, guide: Array, radius: int, epsilon: float) -> tuple[Array, Array]:
    """The lines: A and B, both [h, w, 2], from `ab` [h, w, 2] and L* `guide` [h, w] on one grid."""
    level = guide[..., None]
    moments = box_mean(np.concatenate([level, level * level, ab, level * ab, ab * ab], axis=-1), radius)
    mean, mean_ab = moments[..., :1], moments[..., 2:4]
    variance = np.maximum(moments[..., 1:2] - mean**2, 0)
    spread = np.maximum(moments[..., 6:8] - mean_ab**2, 0).sum(axis=-1, keepdims=True)
    covariance = moments[..., 4:6] - mean * mean_ab
    explained = (covariance**2).sum(axis=-1, keepdims=True) / np.maximum(variance * (spread + NOISE), 1e-9)
    slope = covariance / (variance + epsilon) * np.minimum(explained, 1)
    slope = box_mean(slope, radius)
    offset = ab - slope * level
    offset += SOFTNESS * (box_mean(offset, radius) - offset)
    return slope.astype(np.float32), offset.astype(np.float32)


class Join:
    """The join of one prediction with one photograph, ready to give any rows of it.

    ab       [h, w, 2]   float32, Lab units, on the prediction's grid
    guide    [h, w]      float32, the photograph's L* averaged onto that grid
    height, width        of the photograph

    The small planes are enlarged along the width once, along the height strip by strip:

    planes   [6, h, W]   slopes of a and b, offsets of a and b, least and largest L*
    taps                 for each row of the photograph the two of these that it lies between, and the second's share
    """

    def __init__(
        self, ab: Array, guide: Array, height: int, width: int, radius: int | None = None, epsilon: float = EPSILON
    ) -> None:
        if ab.shape != (*guide.shape, 2):
            raise ValueError(f"ab of shape {ab.shape} does not lie on the grid of a guide of shape {guide.shape}")
        reach = radius_for(*guide.shape) if radius is None else radius
        slope, offset = fit(ab, guide, reach, epsilon)
        low, high = box_range(guide, reach)
        planes = [slope[..., 0], slope[..., 1], offset[..., 0], offset[..., 1], low, high]
        self.planes = np.stack([enlarge(plane, width, 1) for plane in planes])
        self.taps = taps(len(guide), height)

    def rows(self, start: int, stop: int, lightness: Array, out: Array | None = None) -> tuple[Array, Array]:
        """a and b, each [stop - start, W], of the photograph's rows with this full-size L* [stop - start, W].

        `out` [6, stop - start, W] is where to work; the results are its first two planes.
        """
        if out is None:
            out = np.empty((6, *lightness.shape), np.float32)
        self._enlarge(start, stop, out)
        a, b, offset_a, offset_b, level, high = out
        np.maximum(level, lightness, out=level)
        np.minimum(level, high, out=level)
        for slope, offset in ((a, offset_a), (b, offset_b)):
            slope *= level
            slope += offset
        return a, b

    def _enlarge(self, start: int, stop: int, out: Array) -> None:
        """Rows start:stop of all planes, by runs of rows that lie between the same two rows of the grid."""
        low, high, share = (tap[start:stop] for tap in self.taps)
        ends = [*(np.flatnonzero(np.diff(low)) + 1), stop - start]
        for top, bottom in zip([0, *ends], ends, strict=False):
            below, above = self.planes[:, low[top], None], self.planes[:, high[top], None]
            run = out[:, top:bottom]
            np.multiply(above - below, share[top:bottom, None], out=run)
            run += below


def join(ab: Array, guide: Array, lightness: Array, radius: int | None = None, epsilon: float = EPSILON) -> Array:
    """`ab` [h, w, 2] at the full size of `lightness` [H, W] (L*): [H, W, 2], all at once; see `Join` for strips."""
    height, width = lightness.shape
    whole = Join(ab, guide, height, width, radius, epsilon)
    return np.stack(whole.rows(0, len(lightness), lightness), axis=-1)
