"""A picture file as rows: decoded into memory, or, if it is large, left where it is and decoded as rows are needed."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from photochrom.photo.codec import damaged, in_memory, open_picture
from photochrom.photo.rows import Filed, Rows

LARGE = 40_000_000  # pixels: an 8-bit color photograph of this size takes 120 MB


class Read(NamedTuple):
    """The parts of a photograph, see `Photo`."""

    pixels: np.ndarray | Rows
    alpha: np.ndarray | Rows | None
    metadata: dict[str, object]
    format: str
    notes: tuple[str, ...]


def read_picture(source: Path | bytes, name: str, page: int, max_pixels: int) -> Read:
    """Read a picture file or its bytes; errors as in `photo.codec.open_picture`.

    Of a large picture only the header is read; damage further down then shows when its rows are.
    """
    opened = open_picture(source, name, page, max_pixels)
    image, has_alpha, metadata, format, notes = opened
    stays = isinstance(source, bytes) or source.is_file()  # what comes through a pipe does not come twice
    if image.width * image.height <= LARGE or not stays:
        return Read(*in_memory(opened, name))
    dtype = np.dtype(np.uint16 if image.format == "ushort" else np.uint8)
    bands = image.bands - has_alpha

    def part(first: int, count: int) -> Filed:
        return Filed(
            opened=lambda: open_picture(source, name, page, max_pixels).image,
            shape=(image.height, image.width, count),
            dtype=dtype,
            first=first,
            failed=lambda error: damaged(name, error),
        )

    return Read(part(0, bands), part(bands, 1) if has_alpha else None, metadata, format, notes)
