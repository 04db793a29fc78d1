"""A photograph's rows in the colors of its join, made when somebody asks for them. Never all of them at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from photochrom import kernel
from photochrom.cores import in_order
from photochrom.join import Join
from photochrom.photo import Photo
from photochrom.rendering.by_kernel import ByKernel
from photochrom.rendering.by_numpy import ByNumpy


@dataclass(frozen=True, eq=False)
class Rendering:
    """Rows of a photograph in the colors of its join; see `photo.rows.Rows`. Same depth, three bands.

    strength    0..1 between the photograph's own colors and those of the join
    threads     how many work on `strips`
    """

    photo: Photo
    joined: Join
    strength: float
    threads: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, 3."""
        return (*self.photo.size, 3)

    @property
    def dtype(self) -> np.dtype:
        """That of the photograph."""
        return self.photo.dtype

    def rows(self, start: int, stop: int) -> np.ndarray:
        """The rows start:stop, sRGB [stop - start, W, 3]."""
        return self._way.rows(start, self.photo.rows(start, stop))

    def strips(self) -> Iterator[np.ndarray]:
        """All rows in order, made by several threads a few strips ahead."""
        way = self._way  # with its tables, before several threads want them
        return in_order(lambda strip: way.rows(*strip), self._originals(), self.threads)

    def _originals(self) -> Iterator[tuple[int, np.ndarray]]:
        top = 0
        for strip in self.photo.strips():
            yield top, strip
            top += len(strip)

    @cached_property
    def _way(self) -> ByKernel | ByNumpy:
        if (compiled := kernel.library()) is not None:
            return ByKernel(compiled, self.joined, self.strength, self.dtype)
        return ByNumpy(self.joined, self.strength)
