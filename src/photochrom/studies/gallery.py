"""The same photographs colored in several ways: pictures side by side and, where there is color truth, measures.

What the studies of representations, of the global vector and of old photographs share.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from photochrom.color import srgb_to_lab
from photochrom.evaluation.measures import PhotoSums, measure
from photochrom.evaluation.measures_color import colorfulness
from photochrom.studies.figures import Cell, picture_grid
from photochrom.studies.folder import Folder
from photochrom.studies.photographs import Gathering, Subject, grayed

Pixels = NDArray[np.uint8]
Way = Callable[[Subject], Pixels]  # one way to color a photograph


@dataclass
class Gallery:
    """What came out.

    measured  sums of each way, of the photographs that are in color
    vivid     colorfulness of each way, of all photographs
    rows      pictures of the first photographs: gray, each way, and the original where one is in color
    names     of those
    """

    measured: dict[str, list[PhotoSums]]
    vivid: dict[str, list[float]]
    rows: list[list[Cell]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    in_color: int = 0
    seen: int = 0

    def draw(self, folder: Folder, name: str) -> None:
        """The pictures as a figure."""
        headings = ["gray", *self.vivid, *(["original"] if self.in_color else [])]
        folder.draw(picture_grid(self.rows, headings, self.names), name)


def visit(photographs: Gathering, ways: Mapping[str, Way], show: int) -> Gallery:
    """Color every photograph in every way, measure, and keep the pictures of the first `show`."""
    found = Gallery({name: [] for name in ways}, {name: [] for name in ways})
    for subject in photographs:
        results = {name: way(subject) for name, way in ways.items()}
        colored = subject.is_colored
        found.in_color += colored
        found.seen += 1
        for name, result in results.items():
            found.vivid[name].append(colorfulness(result))
            if colored:
                found.measured[name].append(measure(subject.pixels, result, subject.name))
        if len(found.rows) < show:
            cells = [Cell(grayed(subject.pixels)), *map(Cell, results.values())]
            found.rows.append([*cells, Cell(subject.pixels if colored else None)])
            found.names.append(subject.stem)
    if not found.in_color:
        found.rows = [row[:-1] for row in found.rows]
    return found


def mean_chroma(pixels: Pixels) -> float:
    """Of a picture's pixels, Lab units."""
    lab = srgb_to_lab(pixels.astype(np.float32) / 255)
    return float(np.hypot(lab[..., 1], lab[..., 2]).mean())


def means(values: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The mean of each."""
    return {name: float(np.mean(one)) for name, one in values.items()}
