"""Best, middle and worst photographs of each system under test, small, with what the others make of them."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from photochrom.errors import PhotochromError
from photochrom.evaluation import baselines
from photochrom.evaluation.bench import Bench
from photochrom.evaluation.frames import Pixels, as_jpeg, bounded_by

EACH = 4  # photographs of each kind
SIDE = 208  # pixels, the longer side of a small picture
RANKED_BY = "auc"


@dataclass(frozen=True)
class Picture:
    """One small picture."""

    title: str
    note: str
    """Its figure."""
    source: str
    """data: URL of a JPEG."""


@dataclass(frozen=True)
class Row:
    """One photograph: without color, under each system, and as it was."""

    name: str
    pictures: list[Picture]


def gallery(bench: Bench, results: Mapping[str, Any], index_of: list[int]) -> dict[str, dict[str, list[Row]]]:
    """System under test -> "best", "middle", "worst" -> rows. `index_of`: the photographs that have rows, in order."""
    told: dict[str, dict[str, list[Row]]] = {}
    for name, system in results["systems"].items():
        if system["kind"] != "baseline":
            order = np.argsort(system["photographs"][RANKED_BY], kind="stable")[::-1]
            told[name] = {
                kind: [_row(bench, results, int(position), index_of[position]) for position in positions]
                for kind, positions in chosen(order).items()
            }
    return told


def chosen(order: np.ndarray) -> dict[str, np.ndarray]:
    """The first, middle and last few of an order, none twice."""
    each = min(EACH, max(1, len(order) // 3))
    middle = (len(order) - each) // 2
    parts = {"best": order[:each], "middle": order[middle : middle + each], "worst": order[::-1][:each]}
    return parts if len(order) >= 3 else {"best": order}


def _row(bench: Bench, results: Mapping[str, Any], position: int, photograph: int) -> Row:
    truth = bench.task.photographs.read(photograph)
    pictures = [_picture("gray", "", baselines.gray(truth))]
    for one in bench.task.systems:
        if one.kind != "baseline":
            figure = results["systems"][one.name]["photographs"][RANKED_BY][position]
            try:
                pictures.append(_picture(one.name, f"{figure:.1f}", bench.color(one.identity, truth, photograph)))
            except PhotochromError:  # measured in an earlier run, and its picture is gone since
                pictures.append(Picture(one.name, f"{figure:.1f}", ""))
    pictures.append(_picture("original", "", truth))
    return Row(bench.task.photographs.name(photograph), pictures)


def _picture(title: str, note: str, pixels: Pixels) -> Picture:
    data = base64.b64encode(as_jpeg(bounded_by(pixels, SIDE))).decode("ascii")
    return Picture(title, note, f"data:image/jpeg;base64,{data}")
