"""The figures of `study classify`: accuracies; categories, confusions, rates (Zhang 2016, Fig. 9, 10, 11)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from photochrom.studies.classifier import ClassifierCard
from photochrom.studies.confusion import Category, Confusion
from photochrom.studies.figures import COLUMN, INK, MUTED, RULE, SERIES, Cell, faint_grid, panel, picture_grid, plots
from photochrom.studies.folder import Folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Pixels = NDArray[np.uint8]
Versions = tuple[Pixels, Pixels, Pixels]  # gray, colored, original


def draw_accuracy(figures: Mapping[str, Any], folder: Folder) -> None:
    """Top-1 and top-5 of every kind of photograph, with 95 % intervals."""
    names = list(figures)
    figure, (axes,) = plots(1, COLUMN, 0.55 + 0.27 * len(names))
    for shift, key, color, label in ((0.11, "top1", SERIES[0], "top-1"), (-0.11, "top5", SERIES[1], "top-5")):
        for place, name in enumerate(reversed(names)):
            one = figures[name][key]
            axes.plot(one["interval"], [place + shift] * 2, color=color, linewidth=1.0)
            axes.plot(one["value"], place + shift, "o", color=color, label=label if place == 0 else None)
    axes.set_yticks(range(len(names)), reversed(names))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.5, len(names) - 0.5)
    axes.set_xlabel("right, % of photographs")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=0.8)
    faint_grid(axes, "x")
    folder.draw(figure, "classify-accuracy")


def draw_categories(
    found: Sequence[Category], pictures: Sequence[Versions], card: ClassifierCard, folder: Folder, name: str
) -> None:
    """One photograph of each category in gray, colored, original, with its name and how it is recognized."""
    if not found:
        return
    captions = [f"{card.label(one.index)}\n{_change(one)}" for one in found]
    rows = [
        [Cell(one[0], caption) for one, caption in zip(pictures, captions, strict=True)],
        [Cell(one[1]) for one in pictures],
        [Cell(one[2]) for one in pictures],
    ]
    folder.draw(picture_grid(rows, (), ["gray", "colored", "original"]), name)


def draw_confusions(
    found: Sequence[tuple[Confusion, Versions]], card: ClassifierCard, folder: Folder, name: str
) -> None:
    """A photograph of each added confusion, original and colored: what it is, and what it is taken for only then."""
    if not found:
        return
    rows = [
        [Cell(pictures[2], card.label(pair.true)) for pair, pictures in found],
        [Cell(pictures[1], f"→ {card.label(pair.taken)}") for pair, pictures in found],
    ]
    folder.draw(picture_grid(rows, (), ["original", "colored"]), name)


def draw_scatter(
    categories: Sequence[Category], recolored: NDArray[np.float64], original: NDArray[np.float64],
    pairs: Sequence[Confusion], folder: Folder, name: str,
) -> None:  # fmt: skip
    """Fig. 11: (a) top-5 of each category in color against gray, (b) confusion rates recolored against original."""
    figure, (left, right) = plots(2, height=2.9)
    _bubbles(left, [([(100 * one.top5_gray, 100 * one.top5) for one in categories], SERIES[0])])
    left.set_xlabel("top-5 in gray, %")
    left.set_ylabel("top-5 recolored, %")
    panel(left, "a", "categories")
    off = ~np.eye(len(original), dtype=bool) & ((original > 0) | (recolored > 0))
    chosen = {(one.true, one.taken) for one in pairs}
    where = [(int(c), int(d)) for c, d in np.argwhere(off)]
    rest = [(100 * original[one], 100 * recolored[one]) for one in where if one not in chosen]
    most = [(100 * original[one], 100 * recolored[one]) for one in sorted(chosen)]
    _bubbles(right, [(rest, MUTED), (most, SERIES[1])])
    right.set_xlabel("of the originals, %")
    right.set_ylabel("recolored, %")
    panel(right, "b", f"confusions, the {len(chosen)} most added in orange")
    folder.draw(figure, name)


def _bubbles(axes: "Axes", groups: Sequence[tuple[Sequence[tuple[float, float]], str]]) -> None:
    """Points of several colors, later ones on top; the area is how many lie at one place, told where places are few."""
    counted = [(Counter((round(x, 1), round(y, 1)) for x, y in points), color) for points, color in groups]
    total = sum((counts for counts, _ in counted), Counter[tuple[float, float]]())
    most = max(total.values(), default=0)
    axes.plot([0, 100], [0, 100], color=RULE, linewidth=0.8, zorder=0)
    for counts, color in counted:
        if counts:
            sizes = [max(4.0, 260 * count / most) if most > 1 else 8.0 for count in counts.values()]
            x, y = zip(*counts, strict=True)
            axes.scatter(x, y, s=sizes, color=color, alpha=0.85, linewidth=0)
    if most > 1 and len(total) <= 9:
        for place, count in total.items():
            axes.annotate(str(count), place, fontsize=6.5, color=INK, xytext=(0, 10), textcoords="offset points",
                          ha="center")  # fmt: skip
    axes.set_xlim(-12, 112)
    axes.set_ylim(-12, 112)
    axes.set_aspect("equal")
    axes.set_xticks([0, 50, 100])
    axes.set_yticks([0, 50, 100])


def _change(one: Category) -> str:
    """From gray to color: the place of the true class where there is one photograph, else top-5."""
    if one.photographs == 1:
        return f"place {one.place_gray:.0f} → {one.place:.0f}"
    return f"{100 * one.top5_gray:.0f} → {100 * one.top5:.0f} %"
