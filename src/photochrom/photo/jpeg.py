"""Headers of JPEG as libjpeg likes them, so that all that it still warns of can be taken seriously.

After damage in a picture's data libjpeg goes on with gray and only warns, so a warning has to be an error. But of three
oddities of headers, which do no harm and are common among old cameras and programs, it warns as well: bytes between two
segments, a version of JFIF that is not 1, and scan parameters that a baseline picture should not have.
"""

from typing import BinaryIO

_JFIF, _SCAN, _SEQUENTIAL = 0xE0, 0xDA, (0xC0, 0xC1)
_WHOLE_BLOCK = b"\x00\x3f\x00"  # coefficients 0 to 63, at full precision: what a baseline scan holds (ITU T.81, B.2.3)
_MOST_STRAY = 1 << 14  # bytes between two segments: more is no oddity


def tidied(file: BinaryIO) -> bytes | None:
    """The JPEG file without these oddities, None if it has none of them or no scan; moves the file position."""
    file.seek(2)
    header, odd, sequential = bytearray(b"\xff\xd8"), False, False
    while (marker := _next_marker(file)) is not None:
        number, strayed = marker
        length = int.from_bytes(file.read(2), "big")
        payload = file.read(max(length - 2, 0))
        whole = payload
        if number == _JFIF and payload[:5] == b"JFIF\0":
            whole = payload[:5] + b"\1" + payload[6:]
        if number == _SCAN and sequential:
            whole = payload[:-3] + _WHOLE_BLOCK
        odd |= strayed or whole != payload
        sequential |= number in _SEQUENTIAL
        header += bytes([0xFF, number]) + length.to_bytes(2, "big") + whole
        if number == _SCAN:
            return bytes(header) + file.read() if odd else None
    return None


def _next_marker(file: BinaryIO) -> tuple[int, bool] | None:
    """The next marker's number, and whether other bytes lie before it; None for one without a segment, or no marker."""
    strayed, before = False, b""
    for _ in range(_MOST_STRAY):
        byte = file.read(1)
        if before == b"\xff" and byte not in (b"", b"\0", b"\xff"):
            return None if byte < b"\xc0" or b"\xd0" <= byte <= b"\xd9" else (byte[0], strayed)
        strayed |= byte != b"\xff"  # of which any number may fill the space between segments
        before = byte
    return None
