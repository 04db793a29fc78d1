"""Docstrings as they are written here, plain text with aligned columns, as reStructuredText for autodoc.

a paragraph            stays one; `names` in it become code
name    what it is     lines of two columns become a list of definitions, further lines of the second column included
indented lines         become a literal block
"""

import re

from docutils.utils import column_width
from sphinx.application import Sphinx

ROW = re.compile(r"(\S.*?) {2,}(\S.*)")


def blocks(lines: list[str]) -> list[list[str]]:
    """Lines grouped by the empty lines between them."""
    grouped: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            grouped[-1].append(line.rstrip())
        elif grouped[-1]:
            grouped.append([])
    return [block for block in grouped if block]


def translated(block: list[str]) -> list[str]:
    """One block as reStructuredText."""
    indent = min(len(line) - len(line.lstrip()) for line in block)
    if indent >= 4:
        return ["::", "", *(f"    {line[indent:]}" for line in block)]
    if len(block) > 1 and all(line.startswith(("- ", "  ")) for line in block):
        return [escaped(line) for line in block]
    if is_table(block):
        return definitions(block)
    if any("   " in line for line in block):  # neither prose nor a table of two columns: leave it as it was drawn
        return ["::", "", *(f"    {line}" for line in block)]
    return [escaped(line) for line in block]


def is_table(block: list[str]) -> bool:
    """Whether every line begins a row or goes on with the second column of the one above."""
    first = ROW.fullmatch(block[0])
    if first is None:
        return False
    at = column_width(block[0][: first.start(2)])
    return all(line[:at].isspace() or (ROW.match(line) and line[at - 1 : at] == " " != line[at]) for line in block)


def definitions(block: list[str]) -> list[str]:
    """Rows as a list: the name as code, then what it is."""
    made: list[str] = []
    for line in block:
        row = ROW.fullmatch(line)
        if line[0].isspace() or row is None:
            made.append(f"  {escaped(line.strip())}")
        else:
            made.append(f"- ``{row[1]}``: {escaped(row[2])}")
    return made


def escaped(text: str) -> str:
    """A line of prose: code in backticks, nothing else that means something to reStructuredText."""
    parts = re.split(r"`([^`]+)`", text)
    prose = [re.sub(r"([\\*|_])", r"\\\1", part) for part in parts[::2]]
    code = [f"``{part}``" for part in parts[1::2]]
    return "".join(piece for pair in zip(prose, [*code, ""], strict=True) for piece in pair)


def rewrite(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """What autodoc calls for each docstring: changes its lines in place. Python's own of named tuples say nothing."""
    if lines and lines[0].startswith("Alias for field number"):
        lines.clear()
    lines[:] = [line for block in blocks(lines) for line in [*translated(block), ""]]


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx' way in."""
    app.connect("autodoc-process-docstring", rewrite)
    return {"parallel_read_safe": True}
