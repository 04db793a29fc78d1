"""What the person sees of a run: a bar or lines while it goes on, and what came of it at the end. On standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photochrom.errors import printable

if TYPE_CHECKING:
    from photochrom.archive.coloring import Outcome
    from photochrom.archive.failures import Failures
    from photochrom.archive.run import Summary

NOTES = 20  # at most so many are shown; the rest is counted


class Showing:
    """Shows outcomes as they come: `say` prints a line, `step` moves the bar, `each` has every result told."""

    def __init__(self, say: Callable[[str], None], step: Callable[[str], None], each: bool) -> None:
        self._say, self._step, self._each = say, step, each
        self.notes = 0

    def note(self, sentence: str) -> None:
        """Tell something about a photograph or a link."""
        self.notes += 1
        if self.notes <= NOTES or self._each:
            self._say(printable(sentence))

    def outcome(self, outcome: "Outcome") -> None:
        """Tell what became of a photograph."""
        job = outcome.job
        for sentence in outcome.notes:
            self.note(sentence)
        if self._each:
            self._say(printable(outcome.reason or f"{job.target or job.source}: {outcome.result.value}"))
        self._step(printable(str(job.source or "standard input")))


@contextmanager
def showing(count: int | None) -> Iterator[Showing]:
    """A bar, if there are many photographs and somebody watches; a line each, if nobody knows how many will come."""
    if count is None or count < 2 or not _watched():
        yield Showing(lambda line: click.echo(line, err=True), lambda name: None, each=count is None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    name_column = TextColumn("{task.description}", markup=False)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), name_column)
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=count)

        def say(line: str) -> None:
            console.print(line, markup=False, highlight=False, soft_wrap=True)

        def step(name: str) -> None:
            bar.update(task, advance=1, description=name)

        yield Showing(say, step, each=False)


def _watched() -> bool:
    return sys.stderr.isatty()


def single(outcome: "Outcome", summary: "Summary") -> Iterator[str]:
    """What is told about one photograph that didn't fail."""
    source, target = outcome.job.source or "standard input", outcome.job.target or "standard output"
    if summary.in_color:
        yield f"{source} is in color already and was left out."
        return
    if summary.recolored:
        yield f"{source} is in color already; it was colored anew from its lightness (--skip-color leaves it out)."
    yield f"{target}: colored on {summary.provider} in {summary.seconds:.1f} s."


def several(summary: "Summary", failures: "Failures", notes: int) -> Iterator[str]:
    """What is told at the end of a run over many."""
    count = summary.colored + summary.done + summary.in_color + summary.failed
    of = "" if summary.colored == count else f" of {count}"
    other = {"done before and unchanged": summary.done, "left out, in color already": summary.in_color}
    other |= {"failed": summary.failed}
    rest = "".join(f", {number} {what}" for what, number in other.items() if number)
    things = "photograph" if count == 1 else "photographs"
    if summary.swept:
        yield f"{summary.swept} unfinished files of a run that was killed were cleared away."
    if notes > NOTES:
        yield f"And {notes - NOTES} more notes of this kind."
    if summary.recolored:
        yield (f"{summary.recolored} in color already, colored anew from the lightness; --skip-color leaves such out.")
    yield f"{summary.colored}{of} {things} colored on {summary.provider} in {summary.seconds:.1f} s{rest}."
    if failures.count:
        yield "Not these:"
        yield from (f"  {failure.reason}" for failure in failures.first)
        if failures.count > len(failures.first):
            yield f"  and {failures.count - len(failures.first)} more"
    if failures.path is not None and failures.count:
        yield f"All of them, with reasons: {failures.path}"


def how_to_go_on(root: Path | None) -> str:
    """After a run that was stopped."""
    if root is None:
        return "Stopped. Run the same again for the rest; what is there already is left as it is."
    return "Stopped. Run the same again to go on; what is done is left out."
