"""`photochrom evaluate`: measure models, folders of colorized pictures and baselines; a report, results, a table."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.errors import EvaluationError

if TYPE_CHECKING:
    from photochrom.evaluation.photographs import Photographs
    from photochrom.evaluation.run import Settings
    from photochrom.evaluation.systems import System

Tell = Callable[[str, int, int], None]


@click.command()
@click.argument("models", nargs=-1, metavar="[[NAME=]MODEL]...")
@click.option("--data", "data", required=True, multiple=True, type=click.Path(), metavar="FOLDER|SHARD",
              help="Color photographs: folders, tar shards, files. May be repeated.")  # fmt: skip
@click.option("--protocol", default="folder", show_default=True, metavar="NAME",
              help="Which photographs, and in which frame; an unknown name prints the list.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(), metavar="REPORT", help="The folder of the report.")
@click.option("--results", multiple=True, metavar="NAME=FOLDER",
              help="Pictures that another program colorized, of the same names. May be repeated.")  # fmt: skip
@click.option("--baselines", default="all", show_default=True, metavar="WORDS",
              help="gray, random, truth, by commas; all; none.")  # fmt: skip
@click.option("--extractor", type=click.Path(), metavar="FILE.onnx",
              help="Also Frechet and perceptual distances in the features of this network.")  # fmt: skip
@click.option("--extractor-scale", default="unit", show_default=True, metavar="WORD",
              help="What it wants of sRGB: bytes, unit, signed, imagenet, lite.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only N photographs, evenly spread: a trial.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes.  [one a core]")
@click.option("--provider", default="auto", show_default=True, help="Where networks run: auto, cpu, cuda, ...")
@click.option("--bootstrap", "times", type=click.IntRange(1), default=1000, show_default=True, metavar="N",
              help="Draws of photographs for the intervals.")  # fmt: skip
@click.option("--frames", type=click.Path(), metavar="FOLDER",
              help="Only write the gray photographs, framed, for another program to colorize.")  # fmt: skip
def evaluate(
    models: Sequence[str],
    data: Sequence[str],
    protocol: str,
    output: str | None,
    results: Sequence[str],
    baselines: str,
    extractor: str | None,
    extractor_scale: str,
    limit: int | None,
    workers: int | None,
    provider: str,
    times: int,
    frames: str | None,
) -> None:
    """Measure how well photographs are colorized, against the originals.

    \b
    photochrom evaluate photochrom --data album/ -o report/
    photochrom evaluate photochrom mine.onnx --results deoldify=out/ --data album/ -o report/
    photochrom evaluate photochrom --data imagenet/val/ --protocol zhang2016 -o report/

    Each model is given the gray version of each photograph. REPORT gets report.html, results.json and photographs.csv.
    What is interrupted goes on when the same is typed again; another model joins a report without the others being
    measured anew.
    """
    if (output is None) == (frames is None):
        raise click.UsageError("Give -o REPORT for an evaluation, or --frames FOLDER for the gray photographs.")
    from photochrom.evaluation.photographs import find_photographs  # NumPy, libvips, onnxruntime from here on

    photographs = find_photographs(data, protocol, Path(output or frames or ""), limit)
    if frames is not None:
        _write_frames(photographs, Path(frames))
        return
    from photochrom.evaluation.run import Settings
    from photochrom.evaluation.systems import gather

    under_test = gather(models, results, baseline_names(baselines), photographs, provider)
    file = None if extractor is None else Path(extractor)
    command = ["photochrom", *sys.argv[1:]]
    settings = Settings(workers, provider, file, extractor_scale, times, command=command)
    _run(under_test, photographs, Path(output or ""), settings)


def _write_frames(photographs: "Photographs", folder: Path) -> None:
    from photochrom.evaluation.run import write_frames

    with _progress() as tell:
        count = write_frames(photographs, folder, tell)
    click.echo(
        f"{count} gray photographs in {folder}; colorize them and evaluate with --results NAME=FOLDER.", err=True
    )


def _run(under_test: "Sequence[System]", photographs: "Photographs", place: Path, settings: "Settings") -> None:
    from photochrom.evaluation.run import evaluate as run

    try:
        with _progress() as tell:
            told = run(under_test, photographs, place, settings, tell)
    except KeyboardInterrupt:
        click.echo("Interrupted; the same command goes on from here.", err=True)
        raise
    _print(told)
    click.echo(f"{place / 'report.html'} and {place / 'results.json'} written.", err=True)


def baseline_names(words: str) -> list[str]:
    """The baselines of --baselines: all, none, or names by commas."""
    if words == "none":
        return []
    if words == "all":
        return ["gray", "random", "truth"]
    names = [word.strip() for word in words.split(",") if word.strip()]
    if not names:
        raise EvaluationError("--baselines takes gray, random and truth by commas, all, or none.")
    return names


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar on standard error while somebody watches."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _print(told: Mapping[str, Any]) -> None:
    """The short table, what stands behind it, and what a reader must know."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from photochrom.evaluation.tables import headline, victories

    protocol = told["protocol"]
    heading, rows = headline(told)
    console = Console() if sys.stdout.isatty() else Console(width=250)  # a file takes any width
    console.print(f"{protocol['name']}: {protocol['photographs']} photographs, {protocol['geometry']}", style="bold")
    table = Table(box=None, header_style="bold")
    for position, name in enumerate(heading):
        table.add_column(escape(name), justify="right" if position else "left")
    for row in rows:
        table.add_row(*(escape(cell.replace(" [", "\n[")) for cell in row))
    console.print(table)
    console.print("95 % bootstrap intervals over photographs\n", style="dim")
    for sentence in [*victories(told), *told["warnings"]]:
        console.print(sentence, markup=False, highlight=False, soft_wrap=not sys.stdout.isatty())
