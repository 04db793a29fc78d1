"""The systems of 2016 under one small budget: train them, measure them, rewrite their part of models.md.

    python docs/make_systems.py train RUNS SHARDS...       every row that RUNS does not hold yet, one after the other
    python docs/make_systems.py measure RUNS FOLDER        every finished run, on the photographs of FOLDER
    python docs/make_systems.py [--check]                  only rewrite the page from what is stored; or compare them

Measured rows lie in RUNS/NAME/measured; the figures are stored in runs/systems.json. Training takes hours of a core.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from systems import CLAIMS, ROWS, Row

from photochrom.evaluation.bootstrap import Drawn, compared, draw, intervals_of
from photochrom.evaluation.measures import measure
from photochrom.evaluation.photo_sums import PhotoSums
from photochrom.representations import Readout

if TYPE_CHECKING:
    from photochrom.training.recipe import Recipe

DOCS = Path(__file__).resolve().parent
STORED, PAGE = DOCS / "runs" / "systems.json", DOCS / "models.md"
BEGIN, END = "<!-- systems: begin -->", "<!-- systems: end -->"
STEPS, BATCH, CROP, AVERAGE, SEED, WORKING = 300, 16, 96, 0.99, 1, 160
SHOWN = ("auc", "auc_bins", "psnr", "rmse_alpha_beta", "colorful_ratio", "chroma_w1", "cast")
DIGITS = {"psnr": 2, "rmse_alpha_beta": 3, "colorful_ratio": 2, "auc": 2}


def label(row: str, readout: Readout | None) -> str:
    """The name of a measured system."""
    if readout is None:
        return row
    return f"{row} {readout.kind}{'' if readout.fading else ', no fading'}"


def recipe_of(name: str) -> "Recipe":
    """A row's recipe with the budget that all rows share."""
    from photochrom.training.recipe import load_recipe

    row = ROWS[name]
    recipe = load_recipe(row.recipe)
    data = replace(recipe.data, crops=((0.0, CROP),), zoom=2.0, margin=8 if recipe.data.locations else 0)
    schedule = replace(recipe.schedule, steps=STEPS, minutes=0.0, batch=BATCH, accumulate=1, average=AVERAGE)
    if row.rebalance is not None:
        recipe = replace(recipe, objective=replace(recipe.objective, rebalance=row.rebalance))
    if row.joint:
        recipe = replace(recipe, representation={"name": "ab_quantiles", "bins": 16, "joint": True})
    return replace(recipe, data=data, schedule=schedule, seed=SEED)


def train_rows(runs: Path, shards: Sequence[Path]) -> None:
    """Train what `runs` does not hold yet, in the order of ROWS: a row may start from an earlier one."""
    from photochrom.training.checkpoint import numbers_of
    from photochrom.training.loop import train
    from photochrom.training.setup import make_fabric, open_photographs
    from photochrom.training.start import weights_of_model

    fabric = make_fabric("cpu")
    photographs = open_photographs(recipe_of("photochrom"), shards, fabric)
    for name, row in ROWS.items():
        numbers = numbers_of(runs / name)
        if numbers is not None and numbers["step"] >= STEPS:  # done, perhaps when recipes had fewer keys
            continue
        init = None if row.init is None else weights_of_model(runs / row.init)
        initialize: Any = row.initialize
        sys.stderr.write(f"{name}\n")
        train(recipe_of(name), photographs, runs / name, fabric, init, initialize)


def measure_rows(runs: Path, folder: Path) -> None:
    """Export, color and measure what is finished; what was measured before is read."""
    photographs = sorted(one for one in folder.iterdir() if one.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp"))
    measured: dict[str, list[PhotoSums]] = {}
    facts = {}
    for name, row in ROWS.items():
        if not (runs / name / "checkpoint.safetensors").exists():
            continue
        for one, rows in _measured(runs / name, name, row, photographs):
            measured[one] = rows
        log = [json.loads(line) for line in (runs / name / "log.jsonl").read_text(encoding="utf-8").splitlines()]
        facts[name] = {"minutes": round(log[-1]["minutes"], 1), "val_plain": round(log[-1]["val_plain"], 4)}
    measured["all gray"] = _gray(runs, photographs)
    drawn = {name: draw(rows) for name, rows in measured.items()}
    table = {name: _figures(one) for name, one in drawn.items()}
    claims = [
        [about, first, second, {key: list(compared(drawn[first], drawn[second])[key]) for key in keys}]
        for about, first, second, keys in CLAIMS
        if first in drawn and second in drawn
    ]
    budget = {"steps": STEPS, "batch": BATCH, "crop": CROP, "working_size": WORKING}
    stored = {"data": folder.name, "photographs": len(photographs), "budget": budget, "runs": facts}
    text = json.dumps(stored | {"systems": table, "claims": claims}, indent=1)
    STORED.write_text(text + "\n", encoding="utf-8")


def _measured(run: Path, name: str, row: Row, photographs: Sequence[Path]) -> Iterator[tuple[str, list[PhotoSums]]]:
    """A run's systems: its usual read-out and the others, decoded from the same predictions."""
    from photochrom.colorizer import Colorizer
    from photochrom.photo import Photo
    from photochrom.training.export import Finish, export

    asked = (None, *row.readouts)
    places = {one: run / "measured" / f"{label(name, one)}.jsonl" for one in asked}
    if not all(place.exists() for place in places.values()):
        (run / "measured").mkdir(exist_ok=True)
        export(run, run / "model.onnx", Finish(working_size=WORKING))
        colorizer = Colorizer(run / "model.onnx", threads=1)
        found: dict[Readout | None, list[PhotoSums]] = {one: [] for one in asked}
        for path in photographs:
            photo = Photo.read(path)
            prediction, truth = colorizer.predict(photo), photo.pixels[..., :3]
            for one in asked:
                result = colorizer.render(photo, prediction, one).pixels
                found[one].append(measure(truth, result, path.name))
        for one, rows in found.items():
            _write(places[one], rows)
        sys.stderr.write(f"{name} is measured\n")
    for one in asked:
        yield label(name, one), _read(places[one])


def _gray(runs: Path, photographs: Sequence[Path]) -> list[PhotoSums]:
    from photochrom.evaluation.baselines import gray
    from photochrom.photo import Photo

    place = runs / "all gray.jsonl"
    if not place.exists():
        truths = {path.name: Photo.read(path).pixels[..., :3] for path in photographs}
        _write(place, [measure(truth, gray(truth), name) for name, truth in truths.items()])
    return _read(place)


def _write(place: Path, rows: Sequence[PhotoSums]) -> None:
    place.write_text("".join(f"{json.dumps(one.to_json())}\n" for one in rows), encoding="utf-8")


def _read(place: Path) -> list[PhotoSums]:
    lines = place.read_text(encoding="utf-8").splitlines()
    return [PhotoSums.from_json(json.loads(line)) for line in lines]


def _figures(drawn: Drawn) -> dict[str, list[float]]:
    spread = intervals_of(drawn)
    return {key: [round(value, 4) for value in (drawn.figures[key], *spread[key])] for key in SHOWN}


def page_with(page: str, stored: dict[str, Any]) -> str:
    """The page with its part made of what is stored."""
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{PAGE.name} has no place for the systems: {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{_table(stored)}\n\n{_claims(stored)}\n\n{END}{after}"


def _table(stored: dict[str, Any]) -> str:
    heads = " | ".join(key.replace("_ratio", "") for key in SHOWN)
    lines = [f"| row | predicts | {heads} |", f"|---|---|{'--:|' * len(SHOWN)}"]
    for name, figures in stored["systems"].items():
        row = ROWS.get(name)
        what = row.about if row else "" if name not in ROWS and " " not in name else "the same network's answer"
        what = "" if name == "all gray" else what
        cells = " | ".join(_cell(key, figures[key], key in ("auc", "auc_bins", "psnr")) for key in SHOWN)
        lines.append(f"| {name} | {what} | {cells} |")
    return "\n".join(lines)


def _cell(key: str, values: Sequence[float], spread: bool) -> str:
    digits = DIGITS.get(key, 1)
    point, low, high = (f"{value:.{digits}f}" for value in values)
    return f"{point} [{low}, {high}]" if spread else point


def _claims(stored: dict[str, Any]) -> str:
    lines = ["| claim | first | second | first minus second |", "|---|---|---|---|"]
    for about, first, second, found in stored["claims"]:
        told = "; ".join(_difference(key, values) for key, values in found.items())
        lines.append(f"| {about} | {first} | {second} | {told} |")
    return "\n".join(lines)


def _difference(key: str, values: Sequence[float]) -> str:
    digits = max(2, DIGITS.get(key, 2)) if key != "rmse_alpha_beta" else 4
    point, low, high = (f"{value:+.{digits}f}" for value in values[:3])
    told = f"{key} {point} [{low}, {high}]"
    return f"**{told}**" if values[1] > 0 or values[2] < 0 else told


def main() -> None:
    """Do what is asked, then rewrite the page."""
    match sys.argv[1:]:
        case ["train", runs, *shards] if shards:
            train_rows(Path(runs), [Path(one) for one in shards])
            return
        case ["measure", runs, folder]:
            measure_rows(Path(runs), Path(folder))
        case [] | ["--check"]:
            pass
        case _:
            raise SystemExit(__doc__)
    page = PAGE.read_text(encoding="utf-8")
    written = page_with(page, json.loads(STORED.read_text(encoding="utf-8")))
    if sys.argv[1:] == ["--check"]:
        raise SystemExit(
            0 if written == page else f"{PAGE.name} is not what {STORED.name} gives: run this without --check"
        )
    PAGE.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
