"""The picture formats that are read and written, told by content; everything else that libvips could open is blocked.

sniff      the first bytes of a file   ->  "jpeg", "png", "webp", "tiff", "avif", "heic" or "gif"
LOADERS    such a name                 ->  the one operation of libvips that reads it
written_as such a name                 ->  itself, or "png" for what is read but not written (GIF and HEIC)
"""

import re

import pyvips

from photochrom.errors import FormatError, PhotoError

LOADERS = {
    "jpeg": "jpegload", "png": "pngload", "webp": "webpload", "tiff": "tiffload",
    "avif": "heifload", "heic": "heifload", "gif": "gifload",
}  # fmt: skip
WRITABLE = ("jpeg", "png", "webp", "tiff", "avif")
LONGEST = {"jpeg": 65500, "webp": 16383, "avif": 16384}  # pixels of a side that can be written
PAGED = ("tiff", "webp", "avif", "heic", "gif")  # files that may hold more than one picture
ANIMATED = ("webp", "gif")  # where several are called frames
READ = "JPEG, PNG, TIFF, WebP, AVIF, HEIC and GIF"

SUFFIXES = {
    ".jpg": "jpeg", ".jpeg": "jpeg", ".jpe": "jpeg", ".jfif": "jpeg",
    ".png": "png", ".webp": "webp", ".tif": "tiff", ".tiff": "tiff",
    ".avif": "avif", ".heic": "heic", ".heif": "heic", ".gif": "gif",
}  # fmt: skip

_MAGIC = {
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "tiff": re.compile(rb"II[*+]\0|MM\0[*+]"),
    "avif": re.compile(rb".{4}ftyp(avi[fs]|(mif1|msf1|miaf).{4}(.{4}){0,9}avi[fs])", re.DOTALL),
    "heic": re.compile(rb".{4}ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL),
    "gif": re.compile(rb"GIF8[79]a"),
}
_FOREIGN = {  # what people try next: named, so that the refusal tells them what they have
    "a BMP picture": re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL),
    "a JPEG XL picture": re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "),
    "a JPEG 2000 picture": re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
    "a Photoshop document": re.compile(rb"8BPS"),
    "a PDF document": re.compile(rb"%PDF"),
    "an SVG drawing": re.compile(rb"\s*(<\?xml[^>]*>\s*)?<svg"),
}

# The classes of libvips that hold the loaders above. Whatever reads another kind of file, now or in a later libvips
# (SVG, PDF, PPM, FITS, raw numbers, libvips' own), is a class below VipsForeignLoad and stays blocked.
_CLASSES = ("Jpeg", "Png", "Webp", "Tiff", "Heif", "Nsgif")
pyvips.block_untrusted_set(True)
pyvips.operation_block_set("VipsForeignLoad", True)
for _name in _CLASSES:
    pyvips.operation_block_set(f"VipsForeignLoad{_name}", False)


_decoded = getattr(pyvips, "_to_string", str)


def _message(text: object) -> str:
    """What libvips says, for pyvips' log: of a message that is no UTF-8 pyvips would print a traceback of its own."""
    try:
        return str(_decoded(text))
    except UnicodeDecodeError:
        return "a message that is no text"


pyvips._to_string = _message


def sniff(head: bytes, name: str) -> str:
    """The format of a file that begins with `head` (64 bytes or more); FormatError names it when it is another one."""
    if not head:
        raise PhotoError(f"{name} is empty (zero bytes); look for another copy of the photograph.")
    for format, magic in _MAGIC.items():
        if magic.match(head):
            return format
    for kind, magic in _FOREIGN.items():
        if magic.match(head):
            raise FormatError(f"{name} is {kind}, which photochrom can't read; convert it to JPEG, PNG, WebP or TIFF.")
    raise FormatError(f"{name} is not a picture: whatever its name says, it is none of {READ}.")


def written_as(format: str) -> str:
    """The format in which a photograph of this one is written when nobody asks for another."""
    return "png" if format in LOADERS and format not in WRITABLE else format
