"""results.json: every figure with its interval, and what it takes to get the same again.

The report, the terminal's table and the leaderboard are made from this and nothing else (but for the report's small
pictures).
"""

import csv
import io
import json
import math
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pyvips

from photochrom import __version__
from photochrom.cores import cores
from photochrom.errors import EvaluationError
from photochrom.evaluation import distances
from photochrom.evaluation.bench import ORIGINALS
from photochrom.evaluation.bootstrap import Drawing, Drawn, compared, intervals_of
from photochrom.evaluation.features import Extractor
from photochrom.evaluation.measures import MEASURES, PhotoSums
from photochrom.evaluation.photographs import Photographs
from photochrom.evaluation.pooled import Pooled, mean_chroma
from photochrom.evaluation.store import Store, unpacked
from photochrom.evaluation.systems import System

FORMAT = 1
CHUNK = 256  # rows in memory at a time: 5 MB
GRAY = 2.0  # mean chroma of a photograph below which it is called gray
FEW = 2000  # photographs below which the pooled rebalanced AuC hangs on a handful of rare bins

# Of the short tables, in their order.
HEADLINE = (
    "auc", "auc_bins", "auc_rebalanced", "psnr", "ciede2000", "colorful_ratio", "chroma_w1", "cast", "bleeding",
)  # fmt: skip

# Of one photograph, as PhotoSums names them.
OF_ONE = ("auc", "psnr", "ssim", "ciede2000", "colorful", "colorful_truth", "drift", "gamut")


@dataclass(frozen=True)
class Made:
    """How the figures were made."""

    command: str
    times: int
    seed: int
    extractor: Extractor | None = None


def results_of(store: Store, systems: Sequence[System], photographs: Photographs, made: Made) -> dict[str, Any]:
    """Everything that results.json holds; a few rows are in memory at a time, however many photographs."""
    gone = store.left_out()
    labels = [label for index, label in enumerate(photographs.labels) if index not in gone]
    told, drawn = dict[str, Any](), dict[str, Drawn]()
    for one in systems:
        drawn[one.name], told[one.name] = _system(store, one, labels, made)
    results: dict[str, Any] = {
        "format": f"photochrom evaluation {FORMAT}",
        "protocol": _protocol(photographs, len(gone)),
        "systems": told,
        "paired": [_pair(store, one, other, drawn, made) for one, other in pairs(systems)],
        "bootstrap": {"level": 95, "times": made.times, "seed": made.seed, "over": "photographs"},
        "measures": _measures(made.extractor),
        "extractor": _extractor(made.extractor),
        "left_out": {photographs.name(index): reason for index, reason in gone.items()},
        "command": made.command,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
    }
    plain: dict[str, Any] = _plain({**results, "warnings": warnings(results)})
    return plain


def pairs(systems: Sequence[System]) -> list[tuple[System, System]]:
    """Who is compared with whom: what is under test with all that follow it, but never with the originals."""
    tested = [one for one in systems if one.kind != "baseline"]
    others = [*tested, *(one for one in systems if one.kind == "baseline" and one.name != "truth")]
    return [(one, other) for position, one in enumerate(tested) for other in others[position + 1 :]]


def warnings(results: Mapping[str, Any]) -> list[str]:
    """What a reader of these figures must know, a sentence each."""
    found = []
    protocol = results["protocol"]
    count, gray = protocol["photographs"], max(one["gray_originals"] for one in results["systems"].values())
    if 2 * gray >= count:
        found.append(
            f"{gray} of {count} originals are gray (mean chroma below {GRAY:g}). AuC and PSNR then say how little "
            "color a result has, not how right it is, and the rebalanced AuC sees hardly any bin but gray's."
        )
    if protocol["photographs"] < protocol["of"]:
        found.append(
            f"Only {count} of the {protocol['of']} photographs of {protocol['name']}: a trial, not its figures."
        )
    if len(results["left_out"]):
        found.append(f"{len(results['left_out'])} photographs could not be read and are left out of every system.")
    if count < FEW:
        found.append(
            f"With {count} photographs the pooled rebalanced AuC (auc_rebalanced) hangs on a handful of rare colors; "
            "auc_bins, the mean over color bins, is the figure to read."
        )
    return found


def versions() -> dict[str, str]:
    """Of what decides the figures."""
    return {
        "photochrom": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "onnxruntime": onnxruntime.__version__,
        "libvips": ".".join(str(pyvips.version(part)) for part in range(3)),
        "machine": f"{platform.system()} {platform.machine()}, {cores()} cores",
    }


def write_json(path: Path, results: Mapping[str, Any]) -> None:
    """Write results.json, whole or not at all."""
    write_whole(path, f"{json_text(results)}\n".encode("utf-8", "replace"))


def json_text(value: Any, indent: str = "") -> str:
    """JSON in which tables stand line by line and lists of numbers in one line."""
    inner = indent + " "
    if isinstance(value, Mapping) and value:
        rows = (f"{json.dumps(key, ensure_ascii=False)}: {json_text(one, inner)}" for key, one in value.items())
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        rows = (json_text(one, inner) for one in value)
    else:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    ends = "{}" if isinstance(value, Mapping) else "[]"
    body = f",\n{inner}".join(rows)
    return f"{ends[0]}\n{inner}{body}\n{indent}{ends[1]}"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a hidden name first, then rename it. OSError leaves nothing behind."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_photographs(path: Path, results: Mapping[str, Any]) -> None:
    """Write photographs.csv: one row a photograph and system, whole or not at all."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["photograph", "class", "system", *OF_ONE])
    for name, system in results["systems"].items():
        told = system["photographs"]
        for row in zip(told["name"], told["class"], *(told[one] for one in OF_ONE), strict=True):
            table.writerow([row[0], "" if row[1] is None else row[1], name, *row[2:]])
    write_whole(path, text.getvalue().encode("utf-8", "replace"))


def read_json(path: Path) -> dict[str, Any]:
    """The results of an evaluation; EvaluationError for anything else."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] == f"photochrom evaluation {FORMAT}":
            return dict(values)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise EvaluationError(f"{path} holds no results of photochrom evaluate.")


def _system(store: Store, system: System, labels: Sequence[str | None], made: Made) -> tuple[Drawn, dict[str, Any]]:
    drawing, pooled, gray = Drawing(len(labels), made.times, made.seed), Pooled(), 0
    photographs: dict[str, list[Any]] = {"name": [], "class": list(labels), **{name: [] for name in OF_ONE}}
    for rows in _chunks(store, system):
        drawing.add(rows)
        pooled.add(rows)
        gray += sum(mean_chroma(row) < GRAY for row in rows)
        photographs["name"] += [row.name for row in rows]
        for name in OF_ONE:
            photographs[name] += [round(row.numbers[name], 4) for row in rows]
    drawn = drawing.finish()
    spread = intervals_of(drawn)
    figures = {
        name: {"value": value, "low": spread[name][0], "high": spread[name][1]} for name, value in drawn.figures.items()
    }
    if made.extractor is not None:
        originals, seen = store.rows(ORIGINALS, "features"), store.rows(system.identity, "features")
        figures |= distances.pooled(made.extractor, originals, seen, made.times, made.seed)
    return drawn, {
        "kind": system.kind,
        "identity": system.identity,
        "facts": dict(system.facts),
        "figures": figures,
        "gray_originals": gray,
        "pooled": pooled.finish(),
        "photographs": photographs,
    }


def _chunks(store: Store, system: System) -> Iterator[list[PhotoSums]]:
    """A system's rows in the order of the photographs, some at a time."""
    rows = (unpacked(data) for _, data in store.rows(system.identity))
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _pair(store: Store, one: System, other: System, drawn: Mapping[str, Drawn], made: Made) -> dict[str, Any]:
    told = {name: value._asdict() for name, value in compared(drawn[one.name], drawn[other.name]).items()}
    if made.extractor is not None:
        seen, others = store.rows(one.identity, "features"), store.rows(other.identity, "features")
        told |= distances.compared(made.extractor, seen, others, made.times, made.seed)
    return {"a": one.name, "b": other.name, "measures": told}


def _measures(extractor: Extractor | None) -> dict[str, Any]:
    """How to read each figure, those in features as well."""
    told = {name: measure._asdict() for name, measure in MEASURES.items()}
    return told | ({} if extractor is None else distances.described(extractor))


def _extractor(extractor: Extractor | None) -> dict[str, Any] | None:
    if extractor is None:
        return None
    told = {name: getattr(extractor, name) for name in ("name", "sha256", "layout", "scale")}
    return {**told, "size": list(extractor.size)}


def _protocol(photographs: Photographs, left_out: int) -> dict[str, Any]:
    protocol = photographs.protocol
    return {
        "name": protocol.name,
        "about": protocol.about,
        "geometry": protocol.geometry,
        "source": protocol.source,
        "photographs": len(photographs) - left_out,
        "of": photographs.of,
        "digest": photographs.digest,
    }


def _plain(value: Any) -> Any:
    """The same as JSON knows it: what is no number becomes null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | Iterator):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
