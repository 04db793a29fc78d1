"""What a file says about its pixels is what a Photo holds, and what it holds is what is written."""

import io

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photochrom.color import linear_to_srgb, srgb_to_linear
from photochrom.errors import PhotoError
from photochrom.photo import Photo
from pictures import (
    FORMATS,
    ORIENTATION,
    ORIENTATIONS,
    arrays,
    assert_same_picture,
    display_p3,
    exif,
    gamma_profile,
    opened,
    saved,
    smooth,
    upright,
)

# Both have the white D65: the matrices of their primaries multiplied.
SRGB_FROM_P3 = np.array([[1.2249402, -0.2249402, 0], [-0.0420569, 1.0420569, 0], [-0.0196376, -0.0786361, 1.0982735]])


@given(arrays(), st.sampled_from(["png", "tiff"]))
def test_png_and_tiff_give_back_every_bit(array, format):
    photo = Photo.from_array(array)
    again = Photo.from_bytes(photo.encode(format))
    assert_same_picture(photo, again)
    assert again.format == format


@given(arrays(channels=st.sampled_from([3, 4]), dtypes=st.just(np.uint8)))
def test_webp_of_quality_100_gives_back_every_bit(array):
    array[..., 3:].flat[:1] = 7  # WebP drops an alpha that hides nothing
    photo = Photo.from_array(array)
    assert_same_picture(photo, Photo.from_bytes(photo.encode("webp", quality=100)))


@given(arrays(channels=st.sampled_from([1, 3]), dtypes=st.just(np.uint8)), st.sampled_from(FORMATS))
def test_any_size_in_the_same_size_out(array, format):
    photo = Photo.from_array(array)
    again = Photo.from_bytes(photo.encode(format))
    assert again.size == photo.size == array.shape[:2] == (again.height, again.width)


@given(arrays(channels=st.sampled_from([1, 3])), st.sampled_from(["png", "tiff"]))
def test_reading_agrees_with_pillow(array, format):
    array = array if array.dtype == np.uint8 else array[..., :1]  # Pillow has no 16-bit color
    read = Photo.from_bytes(saved(array.squeeze(axis=2) if array.shape[2] == 1 else array, format))
    assert np.array_equal(read.pixels, array)


@given(arrays(channels=st.sampled_from([1, 3])), st.sampled_from(["png", "tiff"]))
def test_writing_agrees_with_pillow(array, format):
    array = array if array.dtype == np.uint8 else array[..., :1]
    seen = np.asarray(opened(Photo.from_array(array).encode(format)))
    assert np.array_equal(seen.reshape(array.shape), array)


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("format", ["jpeg", "webp"])
def test_lossy_formats_stay_close_on_smooth_pictures(format, bands):
    photo = Photo.from_array(smooth(60, 80, bands))
    again = Photo.from_bytes(photo.encode(format))
    assert np.abs(again.pixels.astype(int) - photo.pixels).max() <= 8


def test_gray_jpeg_stays_gray_and_color_jpeg_is_not_subsampled():
    assert opened(Photo.from_array(smooth(9, 9)).encode("jpeg")).mode == "L"
    color = opened(Photo.from_array(smooth(9, 9, 3)).encode("jpeg"))
    assert [(across, down) for _, across, down, _ in color.layer] == [(1, 1)] * 3


def test_a_higher_quality_costs_more_bytes(rng):
    photo = Photo.from_array(rng.integers(0, 256, (64, 64, 3), np.uint8))
    for format in ("jpeg", "webp"):
        assert len(photo.encode(format, 60)) < len(photo.encode(format)) < len(photo.encode(format, 99))


@pytest.mark.parametrize(("format", "longest"), [("jpeg", 65500), ("webp", 16383), ("avif", 16384)])
def test_a_picture_too_long_for_a_format_is_told_what_takes_it(format, longest):
    assert Photo.from_bytes(Photo.from_array(smooth(1, longest)).encode(format)).size == (1, longest)
    long = Photo.from_array(smooth(longest + 1, 1))
    with pytest.raises(PhotoError, match=f"too long for {format}, which holds {longest}; write it as PNG or TIFF"):
        long.encode(format)
    for roomier in ("png", "tiff"):
        assert Photo.from_bytes(long.encode(roomier)).size == (longest + 1, 1)


@pytest.mark.parametrize("quality", [0, 101, -3])
def test_a_quality_outside_1_to_100_is_refused(quality):
    with pytest.raises(PhotoError, match=f"quality is {quality}; choose a number from 1 to 100"):
        Photo.from_array(smooth(4, 4)).encode("jpeg", quality)


def test_all_16_bit_values_round_to_their_nearest_8_bit_value():
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    deep = Photo.from_array(np.stack([every] * 3, axis=2))
    shallow = Photo.from_bytes(deep.encode("webp", quality=100))
    assert np.array_equal(shallow.pixels[..., 0], np.rint(every / 257))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_orientation_is_applied_once(orientation, format):
    stored = smooth(20, 30, 3)
    read = Photo.from_bytes(saved(stored, format, exif=exif(orientation)))
    expected = upright(stored, orientation)
    assert read.size == expected.shape[:2]
    assert np.abs(read.pixels.astype(int) - expected).mean() <= (4 if format in ("jpeg", "avif") else 0)
    for target in ("png", "tiff"):
        written = read.encode(target)
        assert opened(written).getexif().get(ORIENTATION, 1) == 1
        assert_same_picture(Photo.from_bytes(written), read)


@pytest.mark.parametrize("format", FORMATS)
def test_written_exif_says_upright_in_every_format(format):
    read = Photo.from_bytes(saved(smooth(20, 30, 3), "png", exif=exif(6)))
    written = read.encode(format)
    assert opened(written).getexif()[ORIENTATION] == 1
    assert opened(written).size == (20, 30)


def test_alpha_turns_with_the_picture():
    stored = smooth(20, 30, 4)
    read = Photo.from_bytes(saved(stored, "png", exif=exif(8)))
    assert np.array_equal(read.alpha, upright(stored[..., 3], 8))


@pytest.mark.parametrize("format", ["png", "tiff", "webp"])
def test_a_wide_gamut_profile_is_converted_to_srgb(format, rng):
    stored = rng.integers(60, 190, (16, 16, 3), np.uint8)
    linear = srgb_to_linear(stored / 255) @ SRGB_FROM_P3.T  # the curves are the same
    expected = linear_to_srgb(linear.clip(0, 1)) * 255
    read = Photo.from_bytes(saved(stored, format, profile=display_p3()))
    assert np.abs(read.pixels - expected).max() < 2
    assert np.abs(stored - expected).max() > 5  # there was something to convert


def test_16_bit_color_is_converted_at_16_bits():
    ramp = np.linspace(20000, 45000, 256).reshape(16, 16).astype(np.uint16)
    stored = np.stack([ramp, ramp[::-1], ramp[:, ::-1]], axis=2)
    image = pyvips.Image.new_from_array(stored).copy(interpretation="rgb16")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", display_p3())
    read = Photo.from_bytes(image.pngsave_buffer())
    expected = linear_to_srgb(srgb_to_linear(stored / 65535) @ SRGB_FROM_P3.T) * 65535
    assert np.median(np.abs(read.pixels - expected)) < 20  # a step of 8 bits is 257
    assert read.pixels.dtype == np.uint16


def test_a_profile_is_applied_once():
    read = Photo.from_bytes(saved(smooth(16, 16, 3), "png", profile=display_p3()))
    assert_same_picture(Photo.from_bytes(read.encode()), read)


@pytest.mark.parametrize("gamma", [1.8, 2.2])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_gray_profile_is_converted_and_leaves_one_channel(dtype, gamma):
    top = np.iinfo(dtype).max
    ramp = np.linspace(0, top, 256).reshape(16, 16).astype(dtype)
    read = Photo.from_bytes(saved(ramp, "png", profile=gamma_profile(gamma)))
    assert read.is_gray
    assert read.pixels.dtype == dtype
    expected = linear_to_srgb((ramp / top) ** gamma)
    assert np.abs(read.pixels[..., 0] / top - expected).max() < 1.9 / 255  # Little CMS is that exact in deep shadows


def test_a_gray_picture_with_a_color_profile_follows_its_curve():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    read = Photo.from_bytes(saved(ramp, "tiff", profile=gamma_profile(1.8, b"RGB ")))
    assert read.is_gray
    assert np.abs(read.pixels[..., 0] - linear_to_srgb((ramp / 255) ** 1.8) * 255).max() < 1.9


def test_a_broken_profile_is_passed_over():
    stored = smooth(16, 16, 3)
    for broken in (b"\0" * 16 + b"RGB " + b"\0" * 200, b"nothing", display_p3()[:200]):
        assert np.array_equal(Photo.from_bytes(saved(stored, "png", profile=broken)).pixels, stored)


@pytest.mark.parametrize("format", FORMATS)
def test_color_is_tagged_srgb_and_gray_is_plain(format):
    profile = opened(Photo.from_array(smooth(8, 8, 3)).encode(format)).info["icc_profile"]
    assert profile[16:20] == b"RGB "
    gray = Photo.from_bytes(saved(smooth(8, 8), "png", profile=gamma_profile(2.2)))
    assert "icc_profile" not in opened(gray.encode(format)).info


@pytest.mark.parametrize("format", ["jpeg", "tiff"])
def test_cmyk_becomes_srgb(format):
    inks = np.zeros((16, 48, 4), np.uint8)
    inks[:, 16:32, 0] = 255  # paper, cyan, black
    inks[:, 32:, 3] = 255
    read = Photo.from_bytes(saved_cmyk(inks, format))
    paper, cyan, black = (read.pixels[8, column].astype(int) for column in (8, 24, 40))
    assert read.pixels.shape == (16, 48, 3)
    assert paper.min() > 240
    assert cyan[0] < 100 < cyan[2]
    assert black.max() < 60


def saved_cmyk(inks: np.ndarray, format: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(inks, "CMYK").save(buffer, format.upper(), quality=95)
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["png", "tiff"])
def test_one_bit_becomes_eight(format):
    checks = np.indices((9, 13)).sum(axis=0) % 2 * np.uint8(255)
    read = Photo.from_bytes(saved(checks.astype(np.uint8), format, mode="1"))
    assert read.pixels.dtype == np.uint8
    assert np.array_equal(read.pixels[..., 0], checks)


def test_a_palette_becomes_color():
    flag = np.zeros((6, 9, 3), np.uint8)
    flag[:, :3, 2], flag[:, 3:6], flag[:, 6:, 0] = 200, 255, 200
    read = Photo.from_bytes(saved(flag, "png", mode="P"))
    assert read.pixels.shape == flag.shape
    assert np.abs(read.pixels.astype(int) - flag).max() <= 51  # Pillow's web palette has steps of 51


def test_of_several_pages_the_first_is_read(tmp_path):
    pages = [Image.fromarray(np.full((5, 7), value, np.uint8)) for value in (10, 200)]
    for format, values in (("tiff", {10}), ("webp", set(range(8, 13)))):
        pages[0].save(tmp_path / f"pages.{format}", save_all=True, append_images=pages[1:], lossless=True)
        read = Photo.read(tmp_path / f"pages.{format}")
        assert read.size == (5, 7)
        assert set(np.unique(read.pixels)) <= values


def test_jpeg_lays_transparency_over_white():
    array = np.zeros((16, 32, 4), np.uint8)
    array[:, 16:, 3] = 255
    read = Photo.from_bytes(Photo.from_array(array).encode("jpeg"))
    assert read.alpha is None
    assert read.pixels[:, :8].min() > 250
    assert read.pixels[:, -8:].max() < 5
