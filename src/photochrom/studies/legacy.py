"""Old photographs under several models and read-outs (Zhang 2016, Fig. 8): a contact sheet with names.

There is no truth to measure against: what is told of each column is how colorful it is, and how much stays near gray.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from photochrom.colorizer import Colorizer
from photochrom.evaluation.measures_color import lab_of
from photochrom.representations import Readout
from photochrom.studies.figures import Cell, picture_grid
from photochrom.studies.folder import Findings, Folder, Table
from photochrom.studies.gallery import Way, mean_chroma, means, visit
from photochrom.studies.photographs import Gathering, Pixels, Subject

NEAR_GRAY = 5.0  # chroma below which nobody sees a color in a photograph


def ways(colorizers: Mapping[str, Colorizer], temperatures: Sequence[float], kinds: Sequence[str]) -> dict[str, Way]:
    """Every model with its own read-out, or with each temperature and each kind of read-out."""
    readouts = {f", T = {at:.2g}": Readout("annealed", at) for at in temperatures}
    readouts |= {f", {kind}": Readout.from_card({"kind": kind}) for kind in kinds}
    columns: dict[str, Way] = {}
    for name, colorizer in colorizers.items():
        for text, readout in readouts.items():
            columns[f"{name}{text}"] = _way(colorizer, readout)
        if not readouts:
            columns[name] = _way(colorizer, None)
    return columns


def study(photographs: Gathering, columns: Mapping[str, Way], folder: Folder, rows: int) -> Findings:
    """Color every photograph in every way; sheets of `rows` photographs each, and a line a column."""
    near: dict[str, list[float]] = {name: [] for name in columns}
    chroma: dict[str, list[float]] = {name: [] for name in columns}

    def watched(name: str, way: Way) -> Way:
        def colored(subject: Subject) -> Pixels:
            result = way(subject)
            near[name].append(100 * near_gray(result))
            chroma[name].append(mean_chroma(result))
            return result

        return colored

    found = visit(photographs, {name: watched(name, way) for name, way in columns.items()}, len(photographs))
    cells = [row[: 1 + len(columns)] for row in found.rows]
    _sheets(cells, list(columns), found.names, rows, folder)
    vivid, colors, gray = means(found.vivid), means(chroma), means(near)
    table = Table(
        ("way", "colorful", "chroma", "near gray, %"),
        tuple((name, vivid[name], colors[name], gray[name]) for name in columns),
    )
    figures = {
        "photographs": found.names,
        "ways": {
            name: {"colorful": found.vivid[name], "chroma": chroma[name], "near_gray": near[name]} for name in columns
        },
    }
    return Findings(figures, table, photographs.notes)


def near_gray(pixels: Pixels) -> float:
    """The share of pixels with a chroma below NEAR_GRAY, 0..1."""
    lab = lab_of(pixels)
    return float((np.hypot(lab[..., 1], lab[..., 2]) < NEAR_GRAY).mean())


def _sheets(cells: Sequence[Sequence[Cell]], columns: list[str], names: list[str], rows: int, folder: Folder) -> None:
    """legacy-1, legacy-2, ...; with few columns, several photographs beside each other."""
    beside = max(1, 6 // (1 + len(columns)))
    headings = [text for _ in range(beside) for text in ("gray", *columns)]
    blank = [Cell(None)] * (1 + len(columns))
    captioned = [[Cell(row[0].pixels, name), *row[1:]] for row, name in zip(cells, names, strict=True)]
    lines = [
        [cell for part in range(beside) for cell in (captioned[at + part] if at + part < len(captioned) else blank)]
        for at in range(0, len(captioned), beside)
    ]
    for number, at in enumerate(range(0, len(lines), rows), 1):
        folder.draw(picture_grid(lines[at : at + rows], headings), f"legacy-{number}")


def _way(colorizer: Colorizer, readout: Readout | None) -> Way:
    return lambda subject: colorizer(subject.photo, readout=readout).pixels
