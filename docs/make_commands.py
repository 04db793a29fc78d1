"""Writes docs/commands.md from the program itself: every command, its arguments and its options.

    python docs/make_commands.py            write it
    python docs/make_commands.py --check    only say whether it is up to date, by the exit status

A test compares the two, so a changed option shows up there.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from photochrom.cli import main

PAGE = Path(__file__).resolve().parent / "commands.md"
HEAD = """\
# Commands

<!-- written by docs/make_commands.py; change the program instead -->

`photochrom COMMAND --help` prints the same. The exit status is 0 when all went well, 1 when something did not (a
sentence says what), 2 for wrong usage.
"""


def page() -> str:
    """The whole page."""
    context = click.Context(main, info_name="photochrom")
    return "\n".join([HEAD, *section(main, context, 2)]).rstrip() + "\n"


def section(command: click.Command, context: click.Context, depth: int) -> Iterator[str]:
    """One command's part of the page, then those of the commands below it."""
    if depth > 2:
        yield f"{'#' * min(depth - 1, 4)} {context.command_path}\n"
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"```text\n{usage}\n```\n"
    yield from prose(command)
    yield from options(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from section(child, click.Context(child, context, name), depth + 1)


def prose(command: click.Command) -> Iterator[str]:
    r"""The command's own description; a paragraph that click must not fill (\b) is a block of its own."""
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b"):
            yield "```sh\n" + paragraph.removeprefix("\b").strip("\n") + "\n```\n"
        elif paragraph:
            yield plain(paragraph) + "\n"


def options(command: click.Command, context: click.Context) -> Iterator[str]:
    """A table of the options, with defaults where the program shows them."""
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    rows = [record for record in records if record is not None and record[1]]  # arguments say nothing
    if rows:
        yield "| option | what it does |\n|---|---|"
        for words, told in rows:
            yield f"| `{cell(words)}` | {cell(plain(told))} |"
        yield ""


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return " ".join(text.replace("|", "\\|").split())


def plain(text: str) -> str:
    """Prose of the program as Markdown, which would read emphasis into some of its characters."""
    for mark in "\\*_<>[]":
        text = text.replace(mark, f"\\{mark}")
    return text


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
