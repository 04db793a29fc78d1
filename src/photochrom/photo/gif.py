"""Whether a GIF holds all the pixels that it promises: its decoder paints what is missing black and says nothing.

A frame's pixels are LZW codes in blocks of at most 255 bytes. Only the lengths of what the codes stand for are followed
here, not the pixels, at about a million codes a second. (GIF89a specification, appendix F)
"""

from collections.abc import Iterator
from typing import BinaryIO

_EXTENSION, _FRAME = b"\x21", b"\x2c"
_LARGEST = 12  # bits of a code


def frames_are_whole(file: BinaryIO, count: int) -> bool:
    """Whether each of the first `count` frames has codes for all its pixels; moves the file position.

    A file without so many frames, or with codes that stand for nothing, is left to the decoder: it is not whole.
    """
    file.seek(0)
    data = file.read()
    try:
        at = _screen(data)
        for _ in range(count):
            at = _frame(data, at)
            width, height = _size(data, at)
            at += 10 + _table(data[at + 9])
            if _pixels(b"".join(_blocks(data, at + 1)), data[at], width * height) < width * height:
                return False
            at = _behind_blocks(data, at + 1)
    except (IndexError, ValueError):
        return False
    return True


def first_frame(file: BinaryIO) -> tuple[int, int]:
    """Width and height of the first frame of a GIF that is whole; its screen, the picture, may be larger."""
    file.seek(0)
    data = file.read()
    return _size(data, _frame(data, _screen(data)))


def _screen(data: bytes) -> int:
    """Where the blocks begin: behind the header and its color table."""
    return 13 + _table(data[10])


def _frame(data: bytes, at: int) -> int:
    """Where the next frame begins; ValueError if none does."""
    while data[at : at + 1] == _EXTENSION:
        at = _behind_blocks(data, at + 2)
    if data[at : at + 1] != _FRAME:
        raise ValueError("no further frame")
    return at


def _size(data: bytes, at: int) -> tuple[int, int]:
    return int.from_bytes(data[at + 5 : at + 7], "little"), int.from_bytes(data[at + 7 : at + 9], "little")


def _table(flags: int) -> int:
    """Bytes of the color table that a header's flags tell of."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> Iterator[bytes]:
    while size := data[at]:
        yield data[at + 1 : at + 1 + size]
        at += 1 + size


def _behind_blocks(data: bytes, at: int) -> int:
    while size := data[at]:
        at += 1 + size
    return at + 1


def _pixels(codes: bytes, bits: int, enough: int) -> int:
    """How many pixels the codes stand for, counted until there are enough; ValueError for an impossible code."""
    if not 1 <= bits < _LARGEST:
        raise ValueError(f"{bits} bits a pixel")
    clear, end = 1 << bits, (1 << bits) + 1
    fresh = [1] * clear + [0, 0]
    lengths, width, last, total = fresh.copy(), bits + 1, 0, 0
    held, room = 0, 0  # bits that were read and not used: the first is the lowest
    for byte in codes:
        held |= byte << room
        room += 8
        if total >= enough:
            return total
        while room >= width:
            code = held & ((1 << width) - 1)
            held >>= width
            room -= width
            if code == clear:
                lengths, width, last = fresh.copy(), bits + 1, 0
                continue
            if code == end:
                return total
            if code > len(lengths) or (code == len(lengths) and not last):
                raise ValueError(f"code {code} before it was made")
            length = lengths[code] if code < len(lengths) else last + 1
            if last and len(lengths) < 1 << _LARGEST:
                lengths.append(last + 1)
                width += len(lengths) == 1 << width and width < _LARGEST
            last = length
            total += length
    return total
