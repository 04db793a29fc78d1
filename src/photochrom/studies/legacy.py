"""Old photographs under several models and read-outs (Zhang 2016, Fig. 8): a contact sheet with names.

There is no truth to measure against: what is told of each column is how colorful it is, and how much stays near gray.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from photochrom.colorizer import Colorizer
from photochrom.evaluation.measures_color import colorfulness, lab_of
from photochrom.representations import Readout
from photochrom.studies.figures import Cell, picture_grid
from photochrom.studies.folder import Findings, Folder, Table
from photochrom.studies.gallery import Way, mean_chroma
from photochrom.studies.photographs import Gathering, Pixels, grayed

ACROSS = 6  # pictures
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
    """Color every photograph in every way; sheets of `rows` lines each, and a line of the table a column."""
    found: dict[str, dict[str, list[float]]] = {name: {measure: [] for measure in MEASURES} for name in columns}
    sheets = _Sheets(list(columns), rows, folder)
    names: list[str] = []
    for subject in photographs:
        results = {name: way(subject) for name, way in columns.items()}
        for name, result in results.items():
            for measure, of in MEASURES.items():
                found[name][measure].append(of(result))
        names.append(subject.name)
        sheets.add([Cell(grayed(subject.pixels), subject.stem), *map(Cell, results.values())])
    sheets.close()
    table = Table(
        ("way", *MEASURES),
        tuple((name, *(float(np.mean(values)) for values in one.values())) for name, one in found.items()),
    )
    return Findings({"photographs": names, "ways": found}, table, photographs.notes)


def near_gray(pixels: Pixels) -> float:
    """The share of pixels with a chroma below NEAR_GRAY, 0..1."""
    lab = lab_of(pixels)
    return float((np.hypot(lab[..., 1], lab[..., 2]) < NEAR_GRAY).mean())


MEASURES: dict[str, Callable[[Pixels], float]] = {
    "colorful": colorfulness,
    "chroma": mean_chroma,
    "near gray, %": lambda pixels: 100 * near_gray(pixels),
}


class _Sheets:
    """legacy-1, legacy-2, ...: drawn when full; with few columns, several photographs stand beside each other."""

    def __init__(self, columns: Sequence[str], rows: int, folder: Folder) -> None:
        self.width, self.rows, self.folder = 1 + len(columns), rows, folder
        self.beside = max(1, ACROSS // self.width)
        self.headings = ["gray", *columns] * self.beside
        self.photographs: list[list[Cell]] = []
        self.drawn = 0

    def add(self, cells: list[Cell]) -> None:
        """One photograph: gray, and each way."""
        self.photographs.append(cells)
        if len(self.photographs) == self.rows * self.beside:
            self.close()

    def close(self) -> None:
        """Draw what has come together."""
        if not self.photographs:
            return
        flat = [cell for cells in self.photographs for cell in cells]
        across = self.width * self.beside
        flat += [Cell(None)] * (-len(flat) % across)
        self.drawn += 1
        lines = [flat[at : at + across] for at in range(0, len(flat), across)]
        self.folder.draw(picture_grid(lines, self.headings), f"legacy-{self.drawn}")
        self.photographs = []


def _way(colorizer: Colorizer, readout: Readout | None) -> Way:
    return lambda subject: colorizer(subject.photo, readout=readout).pixels
