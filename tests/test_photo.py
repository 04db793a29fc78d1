"""What a Photo promises: pixels as they are meant to be looked at, and nothing lost that is not color."""

import io
import os
import threading
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, IptcImagePlugin
from skimage.color import rgb2lab

from photochrom.color import linear_to_srgb, srgb_to_linear
from photochrom.errors import PhotoError
from photochrom.photo import Photo
from pictures import (
    COLOR_SPACE,
    EXIF_IFD,
    FORMATS,
    MAKE,
    MAKER_NOTE,
    ORIENTATION,
    ORIENTATIONS,
    display_p3,
    exif,
    exif_with_thumbnail,
    gamma_profile,
    opened,
    saved,
    smooth,
    told,
    upright,
    with_segment,
)

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6" dc:title="Ferry"/></x:xmpmeta>'
# Both have the white D65: the matrices of their primaries multiplied.
SRGB_FROM_P3 = np.array([[1.2249402, -0.2249402, 0], [-0.0420569, 1.0420569, 0], [-0.0196376, -0.0786361, 1.0982735]])
IPTC = b"\x1c\x02\x69\x00\x06Harbor"  # record 2, dataset 105: the headline


any_channels, any_dtype = st.sampled_from([1, 2, 3, 4]), st.sampled_from([np.uint8, np.uint16])


@st.composite
def arrays(draw, channels=any_channels, dtypes=any_dtype):
    """Noise of any small size, depth and number of channels."""
    height, width = draw(st.integers(1, 50)), draw(st.integers(1, 70))
    dtype = draw(dtypes)
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return random.integers(0, np.iinfo(dtype).max, (height, width, draw(channels)), dtype, endpoint=True)


def assert_same_picture(one: Photo, other: Photo) -> None:
    assert np.array_equal(one.pixels, other.pixels)
    assert one.pixels.dtype == other.pixels.dtype
    assert (one.alpha is None) == (other.alpha is None)
    if one.alpha is not None:
        assert np.array_equal(one.alpha, other.alpha)
        assert one.alpha.dtype == other.alpha.dtype


# --- there and back


@given(arrays(), st.sampled_from(["png", "tiff"]))
def test_png_and_tiff_give_back_every_bit(array, format):
    photo = Photo.from_array(array)
    again = Photo.from_bytes(photo.encode(format))
    assert_same_picture(photo, again)
    assert again.format == format


@given(arrays(channels=st.sampled_from([3, 4]), dtypes=st.just(np.uint8)))
def test_webp_of_quality_100_gives_back_every_bit(array):
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


@pytest.mark.parametrize("quality", [0, 101, -3])
def test_a_quality_outside_1_to_100_is_refused(quality):
    with pytest.raises(PhotoError, match=f"quality is {quality}; choose a number from 1 to 100"):
        Photo.from_array(smooth(4, 4)).encode("jpeg", quality)


def test_all_16_bit_values_round_to_their_nearest_8_bit_value():
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    deep = Photo.from_array(np.stack([every] * 3, axis=2))
    shallow = Photo.from_bytes(deep.encode("webp", quality=100))
    assert np.array_equal(shallow.pixels[..., 0], np.rint(every / 257))


# --- what files say about pixels


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_orientation_is_applied_once(orientation, format):
    stored = smooth(20, 30, 3)
    read = Photo.from_bytes(saved(stored, format, exif=exif(orientation)))
    expected = upright(stored, orientation)
    assert read.size == expected.shape[:2]
    assert np.abs(read.pixels.astype(int) - expected).mean() <= (4 if format == "jpeg" else 0)
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


# --- what files say beside the pixels


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_exif_survives_every_change_of_format(source, target):
    original = saved(smooth(20, 30, 3), source, exif=exif(3))
    written = Photo.from_bytes(original).encode(target)
    assert told(written) == told(original)
    if source != "tiff":  # where Pillow writes no positions
        assert told(written)["gps"] == (48.0, 12.0, 33.5)


def test_exif_of_a_big_endian_block_survives():
    tags = exif()
    tags.endian = ">"
    original = saved(smooth(20, 30, 3), "jpeg", exif=tags)
    assert b"MM\0*" in original[:64]
    assert told(Photo.from_bytes(original).encode("tiff")) == told(original)


def test_exif_names_the_color_space_that_the_pixels_now_have():
    tags = exif()
    tags.get_ifd(EXIF_IFD)[COLOR_SPACE] = 65535
    written = Photo.from_bytes(saved(smooth(20, 30, 3), "jpeg", exif=tags, profile=display_p3())).encode()
    assert opened(written).getexif().get_ifd(EXIF_IFD)[COLOR_SPACE] == 1


@pytest.mark.parametrize("format", ["png", "webp", "tiff"])
def test_a_photograph_without_exif_gets_none(format):
    written = Photo.from_array(smooth(8, 8, 3)).encode(format)
    assert "exif-data" not in Photo.from_bytes(written).metadata


@given(st.binary(max_size=200), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_broken_exif_never_stops_a_photograph(noise, start):
    data = with_segment(saved(smooth(8, 8), "jpeg"), 0xE1, b"Exif\0\0" + start + noise)
    for target in ("jpeg", "tiff"):
        assert Photo.from_bytes(Photo.from_bytes(data).encode(target)).size == (8, 8)


@pytest.mark.parametrize("target", FORMATS)
def test_xmp_survives_and_says_upright(target):
    photo = Photo.from_bytes(
        with_segment(saved(smooth(8, 8, 3), "jpeg"), 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)
    )
    again = Photo.from_bytes(photo.encode(target))
    assert again.metadata["xmp-data"] == XMP.replace(b'Orientation="6"', b'Orientation="1"')


@pytest.mark.parametrize("format", ["jpeg", "tiff"])
def test_iptc_survives_where_the_format_has_a_place_for_it(format):
    resource = b"8BIM\x04\x04\0\0" + len(IPTC).to_bytes(4, "big") + IPTC
    before = b"8BIM\x03\xed\x03abc" + (4).to_bytes(4, "big") + b"1234"
    data = with_segment(saved(smooth(8, 8), "jpeg"), 0xED, b"Photoshop 3.0\0" + before + resource)
    photo = Photo.from_bytes(data)
    assert photo.metadata["iptc-data"] == IPTC
    written = photo.encode(format)
    assert Photo.from_bytes(written).metadata["iptc-data"] == IPTC
    assert IptcImagePlugin.getiptcinfo(opened(written))[2, 105] == b"Harbor"


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", ["jpeg", "png", "tiff"])
def test_resolution_survives(source, target):
    photo = Photo.from_bytes(saved(smooth(8, 8, 3), source, dpi=(300, 240)))
    again = Photo.from_bytes(photo.encode(target))
    assert again.metadata["xres"] == pytest.approx(300 / 25.4, abs=0.01)
    assert again.metadata["yres"] == pytest.approx(240 / 25.4, abs=0.01)


def test_the_old_thumbnail_is_left_behind():
    photo = Photo.from_bytes(with_segment(saved(smooth(40, 40), "jpeg"), 0xE1, exif_with_thumbnail()))
    written = photo.encode("jpeg")
    assert opened(written).getexif()[MAKE] == "Optics"
    assert written.count(b"\xff\xd8\xff") == 1


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


# --- lightness


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
    with pytest.raises(ValueError, match="'luma'"):
        Photo.from_array(smooth(4, 4)).lightness("luma")


# --- arrays


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


# --- reading from places


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


def test_encode_without_a_format_keeps_the_one_it_had():
    for format in FORMATS:
        photo = Photo.from_bytes(saved(smooth(8, 8, 3), format))
        assert Photo.from_bytes(photo.encode()).format == photo.format == format
    with pytest.raises(PhotoError, match="does not write 'gif'; choose one of jpeg, png, webp, tiff"):
        photo.encode("gif")
    with pytest.raises(PhotoError, match="does not write 'bmp'"):
        replace(photo, format="bmp").encode()
