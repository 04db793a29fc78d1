"""Where the parts of a picture file lie, so that a mutation can lie about their lengths, repeat, swap or drop them.

A part is a chunk of PNG, RIFF or GIF, a segment of JPEG, a box of AVIF and HEIC, an entry of a TIFF directory. What
does not look like its format has no parts: these readers meet files that were mutated already.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple


class Part(NamedTuple):
    """Bytes start:stop of a file; its own length, or count, stands in `width` bytes at `length_at`."""

    start: int
    stop: int
    length_at: int
    width: int
    little: bool = False


def parts(data: bytes, format: str) -> list[Part]:
    """The parts of a file, in the order in which they lie."""
    readers = {"jpeg": _jpeg, "png": _png, "tiff": _tiff, "webp": _riff, "avif": _boxes, "heic": _boxes, "gif": _gif}
    readers["onnx"] = _fields
    found = []
    for part in readers[format](data):
        if not part.start < part.stop <= len(data) or len(found) > 200:
            break
        found.append(part)
    return found


def with_checksums(data: bytes) -> bytes:
    """A PNG whose chunks have the checksums that they should have."""
    fixed = bytearray(data)
    for part in parts(data, "png"):
        if part.stop - part.start >= 12:
            fixed[part.stop - 4 : part.stop] = struct.pack(">I", zlib.crc32(data[part.start + 4 : part.stop - 4]))
    return bytes(fixed)


def _number(data: bytes, at: int, width: int, little: bool = False) -> int:
    return int.from_bytes(data[at : at + width], "little" if little else "big")


def _png(data: bytes) -> Iterator[Part]:
    at = 8
    while at + 12 <= len(data):
        stop = at + 12 + _number(data, at, 4)
        yield Part(at, stop, at, 4)
        at = stop


def _jpeg(data: bytes) -> Iterator[Part]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        stop = at + 2 + _number(data, at + 2, 2)
        yield Part(at, stop, at + 2, 2)
        if data[at + 1] == 0xDA:  # a scan: entropy-coded data up to the next marker that is no restart
            while stop + 1 < len(data) and not (data[stop] == 0xFF and data[stop + 1] not in (0, *range(0xD0, 0xD8))):
                stop += 1
        at = stop


def _riff(data: bytes) -> Iterator[Part]:
    yield Part(0, len(data), 4, 4, little=True)
    at = 12
    while at + 8 <= len(data):
        size = _number(data, at + 4, 4, little=True)
        yield Part(at, at + 8 + size + size % 2, at + 4, 4, little=True)
        at += 8 + size + size % 2


_INSIDE = {
    b"meta": 12,
    b"iprp": 8,
    b"ipco": 8,
    b"iinf": 14,
    b"iref": 12,
    b"moov": 8,
    b"trak": 8,
}  # where children begin


def _boxes(data: bytes, at: int = 0, end: int | None = None) -> Iterator[Part]:
    end = len(data) if end is None else end
    while at + 8 <= end:
        stop = at + max(_number(data, at, 4), 8)
        yield Part(at, stop, at, 4)
        if (inside := _INSIDE.get(data[at + 4 : at + 8])) is not None and stop <= end:
            yield from _boxes(data, at + inside, stop)
        at = stop


def _tiff(data: bytes) -> Iterator[Part]:
    little, big = data[:2] == b"II", _number(data, 2, 2, data[:2] == b"II") == 43
    word, head, entry = (8, 8, 20) if big else (4, 2, 12)
    at = _number(data, 8 if big else 4, word, little)
    for _ in range(8):  # directories: a loop of them has no end
        count = min(_number(data, at, head, little), 64)
        if not 0 < at < len(data) - head:
            return
        yield Part(at, at + head, at, head, little)
        for index in range(count):
            start = at + head + index * entry
            yield Part(start, start + entry, start + 4, word, little)
            yield Part(start, start + entry, start + entry - word, word, little)  # the value, or where it lies
        at = _number(data, at + head + count * entry, word, little)


def _fields(data: bytes, at: int = 0, end: int | None = None, depth: int = 4) -> Iterator[Part]:
    """Fields of Protocol Buffers whose lengths take one byte or two; what looks like a message is looked into."""
    end = len(data) if end is None else end
    while at + 2 <= end:
        tag, wire, length_at = at, data[at] & 7, at + 1 + (data[at] >= 0x80)
        if wire != 2:
            at = length_at + (1 if wire == 0 else 4 if wire == 5 else 8)
            while wire == 0 and at < end and data[at - 1] >= 0x80:
                at += 1
            continue
        width, length, shift = 0, 0, 0
        while length_at + width < end and (not width or data[length_at + width - 1] >= 0x80):
            length |= (data[length_at + width] & 0x7F) << shift
            width, shift = width + 1, shift + 7
        at = length_at + width + length
        yield Part(tag, at, length_at, width, little=True)
        if depth and at <= end and length > 8:
            yield from _fields(data, at - length, at, depth - 1)


def _gif(data: bytes) -> Iterator[Part]:
    if len(data) < 13:
        return
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    yield Part(6, 10, 6, 2, little=True)  # the screen's width
    yield Part(6, 10, 8, 2, little=True)
    while at + 10 < len(data) and data[at] in (0x21, 0x2C):
        start = at
        if data[at] == 0x21:
            at += 2
        else:
            yield Part(start, start + 10, start + 5, 2, little=True)  # the frame's width
            yield Part(start, start + 10, start + 7, 2, little=True)
            at += 11 + (3 << ((data[at + 9] & 7) + 1) if data[at + 9] & 0x80 else 0)
        first = at
        while at < len(data) and data[at]:
            at += 1 + data[at]
        yield Part(start, at + 1, first, 1)
        at += 1
