"""How seriously to take what libjpeg warns of: after damage in a JPEG's data it goes on with gray, and only warns.

So a warning about the data has to be an error. One about the header does no harm and is common among old cameras and
programs: bytes between two segments, a version of JFIF that is not 1, scan parameters that a baseline picture should
not have. libjpeg gives both the same weight, hence this look at the header.
"""

from typing import BinaryIO, Literal

_APP0, _ADOBE, _SCAN, _SEQUENTIAL = 0xE0, 0xEE, 0xDA, (0xC0, 0xC1)


def strictness(file: BinaryIO) -> Literal["warning", "error"]:
    """From what on libvips is to refuse a JPEG file; moves the file position.

    "warning" for a header that libjpeg has nothing to say about, else "error", with which damage may go unnoticed.
    """
    file.seek(2)
    sequential = False
    while len(head := file.read(4)) == 4 and head[0] == 0xFF:
        marker, length = head[1], int.from_bytes(head[2:], "big") - 2
        if marker == 0xFF:  # one of any number of fill bytes
            file.seek(-3, 1)
            continue
        if length < 0 or marker < 0xC0 or 0xD0 <= marker <= 0xD9:
            break
        payload = file.read(length)
        if marker == _SCAN:
            return "error" if sequential and payload[-3:] != b"\x00\x3f\x00" else "warning"
        if marker == _APP0 and payload[:5] == b"JFIF\0" and payload[5:6] != b"\1":
            break
        if marker == _ADOBE and payload[:5] == b"Adobe" and payload[11:12] > b"\2":
            break
        sequential |= marker in _SEQUENTIAL
    return "error"
