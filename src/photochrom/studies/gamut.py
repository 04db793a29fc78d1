"""Drawings in the ab plane: the bins in their colors, how often colors occur, what bins weigh (Zhang 2016, Fig. 3)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from photochrom.color import in_gamut, lab_to_srgb
from photochrom.representations.ab_bins import AbBins
from photochrom.studies.figures import INK, MUTED, PAGE, SERIES, ab_plane, faint_grid, panel, plots
from photochrom.studies.folder import Folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

STEP = 10  # Lab units between bins
EMPTY = "#f2f2f2"
MAP = "magma"


def draw_counts(plane: Array, slices: Array, levels: Sequence[int], reach: float, folder: Folder) -> None:
    """Fig. 3: (a) the bins, (b) log p(ab), (c) log p(ab | L)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(PAGE, 2.35), layout="constrained")
    left, middle, right = list(figure.subfigures(1, 3, width_ratios=(1, 1.14, 0.92), squeeze=False)[0])
    axes = left.subplots()
    draw_bins(axes)
    panel(axes, "a", "the 313 bins")
    axes = middle.subplots()
    shares = log_share(plane)
    image = _plane_image(axes, shares, reach, float(np.nanmin(shares)))
    ab_plane(axes)
    axes.set_ylabel("")
    panel(axes, "b", "log$_{10}$ p(ab)")
    middle.colorbar(image, ax=axes, shrink=0.62, aspect=18, pad=0.03).outline.set_visible(False)
    _conditional(right, slices, levels, reach)
    folder.draw(figure, "rebalance-gamut")


def draw_bins(axes: "Axes") -> None:
    """Every bin as a square in its color, at the lightness nearest to 60 at which sRGB has it; hollow if at none."""
    from matplotlib.patches import Rectangle

    for center, color in zip(AbBins().centers, bin_colors(), strict=True):
        corner = (center[0] - STEP / 2, center[1] - STEP / 2)
        if color is None:
            axes.add_patch(Rectangle(corner, STEP, STEP, fill=False, edgecolor="#c8c8c8", linewidth=0.4))
        else:
            axes.add_patch(Rectangle(corner, STEP, STEP, facecolor=color, edgecolor="white", linewidth=0.3))
    ab_plane(axes, 118)


def bin_colors() -> list[NDArray[np.float32] | None]:
    """sRGB 0..1 of each bin's center at the lightness nearest to 60 that has it in gamut; None where none has."""
    levels = np.linspace(0, 100, 1001, dtype=np.float32)
    levels = levels[np.argsort(np.abs(levels - 60), kind="stable")]
    found: list[NDArray[np.float32] | None] = []
    for a, b in AbBins().centers:
        lab = np.stack([levels, np.full_like(levels, a), np.full_like(levels, b)], axis=-1)
        fits = np.flatnonzero(in_gamut(lab))
        found.append(np.clip(lab_to_srgb(lab[fits[0]]), 0, 1) if len(fits) else None)
    return found


def log_share(counts: Array) -> Array:
    """log10 of each cell's part of the whole; NaN where nothing fell."""
    total = max(counts.sum(), 1)
    shares: Array = np.log10(counts / total, out=np.full(counts.shape, np.nan), where=counts > 0)
    return shares


def draw_weights(mass: Array, weights: Mapping[float, Array], rebalance: float, folder: Folder) -> None:
    """(a) the smoothed prior on the bins, (b) their weights at one lambda, (c) weights against the prior."""
    figure, (left, middle, right) = plots(3, height=2.5)
    prior = np.log10(mass, out=np.full(mass.shape, np.nan), where=mass > 0)
    _bin_map(figure, left, prior)
    panel(left, "a", "log$_{10}$ p, smoothed")
    _bin_map(figure, middle, np.where(mass > 0, weights[rebalance], np.nan))
    panel(middle, "b", f"weight, λ = {rebalance:g}")
    middle.set_ylabel("")
    for color, (one, found) in zip(SERIES, weights.items(), strict=False):
        order = np.argsort(mass)
        order = order[mass[order] > 0]
        right.plot(mass[order], found[order], color=color, label=f"λ = {one:g}")
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlabel("p of the bin")
    right.legend(loc="upper right", handlelength=1.2)
    faint_grid(right, "both")
    panel(right, "c", "weight against p")
    folder.draw(figure, "rebalance-weights")


def _bin_map(figure: "Figure", axes: "Axes", values: Array) -> None:
    """One value a bin as the color of its square; bins without one stay light gray."""
    grid = np.full((23, 23), np.nan)
    place = np.rint(AbBins().centers / STEP).astype(int) + 11
    grid[place[:, 0], place[:, 1]] = values
    known = np.full((23, 23), np.nan)
    known[place[:, 0], place[:, 1]] = 0
    extent = (-115, 115, -115, 115)
    axes.imshow(known.T, origin="lower", extent=extent, cmap="Greys", vmin=-0.4, vmax=8, interpolation="nearest")
    image = axes.imshow(grid.T, origin="lower", extent=extent, cmap=MAP, interpolation="nearest")
    ab_plane(axes, 118)
    figure.colorbar(image, ax=axes, shrink=0.66, aspect=18, pad=0.03).outline.set_visible(False)


def _plane_image(axes: "Axes", shares: Array, reach: float, low: float) -> Any:
    axes.set_facecolor(EMPTY)
    return axes.imshow(
        shares.T, origin="lower", extent=(-reach, reach, -reach, reach), cmap=MAP, interpolation="nearest", vmin=low
    )


def _conditional(figure: Any, slices: Array, levels: Sequence[int], reach: float) -> None:
    panels = figure.subplots(3, 3)
    panels[0, 0].set_title("(c) log$_{10}$ p(ab | L)", loc="left")
    shares = [log_share(one) for one in slices]
    low = min((float(np.nanmin(one)) for one in shares if not np.isnan(one).all()), default=-1.0)
    for axes, share, level in zip(panels.ravel(), shares, levels, strict=True):
        _plane_image(axes, share, reach, low)
        axes.set_xticks([])
        axes.set_yticks([])
        for side in axes.spines.values():
            side.set_visible(False)
        axes.text(0.04, 0.96, f"L = {level}", transform=axes.transAxes, va="top", fontsize=6, color=INK)
        axes.plot(0, 0, "+", color=MUTED, markersize=3, markeredgewidth=0.5)
