"""Does an independent scorer say the same? Both side by side, and the largest difference.

    python benchmarks/agreement.py TRUTH RESULTS --scorer SCORE.py [--limit 60] [--tolerance 0.02]

TRUTH and RESULTS hold pictures with the same stems (a result may end in -color or _color). The scorer is called as

    python SCORE.py TRUTH --colored RESULTS --json OUT.json

and writes {"figures": {name: value}, "interval95": {name: [low, high]}, "photographs": [{"stem": ..., name: value}]},
the last two if it likes. Compared are the figures that both know. Exits with 1 where one differs by more than the
tolerance.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from photochrom.evaluation.bootstrap import intervals
from photochrom.evaluation.measures import MEASURES, PhotoSums, measure, summarize
from photochrom.photo import Photo

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}


def by_stem(folder: Path) -> dict[str, Path]:
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in PICTURES:
            found[path.stem.removesuffix("-color").removesuffix("_color")] = path
    return found


def pairs(truth: Path, results: Path, limit: int | None) -> dict[str, tuple[Path, Path]]:
    originals, made = by_stem(truth), by_stem(results)
    stems = sorted(originals)[:limit]
    missing = [stem for stem in stems if stem not in made]
    if missing or not stems:
        sys.exit(f"{len(missing)} of {len(stems)} originals in {truth} have no result in {results}")
    return {stem: (originals[stem], made[stem]) for stem in stems}


def by_scorer(scorer: Path, chosen: dict[str, tuple[Path, Path]]) -> dict[str, dict]:
    """What the independent scorer says of the same files."""
    with tempfile.TemporaryDirectory() as room:
        folders = [Path(room) / name for name in ("truth", "results")]
        for index, folder in enumerate(folders):
            folder.mkdir()
            for stem, paths in chosen.items():
                shutil.copyfile(paths[index], folder / f"{stem}{paths[index].suffix}")
        out = Path(room) / "scores.json"
        command = [sys.executable, str(scorer), str(folders[0]), "--colored", str(folders[1]), "--json", str(out)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        told = json.loads(out.read_text(encoding="utf-8"))
    return {
        "figures": told["figures"],
        "intervals": told.get("interval95", {}),
        "photographs": told.get("photographs", []),
    }


def largest_of_a_photograph(rows: list[PhotoSums], theirs: list[dict]) -> dict[str, float]:
    """Per measure, the largest difference on any one photograph."""
    ours = {row.name: row.numbers for row in rows}
    out: dict[str, float] = {}
    for photograph in theirs:
        numbers = ours[photograph["stem"]]
        for name in set(photograph) & set(numbers):
            out[name] = max(out.get(name, 0.0), abs(photograph[name] - numbers[name]))
    return out


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("truth", type=Path, nargs="?")
    ask.add_argument("results", type=Path, nargs="?")
    ask.add_argument("--scorer", type=Path)
    ask.add_argument("--limit", type=int)
    ask.add_argument("--tolerance", type=float, default=0.02)
    said = ask.parse_args()
    if not (said.truth and said.results and said.scorer):
        print("skipped: needs TRUTH RESULTS --scorer SCORE.py (python benchmarks/agreement.py --help)")
        return
    chosen = pairs(said.truth, said.results, said.limit)
    rows = [measure(*(Photo.read(path).pixels for path in paths), name=stem) for stem, paths in chosen.items()]
    figures, spread = summarize(rows), intervals(rows, times=300)
    theirs = by_scorer(said.scorer, chosen)
    each = largest_of_a_photograph(rows, theirs["photographs"])
    columns = "photochrom", "scorer", "difference", "a photograph", "an interval"
    print(f"{len(rows)} photographs\n{'':15}" + "".join(f"{column:>14}" for column in columns))
    shared = {name: value for name, value in theirs["figures"].items() if name in figures}
    for name, value in shared.items():
        ends = theirs["intervals"].get(name)
        gaps = [
            figures[name] - value,
            each.get(name),
            max(abs(one - other) for one, other in zip(spread[name], ends, strict=True)) if ends else None,
        ]
        told = "".join(f"{'' if gap is None else format(gap, '.1e'):>14}" for gap in gaps)
        print(f"{name:15}{figures[name]:14.4f}{value:14.4f}{told}")
    worst = max(abs(figures[name] - value) for name, value in shared.items())
    print(f"largest difference {worst:.1e}, tolerance {said.tolerance:g}")
    print("only here: " + ", ".join(name for name in MEASURES if name not in shared))
    sys.exit(0 if worst <= said.tolerance else 1)


if __name__ == "__main__":
    main()
