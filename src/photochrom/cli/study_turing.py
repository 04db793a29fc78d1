"""`photochrom study turing`: serves the real-or-fake test; `photochrom study turing report`: what people answered."""

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photochrom.cli.study import COMMAND
from photochrom.errors import StudyError

if TYPE_CHECKING:
    from photochrom.studies.turing.protocol import Protocol
    from photochrom.studies.turing.report import Study
    from photochrom.studies.turing.store import Store

WORDS = {"pairs": "fooled", "rating": "natural"}
LEFT_OUT = {"unfinished": "did not finish", "vigilance": "failed vigilance", "timing": "had mistimed pictures"}


class Turing(click.Group):
    """Words that are no subcommand are photographs to serve."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`turing PHOTOS` is `turing serve PHOTOS`."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["serve", *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """A subcommand, else `serve`."""
        return self.commands.get(cmd_name, self.commands["serve"])


@click.group(cls=Turing, no_args_is_help=True)
def command() -> None:
    """Ask people which picture has fake colors, in a browser (Zhang 2016, section 3.1).

    \b
    photochrom study turing photos/ --model photochrom --model mine.onnx -o asked/
    photochrom study turing report asked/

    The first prepares the pictures and serves the test; killed or stopped, it goes on when it is given again.
    """


@command.command()
@click.argument("photos", metavar="PHOTOS...", nargs=-1, required=True)
@click.option(
    "--model", "models", metavar="NAME|FILE", multiple=True, help="A model to be judged; LABEL=FILE names it."
)
@click.option("--results", metavar="NAME=FOLDER", multiple=True, help="Pictures that another program colorized.")
@click.option("-o", "--output", metavar="FOLDER", default="turing", show_default=True, help="Pictures and votes.")
@click.option("--kind", type=click.Choice(["pairs", "rating"]), default="pairs", show_default=True,
              help="Which of two is fake (Zhang 2016), or does one look natural (Iizuka 2016).")  # fmt: skip
@click.option("--practice", type=click.IntRange(0, 1000), help="Trials before those that count. [10; rating 0]")
@click.option("--trials", type=click.IntRange(1, 10000), help="Trials, vigilance trials among them. [40; rating 60]")
@click.option("--vigilance", type=click.FloatRange(0, 1), help="Share of vigilance trials. [0.1]")
@click.option("--exposure", type=click.FloatRange(0, 60, min_open=True),
              help="Seconds each picture is shown. [1; rating: until the answer]")  # fmt: skip
@click.option("--tolerance", type=click.FloatRange(0, 60, min_open=True), help="Seconds it may be off. [0.05]")
@click.option("--participants", type=click.IntRange(1), help="Wanted, in pairs for each algorithm. [40; rating 10]")
@click.option("--consent", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A text file to agree to, instead of the page's own.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for the network.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any free one.")
def serve(
    photos: Sequence[str],
    models: Sequence[str],
    results: Sequence[str],
    output: str,
    kind: str,
    practice: int | None,
    trials: int | None,
    vigilance: float | None,
    exposure: float | None,
    tolerance: float | None,
    participants: int | None,
    consent: Path | None,
    host: str,
    port: int,
) -> None:
    """Prepare the pictures and serve the test; the word `serve` may be left out."""
    from photochrom.studies.turing.protocol import Protocol

    default = Protocol.of_kind(kind)
    protocol = replace(
        default,
        practice=default.practice if practice is None else practice,
        trials=default.trials if trials is None else trials,
        vigilance=default.vigilance if vigilance is None else vigilance,
        exposure=default.exposure if exposure is None else exposure,
        tolerance=default.tolerance if tolerance is None else tolerance,
        participants=default.participants if participants is None else participants,
    )
    _need_server()
    from photochrom.addresses import listen
    from photochrom.studies.turing.serve import serve as answer

    paragraphs = _paragraphs(consent)
    folder = Path(output)
    with listen(host, port) as listening:  # before the work, not after
        store = _prepared(photos, models, results, folder, protocol)
        answer(store, folder, listening, host, paragraphs, _tell)
    _tell(
        f"Stopped. The votes are in {store.path}; the same command goes on, and photochrom study turing report reads."
    )


@command.command()
@click.argument("store", metavar="STORE", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder of the report. [STORE/report]")
@click.option("--vigilance", type=click.FloatRange(0, 1),
              help="Least share of vigilance trials found by a participant who counts. [0.7; rating 0.5]")  # fmt: skip
@click.option("--mistimed", type=click.FloatRange(0, 1), default=0.25, show_default=True,
              help="Greatest share of mistimed trials.")  # fmt: skip
@click.option("--keep-mistimed", is_flag=True, help="Count trials that were shown too long, too short or twice.")
@click.option("--least", type=click.IntRange(1), default=1, show_default=True,
              help="How often a photograph must have been shown to be in a figure.")  # fmt: skip
@click.pass_context
def report(
    ctx: click.Context,
    store: Path,
    output: Path | None,
    vigilance: float | None,
    mistimed: float,
    keep_mistimed: bool,
    least: int,
) -> None:
    """Percent fooled by algorithm and photograph. STORE is the folder of the study."""
    from photochrom.studies.turing.report import read_study, write_report

    study = read_study(store, vigilance, mistimed, keep_mistimed)
    _print(study)
    words = ctx.meta.get(COMMAND) or shlex.join(["photochrom", "study", "turing", "report", str(store)])
    folder = write_report(study, output or study.folder / "report", words, least)
    click.echo(f"Written to {folder.path}: {', '.join(folder.files)}.", err=True)


def _need_server() -> None:
    """One sentence where the extra is not installed."""
    if any(find_spec(name) is None for name in ("fastapi", "uvicorn")):
        raise StudyError("The test needs a web server; install it with pip install 'photochrom[serve]'.")


def _paragraphs(consent: Path | None) -> list[str]:
    if consent is None:
        return []
    try:
        text = consent.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{consent} can't be read as UTF-8 text ({error}).") from None
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _prepared(
    photos: Sequence[str], models: Sequence[str], results: Sequence[str], folder: Path, protocol: "Protocol"
) -> "Store":
    """Make what pictures are missing, then the store or open it."""
    from photochrom.studies.turing.pictures import gather, prepare
    from photochrom.studies.turing.store import FILE, Store

    gathered = gather(photos, models, results, folder)
    with _progress(gathered.steps) as step:
        names = prepare(gathered, folder, step, _tell)
    if len(names) < protocol.photographs:
        raise StudyError(
            f"{protocol.photographs} trials of a participant need as many photographs, and there are {len(names)}; "
            "give more photographs, or fewer trials with --practice and --trials."
        )
    return Store.create(folder / FILE, protocol, gathered.identities, names)


@contextmanager
def _progress(count: int) -> Iterator[Callable[[str], None]]:
    """A function to call before each picture; a bar, if somebody watches."""
    if not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    name_column = TextColumn("{task.description}", markup=False)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), name_column)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=count)

        def step(name: str) -> None:
            bar.update(task, advance=1, description=name)

        yield step


def _tell(text: str) -> None:
    click.echo(text, err=True)


def _print(study: "Study") -> None:
    """The table on standard output."""
    from rich.console import Console
    from rich.table import Table

    analysis, word = study.analysis, WORDS[study.store.protocol.kind]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("system", f"{word} %", "± SE", "95 %", "median", "participants", "trials"):
        table.add_column(heading, justify="left" if heading == "system" else "right")
    for row in analysis.rows:
        table.add_row(
            row.system, _number(row.percent), _number(row.error), _span(row.low, row.high), _number(row.median),
            str(row.participants), str(row.trials),
        )  # fmt: skip
    Console().print(table)
    for one in analysis.differences:
        span = f"{one.low:+.1f} to {one.high:+.1f}"
        click.echo(f"Difference {one.system} - {one.other}: {one.percent:+.1f} ({span}) points")
    found, asked = analysis.vigilance
    if asked:
        click.echo(f"Vigilance: the fake was found in {100 * found / asked:.0f} % of {asked} trials.")
    for reason, count in analysis.left_out.items():
        click.echo(f"Left out: {count} who {LEFT_OUT[reason]}.")
    if analysis.marks:
        told = ", ".join(f"{count} {mark}" for mark, count in sorted(analysis.marks.items()))
        click.echo(f"Marked trials of the others: {told}; {'counted' if study.rules.keep_marked else 'not counted'}.")


def _number(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.1f}"


def _span(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{low:.1f} to {high:.1f}"
