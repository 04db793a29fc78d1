"""IPTC records (IIM, the older way to caption a photograph) in the places where JPEG and PNG keep them.

    JPEG    among Photoshop's image resources, resource 0x0404 of an APP13 segment
    PNG     the same resource as hexadecimal text under "Raw profile type iptc", as ImageMagick and ExifTool write it

TIFF has a tag for them (`photo_exif`), WebP and AVIF have no place. (IPTC-NAA IIM 4; Adobe Photoshop File Formats)
"""

import binascii
import struct
import zlib
from typing import BinaryIO

PNG_KEYWORD = "Raw profile type iptc"

_PHOTOSHOP = b"Photoshop 3.0\0"
_IPTC_RESOURCE = 0x0404
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"


def from_resources(block: bytes) -> bytes:
    """The IPTC record among Photoshop's image resources, b"" without one."""
    at = len(_PHOTOSHOP) if block.startswith(_PHOTOSHOP) else 0
    while block[at : at + 4] == b"8BIM" and at + 12 <= len(block):
        kind, name_length = struct.unpack(">HB", block[at + 4 : at + 7])
        at += 6 + (name_length + 2) // 2 * 2
        size = int.from_bytes(block[at : at + 4], "big")
        if kind == _IPTC_RESOURCE:
            return block[at + 4 : at + 4 + size]
        at += 4 + (size + 1) // 2 * 2
    return b""


def as_resources(iptc: bytes) -> bytes:
    """An APP13 segment's content that holds this record."""
    size = struct.pack(">I", len(iptc))
    return _PHOTOSHOP + b"8BIM" + struct.pack(">HH", _IPTC_RESOURCE, 0) + size + iptc + b"\0" * (len(iptc) % 2)


def from_png_text(text: str) -> bytes:
    """The record in a text chunk of a PNG, b"" if it is broken."""
    words = text.split(maxsplit=2)  # a name, the number of bytes, hexadecimal digits
    if len(words) < 3:
        return b""
    try:
        block = binascii.unhexlify("".join(words[2].split()))
    except ValueError:
        return b""
    return block if block[:1] == b"\x1c" else from_resources(block)


def write_into_png(file: BinaryIO, iptc: bytes) -> None:
    """Add the record to a finished PNG, in place: a chunk before its last one. The file's position moves."""
    file.seek(-len(_PNG_END), 2)
    if file.read() != _PNG_END:
        return
    block = as_resources(iptc).removeprefix(_PHOTOSHOP)
    digits = binascii.hexlify(block).decode()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    payload = f"{PNG_KEYWORD}\0\niptc\n{len(block):8d}\n{lines}\n".encode("latin-1")
    file.seek(-len(_PNG_END), 2)
    file.write(struct.pack(">I", len(payload)) + b"tEXt" + payload)
    file.write(struct.pack(">I", zlib.crc32(b"tEXt" + payload)) + _PNG_END)
