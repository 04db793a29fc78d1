"""Hints: colors that a person sets at places of a photograph. The value `Hint`, and its way from and to files."""

from photochrom.hints.hint import Hint, Placed, place
from photochrom.hints.hint_file import hints_from_json, hints_to_json, read_hints, write_hints
from photochrom.hints.hint_picture import hints_from_picture

__all__ = [
    "Hint",
    "Placed",
    "hints_from_json",
    "hints_from_picture",
    "hints_to_json",
    "place",
    "read_hints",
    "write_hints",
]
