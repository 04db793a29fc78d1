"""Strips of pixels, as they are made, handed to libvips as an image: it encodes the first while the last are made.

libvips pulls a picture through itself and takes pixels from a file, from memory, or from a source that it reads. So the
strips are dressed as an uncompressed TIFF (a header, then the pixels as they are) and read from such a source. The
header is that of a BigTIFF in the byte order of the machine: no picture is too large for it, and nothing is swapped.
"""

import struct
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyvips

from photochrom.errors import PhotoError
from photochrom.photo.rows import Held, Rows, gathered

WHOLE = 1 << 26  # bytes: smaller pictures are made first and encoded then, for every read asks for Python's lock
ROWS = 8  # of a strip of the TIFF: few callbacks, little memory

_SHORT, _LONG, _LONG8 = 3, 4, 16  # types of a tag's values
_LETTERS = {_SHORT: "H", _LONG: "I", _LONG8: "Q"}
_ORDER, _MARK = ("<", b"II") if sys.byteorder == "little" else (">", b"MM")


@contextmanager
def picture_of(rows: Rows, alpha: Rows | None) -> Generator[Any]:
    """A pyvips image of these rows, with alpha, if any, as its last band; good for one pass from top to bottom.

    When making a strip fails, that error is raised in place of libvips', which only knows that reading failed.
    """
    height, width, bands = rows.shape
    small = height * width * (bands + (alpha is not None)) * rows.dtype.itemsize <= WHOLE
    if small or (isinstance(rows, Held) and (alpha is None or isinstance(alpha, Held))):
        pixels = gathered(rows)
        yield _in_memory(pixels if alpha is None else np.concatenate([pixels, gathered(alpha)], axis=2))
        return
    strips = rows.strips() if alpha is None else _joined(rows, alpha)
    stream = _Stream(strips, (height, width, bands + (alpha is not None)), rows.dtype)
    try:
        yield stream.image()
    except (PhotoError, OSError):
        if stream.error is not None:
            raise stream.error from None
        raise
    finally:
        stream.close()


def _in_memory(pixels: np.ndarray) -> Any:
    height, width, bands = pixels.shape
    kind = "ushort" if pixels.dtype == np.uint16 else "uchar"
    return pyvips.Image.new_from_memory(np.ascontiguousarray(pixels).data, width, height, bands, kind)


def _joined(rows: Rows, alpha: Rows) -> Iterator[np.ndarray]:
    """Strips with alpha; the two come in strips of their own heights."""
    rest: np.ndarray = np.empty((0, *alpha.shape[1:]), alpha.dtype)
    beside = alpha.strips()
    for strip in rows.strips():
        while len(rest) < len(strip):
            rest = np.concatenate([rest, next(beside)])
        yield np.concatenate([strip, rest[: len(strip)]], axis=2)
        rest = rest[len(strip) :]


class _Stream:
    """Strips as a file that libvips reads."""

    def __init__(self, strips: Iterator[np.ndarray], shape: tuple[int, int, int], dtype: np.dtype) -> None:
        self.error: BaseException | None = None
        self._strips = strips
        self._header = tiff_header(*shape, dtype.itemsize)
        self._size = len(self._header) + int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        self._at = 0  # position in the file
        self._held = memoryview(b"")  # pixels that were made and not yet read, from `_at` on
        self._source = pyvips.SourceCustom()  # held here, because libvips keeps its callbacks by their addresses alone

    def image(self) -> Any:
        """The image, lazy."""
        self._source.on_read(self._read)
        self._source.on_seek(self._seek)
        return pyvips.Operation.call("tiffload_source", self._source, access="sequential", fail_on="error")

    def close(self) -> None:
        """Stop making strips."""
        if hasattr(self._strips, "close"):
            self._strips.close()

    def _read(self, size: int) -> bytes:
        try:
            data = self._taken(size)
        except BaseException as error:  # raised where the picture is waited for: here it would be lost
            self.error = error
            return b""
        self._at += len(data)
        return data

    def _taken(self, size: int) -> bytes:
        if self._at < len(self._header):
            return self._header[self._at : self._at + size]
        parts = []
        while size:
            if not len(self._held):
                strip = next(self._strips, None)
                if strip is None:
                    break
                self._held = np.ascontiguousarray(strip).data.cast("B")
            parts.append(self._held[:size])
            self._held = self._held[size:]
            size -= len(parts[-1])
        return b"".join(parts)

    def _seek(self, offset: int, whence: int) -> int:
        """libtiff goes back and forth in the header, and within the pixels only to where it is."""
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at


def tiff_header(height: int, width: int, bands: int, depth: int) -> bytes:
    """All of an uncompressed BigTIFF that comes before its pixels; `depth` is bytes a value (BigTIFF design, 2004)."""
    row = width * bands * depth
    heights = [min(ROWS, height - top) for top in range(0, height, ROWS)]
    extra = {2: [2], 4: [2]}.get(bands)  # the last band is alpha, not multiplied in
    tags: list[tuple[int, int, list[int]]] = [
        (256, _LONG, [width]),
        (257, _LONG, [height]),
        (258, _SHORT, [8 * depth] * bands),
        (259, _SHORT, [1]),  # no compression
        (262, _SHORT, [2 if bands >= 3 else 1]),  # RGB, or gray with black at 0
        (273, _LONG8, [0] * len(heights)),  # where the strips begin, known when the header's length is
        (277, _SHORT, [bands]),
        (278, _LONG, [ROWS]),
        (279, _LONG8, [rows * row for rows in heights]),
        *([(338, _SHORT, extra)] if extra else []),
    ]
    length = len(_with_tags(tags))
    tags[5] = (273, _LONG8, [length + number * ROWS * row for number in range(len(heights))])
    return _with_tags(tags)


def _with_tags(tags: list[tuple[int, int, list[int]]]) -> bytes:
    begin = 16
    beyond = begin + 8 + 20 * len(tags) + 8  # where values that don't fit into eight bytes are put
    entries, values = b"", b""
    for tag, kind, numbers in tags:
        packed = struct.pack(f"{_ORDER}{len(numbers)}{_LETTERS[kind]}", *numbers)
        if len(packed) > 8:
            place = struct.pack(f"{_ORDER}Q", beyond + len(values))
            values += packed + bytes(-len(packed) % 8)
            packed = place
        entries += struct.pack(f"{_ORDER}HHQ", tag, kind, len(numbers)) + packed.ljust(8, b"\0")
    start = _MARK + struct.pack(f"{_ORDER}HHHQ", 43, 8, 0, begin)
    return start + struct.pack(f"{_ORDER}Q", len(tags)) + entries + struct.pack(f"{_ORDER}Q", 0) + values
