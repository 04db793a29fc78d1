"""Hints in files: JSON that says for which size of photograph they were set, or a picture that was painted over it.

    {"photochrom_hints": 1, "size": [1200, 791], "hints": [{"x": 120, "y": 80, "color": "#c02020"}]}

`size` is [width, height]. On a copy of the photograph of another size, hints keep their places; a photograph of another
shape can't be the same one.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from photochrom.errors import HintError
from photochrom.hints.hint import FARTHEST, Hint, cell_of, color_of, moved, refuse_another_shape
from photochrom.hints.hint_picture import hints_from_picture

VERSION = 1
KEYS = {"photochrom_hints", "size", "hints"}


def hints_to_json(hints: Sequence[Hint], size: tuple[int, int]) -> str:
    """Hints for a photograph of `size` (height, width) as JSON, a line each. HintError for one outside of it."""
    for hint in hints:
        cell_of(hint, size, size)
    height, width = size
    lines = [json.dumps({"x": hint.x, "y": hint.y, "color": hint.hex}) for hint in hints]
    inner = "[" + ",".join(f"\n  {line}" for line in lines) + "\n]" if lines else "[]"
    return f'{{"photochrom_hints": {VERSION}, "size": [{width}, {height}], "hints": {inner}}}\n'


def hints_from_json(text: str | bytes, size: tuple[int, int], name: str = "The hints") -> list[Hint]:
    """The hints in a JSON text, at their places in a photograph of `size` (height, width).

    `name` stands for the text in errors. HintError for what is no such text, hints outside of the size that it names,
    and a photograph of another shape.
    """
    values = _object(text, name)
    if values.get("photochrom_hints") != VERSION or values.keys() != KEYS:
        raise HintError(
            f'{name}: what is read is {{"photochrom_hints": {VERSION}, "size": [width, height], "hints": [...]}}.'
        )
    its = _size(values["size"], name)
    if not isinstance(values["hints"], list):
        raise HintError(f'{name}: "hints" is a list of hints.')
    hints = [_hint(one, number, its, name) for number, one in enumerate(values["hints"], 1)]
    refuse_another_shape(its, size, name)
    return [moved(hint, its, size) for hint in hints]


def read_hints(path: Path | str, size: tuple[int, int]) -> list[Hint]:
    """The hints in a JSON file, or in a picture painted over the photograph, for one of `size` (height, width).

    HintError as in `hints_from_json` and `hints_from_picture`, and for a file that can't be read.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            start = file.read(64)
            if start.removeprefix(BOM_UTF8).lstrip()[:1] in (b"{", b"["):
                return hints_from_json(start + file.read(), size, str(path))
    except OSError as error:
        raise HintError(f"{path} cannot be read ({error.strerror or error}).") from None
    return hints_from_picture(path, size)


def write_hints(path: Path | str, hints: Sequence[Hint], size: tuple[int, int]) -> None:
    """Write hints for a photograph of `size` (height, width) as JSON. HintError where that can't be."""
    text = hints_to_json(hints, size)
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise HintError(f"{path} cannot be written ({error.strerror or error}).") from None


def _object(text: str | bytes, name: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):  # also what is no UTF-8
        raise HintError(f"{name}: this is no JSON.") from None
    return values if isinstance(values, dict) else {}


def _size(value: object, name: str) -> tuple[int, int]:
    """(height, width) of [width, height]"""
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(type(one) is int and 0 < one < FARTHEST for one in value)
    ):
        raise HintError(f'{name}: "size" is [width, height] in pixels, not {value!r}.')
    width, height = value
    return height, width


def _hint(value: object, number: int, size: tuple[int, int], name: str) -> Hint:
    if not isinstance(value, dict) or value.keys() != {"x", "y", "color"}:
        raise HintError(f'{name}: hint {number} is not {{"x": ..., "y": ..., "color": "#rrggbb"}}.')
    try:
        hint = Hint(value["x"], value["y"], color_of(value["color"]))
        cell_of(hint, size, size)
    except HintError as error:
        raise HintError(f"{name}: hint {number}: {error}") from None
    return hint
