"""How the studies draw: one style, sizes of a paper's column and page, grids of pictures set to the pixel.

Everything is drawn by matplotlib without its global state, at the size at which it is printed: 8 point type, the colors
of Okabe & Ito, which color-blind readers tell apart.
"""

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import StudyError
from photochrom.resample import resize

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Pixels = NDArray[np.uint8]

COLUMN, PAGE = 3.4, 7.0  # inches: one column and the full width of a two-column page
DPI = 220
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # Okabe & Ito 2008
INK, MUTED, RULE = "#222222", "#707070", "#d0d0d0"
LETTER = 0.067  # inches, an average letter of 8 point type
GAP = 0.04  # inches between pictures
WIDEST = 2.0  # inches of a picture in a grid: small copies show their pixels beyond

STYLE: Any = {  # matplotlib has a literal type of every key
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same figure on every machine
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.5,
    "savefig.dpi": DPI,
    "svg.hashsalt": "photochrom",  # the same bytes each time
    "svg.fonttype": "path",
}


@dataclass(frozen=True, eq=False)
class Cell:
    """One picture of a grid, uint8 H x W x 3, and the few words or numbers under it; no picture leaves a gap."""

    pixels: Pixels | None
    caption: str = ""


@contextmanager
def paper() -> Iterator[None]:
    """Within it, figures have the style above. StudyError where matplotlib is missing."""
    try:
        import matplotlib
    except ImportError:
        raise StudyError("Figures need matplotlib; install it with pip install 'photochrom[evaluate]'.") from None
    with matplotlib.rc_context(STYLE):
        yield


def plots(columns: int, width: float = PAGE, height: float = 2.4, rows: int = 1) -> tuple["Figure", list["Axes"]]:
    """A figure and its axes, row by row; call it, and draw, within `paper`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    return figure, list(axes.ravel())


def rendered(figure: "Figure", format: str) -> bytes:
    """The bytes of a figure as "png" or "svg", without dates or names of programs in them."""
    buffer = BytesIO()
    silent = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[format]
    figure.savefig(buffer, format=format, metadata=silent, facecolor="white")
    return buffer.getvalue()


def panel(axes: "Axes", letter: str, title: str) -> None:
    """Name a panel: (a) and what it shows."""
    axes.set_title(f"({letter}) {title}", loc="left")


def faint_grid(axes: "Axes", axis: Any = "y") -> None:
    """Thin lines behind the data, to read values off."""
    axes.grid(axis=axis, color=RULE, linewidth=0.4)
    axes.set_axisbelow(True)


def picture_grid(
    rows: Sequence[Sequence[Cell]],
    headings: Sequence[str] = (),
    labels: Sequence[str] = (),
    width: float = PAGE,
) -> "Figure":
    """Pictures in rows and columns, each column of the same width, each row as high as its highest picture.

    `headings` stand above the columns, `labels` along the left of the rows. `width` in inches is the greatest that the
    figure may have; pictures are shrunk to the size at which they are printed.
    """
    from matplotlib.figure import Figure

    columns = max(len(row) for row in rows)
    left = 0.18 if any(labels) else 0.0
    cell = min((width - left - GAP * (columns - 1)) / columns, WIDEST)
    width = left + columns * cell + GAP * (columns - 1)
    wrapped = [
        textwrap.fill(text.replace("_", " "), max(6, int(cell / LETTER)), max_lines=2, placeholder="…")
        for text in headings
    ]
    top = 0.04 + 0.135 * max((text.count("\n") + 1 for text in wrapped if text), default=0)
    notes = [_captions(row, cell) for row in rows]
    heights = [_height(row, cell) for row in rows]
    total = top + sum(heights) + sum(note for _, note in notes) + GAP * len(rows)
    figure = Figure(figsize=(width, total))
    for number, text in enumerate(wrapped):
        middle = (left + number * (cell + GAP) + cell / 2) / width
        figure.text(middle, 1 - (top - 0.055) / total, text, ha="center", va="baseline", linespacing=1.05)
    below = total - top
    for number, row in enumerate(rows):
        below -= heights[number]
        if number < len(labels) and labels[number]:
            label = clipped(labels[number], heights[number], 7)
            middle = (below + heights[number] / 2) / total
            figure.text(0.02 / width, middle, label, rotation=90, ha="left", va="center", fontsize=7)
        for column, one in enumerate(row):
            at = left + column * (cell + GAP)
            bottom = _place(figure, one.pixels, (at, below, cell, heights[number]), (width, total))
            caption = notes[number][0][column]
            figure.text(
                (at + cell / 2) / width, (bottom - 0.025) / total, caption, ha="center", va="top", fontsize=6.5,
                color=MUTED, linespacing=1.1,
            )  # fmt: skip
        below -= notes[number][1] + GAP
    return figure


def clipped(text: str, inches: float, size: float = 8) -> str:
    """The text, cut off where it would be longer than this in type of this size."""
    letters = max(4, int(inches / (LETTER * size / 8)))
    return text if len(text) <= letters else f"{text[: letters - 1]}…"


def _captions(row: Sequence[Cell], cell: float) -> tuple[list[str], float]:
    """The captions of a row, wrapped to the cell, and the inches that they take."""
    limit = max(6, int(cell / (LETTER * 6.5 / 8)))
    texts = ["\n".join(textwrap.fill(line, limit) for line in one.caption.split("\n")) for one in row]
    lines = max((text.count("\n") + 1 for text in texts if text), default=0)
    return texts, 0.04 + 0.112 * lines if lines else 0.0


def _height(row: Sequence[Cell], cell: float) -> float:
    ratios = [one.pixels.shape[0] / one.pixels.shape[1] for one in row if one.pixels is not None]
    return cell * min(max(ratios, default=0.6), 1.4)


def _place(
    figure: "Figure", pixels: Pixels | None, box: tuple[float, float, float, float], size: tuple[float, float]
) -> float:
    """Show a picture at the top of a box (left, bottom, width, height in inches), in its proportions; its bottom."""
    left, bottom, width, height = box
    if pixels is None:
        return bottom
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    wide, high = pixels.shape[1] * scale, pixels.shape[0] * scale
    start, foot = left + (width - wide) / 2, float(bottom + height - high)
    axes = figure.add_axes((start / size[0], foot / size[1], wide / size[0], high / size[1]))
    axes.imshow(fitted(pixels, round(high * DPI), round(wide * DPI)), aspect="auto", interpolation="nearest")
    axes.set_axis_off()
    return foot


def fitted(pixels: Pixels, height: int, width: int) -> Pixels:
    """A picture shrunk by area to at most this size; a smaller one stays as it is."""
    height, width = min(height, pixels.shape[0]), min(width, pixels.shape[1])
    shrunk: Pixels = np.rint(resize(pixels.astype(np.float32), max(1, height), max(1, width))).astype(np.uint8)
    return shrunk


def ab_plane(axes: "Axes", reach: float = 110) -> None:
    """The ab plane as the papers draw it: a to the right, b upwards, neutral in the middle, equal scales."""
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_aspect("equal")
    axes.set_xlabel("a*")
    axes.set_ylabel("b*")
    axes.set_xticks([-100, -50, 0, 50, 100])
    axes.set_yticks([-100, -50, 0, 50, 100])
