"""IPTC records (IIM, the older way to caption a photograph) in the places where JPEG and PNG keep them.

    JPEG    among Photoshop's image resources, resource 0x0404 of an APP13 segment
    PNG     the same resource as hexadecimal text under "Raw profile type iptc", as ImageMagick and ExifTool write it

TIFF has a tag for them (`photo.exif`), WebP and AVIF have no place. (IPTC-NAA IIM 4; Adobe Photoshop File Formats)
"""

import binascii
import struct
import zlib
from typing import BinaryIO

PNG_KEYWORD = "Raw profile type iptc"
PNG_PLACEHOLDER = "Raw-profile-type-iptc"  # as long: libvips writes keywords up to the first blank only

_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_PHOTOSHOP = b"Photoshop 3.0\0"
_IPTC_RESOURCE = 0x0404


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


def as_png_text(iptc: bytes) -> str:
    """The text of a PNG's chunk that holds this record."""
    block = as_resources(iptc).removeprefix(_PHOTOSHOP)
    digits = binascii.hexlify(block).decode()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return f"\niptc\n{len(block):8d}\n{lines}\n"


def name_in_png(file: BinaryIO) -> None:
    """Give the chunk that libvips wrote as PNG_PLACEHOLDER its real keyword, in place. The file's position moves."""
    place = 8
    while True:
        file.seek(place)
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IDAT":
            return
        length = int.from_bytes(head[:4], "big")
        if head[4:] in _TEXTS and file.read(len(PNG_PLACEHOLDER)) == PNG_PLACEHOLDER.encode():
            chunk = head[4:] + PNG_KEYWORD.encode() + file.read(length - len(PNG_KEYWORD))
            file.seek(place + 4)
            file.write(chunk + struct.pack(">I", zlib.crc32(chunk)))
            return
        place += 12 + length
