"""Small honest files of every format and of most of their kinds: what the mutations begin with.

The picture is textured everywhere, so that an area that a decoder filled in for want of data is seen
(`share_of_one_value`).
"""

import io
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyvips
from PIL import Image

from pictures import display_p3, exif
from tiny_model import write_tiny_model

HEIGHT, WIDTH = 83, 118  # no multiples of any block
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'


def textured(bands: int = 3) -> np.ndarray:
    """Waves and noise, uint8, H x W x bands (H x W for one band)."""
    rng = np.random.default_rng(18390819)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [128 + 50 * np.sin(x / (9 + band)) + 40 * np.cos(y / (7 - band)) for band in range(bands)]
    noisy = np.stack(waves, axis=2) + rng.normal(0, 9, (HEIGHT, WIDTH, bands))
    array: np.ndarray = noisy.clip(0, 255).astype(np.uint8)
    return array[..., 0] if bands == 1 else array


def share_of_one_value(pixels: np.ndarray) -> float:
    """How much of a picture is of one and the same value, the most frequent one."""
    flat = pixels.reshape(-1, pixels.shape[-1]).astype(np.int64) @ (1 << 16) ** np.arange(pixels.shape[-1])
    return float(np.unique(flat, return_counts=True)[1].max() / len(flat))


@cache
def seeds(format: str) -> dict[str, bytes]:
    """The files of one format by name."""
    return dict(MAKERS[format]())


def _pillow(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def _vips(bands: int = 3, deep: bool = False) -> Any:
    array = textured(bands)
    image = pyvips.Image.new_from_array(array.astype(np.uint16) * 257 if deep else array)
    image = image.copy(interpretation={1: "b-w", 3: "srgb"}[bands])
    return image.copy(interpretation={1: "grey16", 3: "rgb16"}[bands]) if deep else image


def _gray() -> Image.Image:
    return Image.fromarray(textured(1))


def _color() -> Image.Image:
    return Image.fromarray(textured(3))


def _see_through() -> Image.Image:
    return Image.fromarray(textured(4))


def _jpeg() -> Iterator[tuple[str, bytes]]:
    told = {"exif": exif(6), "icc_profile": display_p3(), "xmp": XMP}
    yield "gray", _pillow(_gray(), "JPEG", quality=90)
    yield "color", _pillow(_color(), "JPEG", quality=90)
    yield "fine", _pillow(_color(), "JPEG", quality=95, subsampling=0, optimize=True)
    yield "progressive", _pillow(_color(), "JPEG", quality=85, progressive=True)
    yield "restarts", _pillow(_color(), "JPEG", quality=85, restart_marker_rows=1)
    yield "inks", _pillow(Image.fromarray(textured(4), "CMYK"), "JPEG", quality=90)
    yield "metadata", _pillow(_color(), "JPEG", quality=90, dpi=(300, 300), comment=b"a comment", **told)


def _png() -> Iterator[tuple[str, bytes]]:
    told = {"exif": exif(3), "icc_profile": display_p3(), "dpi": (300, 300)}
    yield "gray", _pillow(_gray(), "PNG")
    yield "color", _pillow(_color(), "PNG")
    yield "color-alpha", _pillow(_see_through(), "PNG")
    yield "gray-alpha", _pillow(Image.fromarray(textured(2), "LA"), "PNG")
    yield "palette", _pillow(_color().quantize(64), "PNG", transparency=3)
    yield "one-bit", _pillow(_gray().convert("1"), "PNG")
    yield "four-bit", _vips(1).pngsave_buffer(bitdepth=4)
    yield "deep", _vips(3, deep=True).pngsave_buffer()
    yield "deep-gray", _vips(1, deep=True).pngsave_buffer()
    yield "interlaced", _vips().pngsave_buffer(interlace=True)
    yield "metadata", _pillow(_color(), "PNG", **told)


def _tiff() -> Iterator[tuple[str, bytes]]:
    pages = {"save_all": True, "append_images": [_gray(), _color()]}
    yield "gray", _pillow(_gray(), "TIFF")
    yield "color", _pillow(_color(), "TIFF")
    yield "lzw", _pillow(_color(), "TIFF", compression="tiff_lzw")
    yield "packbits", _pillow(_color(), "TIFF", compression="packbits")
    yield "fax", _pillow(_gray().convert("1"), "TIFF", compression="group4")
    yield "palette", _pillow(_color().quantize(64), "TIFF")
    yield "inks", _pillow(Image.fromarray(textured(4), "CMYK"), "TIFF", compression="tiff_lzw")
    yield "pages", _pillow(_color(), "TIFF", compression="tiff_adobe_deflate", **pages)
    yield "metadata", _pillow(_color(), "TIFF", exif=exif(8), icc_profile=display_p3(), dpi=(300, 300))
    yield "deflate", _vips().tiffsave_buffer(compression="deflate", predictor="horizontal")
    yield "tiles", _vips().tiffsave_buffer(tile=True, tile_width=32, tile_height=32, compression="lzw")
    yield "jpeg", _vips().tiffsave_buffer(compression="jpeg")
    yield "big", _vips().tiffsave_buffer(bigtiff=True)
    yield "deep", _vips(3, deep=True).tiffsave_buffer(compression="lzw")
    yield "float", (_vips(1) / 255).cast("float").tiffsave_buffer()


def _webp() -> Iterator[tuple[str, bytes]]:
    frames = {"save_all": True, "append_images": [_color().rotate(180)], "duration": 100}
    told = {"exif": exif(5), "icc_profile": display_p3(), "xmp": XMP}
    yield "lossy", _pillow(_color(), "WEBP", quality=80)
    yield "lossless", _pillow(_color(), "WEBP", lossless=True)
    yield "lossy-alpha", _pillow(_see_through(), "WEBP", quality=80)
    yield "lossless-alpha", _pillow(_see_through(), "WEBP", lossless=True, exact=True)
    yield "animated", _pillow(_color(), "WEBP", quality=80, **frames)
    yield "metadata", _pillow(_color(), "WEBP", quality=80, **told)


def _avif() -> Iterator[tuple[str, bytes]]:
    quick = {"compression": "av1", "effort": 0, "Q": 70}
    yield "color", _vips().heifsave_buffer(**quick)
    yield "gray", _vips(1).heifsave_buffer(**quick)
    yield "fine", _vips().heifsave_buffer(subsample_mode="off", **quick)
    yield "deep", _vips(3, deep=True).heifsave_buffer(bitdepth=10, **quick)
    yield "lossless", _vips().heifsave_buffer(compression="av1", effort=0, lossless=True)
    yield "alpha", _pillow(_see_through(), "AVIF", speed=10, quality=70)
    yield "metadata", _pillow(_color(), "AVIF", speed=10, quality=70, exif=exif(6), icc_profile=display_p3(), xmp=XMP)


def _heic() -> Iterator[tuple[str, bytes]]:
    """HEIC's container around AV1, once with the brand alone and once with the codec's name too: a lie.

    An honest one needs an encoder of HEVC, which neither Pillow nor the libvips of PyPI have.
    """
    for name, data in _avif():
        yield name, data.replace(b"ftypavif", b"ftypheic")
        yield f"{name}-hevc", data.replace(b"ftypavif", b"ftypheic").replace(b"av01", b"hvc1").replace(b"av1C", b"hvcC")


def _gif() -> Iterator[tuple[str, bytes]]:
    few = _color().quantize(200)
    frames = {"save_all": True, "append_images": [few.rotate(180)], "duration": 100, "loop": 0}
    yield "color", _pillow(few, "GIF")
    yield "gray", _pillow(_gray(), "GIF", interlace=False)
    yield "interlaced", _pillow(few, "GIF", interlace=True)
    yield "transparent", _pillow(few, "GIF", transparency=3)
    yield "animated", _pillow(few, "GIF", **frames)
    yield "comment", _pillow(few, "GIF", comment=b"a comment " * 40)


def _onnx() -> Iterator[tuple[str, bytes]]:
    """Models, which strangers send as well."""
    with TemporaryDirectory() as folder:
        for inputs in (("lightness",), ("lightness", "style"), ("lightness", "style", "hints")):
            yield inputs[-1], write_tiny_model(Path(folder, "tiny.onnx"), inputs=inputs).read_bytes()


MAKERS: dict[str, Callable[[], Iterator[tuple[str, bytes]]]] = {
    "jpeg": _jpeg, "png": _png, "tiff": _tiff, "webp": _webp, "avif": _avif, "heic": _heic, "gif": _gif,
    "onnx": _onnx,
}  # fmt: skip
PICTURES = tuple(format for format in MAKERS if format != "onnx")
