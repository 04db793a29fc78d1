"""What a file says about a photograph, carried from one format to another: EXIF, XMP, IPTC, resolution.

    gather    an image that libvips has opened  ->  {"exif-data", "xmp-data", "iptc-data": bytes, "xres", "yres": px/mm}
    Keep      such a dict                       ->  the same without places, with what was done to the photograph
    attach    such a dict                       ->  fields of an image that libvips is to write
    complete  what libvips wrote                ->  the same with what it leaves out

The color profile is not among them: pixels are sRGB. Nor are thumbnails, which would show the photograph as it was.
"""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyvips

from photochrom.photo_exif import (
    IPTC,
    Tags,
    iptc_of,
    read_block,
    resolution,
    upright_srgb,
    with_iptc,
    write_block,
    write_into_tiff,
)

_UNKNOWN = 1.0  # libvips' resolution of a picture that has none
_CUSTOMARY = 72 / 25.4  # pixels per mm, where a format must name some
_PHOTOSHOP = b"Photoshop 3.0\0"
_IPTC_RESOURCE = 0x0404
_XMP_ORIENTATION = re.compile(rb"""(tiff:Orientation(?:\s*=\s*["']|>\s*))[2-8]""")


@dataclass(frozen=True)
class Keep:
    """What becomes of the metadata when a photograph is written.

    gps         whether the place where it was taken stays
    disclose    what made the colors, for the note that they are machine-made; None writes none
    """

    gps: bool = True
    disclose: str | None = None

    def applied(self, metadata: Mapping[str, object]) -> dict[str, object]:
        """The metadata to write."""
        return dict(metadata)


def gather(image: Any, tiff: Tags | None) -> dict[str, object]:
    """The metadata of an opened image, orientation reset; `tiff` holds the tags of its page if it is a TIFF."""
    kept: dict[str, object] = {}
    tags = upright_srgb(read_block(_blob(image, "exif-data")) if tiff is None else tiff)
    if iptc := iptc_of(tags) or _iptc_among_resources(_blob(image, "iptc-data")):
        kept["iptc-data"] = iptc
    if exif := {tag: value for tag, value in tags.items() if tag != IPTC}:
        kept["exif-data"] = write_block(exif)
    if xmp := _blob(image, "xmp-data"):
        kept["xmp-data"] = _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)
    if found := (image.xres, image.yres) if image.xres != _UNKNOWN or image.yres != _UNKNOWN else resolution(exif):
        kept |= {"xres": found[0], "yres": found[1]}
    return kept


def attach(image: Any, metadata: Mapping[str, object], format: str) -> Any:
    """The image with metadata set for libvips to write in `format`."""
    image = image.copy(xres=_number(metadata, "xres"), yres=_number(metadata, "yres"))
    image.set_type(pyvips.GValue.gstr_type, "resolution-unit", "in")
    fields = {name: _bytes(metadata, name) for name in ("exif-data", "xmp-data")}
    if format == "jpeg" and (iptc := _bytes(metadata, "iptc-data")):
        fields["iptc-data"] = _as_resource(iptc)
    for name, value in fields.items():
        if value:
            image.set_type(pyvips.GValue.blob_type, name, value)
    return image


def complete(file: BinaryIO, metadata: Mapping[str, object], format: str) -> None:
    """Add to the written file, in place, what libvips leaves out: EXIF and IPTC of TIFF."""
    if format != "tiff":
        return
    tags = read_block(_bytes(metadata, "exif-data"))
    iptc = _bytes(metadata, "iptc-data")
    write_into_tiff(file, with_iptc(tags, iptc) if iptc else tags)


def needs_exif(metadata: Mapping[str, object], format: str) -> bool:
    """Whether to write a block of EXIF (libvips would always make one up): some formats keep resolution there."""
    return "exif-data" in metadata or ("xres" in metadata and format in ("jpeg", "webp", "avif"))


def _blob(image: Any, name: str) -> bytes:
    return bytes(image.get(name)) if image.get_typeof(name) else b""


def _bytes(metadata: Mapping[str, object], name: str) -> bytes:
    value = metadata.get(name)
    return value if isinstance(value, bytes) else b""


def _number(metadata: Mapping[str, object], name: str) -> float:
    value = metadata.get(name)
    return float(value) if isinstance(value, int | float) else _CUSTOMARY


def _iptc_among_resources(block: bytes) -> bytes:
    """The IPTC record among Photoshop's image resources, as JPEG stores it."""
    at = len(_PHOTOSHOP) if block.startswith(_PHOTOSHOP) else len(block)
    while block[at : at + 4] == b"8BIM" and at + 12 <= len(block):
        kind, name_length = struct.unpack(">HB", block[at + 4 : at + 7])
        at += 6 + (name_length + 2) // 2 * 2
        size = int.from_bytes(block[at : at + 4], "big")
        if kind == _IPTC_RESOURCE:
            return block[at + 4 : at + 4 + size]
        at += 4 + (size + 1) // 2 * 2
    return b""


def _as_resource(iptc: bytes) -> bytes:
    size = struct.pack(">I", len(iptc))
    return _PHOTOSHOP + b"8BIM" + struct.pack(">HH", _IPTC_RESOURCE, 0) + size + iptc + b"\0" * (len(iptc) % 2)
