"""EXIF blocks as values: read from a TIFF file or block, turned upright, written into a TIFF file.

A block of EXIF is a small TIFF file of its own, so one reader serves both. libvips carries such blocks in JPEG, PNG and
WebP; TIFF keeps the same tags among those of the picture itself, where libvips leaves them behind. (TIFF 6.0; CIPA
DC-008, 4.6)
"""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

ORIENTATION, COLOR_SPACE, IPTC = 0x0112, 0xA001, 0x83BB
_SUB_IFDS = {0x8769: "exif", 0x8825: "gps", 0xA005: "interoperability"}
# What a TIFF says about a photograph and not about its own bytes: document name, description, make, model, page name,
# software, date, artist, computer, rating, copyright, and the five texts of the Windows explorer.
_DESCRIPTIVE = {269, 270, 271, 272, 285, 305, 306, 315, 316, 18246, 18249, 33432, 40091, 40092, 40093, 40094, 40095}
# TIFF type -> bytes that swap together
_UNIT = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 1, 7: 1, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}
_SIZE = _UNIT | {5: 8, 10: 8}  # and the bytes of one number: rationals have two halves
_SHORT, _LONG, _RATIONAL, _BYTES = 3, 4, 5, 7
_MOST = 1 << 24  # bytes of a directory: maker notes with previews stay below; broken lengths do not


@dataclass(frozen=True)
class Value:
    """A tag's value: its TIFF type and little-endian bytes, or, for a pointer to another directory, that directory."""

    type: int
    data: bytes = b""
    tags: "Tags | None" = None


Tags = dict[int, Value]


def read_block(block: bytes) -> Tags:
    """The tags of an EXIF block, with or without the leading "Exif" mark; whatever is broken in it is left out."""
    return _read(io.BytesIO(block.removeprefix(b"Exif\0\0")))


def read_tiff(file: BinaryIO) -> Tags:
    """The tags of a TIFF file's first page that describe the photograph; moves the file position."""
    file.seek(0)
    return {tag: value for tag, value in _read(file).items() if _describes(tag)}


def upright_srgb(tags: Tags) -> Tags:
    """The same tags for pixels that were turned upright and brought to sRGB."""
    fixed = dict(tags)
    if ORIENTATION in fixed:
        fixed[ORIENTATION] = Value(_SHORT, b"\1\0")
    exif = fixed.get(0x8769)
    if exif is not None and exif.tags is not None and COLOR_SPACE in exif.tags:
        fixed[0x8769] = Value(_LONG, tags=exif.tags | {COLOR_SPACE: Value(_SHORT, b"\1\0")})
    return fixed


def iptc_of(tags: Tags) -> bytes:
    """The IPTC record that a TIFF holds, b"" without one. Some writers call it numbers, so that it may come swapped."""
    data = tags[IPTC].data if IPTC in tags else b""
    begins_well = data[:1] == b"\x1c" and 1 <= data[1] <= 9 if len(data) > 1 else True
    return data if begins_well else _swap(data, 4)


def with_iptc(tags: Tags, iptc: bytes) -> Tags:
    """The same tags and an IPTC record."""
    return tags | {IPTC: Value(_BYTES, iptc)}


def resolution(tags: Tags) -> tuple[float, float] | None:
    """Pixels per mm across and down, where the tags say so."""
    unit = tags[296].data[:1] if 296 in tags else b"\2"
    lengths = {b"\2": 25.4, b"\3": 10.0}
    if unit not in lengths or 282 not in tags or 283 not in tags:
        return None
    found = []
    for value in (tags[282], tags[283]):
        if value.type != _RATIONAL:
            return None
        above, below = struct.unpack("<II", value.data[:8])
        if not above or not below:
            return None
        found.append(above / below / lengths[unit])
    return found[0], found[1]


def write_block(tags: Tags) -> bytes:
    """An EXIF block of these tags, without thumbnail."""
    return b"II*\0\x08\0\0\0" + _write(tags, 8)


def write_into_tiff(file: bytes, tags: Tags) -> bytes:
    """A TIFF file of one page with these descriptive tags added: a new directory at its end, the old one left unused.

    Files that are big-endian or BigTIFF come back unchanged.
    """
    extra = {tag: value for tag, value in tags.items() if _describes(tag)}
    if not file.startswith(b"II*\0") or not extra:
        return file
    start = len(file) + len(file) % 2
    directory = _write(extra | _read(io.BytesIO(file)), start)
    return b"II*\0" + struct.pack("<I", start) + file[8:] + b"\0" * (start - len(file)) + directory


def _describes(tag: int) -> bool:
    return tag in _DESCRIPTIVE or tag in _SUB_IFDS or tag == IPTC


def _read(file: BinaryIO) -> Tags:
    head = file.read(8)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4])
    if order is None or len(head) < 8:
        return {}
    return _read_directory(file, order, struct.unpack(order + "I", head[4:])[0], depth=2)


def _read_directory(file: BinaryIO, order: str, offset: int, depth: int) -> Tags:
    tags: Tags = {}
    room = _MOST
    for entry in _entries(file, order, offset):
        tag, kind, count, _ = struct.unpack(order + "HHI4s", entry)
        length = count * _SIZE.get(kind, 0)
        if tag in tags or not 0 < length <= room:
            continue
        place = struct.unpack(order + "I", entry[8:])[0]
        if tag in _SUB_IFDS:
            if depth and (inner := _read_directory(file, order, place, depth - 1)):
                tags[tag] = Value(_LONG, tags=inner)
            continue
        data = entry[8 : 8 + length] if length <= 4 else _at(file, place, length)
        if len(data) == length:
            room -= length
            tags[tag] = Value(kind, data if order == "<" else _swap(data, _UNIT[kind]))
    return tags


def _entries(file: BinaryIO, order: str, offset: int) -> list[bytes]:
    count = _at(file, offset, 2)
    if len(count) < 2:
        return []
    table = _at(file, offset + 2, 12 * struct.unpack(order + "H", count)[0])
    return [table[i : i + 12] for i in range(0, len(table) - 11, 12)]


def _at(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


def _write(tags: Tags, start: int) -> bytes:
    """A directory at file position `start`, followed by the values that do not fit into it."""
    table, after = struct.pack("<H", len(tags)), b""
    behind = start + 2 + 12 * len(tags) + 4
    for tag, value in sorted(tags.items()):
        if value.tags is not None:
            field, count = struct.pack("<I", behind + len(after)), 1
            after += _write(value.tags, behind + len(after))
        else:
            count = len(value.data) // _SIZE[value.type]
            field = value.data.ljust(4, b"\0")
            if len(value.data) > 4:
                field = struct.pack("<I", behind + len(after))
                after += value.data
        after += b"\0" * (len(after) % 2)
        table += struct.pack("<HHI", tag, value.type, count) + field
    return table + struct.pack("<I", 0) + after


def _swap(data: bytes, unit: int) -> bytes:
    return b"".join(data[i : i + unit][::-1] for i in range(0, len(data), unit))
