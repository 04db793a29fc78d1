"""`photochrom colorize`: photographs, folders of them, or a stream. Parse, call, print; the work is `archive/`."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photochrom.cli.interrupt import STATUS, Interrupt
from photochrom.cli.main import DEBUG, SHORT
from photochrom.cli.showing import how_to_go_on, several, showing, single
from photochrom.errors import HintError, PlanError, printable

if TYPE_CHECKING:
    from photochrom.archive.plan import Plan
    from photochrom.archive.run import Jobs, Run
    from photochrom.archive.settings import Settings
    from photochrom.hints import Hint

FORMATS = ["jpeg", "png", "tiff", "webp", "avif"]
PROVIDERS = "auto, cpu, cuda, tensorrt, coreml, directml, openvino"


def _parsed(ctx: click.Context, parameter: click.Parameter, words: Sequence[str]) -> "tuple[Hint, ...]":
    if not words:
        return ()
    from photochrom.hints import Hint

    try:
        return tuple(map(Hint.parse, words))
    except HintError as error:
        raise click.BadParameter(str(error), ctx, parameter) from None


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
@click.option("--contrast", is_flag=True, help="Even out a faded scan in the network's copy; the result keeps its own.")
@click.option(
    "--style", metavar="PHOTO", type=click.Path(path_type=Path), help="Another photograph, whose mood is wanted."
)
@click.option(
    "--hint",
    "hints",
    metavar="X,Y,#RRGGBB",
    multiple=True,
    callback=_parsed,
    help="A color at a place, in pixels; repeatable.",
)
@click.option(
    "--hints",
    "hints_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Hints as JSON or as a transparent picture.",
)
@click.option(
    "--size", metavar="PIXELS", type=click.IntRange(32, 1024), help="Shorter side of the network's copy.  [model's own]"
)
@click.option("--model", metavar="NAME|FILE", default="photochrom", show_default=True, help="See photochrom models.")
@click.option("--provider", default="auto", show_default=True, help=f"Where the network runs: {PROVIDERS}.")
@click.option("--format", type=click.Choice(FORMATS), help="Write this format. [that of each photograph]")
@click.option("--quality", type=click.IntRange(1, 100), default=98, show_default=True, help="Of JPEG, WebP and AVIF.")
@click.option(
    "--pages", type=click.Choice(["first", "all"]), default="first", show_default=True, help="Of a file with several."
)
@click.option("--max-pixels", metavar="N", type=click.IntRange(1), help="Refuse larger ones.  [500 million]")
@click.option("--skip-color", is_flag=True, help="Leave out photographs that are in color already.")
@click.option("--strip-gps", is_flag=True, help="Leave out the place where a photograph was taken.")
@click.option("--no-disclose", is_flag=True, help="Don't note in the metadata that the colors are machine-made.")
@click.option("--suffix", help="Added to file names. [-color beside the sources, nothing under -o]")
@click.option("--overwrite", is_flag=True, help="Replace files that photochrom did not make, too. Never inputs.")
@click.option(
    "--resume/--no-resume", default=True, show_default=True, help="In a folder, leave out what is done and unchanged."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--watch", is_flag=True, help="Go on with photographs that come into the folders, until Ctrl-C.")
@click.pass_context
def colorize(
    ctx: click.Context,
    inputs: Sequence[str],
    output: str | None,
    temperature: float | None,
    saturation: float,
    strength: float,
    contrast: bool,
    style: Path | None,
    hints: "tuple[Hint, ...]",
    hints_file: Path | None,
    size: int | None,
    model: str,
    provider: str,
    format: str | None,
    quality: int,
    pages: str,
    max_pixels: int | None,
    skip_color: bool,
    strip_gps: bool,
    no_disclose: bool,
    suffix: str | None,
    overwrite: bool,
    resume: bool,
    dry_run: bool,
    watch: bool,
) -> None:
    """Color photographs: files, folders with all that is in them, or - for standard input.

    \b
    photochrom colorize old.jpg -o new.png         one file
    photochrom colorize album/ -o colored/         a folder, its tree kept; again: only what is new or changed
    photochrom colorize *.jpg                      beside the sources, as NAME-color.jpg
    curl -s URL | photochrom colorize - > new.jpg  a stream, in the format that came in
    """
    inputs, output = _short_form(inputs, output) if ctx.meta.get(SHORT) else (inputs, output)
    _calm_threads(inputs)
    from photochrom.archive.settings import Settings  # NumPy, libvips and onnxruntime are paid for from here on

    settings = Settings(
        temperature=temperature, saturation=saturation, strength=strength, contrast=contrast, size=size,
        style=style, hints=hints, hints_file=hints_file, format=format, quality=quality, gps=not strip_gps,
        disclose=not no_disclose, max_pixels=max_pixels, all_pages=pages == "all", skip_color=skip_color,
        overwrite=overwrite, resume=resume,
    )  # fmt: skip
    try:
        work = _work(inputs, output, suffix, format, pages, watch)
    except PlanError as error:
        raise click.UsageError(str(error)) from None
    if hints or hints_file:
        _refuse_several(inputs, work)
    if dry_run:
        _preview(work, settings, model)
    else:
        _color(work, settings, model, provider, bool(ctx.meta.get(DEBUG)))


@dataclass(frozen=True)
class Work:
    """Jobs, and where they lead; `count` is None while nobody knows how many there will be."""

    jobs: "Jobs"
    root: Path | None
    count: int | None
    failures: int = 0
    notes: Sequence[str] = ()


def _short_form(inputs: Sequence[str], output: str | None) -> tuple[Sequence[str], str | None]:
    """`photochrom IN OUT`: the second word is the output."""
    if len(inputs) == 1:
        return inputs, output
    if len(inputs) == 2 and output is None:
        return inputs[:1], inputs[1]
    raise click.UsageError("The short form is photochrom IN OUT; for more: photochrom colorize IN... -o OUT.")


def _calm_threads(inputs: Sequence[str]) -> None:
    """Before libvips is loaded: of many photographs each one takes a core, and libvips no further threads for it."""
    if len(inputs) > 1 or os.path.isdir(inputs[0]):
        os.environ.setdefault("VIPS_CONCURRENCY", "1")


def _work(
    inputs: Sequence[str], output: str | None, suffix: str | None, format: str | None, pages: str, watch: bool
) -> Work:
    """What the words of the command line stand for. PlanError for what can't be meant."""
    from photochrom.archive.plan import make_plan, naming_for, root_for
    from photochrom.archive.watch import Watch

    if watch:
        jobs = Watch(inputs, naming_for(output, suffix, format), pages).jobs()
        return Work(jobs, root_for(inputs, output), None)
    plan = make_plan(inputs, output, suffix, format, pages)
    _refuse_terminal(plan)
    return Work(chain(plan.failures, plan.jobs()), plan.root, plan.count, len(plan.failures), plan.notes)


def _refuse_several(inputs: Sequence[str], work: Work) -> None:
    """Hints are places of one photograph."""
    if len(inputs) > 1 or work.count is None or work.count > 1 or os.path.isdir(inputs[0]):
        raise click.UsageError("Hints belong to one photograph: give its file, not a folder or several files.")


def _refuse_terminal(plan: "Plan") -> None:
    """A picture is neither typed nor read as text."""
    if plan.root is not None or plan.count != 1:
        return
    (job,) = plan.jobs()
    if job.source is None and sys.stdin.isatty():
        raise click.UsageError("Standard input is the keyboard; pipe a photograph into it.")
    if job.target is None and sys.stdout.isatty():
        raise click.UsageError("Standard output is the screen; send it to a file, or name one with -o.")


def _color(work: Work, settings: "Settings", model: str, provider: str, debug: bool) -> None:
    """Do it, show it, and end with the right exit status."""
    from photochrom.archive.run import Run

    total = None if work.count is None else work.count + work.failures
    outcome = None
    run = Run(settings, model, provider, work.root, work.count, debug)
    with run, Interrupt() as stop, showing(total) as show:
        for sentence in work.notes:
            show.note(sentence)
        if total is None:
            show.note(f"Watching, on {run.summary.provider}; Ctrl-C ends it.")
        for outcome in run.outcomes(work.jobs, stop):
            show.outcome(outcome)
    summary, failures = run.summary, run.failures
    if total == 1 and outcome is not None and outcome.reason:
        raise click.ClickException(outcome.reason)
    lines = several(summary, failures, show.notes)
    if total == 1 and work.root is None and outcome is not None:
        lines = single(outcome, summary)
    _end(work, run, lines, stop())


def _end(work: Work, run: "Run", lines: Iterable[str], stopped: bool) -> None:
    for line in lines:
        click.echo(printable(line), err=True)
    left = None if work.count is None else run.left(work.count + work.failures)
    if run.summary.stopped:
        when = " When" if left is None else f" {left} are left; when"
        raise click.ClickException(f"{run.summary.stopped}{when} that is mended, run the same again to go on.")
    if stopped and left != 0:
        click.echo(how_to_go_on(work.root), err=True)
        raise click.exceptions.Exit(STATUS)
    if run.failures.count:
        raise click.exceptions.Exit(1)


def _preview(work: Work, settings: "Settings", model: str) -> None:
    """--dry-run: a line for each photograph on standard output, a count on standard error."""
    from photochrom.archive.run import preview

    if work.count is None:
        raise click.UsageError("--dry-run says what would be done now, which --watch can't know.")
    counts = Counter[str]()
    for job, verdict, refused in preview(work.jobs, settings, model, work.root):
        counts["refused" if refused else verdict] += 1
        line = f"refused: {verdict}" if refused else f"{verdict}: {job.source or '-'} -> {job.target or '-'}"
        click.echo(printable(line))
    click.echo(f"Nothing was done: {', '.join(f'{number} {what}' for what, number in counts.items())}.", err=True)
    if counts["refused"]:
        raise click.exceptions.Exit(1)
