"""Nothing gets lost from file to file, whatever the photograph: size, depth, lightness, alpha, metadata, uprightness.

First through photochrom's codec alone, where lossless formats give back every bit; then through a colorizer with a tiny
model of vivid colors.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from photochrom.color import gray_to_lightness, lightness_of
from photochrom.colorizer import Colorizer
from photochrom.photo import Photo
from photochrom.photo.codec import encode
from photochrom.photo.metadata import Keep
from photochrom.photo.xmp import disclosed
from pictures import assert_same_picture, exif, saved, smooth
from tiny_model import write_tiny_model

LOSSLESS, LOSSY = ("png", "tiff", "webp", "avif"), ("jpeg", "webp", "avif")
SUFFIX = {"png": ".png", "tiff": ".tif", "webp": ".webp", "avif": ".avif", "jpeg": ".jpg"}
DEEP = ("png", "tiff")

TOLD = dict(Photo.from_bytes(saved(smooth(8, 8), "jpeg", exif=exif(), dpi=(300, 200))).metadata) | {
    "xmp-data": b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF/></x:xmpmeta>'
}

heights_and_widths = st.one_of(
    st.sampled_from([(1, 1), (1, 2), (2, 1), (1, 300), (300, 1), (3000, 37), (37, 3000)]),
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
)


@dataclass(frozen=True)
class Kept:
    """A photograph and the format of the file that it is in."""

    photo: Photo
    format: str

    @property
    def name(self) -> str:
        return f"photo{SUFFIX[self.format]}"


@st.composite
def kept(draw: st.DrawFn, formats: tuple[str, ...]) -> Kept:
    """Noise or waves of any size, with as many bits and channels as the format takes, and metadata or none."""
    format = draw(st.sampled_from(formats))
    height, width = draw(heights_and_widths)
    if format == "avif":
        height, width = min(height, 40), min(width, 40)  # slow to write
    bands = draw(st.sampled_from([1, 3] if format == "jpeg" else [1, 2, 3, 4]))
    dtype = draw(st.sampled_from([np.uint8, np.uint16] if format in DEEP else [np.uint8]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if draw(st.booleans()) and format != "jpeg":
        array = random.integers(0, np.iinfo(dtype).max, (height, width, bands), dtype, endpoint=True)
    else:
        array = smooth(height, width, bands).reshape(height, width, bands).astype(dtype) * (
            257 if dtype == np.uint16 else 1
        )
    if bands in (2, 4):
        array[0, 0, -1] = 7  # WebP drops an alpha that hides nothing
    photo = Photo.from_array(array)
    metadata = dict(TOLD) if draw(st.booleans()) else {}
    return Kept(Photo(photo.pixels, photo.alpha, metadata, format), format)


@pytest.fixture(scope="module")
def colorizer(tmp_path_factory: pytest.TempPathFactory) -> Colorizer:
    return Colorizer(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as place:
        yield Path(place)


def without_invented(photo: Photo) -> dict[str, object]:
    """Metadata but for what formats make up: EXIF where they keep resolution in it, 72 dpi where there was none."""
    rounded = {name: round(float(str(photo.metadata[name])), 2) for name in ("xres", "yres") if name in photo.metadata}
    told = {name: value for name, value in photo.metadata.items() if name in ("xmp-data", "iptc-data")}
    return told | {name: value for name, value in rounded.items() if value != 2.83}


@given(kept(LOSSLESS))
@settings(max_examples=40)
def test_lossless_formats_give_back_every_bit_and_all_metadata(folder: Path, drawn: Kept) -> None:
    path = folder / drawn.name
    drawn.photo.write(path, quality=100, overwrite=True)
    read = Photo.read(path)
    if drawn.format in ("webp", "avif") and drawn.photo.is_gray:  # which know color only
        assert np.array_equal(read.pixels, np.repeat(drawn.photo.pixels, 3, axis=2))
        assert drawn.photo.alpha is None or np.array_equal(read.alpha, drawn.photo.alpha)
    else:
        assert_same_picture(read, drawn.photo)
    assert without_invented(read) == without_invented(drawn.photo)
    read.write(path, quality=100, overwrite=True)
    again = Photo.read(path)
    assert_same_picture(again, read)
    assert again.metadata == read.metadata


@given(kept(LOSSLESS), st.sampled_from([None, "photochrom 9"]))
@settings(max_examples=30)
def test_a_colored_photograph_keeps_size_depth_lightness_alpha_and_metadata(
    folder: Path, colorizer: Colorizer, drawn: Kept, disclose: str | None
) -> None:
    source, target = folder / f"source{drawn.name}", folder / drawn.name
    drawn.photo.write(source, quality=100, overwrite=True)
    before = Photo.read(source)
    colorizer(before).write(target, quality=100, overwrite=True, keep=Keep(disclose=disclose))
    after = Photo.read(target)
    assert (after.size, after.pixels.dtype, after.format) == (before.size, before.pixels.dtype, before.format)
    assert not after.is_gray
    assert before.alpha is None or np.array_equal(after.alpha, before.alpha)
    assert_as_light(after, before)
    if disclose is None and drawn.photo.metadata:
        assert after.metadata == before.metadata
    expected = without_invented(before)
    found = {name: value for name, value in without_invented(after).items() if name in expected}
    if disclose is not None and "xmp-data" in expected:
        assert found.pop("xmp-data") == disclosed(bytes(TOLD["xmp-data"]), disclose)
        del expected["xmp-data"]
    assert found == expected


@given(kept(LOSSY))
@settings(max_examples=20)
def test_lossy_formats_keep_size_metadata_and_alpha_and_come_close_in_lightness(
    folder: Path, colorizer: Colorizer, drawn: Kept
) -> None:
    source, target = folder / f"source{drawn.name}", folder / drawn.name
    drawn.photo.write(source, quality=100, overwrite=True)
    before = Photo.read(source)
    colorizer(before).write(target, overwrite=True)
    after = Photo.read(target)
    assert (after.size, after.format) == (before.size, before.format)
    assert before.alpha is None or np.array_equal(after.alpha, before.alpha)
    assert without_invented(after) == without_invented(before)


def assert_as_light(after: Photo, before: Photo) -> None:
    """Each pixel's L* is no farther from what it was than that of the next gray value of this depth."""
    top = np.iinfo(before.pixels.dtype).max
    steps = gray_to_lightness(np.arange(top + 1) / top)
    lightness, found = (
        gray_to_lightness(photo.pixels[..., 0] / top) if photo.is_gray else lightness_of(photo.pixels / top)
        for photo in (before, after)
    )
    nearest = np.searchsorted(steps, lightness - 1e-9).clip(1, top)
    step = steps[nearest] - steps[nearest - 1]
    assert (np.abs(found - lightness) / step).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["jpeg", "png", "tiff", "webp", "avif"])
def test_a_picture_on_its_side_is_colored_upright_once(
    folder: Path, colorizer: Colorizer, format: str, orientation: int
) -> None:
    path = folder / f"side{SUFFIX[format]}"
    path.write_bytes(saved(smooth(20, 34), format, exif=exif(orientation)))
    before = Photo.read(path)
    colorizer(before).write(path, quality=100, overwrite=True)
    with Image.open(path) as seen:
        assert seen.getexif().get(274, 1) == 1
        assert seen.size == ((34, 20) if orientation < 5 else (20, 34))
    if format != "jpeg":
        assert_as_light(Photo.read(path), before)


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("bands", [1, 3])
def test_a_float_scan_is_colored_at_16_bits(colorizer: Colorizer, bands: int, compression: str | None) -> None:
    buffer = io.BytesIO()
    scan = np.random.default_rng(4).random((40, 50, bands)).astype(np.float32)
    tifffile.imwrite(buffer, scan.squeeze(), compression=compression, photometric="rgb" if bands == 3 else "minisblack")
    before = Photo.from_bytes(buffer.getvalue())
    after = Photo.from_bytes(colorizer(before).encode())
    assert (after.format, after.pixels.dtype, after.size) == ("tiff", np.uint16, (40, 50))
    assert np.abs(before.pixels / 65535 - scan).max() <= 0.51 / 65535
    assert_as_light(after, before)


def test_ten_bits_of_avif_come_back_as_twelve(colorizer: Colorizer) -> None:
    ramp = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64, 1)
    before = Photo.from_bytes(encode(ramp, None, {}, "avif", quality=100))
    after = Photo.from_bytes(colorizer(before).encode(quality=100))
    assert after.pixels.dtype == before.pixels.dtype == np.uint16
    step = 65535 / 4095 / 65535
    bright = before.pixels[..., 1] > 2000
    found, expected = (lightness_of(photo.pixels / 65535) for photo in (after, before))
    assert np.abs(found - expected)[bright].max() < 100 * step * 2
