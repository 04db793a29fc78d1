"""`photochrom colorize`: many photographs, one after the other; what fails is named at the end."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photochrom.cli.main import DEBUG, SHORT
from photochrom.cli.plan import DEFAULT_SUFFIX, ENDINGS, Job, Plan, make_plan
from photochrom.errors import PhotochromError, PhotoError

if TYPE_CHECKING:
    from photochrom.colorizer import Colorizer
    from photochrom.photo import Photo
    from photochrom.representations import Readout


@dataclass(frozen=True)
class Settings:
    """How each photograph is colored and written."""

    style: "Photo | None"
    readout: "Readout | None"
    saturation: float
    strength: float
    format: str | None
    quality: int
    overwrite: bool


@click.command()
@click.argument("inputs", metavar="IN...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="OUT", help="A file for one photograph, else a folder; - is standard output.")
@click.option("--temperature", type=click.FloatRange(0, 10), help="0 vivid and patchy, 1 calm and pale. [model's own]")
@click.option(
    "--saturation", type=click.FloatRange(0, 10), default=1.0, show_default=True, help="Factor on the chroma."
)
@click.option(
    "--strength",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="Between the photograph's own colors (0) and the predicted ones (1).",
)
@click.option("--style", metavar="PHOTO", help="Another photograph, whose mood is wanted.")
@click.option("--model", metavar="NAME|FILE", default="photochrom", show_default=True, help="See photochrom models.")
@click.option("--suffix", help=f"Added to file names. [{DEFAULT_SUFFIX} beside the sources, nothing under -o]")
@click.option("--overwrite", is_flag=True, help="Replace outputs that exist. Inputs are never replaced.")
@click.option("--quality", type=click.IntRange(1, 100), default=98, show_default=True, help="Of JPEG and WebP.")
@click.option("--format", type=click.Choice(list(ENDINGS)), help="Write this format. [that of each photograph]")
@click.option("--provider", default="auto", show_default=True, help="Where the network runs: auto, cpu, cuda, ...")
@click.pass_context
def colorize(
    ctx: click.Context,
    inputs: Sequence[str],
    output: str | None,
    temperature: float | None,
    saturation: float,
    strength: float,
    style: str | None,
    model: str,
    suffix: str | None,
    overwrite: bool,
    quality: int,
    format: str | None,
    provider: str,
) -> None:
    """Color photographs: files, folders with all that is in them, or - for standard input.

    \b
    photochrom colorize old.jpg -o new.png         one file
    photochrom colorize album/ -o colored/         a folder, its tree kept
    photochrom colorize *.jpg                      beside the sources, as NAME-color.jpg
    curl -s URL | photochrom colorize - > new.jpg  a stream, in the format that came in
    """
    inputs, output = _short_form(inputs, output) if ctx.meta.get(SHORT) else (inputs, output)
    plan = make_plan(inputs, output, suffix, format)
    _refuse_terminal(plan)
    from photochrom.colorizer import Colorizer  # NumPy, libvips and onnxruntime are paid for from here on
    from photochrom.photo import Photo
    from photochrom.representations import Readout

    settings = Settings(
        style=None if style is None else Photo.read(style),
        readout=None if temperature is None else Readout("annealed", temperature),
        saturation=saturation,
        strength=strength,
        format=format,
        quality=quality,
        overwrite=overwrite,
    )
    colorizer = Colorizer(model, provider)
    failures = [*plan.failures, *_run(plan.jobs, colorizer, settings, debug=bool(ctx.meta.get(DEBUG)))]
    _report(len(plan.jobs) + len(plan.failures), failures)


def _short_form(inputs: Sequence[str], output: str | None) -> tuple[Sequence[str], str | None]:
    """`photochrom IN OUT`: the second word is the output."""
    if len(inputs) == 1:
        return inputs, output
    if len(inputs) == 2 and output is None:
        return inputs[:1], inputs[1]
    raise click.UsageError("The short form is photochrom IN OUT; for more: photochrom colorize IN... -o OUT.")


def _refuse_terminal(plan: Plan) -> None:
    """A picture is neither typed nor read as text."""
    if any(job.source is None for job in plan.jobs) and sys.stdin.isatty():
        raise click.UsageError("Standard input is the keyboard; pipe a photograph into it.")
    if any(job.target is None for job in plan.jobs) and sys.stdout.isatty():
        raise click.UsageError("Standard output is the screen; send it to a file, or name one with -o.")


def _run(jobs: Sequence[Job], colorizer: "Colorizer", settings: Settings, debug: bool) -> list[str]:
    """Do the jobs; the sentences of those that failed."""
    failures = []
    with _progress(len(jobs)) as step:
        for job in jobs:
            step(str(job.source or "standard input"))
            try:
                _color(job, colorizer, settings)
            except PhotochromError as error:
                if debug:
                    raise
                failures.append(str(error))
    return failures


def _color(job: Job, colorizer: "Colorizer", settings: Settings) -> None:
    from photochrom.photo import Photo

    if job.target is not None and not settings.overwrite and os.path.exists(job.target):  # before the work, not after
        raise PhotoError(f"{job.target} exists already; choose another name or allow it with --overwrite.")
    if job.source is None:
        photo = Photo.from_bytes(sys.stdin.buffer.read(), "standard input")
    else:
        photo = Photo.read(job.source)
    colored = colorizer(photo, settings.style, settings.readout, settings.saturation, settings.strength)
    if job.target is None:
        _write_stdout(colored.encode(settings.format, settings.quality))
        return
    _make_folder(job.target.parent)
    colored.write(job.target, settings.quality, settings.overwrite)


def _write_stdout(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # whoever reads has enough; click ends quietly
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered fails no second time
        raise PhotoError(f"Standard output can't be written ({error.strerror or error}).") from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhotoError(f"The folder {folder} can't be made ({error.strerror or error}); choose another.") from error


@contextmanager
def _progress(count: int) -> Iterator[Callable[[str], None]]:
    """A function to call with the name of each job as it begins; a bar, if there are many and somebody watches."""
    if count < 2 or not _watched():
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    name_column = TextColumn("{task.description}", markup=False)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), name_column)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=count)
        begun = 0

        def step(name: str) -> None:
            nonlocal begun
            bar.update(task, completed=begun, description=name)
            begun += 1

        yield step


def _watched() -> bool:
    return sys.stderr.isatty()


def _report(count: int, failures: Sequence[str]) -> None:
    """What was done, on standard error; exit status 1 if anything failed."""
    if not failures:
        if count > 1:
            click.echo(f"{count} photographs colored.", err=True)
        return
    if count == 1:
        raise click.ClickException(failures[0])
    click.echo(f"{count - len(failures)} of {count} photographs colored. Not these:", err=True)
    for sentence in failures:
        click.echo(f"  {sentence}", err=True)
    raise click.exceptions.Exit(1)
