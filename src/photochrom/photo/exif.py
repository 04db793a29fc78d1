"""EXIF blocks as values: read from a TIFF file or block, turned upright, written into a TIFF file.

A block of EXIF is a small TIFF file of its own, so one reader serves both. libvips carries such blocks in JPEG, PNG,
WebP and AVIF; TIFF keeps the same tags among those of the picture itself, where libvips leaves them behind. (TIFF 6.0;
BigTIFF, which counts and points with 64 bits; CIPA DC-008, 4.6)
"""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

ORIENTATION, COLOR_SPACE, IPTC = 0x0112, 0xA001, 0x83BB
_EXIF, _GPS = 0x8769, 0x8825
_DESCRIPTION, _SOFTWARE, _WIDTH, _HEIGHT = 0x010E, 0x0131, 0xA002, 0xA003
_ON_ITS_SIDE = (b"\5", b"\6", b"\7", b"\x08")
_SUB_IFDS = {_EXIF: "exif", _GPS: "gps", 0xA005: "interoperability"}
# What a TIFF says about a photograph and not about its own bytes: document name, description, make, model, page name,
# software, date, artist, computer, rating, copyright, and the five texts of the Windows explorer.
_DESCRIPTIVE = {269, 270, 271, 272, 285, 305, 306, 315, 316, 18246, 18249, 33432, 40091, 40092, 40093, 40094, 40095}
# TIFF type -> bytes that swap together
_UNIT = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 1, 7: 1, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_SIZE = _UNIT | {5: 8, 10: 8}  # and the bytes of one number: rationals have two halves
_TEXT, _SHORT, _LONG, _RATIONAL, _BYTES = 2, 3, 4, 5, 7
_UTF8 = 129  # text since EXIF 3.0; older readers know type 2 only, and take UTF-8 there
_BIG_TYPES = {16, 17, 18}  # 64-bit numbers, which only BigTIFF has
_BIG_POINTER = 18
_MOST = 1 << 24  # bytes of a directory: maker notes with previews stay below; broken lengths do not
_MOST_ENTRIES = 1 << 16  # tags of a directory, as many as there are numbers for them
_FARTHEST = 1 << 62  # no file is longer, and a position beyond is none to Python


@dataclass(frozen=True)
class _Layout:
    """How a TIFF is laid out: byte order, and the struct codes of a directory's length, a value's count, a position."""

    order: str
    length: str = "H"
    count: str = "I"
    place: str = "I"

    def size(self, codes: str) -> int:
        return struct.calcsize(self.order + codes)

    @property
    def entry(self) -> str:
        return f"HH{self.count}{self.size(self.place)}s"

    def number(self, code: str, data: bytes) -> int:
        return int(struct.unpack(self.order + code, data[: self.size(code)])[0])


_LAYOUTS = {
    b"II*\0": _Layout("<"),
    b"MM\0*": _Layout(">"),
    b"II+\0": _Layout("<", "Q", "Q", "Q"),
    b"MM\0+": _Layout(">", "Q", "Q", "Q"),
}


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


def read_tiff(file: BinaryIO, page: int = 0) -> Tags:
    """The tags of a page of a TIFF file that describe the photograph; moves the file position."""
    file.seek(0)
    return {tag: value for tag, value in _read(file, page).items() if _describes(tag)}


def upright_srgb(tags: Tags) -> Tags:
    """The same tags for pixels that were turned upright and brought to sRGB."""
    fixed = dict(tags)
    if ORIENTATION in fixed:
        fixed[ORIENTATION] = Value(_SHORT, b"\1\0")
    exif = fixed.get(_EXIF)
    if exif is not None and exif.tags is not None:
        inner = dict(exif.tags)
        if COLOR_SPACE in inner:
            inner[COLOR_SPACE] = Value(_SHORT, b"\1\0")
        if _WIDTH in inner and _HEIGHT in inner and ORIENTATION in tags and tags[ORIENTATION].data[:1] in _ON_ITS_SIDE:
            inner[_WIDTH], inner[_HEIGHT] = inner[_HEIGHT], inner[_WIDTH]
        fixed[_EXIF] = Value(_LONG, tags=inner)
    return fixed


def without_places(tags: Tags) -> Tags:
    """The same tags without those of GPS. Maker notes stay, and nobody but the maker knows what is in them."""
    return {tag: value for tag, value in tags.items() if tag != _GPS}


def described(tags: Tags, maker: str) -> Tags:
    """The same tags, which also say that `maker` made the colors: as software, and as a sentence in the description.

    What stands in either stays, and comes first; the sentence is in brackets then, as archives mark their own words.
    """
    software, description = (_text(tags.get(tag)) for tag in (_SOFTWARE, _DESCRIPTION))
    sentence = f"Colors made by a machine: {maker}.".encode()
    added = dict(tags)
    if maker.encode() not in software:
        added[_SOFTWARE] = Value(_TEXT, (software + b", " if software else b"") + maker.encode() + b"\0")
    if sentence not in description:
        whole = description + b" [" + sentence + b"]" if description else sentence
        added[_DESCRIPTION] = Value(_TEXT, whole + b"\0")
    return added


def within(tags: Tags, most: int) -> Tags:
    """The same tags without the longest values, so that their block has no more than `most` bytes."""
    excess = len(write_block(tags)) - most
    longest = sorted(_values(tags), key=lambda value: len(value.data), reverse=True)
    gone = set[int]()
    for value in longest:
        if excess <= 0:
            break
        gone.add(id(value))
        excess -= 12 + (len(value.data) if len(value.data) > 4 else 0)
    return _without_values(tags, gone)


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
    return b"II*\0\x08\0\0\0" + _write(tags, 8, _LAYOUTS[b"II*\0"])


def write_into_tiff(file: BinaryIO, tags: Tags) -> None:
    """Add these descriptive tags to a TIFF file of one page, in place: a new directory at its end, the old one unused.

    Files that are big-endian stay unchanged. The file is open for reading and writing; its position moves.
    """
    extra = {tag: value for tag, value in tags.items() if _describes(tag)}
    file.seek(0)
    layout = _LAYOUTS.get(file.read(4))
    if layout is None or layout.order == ">" or not extra:
        return
    file.seek(0)
    own = _read(file, room=1 << 40)
    end = file.seek(0, io.SEEK_END)
    start = end + end % 2
    file.write(b"\0" * (start - end) + _write(extra | own, start, layout))
    file.seek(8 if layout.place == "Q" else 4)
    file.write(struct.pack(layout.order + layout.place, start))


def _text(value: Value | None) -> bytes:
    return value.data.rstrip(b"\0 ") if value is not None and value.type == _TEXT else b""


def _values(tags: Tags) -> list[Value]:
    """All values, those of directories inside included."""
    return [inner for value in tags.values() for inner in ([value] if value.tags is None else _values(value.tags))]


def _without_values(tags: Tags, gone: set[int]) -> Tags:
    """Without the values of these identities."""
    kept = {}
    for tag, value in tags.items():
        if value.tags is not None:
            kept[tag] = Value(value.type, tags=_without_values(value.tags, gone))
        elif id(value) not in gone:
            kept[tag] = value
    return kept


def _describes(tag: int) -> bool:
    return tag in _DESCRIPTIVE or tag in _SUB_IFDS or tag == IPTC


def _read(file: BinaryIO, page: int = 0, room: int = _MOST) -> Tags:
    head = file.read(16)
    layout = _LAYOUTS.get(head[:4])
    if layout is None or len(head) < 8 or (layout.place == "Q" and len(head) < 16):
        return {}
    offset = layout.number(layout.place, head[8:] if layout.place == "Q" else head[4:])
    for _ in range(page):
        offset = _next(file, layout, offset)
    return _read_directory(file, layout, offset, depth=2, room=room) if offset else {}


def _read_directory(file: BinaryIO, layout: _Layout, offset: int, depth: int, room: int) -> Tags:
    tags: Tags = {}
    for entry in _entries(file, layout, offset):
        tag, kind, count, field = struct.unpack(layout.order + layout.entry, entry)
        kind = _TEXT if kind == _UTF8 else kind
        length = count * _SIZE.get(kind, 0)
        if tag in tags or not 0 < length <= room:
            continue
        if tag in _SUB_IFDS:
            place = layout.number("Q" if kind in _BIG_TYPES else "I", field)
            if depth and (inner := _read_directory(file, layout, place, depth - 1, room)):
                tags[tag] = Value(_LONG, tags=inner)
            continue
        data = field[:length] if length <= len(field) else _at(file, layout.number(layout.place, field), length)
        if len(data) == length:
            room -= length
            tags[tag] = Value(kind, data if layout.order == "<" else _swap(data, _UNIT[kind]))
    return tags


def _entries(file: BinaryIO, layout: _Layout, offset: int) -> list[bytes]:
    count, size = _at(file, offset, layout.size(layout.length)), layout.size(layout.entry)
    if len(count) < layout.size(layout.length):
        return []
    number = min(layout.number(layout.length, count), _MOST_ENTRIES)
    table = _at(file, offset + len(count), size * number)
    return [table[i : i + size] for i in range(0, len(table) - size + 1, size)]


def _next(file: BinaryIO, layout: _Layout, offset: int) -> int:
    """The position of the directory after the one at `offset`, 0 when there is none."""
    count = _at(file, offset, layout.size(layout.length)) if offset else b""
    if len(count) < layout.size(layout.length):
        return 0
    behind = offset + len(count) + layout.size(layout.entry) * layout.number(layout.length, count)
    place = _at(file, behind, layout.size(layout.place))
    return layout.number(layout.place, place) if len(place) == layout.size(layout.place) else 0


def _at(file: BinaryIO, offset: int, length: int) -> bytes:
    if not 0 <= offset < _FARTHEST:
        return b""
    file.seek(offset)
    return file.read(length)


def _write(tags: Tags, start: int, layout: _Layout) -> bytes:
    """A little-endian directory at file position `start`, followed by the values that do not fit into it."""
    tags = {tag: value for tag, value in tags.items() if layout.place == "Q" or value.type not in _BIG_TYPES}
    inline = layout.size(layout.place)
    table, after = struct.pack("<" + layout.length, len(tags)), b""
    behind = start + len(table) + layout.size(layout.entry) * len(tags) + inline
    for tag, value in sorted(tags.items()):
        if value.tags is not None:
            count, field = 1, struct.pack("<" + layout.place, behind + len(after))
            after += _write(value.tags, behind + len(after), layout)
        else:
            count, field = len(value.data) // _SIZE[value.type], value.data.ljust(inline, b"\0")
            if len(value.data) > inline:
                field = struct.pack("<" + layout.place, behind + len(after))
                after += value.data
        after += b"\0" * (len(after) % 2)
        kind = _BIG_POINTER if value.tags is not None and layout.place == "Q" else value.type
        table += struct.pack("<" + layout.entry, tag, kind, count, field)
    return table + bytes(inline) + after


def _swap(data: bytes, unit: int) -> bytes:
    return b"".join(data[i : i + unit][::-1] for i in range(0, len(data), unit))
