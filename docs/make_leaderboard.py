"""Measure the shipped model and the baselines, and rewrite the leaderboard at the top of evaluation.md.

    python docs/make_leaderboard.py FOLDER...        photographs: one table a folder, stored as leaderboard/NAME.json
    python docs/make_leaderboard.py                  only rewrite the page from what is stored

The reports lie in build/leaderboard/NAME; what is measured there already is not measured again.
"""

import sys
from pathlib import Path

from photochrom.evaluation import run, systems
from photochrom.evaluation.baselines import BASELINES
from photochrom.evaluation.leaderboard import in_page, read_stored, stored, table
from photochrom.evaluation.photographs import find_photographs
from photochrom.evaluation.results import json_text

DOCS = Path(__file__).resolve().parent
STORED = DOCS / "leaderboard"


def measured(data: Path) -> dict[str, object]:
    """The results on one folder, as they are stored."""
    report = DOCS.parent / "build" / "leaderboard" / data.name
    photographs = find_photographs([data], "folder", report)
    under_test = systems.gather(["photochrom"], [], list(BASELINES), photographs)
    command = ["photochrom", "evaluate", "photochrom", "--data", str(data), "-o", "report"]
    results = run.evaluate(under_test, photographs, report, run.Settings(command=command), _tell)
    return stored(results, data.name)


def _tell(what: str, done: int, total: int) -> None:
    sys.stderr.write(f"\r{what}: {done} of {total} ")


def main() -> None:
    """Measure what is named, then rewrite the page."""
    STORED.mkdir(exist_ok=True)
    for word in sys.argv[1:]:
        data = Path(word).resolve()
        (STORED / f"{data.name}.json").write_text(json_text(measured(data)) + "\n", encoding="utf-8")
    page = DOCS / "evaluation.md"
    page.write_text(in_page(page.read_text(encoding="utf-8"), [table(one) for one in read_stored(STORED)]), "utf-8")


if __name__ == "__main__":
    main()
