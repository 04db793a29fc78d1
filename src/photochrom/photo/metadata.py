"""What a file says about a photograph, carried from one format to another: EXIF, XMP, IPTC, resolution.

    gather    an image that libvips has opened  ->  {"exif-data", "xmp-data", "iptc-data": bytes, "xres", "yres": px/mm}
    Keep      such a dict                       ->  the same without places, with what was done to the photograph
    attach    such a dict                       ->  fields of an image that libvips is to write
    complete  a file that libvips wrote         ->  the same with what it leaves out

The color profile is not among them: pixels are sRGB. Nor are thumbnails, which would show the photograph as it was.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyvips

from photochrom.photo import iptc as iptc_block
from photochrom.photo import xmp as xmp_packet
from photochrom.photo.exif import (
    IPTC,
    Tags,
    described,
    iptc_of,
    read_block,
    resolution,
    upright_srgb,
    with_iptc,
    within,
    without_places,
    write_block,
    write_into_tiff,
)

_UNKNOWN = 1.0  # libvips' resolution of a picture that has none
_CUSTOMARY = 72 / 25.4  # pixels per mm, where a format must name some
_MOST = 1 << 24  # bytes of a packet that are carried along: real ones stay far below
# JPEG has 64 KB for each block, less what stands around it; libvips stops at 60,000 bytes of XMP, and at this much EXIF
# in any format but TIFF, where it has no hand in it.
_JPEG_XMP, _BLOCK = 60_000, 64_000


@dataclass(frozen=True)
class Keep:
    """What becomes of the metadata when a photograph is written.

    gps         whether the place where it was taken stays: EXIF's GPS tags, and GPS properties of XMP
    disclose    what made the colors, such as "photochrom 1.0 (model photochrom)": written as software and in a
                sentence in EXIF, as a composite with trained algorithmic media in XMP; None writes nothing
    """

    gps: bool = True
    disclose: str | None = None

    def applied(self, metadata: Mapping[str, object]) -> dict[str, object]:
        """The metadata to write: a copy in which everything else is as it was."""
        if self.gps and not self.disclose:
            return dict(metadata)
        tags, xmp = read_block(_bytes(metadata, "exif-data")), _bytes(metadata, "xmp-data")
        if not self.gps:
            tags, xmp = without_places(tags), xmp_packet.without_places(xmp)
        if self.disclose:
            tags, xmp = described(tags, self.disclose), xmp_packet.disclosed(xmp, self.disclose)
        kept = {name: value for name, value in metadata.items() if name not in ("exif-data", "xmp-data")}
        if tags:
            kept["exif-data"] = write_block(tags)
        if xmp:
            kept["xmp-data"] = xmp
        return kept


def gather(image: Any, tiff: Tags | None) -> dict[str, object]:
    """The metadata of an opened image, orientation reset; `tiff` holds the tags of its page if it is a TIFF."""
    kept: dict[str, object] = {}
    tags = upright_srgb(read_block(_blob(image, "exif-data")) if tiff is None else tiff)
    if iptc := iptc_of(tags) or iptc_block.from_resources(_blob(image, "iptc-data")) or _iptc_of_png(image):
        kept["iptc-data"] = iptc
    if exif := {tag: value for tag, value in tags.items() if tag != IPTC}:
        kept["exif-data"] = write_block(exif)
    if xmp := _blob(image, "xmp-data"):
        kept["xmp-data"] = xmp_packet.upright(xmp)
    if found := (image.xres, image.yres) if image.xres != _UNKNOWN or image.yres != _UNKNOWN else resolution(exif):
        kept |= {"xres": found[0], "yres": found[1]}
    return kept


def attach(image: Any, metadata: Mapping[str, object], format: str) -> Any:
    """The image with metadata set for libvips to write in `format`."""
    image = image.copy(xres=_number(metadata, "xres"), yres=_number(metadata, "yres"))
    image.set_type(pyvips.GValue.gstr_type, "resolution-unit", "in")
    fields = {"xmp-data": _fitting_xmp(metadata, format), "exif-data": _bytes(metadata, "exif-data")}
    if len(fields["exif-data"]) > _BLOCK and format != "tiff":
        fields["exif-data"] = write_block(within(read_block(fields["exif-data"]), _BLOCK))
    if format == "jpeg" and (iptc := _bytes(metadata, "iptc-data")):
        fields["iptc-data"] = iptc_block.as_resources(iptc)
    if format == "png" and (iptc := _bytes(metadata, "iptc-data")):
        text = iptc_block.as_png_text(iptc)
        image.set_type(pyvips.GValue.gstr_type, f"png-comment-0-{iptc_block.PNG_PLACEHOLDER}", text)
    for name, value in fields.items():
        if value:
            image.set_type(pyvips.GValue.blob_type, name, value)
    return image


def complete(file: BinaryIO, metadata: Mapping[str, object], format: str) -> None:
    """Add to the written file, in place, what libvips leaves out: EXIF and IPTC of TIFF, the name of IPTC in PNG."""
    iptc = _bytes(metadata, "iptc-data")
    if format == "tiff":
        tags = read_block(_bytes(metadata, "exif-data"))
        write_into_tiff(file, with_iptc(tags, iptc) if iptc else tags)
    elif format == "png" and iptc:
        iptc_block.name_in_png(file)


def needs_exif(metadata: Mapping[str, object], format: str) -> bool:
    """Whether to write a block of EXIF (libvips would always make one up): some formats keep resolution there."""
    return "exif-data" in metadata or ("xres" in metadata and format in ("jpeg", "webp", "avif"))


def _fitting_xmp(metadata: Mapping[str, object], format: str) -> bytes:
    """The packet; what is too long for a JPEG is left out, but for the statement about the colors."""
    xmp = _bytes(metadata, "xmp-data")
    if format != "jpeg" or len(xmp) <= _JPEG_XMP:
        return xmp
    shorter = xmp_packet.without_padding(xmp)
    return shorter if len(shorter) <= _JPEG_XMP else xmp_packet.statement_of(xmp)


def _iptc_of_png(image: Any) -> bytes:
    with suppress(UnicodeDecodeError):  # names and texts that are no UTF-8 can't be listed
        for name in image.get_fields():
            if name.startswith("png-comment-") and name.endswith(iptc_block.PNG_KEYWORD):
                return iptc_block.from_png_text(image.get(name))
    return b""


def _blob(image: Any, name: str) -> bytes:
    value = bytes(image.get(name)) if image.get_typeof(name) else b""
    return value if len(value) <= _MOST else b""


def _bytes(metadata: Mapping[str, object], name: str) -> bytes:
    value = metadata.get(name)
    return value if isinstance(value, bytes) else b""


def _number(metadata: Mapping[str, object], name: str) -> float:
    value = metadata.get(name)
    return float(value) if isinstance(value, int | float) else _CUSTOMARY
