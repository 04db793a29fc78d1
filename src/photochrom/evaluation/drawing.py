"""One style for every figure of a report, and figures as SVG that follow the page from light to dark.

matplotlib writes fixed colors. Here it draws with stand-ins, which are then replaced by the page's CSS variables: INK
for text and axes, FAINT for grids, SERIES for the systems. Text stays text, in the page's own font.
"""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from photochrom.errors import EvaluationError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, FAINT, PAPER = "#010101", "#020202", "#030303"
SERIES = tuple(f"#04040{one:x}" for one in range(8))
_VARIABLES = {INK: "var(--ink)", FAINT: "var(--faint)", PAPER: "var(--paper)"}
_VARIABLES |= {color: f"var(--series-{one})" for one, color in enumerate(SERIES)}
DASHES = ("-", "--", ":", "-.")  # for the second round of colors

WIDTH = 9.6  # inches of a figure as wide as the page: 960 px
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "photochrom",
    "text.parse_math": False,  # a name with $ in it is a name
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.direction": "out",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "axes.axisbelow": True,
}  # fmt: skip


def require_matplotlib() -> None:
    """EvaluationError, with what to do, when matplotlib is not installed; called before hours of work, not after."""
    if find_spec("matplotlib") is None:
        raise EvaluationError(
            "The figures of a report need matplotlib, which is not installed: pip install 'photochrom[evaluate]'."
        )


@contextmanager
def drawn(width: float, height: float, rows: int = 1, columns: int = 1) -> Iterator[tuple["Figure", list[Any]]]:
    """A figure of this size in inches and its axes, in the report's style."""
    import matplotlib
    from matplotlib.figure import Figure  # no pyplot: nothing global, nothing to close

    with matplotlib.rc_context(cast(Any, _STYLE)):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
        yield figure, [one for row in axes for one in row]


def to_svg(figure: "Figure") -> str:
    """The figure as an `svg` element for the page."""
    buffer = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # it only measures the text; the page's font draws it
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    for color, variable in _VARIABLES.items():
        text = text.replace(color, variable)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font: \1 var(--sans)", text)
    head, rest = text.split(">", 1)
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    return f'{head} style="max-width: {100 * figure.get_figwidth():.0f}px">{rest}'


def series(count: int) -> list[tuple[str, str]]:
    """Color and line style of each of `count` systems."""
    return [(SERIES[one % len(SERIES)], DASHES[one // len(SERIES) % len(DASHES)]) for one in range(count)]


def tidy(axes: Sequence[Any], grid: str = "both") -> None:
    """Light grid lines behind what is drawn."""
    for one in axes:
        one.grid(visible=True, axis=grid)
        one.tick_params(axis="x", length=3)
