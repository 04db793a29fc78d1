"""How steady predicted colors are: on a gray color chart, and when a photograph's lightness is disturbed.

Zhang 2016, Fig. 12: the chart's colors are not found again, those of things are; changes of lightness and contrast
hardly matter, blur does.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from photochrom.color import srgb_to_lab
from photochrom.colorizer import Colorizer
from photochrom.photo import Photo
from photochrom.studies.chart import PATCHES, draw_chart, places
from photochrom.studies.disturbed import DISTURBANCES, Disturbance
from photochrom.studies.figures import COLUMN, MUTED, SERIES, Cell, ab_plane, faint_grid, panel, picture_grid, plots
from photochrom.studies.folder import Findings, Folder, Table
from photochrom.studies.photographs import Gathering, Subject, gray_of, grayed

Array = NDArray[np.float32]

SHOWN = (  # in the figure of pictures
    Disturbance("lightness", -20),
    Disturbance("lightness", 20),
    Disturbance("contrast", 0.6),
    Disturbance("contrast", 1.6),
    Disturbance("blur", 2),
    Disturbance("blur", 8),
)
AXES = {"lightness": "shift of L*", "contrast": "factor on contrast", "blur": "blur, σ in px of 256"}
UNDISTURBED = {"lightness": 0.0, "contrast": 1.0, "blur": 0.0}


class Moves(NamedTuple):
    """What one disturbance does to one photograph's prediction.

    distance  mean distance of the predicted ab from those of the undisturbed photograph, Lab units
    chroma    mean predicted chroma, in parts of the undisturbed one's
    """

    distance: float
    chroma: float


def study(photographs: Gathering, colorizer: Colorizer, folder: Folder, show: int) -> Findings:
    """Color the gray chart and every photograph, undisturbed and disturbed; figures and how far ab moves."""
    patches = _chart(colorizer, folder)
    moves: dict[Disturbance, list[Moves]] = {one: [] for one in DISTURBANCES}
    chroma: list[float] = []
    rows: list[list[Cell]] = []
    shown: list[str] = []
    for subject in photographs:
        lightness = subject.photo.lightness()
        still = colorizer.predict(Photo.from_array(gray_of(lightness))).ab()
        chroma.append(_mean_chroma(still))
        for one in DISTURBANCES:
            ab = colorizer.predict(Photo.from_array(gray_of(one.apply(lightness)))).ab()
            moves[one].append(moved(still, ab))
        if len(rows) < show:
            rows.append(_row(subject, colorizer, {one: moves[one][-1] for one in SHOWN}))
            shown.append(subject.stem)
    folder.draw(picture_grid(rows, ["undisturbed", *(one.label for one in SHOWN)], shown), "stability-pictures")
    _curves(moves, float(np.mean(chroma)), folder)
    summary = {one.label: _summary(kept) for one, kept in moves.items()}
    table = Table(
        ("disturbance", "ab moves by", "quartiles", "chroma ×"),
        tuple(
            (name, one["distance"], f"{one['quartiles'][0]:.1f}–{one['quartiles'][1]:.1f}", one["chroma"])
            for name, one in summary.items()
        ),
    )
    figures = {"photographs": len(chroma), "mean_chroma": float(np.mean(chroma)), "moves": summary, "chart": patches}
    away = patches["mean_distance"]
    told = f"The chart's 18 colors come back {away:.1f} Lab units away in ab; in neutral gray {patches['gray']:.1f}."
    return Findings(figures, table, [*photographs.notes, told])


def moved(still: Array, ab: Array) -> Moves:
    """How far predictions ab [h, w, 2] lie from those of the undisturbed photograph."""
    distance = float(np.hypot(*np.moveaxis(ab - still, -1, 0)).mean())
    return Moves(distance, _mean_chroma(ab) / max(_mean_chroma(still), 1e-6))


def _mean_chroma(ab: Array) -> float:
    return float(np.hypot(ab[..., 0], ab[..., 1]).mean())


def _summary(moves: list[Moves]) -> dict[str, Any]:
    """Medians and quartiles over photographs."""
    distances = [one.distance for one in moves]
    return {
        "distance": float(np.median(distances)),
        "quartiles": [float(np.percentile(distances, share)) for share in (25, 75)],
        "chroma": float(np.median([one.chroma for one in moves])),
    }


def _row(subject: Subject, colorizer: Colorizer, moves: dict[Disturbance, Moves]) -> list[Cell]:
    lightness = subject.photo.lightness()
    cells = [Cell(colorizer(Photo.from_array(grayed(subject.pixels))).pixels)]
    for one, move in moves.items():
        colored = colorizer(Photo.from_array(gray_of(one.apply(lightness)))).pixels
        cells.append(Cell(colored, f"ab moves {move.distance:.1f}"))
    return cells


def _chart(colorizer: Colorizer, folder: Folder) -> dict[str, Any]:
    """Color the gray chart, draw it, and say where each patch went in ab."""
    chart = draw_chart()
    gray = grayed(chart)
    colored = colorizer(Photo.from_array(gray)).pixels
    want, got = (srgb_to_lab(picture.astype(np.float32) / 255)[..., 1:] for picture in (chart, colored))
    patches = {}
    for name, place in places().items():
        true, found = (ab[place.rows, place.columns].mean((0, 1)) for ab in (want, got))
        patches[name] = {"published": true, "predicted": found, "distance": float(np.hypot(*(found - true)))}
    chromatic = list(patches.values())[:18]
    folder.draw(picture_grid([[Cell(gray), Cell(colored), Cell(chart)]], ["gray", "colored", "published"]),
                "stability-chart")  # fmt: skip
    _arrows(patches, folder)
    return {
        "patches": patches,
        "mean_distance": float(np.mean([one["distance"] for one in chromatic])),
        "gray": float(np.mean([np.hypot(*one["published"]) for one in chromatic])),
    }


def _arrows(patches: dict[str, dict[str, Any]], folder: Folder) -> None:
    """Each patch from its published place in the ab plane to where the network puts it."""
    figure, (axes,) = plots(1, COLUMN, 3.3)
    ab_plane(axes, 75)
    axes.set_xticks([-50, 0, 50])
    axes.set_yticks([-50, 0, 50])
    axes.axhline(0, color=MUTED, linewidth=0.4)
    axes.axvline(0, color=MUTED, linewidth=0.4)
    for name, one in patches.items():
        color = np.array(PATCHES[name]) / 255
        axes.annotate(
            "", one["predicted"], one["published"], arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.8}
        )
        axes.plot(*one["published"], "o", color=color, markersize=6, markeredgecolor="white", markeredgewidth=0.4)
        axes.plot(*one["predicted"], "s", color=color, markersize=4, markeredgecolor="black", markeredgewidth=0.5)
    axes.plot([], [], "o", color=MUTED, markersize=6, label="published")
    axes.plot([], [], "s", color=MUTED, markersize=4, markeredgecolor="black", label="predicted from gray")
    axes.legend(loc="lower left")
    folder.draw(figure, "stability-chart-ab")


def _curves(moves: dict[Disturbance, list[Moves]], chroma: float, folder: Folder) -> None:
    figure, panels = plots(3, height=2.1)
    top = 0.0
    for axes, letter, kind in zip(panels, "abc", AXES, strict=True):
        points = {UNDISTURBED[kind]: [0.0]}
        points |= {one.amount: [move.distance for move in kept] for one, kept in moves.items() if one.kind == kind}
        at = sorted(points)
        low, middle, high = (np.array([np.percentile(points[x], share) for x in at]) for share in (25, 50, 75))
        axes.fill_between(at, low, high, color=SERIES[0], alpha=0.18, linewidth=0)
        axes.plot(at, middle, "o-", color=SERIES[0])
        axes.axhline(chroma, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.set_xlabel(AXES[kind])
        panel(axes, letter, kind)
        faint_grid(axes)
        top = max(top, float(high.max()), chroma)
    for axes in panels:
        axes.set_ylim(0, top * 1.15)
    panels[0].set_ylabel("ab moves by")
    panels[0].text(0.02, chroma + top * 0.02, "all the way to gray", transform=panels[0].get_yaxis_transform(),
                   fontsize=6.5, color=MUTED)  # fmt: skip
    folder.draw(figure, "stability-curves")
