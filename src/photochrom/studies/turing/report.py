"""The report of a study: its store read, figures and tables written.

results.json       everything: protocol, rules, rows, differences, who was left out, timing, versions
photographs.csv    every photograph by every algorithm, sorted by how often it fooled people
votes.csv          every answered trial as it was given, for analyses of one's own
fooled.png, .svg   how often each photograph fooled, sorted, with the line of 50 % (Zhang 2016, Fig. 6)
fooled-NAME.png    photographs from the most to the least fooling, the truth left, the algorithm's right
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from photochrom.errors import PhotochromError
from photochrom.studies import figures
from photochrom.studies.folder import Folder, plain, versions
from photochrom.studies.turing.analysis import LEAST, Analysis, Rules, Sight, Vote, analyze
from photochrom.studies.turing.assignment import PRACTICE
from photochrom.studies.turing.pictures import picture, read_picture
from photochrom.studies.turing.protocol import TRUTH
from photochrom.studies.turing.store import FILE, Store

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 24  # photographs in a figure, at even ranks
COLUMNS = 4

TRIALS = """
SELECT participants.id AS participant, position, phase, file, pictures, choice, shown, response, mark, answered
FROM trials JOIN participants ON participants.id = participant JOIN photographs ON photographs.id = photograph
WHERE choice IS NOT NULL ORDER BY participant, position
"""


@dataclass(frozen=True)
class Study:
    """A study as its store tells it, and what follows from it."""

    store: Store
    folder: Path
    trials: list[dict[str, Any]]
    rules: Rules
    analysis: Analysis


def read_study(
    place: Path, vigilance: float | None = None, mistimed: float = Rules.mistimed, keep_marked: bool = False
) -> Study:
    """Open the store (a study's folder, or the SQLite file in it) and analyze it; StudyError where it is none.

    The rules are those of `Rules`; vigilance None is the default of the study's kind.
    """
    path = place / FILE if place.is_dir() else place
    store = Store(path)
    rules = Rules(LEAST[store.protocol.kind] if vigilance is None else vigilance, mistimed, keep_marked)
    trials = store.rows(TRIALS)
    people = store.rows("SELECT id, finished FROM participants ORDER BY id")
    votes = [
        Vote(
            row["participant"],
            row["phase"],
            row["file"],
            tuple(json.loads(row["pictures"])),
            row["choice"],
            row["mark"],
        )
        for row in trials
    ]
    rating = store.protocol.kind == "rating"
    systems = [*([TRUTH] if rating else []), *store.systems]
    finished = {row["id"]: row["finished"] is not None for row in people}
    return Study(store, path.parent, trials, rules, analyze(votes, finished, systems, rules))


def timing(study: Study) -> dict[str, float | int]:
    """Milliseconds that pictures were really shown, practice left aside: how many, median, 2.5 and 97.5 percentiles."""
    times = [ms for row in study.trials if row["phase"] != PRACTICE for ms in json.loads(row["shown"])]
    if not times or study.store.protocol.exposure is None:
        return {"pictures": len(times)}
    low, middle, high = np.percentile(times, (2.5, 50, 97.5))
    return {"pictures": len(times), "median": float(middle), "low": float(low), "high": float(high)}


def write_report(study: Study, out: Path, command: str, least: int = 1) -> Folder:
    """Write all files into a folder, replacing an earlier report; the figures last, as they need matplotlib.

    least  how often a photograph must have been shown to be in a figure
    """
    folder = Folder.prepared(out, overwrite=True)
    analysis = study.analysis
    record = {
        "photochrom_study": 1,
        "study": "turing",
        "command": command,
        "protocol": asdict(study.store.protocol),
        "systems": study.store.systems,
        "rules": asdict(study.rules),
        "versions": versions(),
        "participants": analysis.participants,
        "left_out": analysis.left_out,
        "rows": [asdict(row) for row in analysis.rows],
        "differences": [asdict(row) for row in analysis.differences],
        "vigilance": {"found": analysis.vigilance[0], "trials": analysis.vigilance[1]},
        "marked": analysis.marks,
        "shown_ms": timing(study),
    }
    text = json.dumps(plain(record), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    folder.write("results.json", text.encode("utf-8", "backslashreplace"))
    sights = [(one.system, one.photograph, one.shown, one.fooled, f"{one.percent:.1f}") for one in analysis.sights]
    folder.write("photographs.csv", _csv(("system", "photograph", "shown", "fooled", "percent"), sights))
    folder.write(
        "votes.csv", _csv(list(study.trials[0]) if study.trials else [], [row.values() for row in study.trials])
    )
    drawn = [one for one in analysis.sights if one.shown >= least]
    with figures.paper():
        if drawn:
            folder.draw(draw_curves(study, drawn), "fooled")
        for row in analysis.rows:
            own = [one for one in drawn if one.system == row.system]
            if own and row.system != TRUTH:
                figure = draw_pictures(own, study.folder)
                folder.write(f"fooled-{row.system}.png", figures.rendered(figure, "png"))
    return folder


def draw_curves(study: Study, sights: Sequence[Sight]) -> "Figure":
    """How often each photograph fooled, sorted, one line an algorithm. Called within `figures.paper`."""
    rating = study.store.protocol.kind == "rating"
    figure, (axes,) = figures.plots(1, width=figures.COLUMN, height=2.2)
    for place, row in enumerate(study.analysis.rows):
        own = [one.percent for one in sights if one.system == row.system]
        ranks = (np.arange(len(own)) + 0.5) / max(len(own), 1) * 100
        color = figures.SERIES[place % len(figures.SERIES)]
        axes.step(ranks, own, where="mid", color=color, label=f"{row.system} {row.percent:.1f} %")
    if not rating:
        axes.axhline(50, color=figures.MUTED, linestyle=":", linewidth=0.8)  # as often taken for real as the truth
    axes.set_xlabel("photographs, sorted (%)")
    axes.set_ylabel("judged natural (%)" if rating else "fooled (%)")
    axes.set_ylim(-2, 102)
    axes.set_xlim(0, 100)
    axes.legend()
    figures.faint_grid(axes)
    return figure


def draw_pictures(sights: Sequence[Sight], folder: Path) -> "Figure":
    """Photographs at even ranks: the truth left, the algorithm's picture right, and how often it fooled."""
    ranks = np.unique(np.linspace(0, len(sights) - 1, min(SHOWN, len(sights))).round().astype(int))
    cells = [_cell(sights[rank], folder) for rank in ranks]
    rows = [cells[start : start + COLUMNS] for start in range(0, len(cells), COLUMNS)]
    rows[-1] += [figures.Cell(None)] * (min(COLUMNS, len(cells)) - len(rows[-1]))
    return figures.picture_grid(rows)


def _cell(sight: Sight, folder: Path) -> figures.Cell:
    caption = f"{sight.percent:.0f} % of {sight.shown}"
    try:
        both = [read_picture(picture(folder, name, sight.photograph)) for name in (TRUTH, sight.system)]
    except PhotochromError:  # the store went somewhere without its pictures: the numbers are all there
        return figures.Cell(None, f"{sight.photograph}\n{caption}")
    gap = np.full((both[0].shape[0], 4, 3), 255, np.uint8)
    return figures.Cell(np.concatenate([both[0], gap, both[1]], axis=1), caption)


def _csv(columns: Sequence[str], rows: Sequence[Any]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")
