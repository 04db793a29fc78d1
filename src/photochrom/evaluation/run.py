"""An evaluation from beginning to end: measure what is not measured yet, then figures, results.json and report.html.

    photographs = find_photographs(["album"], "folder", Path("report"))
    evaluate([model("photochrom"), baseline("gray")], photographs, Path("report"))

An interrupted run goes on when it is called again; a finished one is only written anew. Another system joins a report
without measuring the others again.
"""

import hashlib
import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photochrom.cores import cores
from photochrom.errors import EvaluationError
from photochrom.evaluation.bench import ORIGINALS, Bench, Task, measured
from photochrom.evaluation.distances import require_enough
from photochrom.evaluation.drawing import require_matplotlib
from photochrom.evaluation.features import Extractor
from photochrom.evaluation.gallery import gallery
from photochrom.evaluation.measures import MEASURES
from photochrom.evaluation.photographs import Photographs
from photochrom.evaluation.report import write_report
from photochrom.evaluation.results import Made, results_of, write_json, write_photographs
from photochrom.evaluation.store import FILE, Store
from photochrom.evaluation.systems import System, gray_version

RULES = "1"  # counts up when measures or frames change: old and new rows must not mix in one report

Progress = Callable[[str, int, int], None]  # what is being done, how many are done, of how many


@dataclass(frozen=True)
class Settings:
    """How an evaluation is run; all but the extractor and the bootstrap leave the figures as they are."""

    workers: int | None = None
    """Processes; default: one a core."""
    provider: str = "auto"
    extractor: Path | None = None
    scale: str = "unit"
    """What the extractor wants of sRGB, see `features.SCALES`."""
    times: int = 1000
    """Of the bootstrap."""
    seed: int = 0
    command: Sequence[str] = ()
    """The words of the command line, for the report."""


def evaluate(
    systems: Sequence[System],
    photographs: Photographs,
    out: Path,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure systems on photographs; the contents of `out`/results.json, which is written together with report.html.

    EvaluationError, ModelError or PhotoError, in a sentence, where it cannot go on; what was measured is kept, and the
    same call goes on from there.
    """
    require_matplotlib()
    settings = settings or Settings()
    extractor = None if settings.extractor is None else Extractor.load(settings.extractor, scale=settings.scale)
    if extractor is not None:
        require_enough(len(photographs))
    tell = progress or _silent
    workers = max(1, min(settings.workers or cores(), len(photographs)))
    threads = max(1, cores() // workers)
    task = Task(photographs, tuple(systems), settings.extractor, settings.scale, settings.provider, threads)
    try:
        _refuse_foreign(out)
        out.mkdir(parents=True, exist_ok=True)
        with Store(out) as store:
            _claim(store, out, photographs, extractor)
            _measure(store, task, workers, tell)
            tell("drawing intervals and figures", len(photographs), len(photographs))
            made = Made(shlex.join(settings.command), settings.times, settings.seed, extractor)
            results = results_of(store, systems, photographs, made)
            write_json(out / "results.json", results)
            write_photographs(out / "photographs.csv", results)
            gone = store.left_out()
            kept = [index for index in range(len(photographs)) if index not in gone]
            write_report(out / "report.html", results, gallery(Bench(task), results, kept))
    except OSError as error:
        raise EvaluationError(f"{out} cannot be written ({error.strerror or error}); set that right.") from error
    return results


def write_frames(photographs: Photographs, folder: Path, progress: Progress | None = None) -> int:
    """Write the gray version of each photograph, framed as its protocol says, as FOLDER/KEY.png; how many.

    That is what another program is to colorize, so that its pictures fit. EvaluationError when the folder cannot be
    written; a photograph that cannot be read is a PhotoError.
    """
    for index in range(len(photographs)):
        target = folder / f"{photographs.key(index)}.png"
        pixels = gray_version(photographs.read(index))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EvaluationError(f"{target.parent} cannot be made ({error.strerror or error}).") from error
        pixels.write(target, overwrite=True)
        (progress or _silent)("writing frames", index + 1, len(photographs))
    return len(photographs)


def _refuse_foreign(out: Path) -> None:
    """EvaluationError where a report would be overwritten that is not known to be this evaluation's."""
    there = [name for name in ("report.html", "results.json", "photographs.csv") if (out / name).exists()]
    if there and not (out / FILE).exists():
        raise EvaluationError(
            f"{out} holds {there[0]} without the measurements it was made from; choose another folder."
        )


def _claim(store: Store, out: Path, photographs: Photographs, extractor: Extractor | None) -> None:
    facts = {
        "rules": RULES,
        "measures": hashlib.sha256(json.dumps(MEASURES).encode()).hexdigest(),
        "protocol": photographs.protocol_name,
        "photographs": photographs.digest,
        "extractor": "none" if extractor is None else f"{extractor.sha256} {extractor.scale}",
    }
    store.claim(facts, out)


def _measure(store: Store, task: Task, workers: int, tell: Progress) -> None:
    """Measure what has no row yet. Whatever stops it, the rows so far are kept."""
    count = len(task.photographs)
    done = {one.identity: store.done(one.identity) for one in task.systems}
    if task.extractor is not None:
        done[ORIGINALS] = store.done(ORIGINALS, "features")
    gone = store.left_out()
    wanted = {
        photograph: [identity for identity, rows in done.items() if photograph not in rows]
        for photograph in range(count)
        if photograph not in gone and any(photograph not in rows for rows in done.values())
    }
    finished = count - len(wanted)
    tell("measuring", finished, count)
    try:
        for one in measured(task, wanted, workers):
            if one.left_out is not None:
                store.leave_out(one.photograph, one.left_out)
            else:
                store.note(one.photograph, one.sums, one.features)
            finished += 1
            tell("measuring", finished, count)
    finally:
        store.save()
    if len(store.left_out()) == count:
        raise EvaluationError(f"None of the {count} photographs can be read; the first: {store.left_out()[0]}")


def _silent(what: str, done: int, total: int) -> None:
    pass
