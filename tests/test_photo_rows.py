"""Photographs that are never in memory as a whole: the same in every respect as those that are."""

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from photochrom.errors import PhotoError
from photochrom.photo import Photo
from photochrom.photo.stream import ROWS, tiff_header
from pictures import exif, saved, smooth


@dataclass(frozen=True, eq=False)
class Made:
    """Rows of an array that come a few at a time, and count how often they are asked for."""

    array: np.ndarray
    height: int = 7
    fails: Exception | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        height, width, bands = self.array.shape
        return height, width, bands

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype

    def rows(self, start: int, stop: int) -> np.ndarray:
        return self.array[start:stop]

    def strips(self) -> Iterator[np.ndarray]:
        for top in range(0, len(self.array), self.height):
            if self.fails is not None and top > len(self.array) // 2:
                raise self.fails
            yield self.array[top : top + self.height]


@pytest.fixture(autouse=True, params=["streamed", "whole"])
def encoded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every picture goes to the encoder in strips, however small; and as it usually does."""
    if request.param == "streamed":
        monkeypatch.setattr("photochrom.photo.stream.WHOLE", -1)


@pytest.fixture
def in_its_file(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the moment it is called, every photograph is large."""

    def small() -> None:
        monkeypatch.setattr("photochrom.photo.source.LARGE", 0)
        monkeypatch.setattr("photochrom.photo.photo.LARGE", 0)

    return small


def noise(height: int, width: int, bands: int, dtype: type = np.uint8) -> np.ndarray:
    top = np.iinfo(dtype).max
    return np.random.default_rng(5).integers(0, top, (height, width, bands), dtype, endpoint=True)


@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    bands=st.sampled_from([1, 3]),
    dtype=st.sampled_from([np.uint8, np.uint16]),
    alpha=st.booleans(),
    strip=st.integers(1, 50),
    format=st.sampled_from(["png", "tiff", "jpeg"]),
)
def test_strips_become_the_same_file_as_an_array(
    size: tuple[int, int], bands: int, dtype: type, alpha: bool, strip: int, format: str
) -> None:
    pixels, mask = noise(*size, bands, dtype), noise(*size, 1, dtype)
    whole = Photo(pixels, mask[..., 0] if alpha else None)
    made = Photo(Made(pixels, strip), Made(mask, strip // 2 + 1) if alpha else None)
    assert made.encode(format) == whole.encode(format)


def test_rows_are_an_array_to_whoever_looks_and_are_made_once() -> None:
    pixels = noise(20, 30, 3)
    photo = Photo(Made(pixels), Made(noise(20, 30, 1)))
    assert (photo.size, photo.is_gray, photo.dtype) == ((20, 30), False, np.uint8)
    assert np.array_equal(photo.pixels, pixels)
    assert photo.pixels is photo.pixels
    assert photo.alpha is not None
    assert photo.alpha.shape == (20, 30)
    assert replace(photo, alpha=None).alpha is None


def test_alpha_takes_the_depth_of_new_pixels_strip_by_strip() -> None:
    photo = Photo(Made(noise(20, 30, 1)), Made(noise(20, 30, 1)))
    deep = photo.with_pixels(Made(noise(20, 30, 3, np.uint16)))
    assert deep.alpha is not None
    assert np.array_equal(deep.alpha, photo.alpha * np.uint16(257))
    assert Photo.from_bytes(deep.encode("png")).alpha is not None


def test_what_goes_wrong_while_rows_are_made_is_what_one_hears(tmp_path: Path) -> None:
    photo = Photo(Made(noise(50, 30, 3), fails=PhotoError("the lower half is missing.")))
    with pytest.raises(PhotoError, match=r"^the lower half is missing\.$"):
        photo.encode("png")
    with pytest.raises(ZeroDivisionError):
        Photo(Made(noise(50, 30, 3), fails=ZeroDivisionError())).write(tmp_path / "out.jpg")
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_fails_stops_the_making(tmp_path: Path) -> None:
    photo = Photo(Made(noise(4000, 100, 3)))
    with pytest.raises(PhotoError, match="quality"):
        photo.encode("jpeg", quality=0)
    gc.collect()  # what libvips still held is let go of without a sound


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("format", ["png", "tiff", "jpeg", "webp"])
def test_a_large_file_reads_like_a_small_one(
    bands: int, format: str, tmp_path: Path, in_its_file: Callable[[], None]
) -> None:
    if (format, bands) in (("jpeg", 2), ("jpeg", 4)):
        return  # JPEG has no alpha
    path = tmp_path / f"photo.{format}"
    path.write_bytes(saved(smooth(90, 70, bands), format, exif=exif()))
    whole = Photo.read(path)
    in_its_file()
    large, given = Photo.read(path), Photo.from_bytes(path.read_bytes())
    for photo in (large, given):
        assert (photo.size, photo.is_gray, photo.dtype, photo.notes) == (
            whole.size,
            whole.is_gray,
            whole.dtype,
            whole.notes,
        )
        assert photo.metadata == whole.metadata
        assert np.array_equal(photo.rows(40, 60), whole.pixels[40:60])
        assert np.array_equal(photo.rows(3, 9), whole.pixels[3:9])
        assert np.array_equal(photo.shrunk_lightness(9, 7), whole.shrunk_lightness(9, 7))
        assert photo.encode("png") == whole.encode("png")
        assert np.array_equal(photo.pixels, whole.pixels)
        assert (photo.alpha is None) == (whole.alpha is None)
        assert photo.alpha is None or np.array_equal(photo.alpha, whole.alpha)


@pytest.mark.parametrize("orientation", [1, 2, 3, 6, 8])
def test_a_large_file_is_upright(orientation: int, tmp_path: Path, in_its_file: Callable[[], None]) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(smooth(90, 70, 3), "jpeg", exif=exif(orientation)))
    whole = Photo.read(path)
    in_its_file()
    large = Photo.read(path)
    assert large.size == whole.size
    assert np.array_equal(large.pixels, whole.pixels)


def test_a_large_file_is_written_whole_or_not_at_all(tmp_path: Path, in_its_file: Callable[[], None]) -> None:
    data = saved(noise(300, 200, 3), "png")
    (tmp_path / "old.png").write_bytes(data)
    (tmp_path / "cut.png").write_bytes(data[: len(data) * 2 // 3])
    in_its_file()
    photo = Photo.read(tmp_path / "old.png")
    photo.write(tmp_path / "new.tif")
    assert np.array_equal(Photo.read(tmp_path / "new.tif").pixels, photo.pixels)
    with pytest.raises(PhotoError, match=r"cut\.png is damaged or cut short"):
        Photo.read(tmp_path / "cut.png").write(tmp_path / "cut.jpg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.png", "new.tif", "old.png"]


@given(height=st.integers(1, 5 * ROWS), width=st.integers(1, 9), bands=st.integers(1, 4), depth=st.sampled_from([1, 2]))
def test_the_header_makes_a_tiff_of_bare_pixels(height: int, width: int, bands: int, depth: int) -> None:
    pixels = noise(height, width, bands, np.uint8 if depth == 1 else np.uint16)
    image = pyvips.Image.new_from_buffer(tiff_header(height, width, bands, depth) + pixels.tobytes(), "")
    assert np.array_equal(image.numpy().reshape(pixels.shape), pixels)
    assert image.hasalpha() == (bands in (2, 4))
