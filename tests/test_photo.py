"""What a Photo promises: a value, with lightness, from arrays and from places."""

import os
import threading
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab

from photochrom.errors import PhotoError
from photochrom.photo import Photo
from pictures import (
    EXIF_IFD,
    FORMATS,
    MAKER_NOTE,
    arrays,
    assert_same_picture,
    exif,
    saved,
    smooth,
    told,
)


@given(arrays(channels=st.sampled_from([1, 3])))
def test_lightness_is_that_of_cielab(array):
    photo = Photo.from_array(array)
    full = np.broadcast_to(array / np.iinfo(array.dtype).max, (*photo.size, 3))
    lightness = photo.lightness()
    assert (lightness.shape, lightness.dtype) == (photo.size, np.float32)
    assert np.abs(lightness - rgb2lab(full)[..., 0]).max() < 2e-3
    intensity = photo.lightness("intensity")
    assert (intensity.shape, intensity.dtype) == (photo.size, np.float32)
    assert np.abs(intensity - full.mean(axis=2)).max() < 1e-6
    assert np.abs(photo.lightness("luma") - full @ [0.299, 0.587, 0.114]).max() < 1e-6


@given(arrays(channels=st.just(1)))
def test_three_equal_channels_are_as_light_as_one(array):
    gray, same = Photo.from_array(array), Photo.from_array(np.repeat(array, 3, axis=2))
    assert gray.is_gray
    assert not same.is_gray
    assert np.array_equal(gray.lightness(), same.lightness())


def test_lightness_of_a_tall_picture_has_no_seams():
    photo = Photo.from_array(smooth(1500, 400, 3))
    whole = rgb2lab(photo.pixels[::50] / 255)[..., 0]
    assert np.abs(photo.lightness()[::50] - whole).max() < 2e-3


def test_an_unknown_lightness_is_refused():
    with pytest.raises(ValueError, match="'chroma'"):
        Photo.from_array(smooth(4, 4)).lightness("chroma")


@given(arrays())
def test_from_array_tells_channels_by_their_number(array):
    photo = Photo.from_array(array)
    colors = {1: 1, 2: 1, 3: 3, 4: 3}[array.shape[2]]
    assert np.array_equal(photo.pixels, array[..., :colors])
    assert (photo.alpha is not None) == (array.shape[2] in (2, 4))
    assert photo.path is None
    assert photo.format == "png"


def test_floats_become_16_bits():
    ramp = np.linspace(0, 1, 256).reshape(16, 16)
    for dtype in (np.float32, np.float64):
        photo = Photo.from_array(ramp.astype(dtype))
        assert np.array_equal(photo.pixels[..., 0], np.arange(256).reshape(16, 16) * 257)
    assert Photo.from_array(np.ones((2, 2), np.float16)).pixels.min() == 65535  # more than a float16 can hold


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 5), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros((2, 4, 4, 3), np.uint8),
        np.zeros((4, 4), np.int64),
        np.zeros((4, 4), bool),
        np.full((4, 4), 1.5),
        np.full((4, 4), -0.1),
        np.full((4, 4), np.nan),
        np.array([["a"]]),
    ],
    ids=lambda array: f"{array.dtype}-{array.shape}-{array.flat[0] if array.size else 'empty'}",
)
def test_other_arrays_are_refused(array):
    with pytest.raises(PhotoError):
        Photo.from_array(array)


def test_read_knows_where_it_came_from_and_tells_the_format_by_content(tmp_path):
    path = tmp_path / "wrong.png"
    path.write_bytes(saved(smooth(8, 8), "tiff"))
    photo = Photo.read(str(path))
    assert photo.path == path
    assert photo.format == "tiff"


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_reads_like_its_bytes(format, tmp_path, rng):
    photo = Photo.from_bytes(saved(smooth(8, 8, 3), "jpeg", exif=exif()))
    data = replace(photo, pixels=rng.integers(0, 256, (150, 150, 3), np.uint8)).encode(format)
    (tmp_path / "photo").write_bytes(data)
    read, same = Photo.read(tmp_path / "photo"), Photo.from_bytes(data)
    assert_same_picture(read, same)
    assert read.metadata == same.metadata
    assert "exif-data" in read.metadata


def test_exif_that_fills_many_buffers_is_read_whole(tmp_path):
    tags = exif()
    tags.get_ifd(EXIF_IFD)[MAKER_NOTE] = bytes(range(256)) * 2000
    original = saved(smooth(20, 30, 3), "tiff", exif=tags)
    (tmp_path / "photo.tif").write_bytes(original)
    assert told(Photo.read(tmp_path / "photo.tif").encode("tiff")) == told(original)


def test_a_pipe_can_be_read(tmp_path):
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(saved(smooth(64, 64), "jpeg")))
    writer.start()
    assert Photo.read(pipe).size == (64, 64)
    writer.join()


def test_names_may_hold_anything(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a [page=2] \xff %s {}.png"))
    photo = Photo.from_array(smooth(8, 8))
    photo.write(path)
    assert_same_picture(Photo.read(path), photo)
    with pytest.raises(PhotoError, match="exists already"):
        photo.write(path)


def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path):
    photo = Photo.from_array(smooth(8, 8))
    photo.write(tmp_path / ("写" * 83 + ".png"))  # 253 bytes
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(PhotoError, match="cannot be written"):
        photo.write(tmp_path / ("写" * 90 + ".png"))


def test_encode_without_a_format_keeps_the_one_it_had():
    for format in FORMATS:
        photo = Photo.from_bytes(saved(smooth(8, 8, 3), format))
        assert Photo.from_bytes(photo.encode()).format == photo.format == format
    with pytest.raises(PhotoError, match="does not write 'bmp'"):
        replace(photo, format="bmp").encode()


def test_with_pixels_keeps_everything_else():
    photo = Photo.from_bytes(saved(smooth(20, 30, 4), "png", exif=exif(), dpi=(300, 300)))
    colored = photo.with_pixels(np.zeros((20, 30, 3), np.uint16))
    assert np.array_equal(colored.alpha, photo.alpha * np.uint16(257))
    assert (colored.metadata, colored.format, colored.path) == (photo.metadata, photo.format, photo.path)
    for wrong in (np.zeros((20, 31, 3), np.uint8), np.zeros((20, 30)), np.zeros((20, 30, 2), np.uint8)):
        with pytest.raises(PhotoError):
            photo.with_pixels(wrong)


def test_a_photo_is_a_value():
    array = smooth(8, 8).copy()
    photo = Photo.from_array(array)
    array[:] = 0
    assert photo.pixels.any()
    with pytest.raises(FrozenInstanceError):
        photo.format = "jpeg"
