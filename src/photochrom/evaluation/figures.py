"""The figures of a report, each from results.json alone, as SVG for the page."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photochrom.color import fit_to_gamut, lab_to_srgb
from photochrom.evaluation.drawing import FAINT, INK, WIDTH, drawn, series, tidy, to_svg
from photochrom.evaluation.measures_pool import LEAST_SHARE, SIDE
from photochrom.evaluation.tables import measures_of

Array = NDArray[np.float64]
Systems = Mapping[str, Mapping[str, Any]]

EDGE = (-125, 115, -125, 115)  # of the cells of the ab plane: a from left to right, b upwards
PER_ROW = 4  # panels side by side
LIGHT = 68  # L* at which a cell of the ab plane is shown: where the gamut is widest
UNIT = {"%": " (%)", "dB": " (dB)", "Lab": " (Lab)", "L*": " (L*)"}


def at_a_glance(results: Mapping[str, Any]) -> str:
    """The figures of the short table with their intervals, one panel a measure, one line a system."""
    systems = _without(results["systems"], "truth")
    measures = [
        name for name in measures_of(results, short=True) if results["measures"].get(name, {}).get("better") != ""
    ]
    names, looks = list(systems), _looks(systems)
    columns = min((5, 4, 3), key=lambda count: (max(-len(measures) % count, 1), -count))
    rows = -(-len(measures) // columns)
    with drawn(WIDTH, rows * (0.75 + 0.26 * len(names)), rows, columns) as (figure, axes):
        for position, (one, measure) in enumerate(zip(axes, measures, strict=False)):
            told = [systems[name]["figures"][measure] for name in names]
            for row, (figures, (color, _)) in enumerate(zip(told, looks, strict=True)):
                if figures["value"] is not None:
                    ends = [figures[end] if figures[end] is not None else figures["value"] for end in ("low", "high")]
                    one.plot(ends, [row, row], color=color, linewidth=2.2, solid_capstyle="round")
                    one.plot(figures["value"], row, "o", color=color, markersize=5)
            better = results["measures"].get(measure, {}).get("better", "lower")
            if better in ("0", "1"):
                one.axvline(float(better), color=INK, linewidth=0.7)
            arrow = {"higher": " →", "lower": " ←"}.get(better, "")
            one.set_title(measure.replace("(", "\n(") + arrow, loc="left")
            one.set_yticks(range(len(names)), names if position % columns == 0 else [""] * len(names))
            one.set_ylim(len(names) - 0.4, -0.6)
            one.spines["left"].set_visible(False)
            one.tick_params(axis="y", length=0)
        for one in axes[len(measures) :]:
            one.set_axis_off()
        tidy(axes[: len(measures)], "x")
        return to_svg(figure)


def error_curves(systems: Systems) -> str:
    """Share of pixels whose ab error is at most t; beside it the same less that of gray, where gray was measured."""
    shown = _without(systems, "truth")
    base = systems["gray"]["pooled"]["error_curve"] if "gray" in systems else None
    with drawn(WIDTH, 3.4, 1, 1 if base is None else 2) as (figure, axes):
        for (name, one), (color, dash) in zip(shown.items(), _looks(shown), strict=True):
            curve = 100 * np.array(one["pooled"]["error_curve"])
            axes[0].plot(curve, dash, color=color, label=name)
            if base is not None:
                axes[1].plot(curve - 100 * np.array(base), dash, color=color)
        axes[0].set(xlim=(0, 100), ylim=(0, 101), xlabel="t, Lab units", ylabel="pixels with an ab error ≤ t (%)")
        axes[0].legend(loc="lower right")
        if base is not None:
            axes[1].set(xlim=(0, 100), xlabel="t, Lab units", ylabel="the same less gray (points)")
        tidy(axes)
        return to_svg(figure)


def error_maps(systems: Systems) -> str:
    """Mean ab error of the pixels of each cell of the originals' ab plane."""
    shown = _without(systems, "truth")
    planes = [
        np.where(_plane(one, "cells") >= LEAST_SHARE, _plane(one, "cell_error"), np.nan) for one in shown.values()
    ]
    top = max(10.0, float(np.nanmax([np.nanpercentile(plane, 98) for plane in planes])))
    with _panels(len(shown)) as (figure, axes):
        for one, name, plane in zip(axes, shown, planes, strict=False):
            drawn_plane = one.imshow(
                plane, cmap="viridis_r", vmin=0, vmax=top, extent=EDGE, origin="lower", interpolation="none"
            )
            _ab_axes(one, name)
        bar = figure.colorbar(drawn_plane, ax=axes[: len(shown)], shrink=0.8, pad=0.01, aspect=25)
        bar.set_label("mean ab error (Lab)")
        bar.outline.set_visible(False)
        return to_svg(figure)


def ab_histograms(systems: Systems) -> str:
    """Which colors there are, in those colors, the more the denser (on a logarithmic scale): originals and results."""
    shown = {name: one for name, one in systems.items() if name not in ("truth", "gray")}
    planes = {"the originals": _plane(next(iter(systems.values())), "cells")}
    planes |= {name: _plane(one, "cells_result") for name, one in shown.items()}
    with _panels(len(planes)) as (figure, axes):
        for one, (name, plane) in zip(axes, planes.items(), strict=False):
            one.imshow(_in_color(plane), extent=EDGE, origin="lower", interpolation="none")
            _ab_axes(one, name)
        return to_svg(figure)


def chroma_curves(systems: Systems) -> str:
    """Share of pixels with a chroma above c, originals and results, on a logarithmic scale."""
    shown = _without(_without(systems, "truth"), "gray")
    with drawn(WIDTH, 3.0) as (figure, (axes,)):
        first = next(iter(systems.values()))
        axes.plot(_above(first["pooled"]["chroma_truth"]), color=INK, linewidth=2.4, label="the originals")
        for (name, one), (color, dash) in zip(shown.items(), _looks(shown), strict=True):
            axes.plot(_above(one["pooled"]["chroma"]), dash, color=color, label=name)
        axes.set(
            xlim=(0, 110), yscale="log", ylim=(1e-2, 110), xlabel="c, Lab units", ylabel="pixels with a chroma ≥ c (%)"
        )
        axes.set_yticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
        axes.minorticks_off()
        axes.legend(loc="upper right")
        tidy([axes])
        return to_svg(figure)


def _panels(count: int) -> Any:
    columns = min(PER_ROW, count)
    rows = -(-count // columns)
    return drawn(WIDTH * max(columns, 2) / PER_ROW, 2.45 * rows, rows, columns)


def _ab_axes(axes: Any, title: str) -> None:
    axes.set_title(title, loc="left")
    axes.set(xlim=(-100, 100), ylim=(-105, 95), xlabel="a*", ylabel="b*")
    axes.set_xticks([-50, 0, 50])
    axes.set_yticks([-50, 0, 50])
    axes.axhline(0, color=FAINT, linewidth=0.6, zorder=-1)
    axes.axvline(0, color=FAINT, linewidth=0.6, zorder=-1)
    axes.tick_params(length=2)
    for side in axes.spines.values():
        side.set_visible(False)


def _in_color(plane: Array) -> Array:
    """RGBA of the ab plane: each cell in its color, opaque where it holds 1 % of all pixels, gone below 0.001 %."""
    axis = 10.0 * (np.arange(SIDE) - SIDE // 2)
    a, b = np.meshgrid(axis, axis)
    srgb = np.clip(lab_to_srgb(fit_to_gamut(np.stack([np.full_like(a, LIGHT), a, b], axis=-1))), 0, 1)
    dense = np.log10(np.maximum(plane, 1e-9) / 1e-5) / np.log10(0.01 / 1e-5)
    shown = np.where(plane >= 1e-5, np.clip(0.15 + 0.85 * dense, 0, 1), 0)
    return np.concatenate([srgb, shown[..., None]], axis=-1)


def _plane(system: Mapping[str, Any], name: str) -> Array:
    """A pooled array over the cells as a picture: rows are b, columns a."""
    values = np.array([np.nan if value is None else value for value in system["pooled"][name]], np.float64)
    return values.reshape(SIDE, SIDE).T


def _above(shares: Sequence[float]) -> Array:
    """Percent at or above each step."""
    return 100 * np.cumsum(np.array(shares)[::-1])[::-1]


def _without(systems: Systems, name: str) -> dict[str, Mapping[str, Any]]:
    """All systems but this one; all, if there is no other."""
    return {one: told for one, told in systems.items() if one != name} or dict(systems)


def _looks(systems: Systems) -> list[tuple[str, str]]:
    """Baselines in ink, each with its own dashes; what is tested in the colors of the series."""
    colors = iter(series(len(systems)))
    dashes = iter(("--", ":", "-.", "-"))
    return [(INK, next(dashes)) if one["kind"] == "baseline" else next(colors) for one in systems.values()]
