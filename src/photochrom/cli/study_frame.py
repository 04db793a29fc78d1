"""What all studies share on the command line: options, models, a progress bar, and the table at the end."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.study import COMMAND
from photochrom.errors import StudyError

if TYPE_CHECKING:
    from photochrom.colorizer import Colorizer
    from photochrom.studies.folder import Findings, Folder, Table
    from photochrom.studies.photographs import Step

photographs_argument = click.argument(
    "photographs", metavar="PHOTOS...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
output_option = click.option(
    "-o", "--output", metavar="FOLDER", required=True, type=click.Path(path_type=Path), help="For the results."
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace results that are there.")
model_option = click.option(
    "--model", metavar="NAME|FILE", default="photochrom", show_default=True, help="See photochrom models."
)
models_option = click.option(
    "--model",
    "models",
    metavar="[LABEL=]NAME|FILE|RUN",
    multiple=True,
    help="A model, or a run of photochrom train; give it again for another.  [default: photochrom]",
)
limit_option = click.option("--limit", type=click.IntRange(1), help="Take only so many photographs, spread evenly.")
side_option = click.option(
    "--side", type=click.IntRange(32), default=256, show_default=True, help="Shorter side to shrink to, px."
)


def show_option(default: int) -> Callable[..., Any]:
    """How many photographs a figure shows."""
    return click.option(
        "--show", type=click.IntRange(1), default=default, show_default=True, help="Photographs in the figure."
    )


def carry_out(
    ctx: click.Context,
    name: str,
    output: Path,
    overwrite: bool,
    models: Mapping[str, "Colorizer"],
    work: Callable[["Folder", "Step"], "Findings"],
) -> None:
    """Do a study: prepare its folder, work, write results.json, print the table and what is to be told."""
    from photochrom.studies.figures import paper
    from photochrom.studies.folder import RESULTS, Folder

    folder = Folder.prepared(output, overwrite)
    start = time.monotonic()
    with paper(), _progress() as step:
        findings = work(folder, step)
    folder.finish(name, findings, ctx.meta[COMMAND], models, time.monotonic() - start)
    _print(findings.table)
    for note in findings.notes:
        click.echo(note, err=True)
    drawn = [file for file in folder.files if file.endswith(".png") and "/" not in file]
    click.echo(f"{', '.join([*drawn, RESULTS])} in {output}", err=True)


def open_models(words: Sequence[str], scratch: Path) -> dict[str, "Colorizer"]:
    """Colorizers by label: the one given as LABEL=, else the name in the card, made distinct by the word itself.

    A folder is taken for a training run and exported into `scratch` first. StudyError for a label that is taken.
    """
    from photochrom.colorizer import Colorizer

    opened: dict[str, Colorizer] = {}
    for word in words or ["photochrom"]:
        label, equals, place = word.partition("=")
        if not equals or Path(word).exists():
            label, place = "", word
        if Path(place).is_dir():
            place = str(_exported(Path(place), scratch / f"{len(opened)}.onnx"))
        colorizer = Colorizer(place)
        name = label or colorizer.model.card.name
        if name in opened and not label:
            name = Path(word).stem
        if name in opened:
            raise StudyError(f"Two models would be called {name}; give them labels: --model LABEL={place}.")
        opened[name] = colorizer
    return opened


def _exported(run: Path, path: Path) -> Path:
    from photochrom.training.export import export  # torch: only for those who name a run

    export(run, path)
    return path


def _print(table: "Table") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table as Drawn

    drawn = Drawn(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(table.columns):
        drawn.add_column(escape(heading), justify="right" if number else "left")
    for row in table.rows:
        drawn.add_row(*map(_text, row))
    Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(drawn)  # a pipe has no edge to wrap at


def _text(value: object) -> str:
    from rich.markup import escape

    if value is None or value != value:  # NaN: a figure that cannot be had
        return "–"
    if isinstance(value, float):
        return f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"
    return escape(str(value))


@contextmanager
def _progress() -> Iterator["Step"]:
    """A function to call with each photograph's name as its turn comes, and how many there are; a bar if one looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda name, total: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        begun = 0

        def step(name: str, total: int) -> None:
            nonlocal begun
            bar.update(task, completed=begun % total, total=total, description=name)
            begun += 1

        yield step
