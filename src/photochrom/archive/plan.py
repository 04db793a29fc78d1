"""Which photograph goes where: inputs and output of a command line as a list of jobs, before anything is done.

The list is a temporary SQLite database, which SQLite keeps on disk once it is large: ten photographs or ten million
take the same memory, and two that would get one name are found before the first is written.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from photochrom.archive.naming import DEFAULT_SUFFIX, Naming, format_of, spelling
from photochrom.archive.walk import Walk
from photochrom.errors import ArchiveError, PhotochromError, PlanError
from photochrom.photo.codec import count_pages
from photochrom.photo.formats import PAGED, WRITABLE

STREAM = "-"
_SCHEMA = "CREATE TABLE jobs (input INTEGER, source BLOB, page INTEGER, target BLOB, real BLOB, place BLOB)"

Row = tuple[str | None, int, str | None]  # source, page, target


@dataclass(frozen=True)
class Job:
    """One photograph to color; None stands for standard input and standard output. Pages count from 0."""

    source: Path | None
    target: Path | None
    page: int = 0


@dataclass(frozen=True)
class Failure:
    """A photograph or a folder from which nothing came, and the sentence that says why."""

    path: str
    reason: str


@dataclass
class Plan:
    """What is to be done.

    root        the folder that takes all results and keeps their journal; None where there is no such folder
    failures    inputs that hold no photograph, folders that can't be listed, links that lead nowhere
    notes       sentences about links that were passed over
    count       of jobs
    """

    root: Path | None = None
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)  # "": a temporary file of its own, gone when closed
        self._rows.execute(_SCHEMA)

    def jobs(self) -> Iterator[Job]:
        """Every job, in the order of the inputs and of the paths in each. May be called again."""
        for source, target, page in self._rows.execute(
            "SELECT source, target, page FROM jobs ORDER BY input, source, page"
        ):
            yield Job(_path(source), _path(target), page)

    def add(self, number: int, rows: Iterable[Row], near: str) -> int:
        """Take in what the input of this number stands for; results lie in or below `near`. How many there were."""
        spell = spelling(near)
        encoded = (
            (number, _encoded(source), page, _encoded(target), spell(source), spell(target))
            for source, page, target in rows
        )
        self._rows.execute("BEGIN")
        added = self._rows.executemany("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?)", encoded).rowcount
        self._rows.execute("COMMIT")
        self.count += added
        return added

    def check(self) -> "Plan":
        """Itself; PlanError if a result would replace a source or another result."""
        self._rows.execute("CREATE INDEX places ON jobs (place)")
        replaced = "SELECT target FROM jobs WHERE place IN (SELECT real FROM jobs) LIMIT 1"
        for (target,) in self._rows.execute(replaced):
            raise PlanError(f"{_path(target)} is one of the photographs to color; an input is never overwritten.")
        shared = "SELECT place FROM jobs WHERE place IS NOT NULL GROUP BY place HAVING count(*) > 1"
        for count, place in self._rows.execute(f"SELECT count(*), min(place) FROM ({shared})"):
            if count:
                raise PlanError(self._clash(place, count - 1))
        return self

    def _clash(self, place: bytes, more: int) -> str:
        query = "SELECT source, target FROM jobs WHERE place = ? ORDER BY input, source, page LIMIT 2"
        (one, _), (other, target) = ((_path(row[0]), _path(row[1])) for row in self._rows.execute(query, (place,)))
        others = f" The same holds for {more} more." if more else ""
        return f"{one} and {other} would both become {target}; nothing was written.{others}"


def make_plan(
    inputs: Sequence[str], output: str | None, suffix: str | None, format: str | None, pages: str = "first"
) -> Plan:
    """Decide every output before the first is written. PlanError for what can't be meant.

    No `output`: beside each source, its name with the suffix (default "-color"). One photograph and an `output` that
    ends like a picture: that file. Otherwise `output` is a folder, made if need be; what was found in folders keeps
    its place in the tree. "-" is standard input or output. No input is ever an output, and no output is named twice.
    `pages` is "first" or "all": then every page of a file gives a result of its own, NAME-page1, NAME-page2.
    """
    _refuse_impossible(inputs, output, suffix)
    if output == STREAM or (output is None and inputs[0] == STREAM):
        if pages == "all":
            raise PlanError("All pages can't go into one stream; give a folder with -o.")
        return _single(inputs[0], None)
    if output is not None and _is_file_name(output):
        _refuse_as_one_file(inputs, output, format, pages)
        return _single(inputs[0], output)
    if STREAM in inputs:
        raise PlanError("Standard input needs a file name to go to, or - for standard output: -o NEW.jpg.")
    naming = naming_for(output, suffix, format)
    plan = Plan(root_for(inputs, output))
    try:
        for number, given in enumerate(inputs):
            known = len(plan.failures)
            near = output or (given if os.path.isdir(given) else os.path.dirname(given) or os.curdir)
            added = plan.add(number, _rows(given, naming, pages, plan), near)
            if not added and len(plan.failures) == known:
                plan.failures.append(Failure(given, f"{given} is a folder without photographs."))
        return plan.check()
    except sqlite3.OperationalError as error:  # it is kept where temporary files go
        raise ArchiveError(f"The plan can't be kept ({error}); make room for temporary files.") from error


def naming_for(output: str | None, suffix: str | None, format: str | None) -> Naming:
    """The rule for names that these options stand for."""
    return Naming(output, suffix if suffix is not None else (DEFAULT_SUFFIX if output is None else ""), format)


def root_for(inputs: Sequence[str], output: str | None) -> Path | None:
    """The folder under which all results lie: the output, or without one the only folder that was given."""
    if output is not None:
        return Path(output)
    return Path(inputs[0]) if len(inputs) == 1 and os.path.isdir(inputs[0]) else None


def photographs_in(given: str, naming: Naming, passed: list[Failure], notes: list[str]) -> Iterator[tuple[str, str]]:
    """What an input stands for: photographs, each with its folder below the input.

    What an earlier run left in a folder is passed over: names with the suffix beside the sources, an output folder
    inside.
    """
    if not os.path.isdir(given):
        yield given, ""
        return
    walk = Walk(given, lambda path, reason: passed.append(Failure(path, reason)), notes.append, naming.output)
    yield from (found for found in walk if not naming.is_result(found[0]))


def jobs_of(source: str, place: str, naming: Naming, pages: str) -> Iterator[Row]:
    """The jobs that one photograph makes: one, or one a page."""
    count = _pages(source) if pages == "all" and format_of(source) in PAGED else 1
    for page in range(count):
        yield source, page, naming.target(source, place, page, count)


def _rows(given: str, naming: Naming, pages: str, plan: Plan) -> Iterator[Row]:
    for source, place in photographs_in(given, naming, plan.failures, plan.notes):
        yield from jobs_of(source, place, naming, pages)


def _pages(source: str) -> int:
    try:
        return count_pages(Path(source), source)
    except PhotochromError:  # told when it is its turn
        return 1


def _single(source: str, target: str | None) -> Plan:
    plan = Plan()
    plan.add(0, [(None if source == STREAM else source, 0, target)], os.path.dirname(target or "") or os.curdir)
    return plan.check()


def _refuse_impossible(inputs: Sequence[str], output: str | None, suffix: str | None) -> None:
    if STREAM in inputs and len(inputs) > 1:
        raise PlanError("Standard input (-) can't be mixed with other photographs.")
    if output == STREAM and (len(inputs) > 1 or os.path.isdir(inputs[0])):
        raise PlanError("Only one photograph fits into standard output (-).")
    if suffix is not None and any(mark in suffix for mark in "/\\\0"):
        raise PlanError(f"A suffix is part of a file name: {suffix!r} is not.")


def _refuse_as_one_file(inputs: Sequence[str], output: str, format: str | None, pages: str) -> None:
    if len(inputs) > 1 or os.path.isdir(inputs[0]):
        raise PlanError(f"Several photographs can't go into one file; give a folder instead of {output}.")
    if format_of(output) not in WRITABLE:
        raise PlanError(f"{output} names a format that photochrom reads but does not write; choose another ending.")
    if format is not None and format_of(output) != format:
        raise PlanError(f"{output} and --format {format} contradict each other.")
    if pages == "all":
        raise PlanError(f"All pages can't go into one file; give a folder instead of {output}.")


def _is_file_name(output: str) -> bool:
    return not output.endswith(("/", os.sep)) and format_of(output) is not None and not os.path.isdir(output)


def _encoded(path: str | None) -> bytes | None:
    return None if path is None else os.fsencode(path)


def _path(encoded: bytes | None) -> Path | None:
    return None if encoded is None else Path(os.fsdecode(encoded))
