"""Rows of pixels that are read or made when somebody asks for them: a photograph that need not lie in memory."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class Rows(Protocol):
    """H x W x bands, uint8 or uint16. `rows` gives any of them, `strips` all of them from the top, a few at a time."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, bands."""
        ...

    @property
    def dtype(self) -> np.dtype:
        """uint8 or uint16."""
        ...

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Rows start:stop, [stop - start, W, bands]. May be called from several threads."""
        ...

    def strips(self) -> Iterator[np.ndarray]:
        """All rows in order, as many at a time as suit the source."""
        ...


class Pixels:
    """A field that takes an array or Rows, and is an array to whoever looks: made at the first look, and kept."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._key = f"_{name}"

    def __get__(self, photo: object | None, owner: type | None = None) -> np.ndarray:
        if photo is None:
            raise AttributeError(self._key)  # tells `dataclass` that the field has no default
        held = self.held(photo)
        if not isinstance(held, np.ndarray):
            held = photo.__dict__[self._key] = gathered(held)
        return held

    def __set__(self, photo: object, value: np.ndarray | Rows) -> None:
        photo.__dict__[self._key] = value

    def held(self, photo: object) -> np.ndarray | Rows:
        """What was given."""
        value: np.ndarray | Rows = photo.__dict__[self._key]
        return value


def gathered(rows: Rows) -> np.ndarray:
    """All rows in one array."""
    whole = np.empty(rows.shape, rows.dtype)
    top = 0
    for strip in rows.strips():
        whole[top : top + len(strip)] = strip
        top += len(strip)
    return whole
