"""Which photograph goes where: inputs and output of a command line as a list of jobs, before anything is done."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

STREAM = "-"
DEFAULT_SUFFIX = "-color"
ENDINGS = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp"}


@dataclass(frozen=True)
class Job:
    """One photograph to color; None stands for standard input and standard output."""

    source: Path | None
    target: Path | None


@dataclass(frozen=True)
class Plan:
    """The jobs, and the sentences about inputs that hold no photograph and folders that can't be listed."""

    jobs: list[Job]
    failures: list[str]


def make_plan(inputs: Sequence[str], output: str | None, suffix: str | None, format: str | None) -> Plan:
    """Decide every output before the first is written. click.UsageError for what can't be meant.

    No `output`: beside each source, its name with the suffix (default "-color"). One photograph and an `output` that
    ends like a picture: that file. Otherwise `output` is a folder, made if need be; what was found in folders keeps
    its place in the tree. "-" is standard input or output. No input is ever an output, and no output is named twice.
    """
    _refuse_impossible(inputs, output, suffix)
    if output == STREAM or (output is None and inputs[0] == STREAM):
        return Plan([Job(_path(inputs[0]), None)], [])
    if output is not None and _is_file_name(output):
        if len(inputs) > 1 or Path(inputs[0]).is_dir():
            raise click.UsageError(f"Several photographs can't go into one file; give a folder instead of {output}.")
        if format is not None and _format_of(Path(output)) != format:
            raise click.UsageError(f"{output} and --format {format} contradict each other.")
        return _checked([Job(_path(inputs[0]), Path(output))], [])
    if STREAM in inputs:
        raise click.UsageError("Standard input needs a file name to go to, or - for standard output: -o NEW.jpg.")
    ending = suffix if suffix is not None else (DEFAULT_SUFFIX if output is None else "")
    jobs, failures = list[Job](), list[str]()
    for given in map(Path, inputs):
        unreadable = list[str]()
        found = list(_photographs(given, output, ending, unreadable))
        failures += unreadable
        if not found and not unreadable:
            failures.append(f"{given} is a folder without photographs.")
        for source, place in found:
            folder = source.parent if output is None else Path(output) / place
            jobs.append(Job(source, folder / _name(source, ending, format)))
    return _checked(jobs, failures)


def _refuse_impossible(inputs: Sequence[str], output: str | None, suffix: str | None) -> None:
    if STREAM in inputs and len(inputs) > 1:
        raise click.UsageError("Standard input (-) can't be mixed with other photographs.")
    if output == STREAM and (len(inputs) > 1 or Path(inputs[0]).is_dir()):
        raise click.UsageError("Only one photograph fits into standard output (-).")
    if suffix is not None and any(mark in suffix for mark in "/\\\0"):
        raise click.UsageError(f"A suffix is part of a file name: {suffix!r} is not.")


def _photographs(given: Path, output: str | None, ending: str, unreadable: list[str]) -> Iterator[tuple[Path, Path]]:
    """What an input stands for: photographs, each with its place below the output folder.

    The sentences about folders that can't be listed are appended to `unreadable`.

    What an earlier run left in a folder is passed over: names with the suffix beside the sources, an output folder
    inside.
    """
    from photochrom.photo import find_photos

    if not given.is_dir():
        yield given, Path()
        return
    made = None if output is None else Path(output).resolve()
    nested = made is not None and made != given.resolve() and made.is_relative_to(given.resolve())
    for photo in find_photos(given, lambda error: unreadable.append(str(error))):
        ours = nested and made is not None and photo.resolve().is_relative_to(made)
        if not ours and not (output is None and ending and photo.stem.endswith(ending)):
            yield photo, photo.parent.relative_to(given)


def _checked(jobs: list[Job], failures: list[str]) -> Plan:
    sources = {os.path.realpath(job.source) for job in jobs if job.source}
    taken: dict[str, Job] = {}
    for job in jobs:
        if job.target is None:
            continue
        place = os.path.realpath(job.target)
        if place in sources:
            raise click.UsageError(f"{job.target} is one of the photographs to color; an input is never overwritten.")
        if place in taken:
            raise click.UsageError(
                f"{taken[place].source} and {job.source} would both become {job.target}; nothing was written."
            )
        taken[place] = job
    return Plan(jobs, failures)


def _name(source: Path, ending: str, format: str | None) -> str:
    """The file's own name with the suffix; its ending changes only if the format does."""
    own = _format_of(source)
    keeps = own is not None and format in (None, own)
    return source.stem + ending + (source.suffix if keeps else ENDINGS[format or "png"])


def _is_file_name(output: str) -> bool:
    return not output.endswith(("/", os.sep)) and _format_of(Path(output)) is not None and not os.path.isdir(output)


def _format_of(path: Path) -> str | None:
    from photochrom.photo import SUFFIXES

    return SUFFIXES.get(path.suffix.lower())


def _path(word: str) -> Path | None:
    return None if word == STREAM else Path(word)
