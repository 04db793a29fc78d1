"""Rows of pixels that are read or made when somebody asks for them: a photograph that need not lie in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyvips

from photochrom.photo.codec import to_depth

STRIP = 1 << 17  # pixels handed on at a time


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


@dataclass(frozen=True, eq=False)
class Held:
    """Rows of an array."""

    array: np.ndarray

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, bands."""
        height, width, bands = self.array.shape
        return height, width, bands

    @property
    def dtype(self) -> np.dtype:
        """uint8 or uint16."""
        return self.array.dtype

    def rows(self, start: int, stop: int) -> np.ndarray:
        """A view."""
        return self.array[start:stop]

    def strips(self) -> Iterator[np.ndarray]:
        """Views."""
        step = strip_rows(self.shape[1])
        for top in range(0, len(self.array), step):
            yield self.array[top : top + step]


@dataclass(frozen=True, eq=False)
class Filed:
    """Some bands of a file's rows. Each use opens the file anew and decodes it from the top, rows as they are needed.

    opened      gives the lazy image, sequential, upright
    bands       first band and how many
    failed      makes the error to raise of a pyvips.Error: the file is damaged further down
    """

    opened: Callable[[], Any]
    shape: tuple[int, int, int]
    dtype: np.dtype
    first: int
    failed: Callable[[Any], Exception]

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Decodes what lies above, too."""
        return self._fetched(self._image(), start, stop)

    def strips(self) -> Iterator[np.ndarray]:
        """One pass over the file."""
        image, step = self._image(), strip_rows(self.shape[1])
        for top in range(0, self.shape[0], step):
            yield self._fetched(image, top, min(top + step, self.shape[0]))

    def _image(self) -> Any:
        return pyvips.Region.new(self.opened().extract_band(self.first, n=self.shape[2]))

    def _fetched(self, region: Any, start: int, stop: int) -> np.ndarray:
        _, width, bands = self.shape
        try:
            data = region.fetch(0, start, width, stop - start)
        except pyvips.Error as error:
            raise self.failed(error) from error
        return np.frombuffer(data, self.dtype).reshape(stop - start, width, bands)


@dataclass(frozen=True, eq=False)
class AtDepth:
    """Rows with other bits a value, rounded; see `photo.codec.to_depth`."""

    source: Rows
    dtype: np.dtype

    @property
    def shape(self) -> tuple[int, int, int]:
        """As the source's."""
        return self.source.shape

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Converted when asked for."""
        return to_depth(self.source.rows(start, stop), self.dtype)

    def strips(self) -> Iterator[np.ndarray]:
        """Converted as they come."""
        return (to_depth(strip, self.dtype) for strip in self.source.strips())


def strip_rows(width: int) -> int:
    """How many rows of this width make a strip."""
    return max(1, STRIP // width)


def gathered(rows: Rows) -> np.ndarray:
    """All rows in one array."""
    if isinstance(rows, Held):
        return rows.array
    whole = np.empty(rows.shape, rows.dtype)
    top = 0
    for strip in rows.strips():
        whole[top : top + len(strip)] = strip
        top += len(strip)
    return whole


class Field:
    """A field of a dataclass that is given as an array or as Rows; `rows` looks at no more of it than needed."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self._key = f"_{name}"

    def rows(self, photo: object) -> Rows | None:
        """What was given, or all of it in memory once somebody has looked."""
        held: Rows | None = photo.__dict__[self._key]
        return held

    def _array(self, photo: object) -> np.ndarray:
        rows = self.rows(photo)
        assert rows is not None
        if not isinstance(rows, Held):
            rows = photo.__dict__[self._key] = Held(gathered(rows))
        return rows.array


class Pixels(Field):
    """An array [H, W, bands] to whoever looks: made at the first look, and kept."""

    def __get__(self, photo: object | None, owner: type | None = None) -> np.ndarray:
        if photo is None:
            raise AttributeError(self.name)  # tells `dataclass` that the field has no default
        return self._array(photo)

    def __set__(self, photo: object, value: np.ndarray | Rows) -> None:
        photo.__dict__[self._key] = Held(value) if isinstance(value, np.ndarray) else value


class Alpha(Field):
    """The same for one band, [H, W] to whoever looks, or None."""

    def __get__(self, photo: object | None, owner: type | None = None) -> np.ndarray | None:
        return None if photo is None or self.rows(photo) is None else self._array(photo)[..., 0]

    def __set__(self, photo: object, value: np.ndarray | Rows | None) -> None:
        photo.__dict__[self._key] = Held(value[..., None]) if isinstance(value, np.ndarray) else value
