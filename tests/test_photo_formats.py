"""Which files are read and as what: every kind of every format, made by others than libvips where others can."""

import base64
import errno
import gzip
import io
import resource
import zipfile
import zlib

import numpy as np
import pytest
import pyvips
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photochrom.color import lightness_of
from photochrom.errors import PhotoError
from photochrom.photo.codec import Decoded, count_pages, damaged, decode, encode, open_picture, save_picture
from photochrom.photo.formats import LOADERS, SUFFIXES, WRITABLE, sniff, written_as
from pictures import display_p3, exif, opened, png, saved, smooth, upright

GRAY, COLOR = smooth(37, 53), smooth(37, 53, 3)


def read(data: bytes) -> np.ndarray:
    """Pixels, and alpha behind them."""
    found = decode(data, "the picture")
    return found.pixels if found.alpha is None else np.dstack([found.pixels, found.alpha])


def tiff(array: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **({"metadata": None} | options))
    return buffer.getvalue()


# --- what is open, and that nothing else is


@pytest.mark.parametrize("format", sorted(LOADERS))
def test_every_format_is_read(format):
    seed = {
        "heic": saved(COLOR, "avif").replace(b"ftypavif", b"ftypheic")
    }  # the container, around what libvips decodes
    data = seed.get(format) or saved(COLOR, format)
    assert decode(data, "the picture").format == sniff(data[:64], "the picture") == format
    assert decode(data, "the picture").pixels.shape == (37, 53, 3)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_a_suffix_names_a_format_that_is_read(suffix):
    assert SUFFIXES[suffix] in LOADERS


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
        b"P5 2 2 255\n" + bytes(4),
        b"P6 2 2 255\n" + bytes(12),
        b"SIMPLE  =                    T" + b" " * 50 + b"BITPIX  =                    8" + b" " * 2800,
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n" + bytes(4),
        b"1 2\n3 4\n",
        saved(GRAY, "bmp"),
    ],
    ids=["svg", "pgm", "ppm", "fits", "pdf", "hdr", "matrix", "bmp"],
)
def test_libvips_itself_opens_nothing_else(content, tmp_path):
    for name in ("photo.jpg", "photo.svg", "photo.ppm", "photo.fits", "photo.pdf", "photo.csv", "photo.mat"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(pyvips.Error):
            pyvips.Image.new_from_file(str(tmp_path / name)).avg()
    with pytest.raises(pyvips.Error):
        pyvips.Image.new_from_buffer(content, "").avg()
    with pytest.raises(PhotoError):
        decode(content, "the picture")


@pytest.mark.parametrize("operation", ["svgload", "csvload", "matrixload", "vipsload", "rawload"])
def test_a_loader_that_is_there_is_blocked_even_by_its_name(operation, tmp_path):
    (tmp_path / "file").write_bytes(b"<svg/>" + bytes(100))
    assert pyvips.type_find("VipsOperation", operation)
    arguments = (4, 4, 1) if operation == "rawload" else ()
    with pytest.raises(pyvips.Error, match="blocked"):
        pyvips.Operation.call(operation, str(tmp_path / "file"), *arguments)


# --- JPEG


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("array", [GRAY, COLOR], ids=["gray", "color"])
def test_jpeg_of_every_kind(array, options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "JPEG", quality=97, **options)
    found = read(buffer.getvalue())
    assert found.shape == (37, 53, 1 if array.ndim == 2 else 3)
    assert np.abs(found.astype(int) - array.reshape(found.shape)).mean() < 2


def test_jpeg_with_inks_is_read_as_adobe_means_it_with_and_without_its_mark():
    inks = np.zeros((16, 48, 4), np.uint8)
    inks[:, 16:32, 0] = inks[:, 32:, 3] = 255  # paper, cyan, black
    buffer = io.BytesIO()
    Image.fromarray(inks, "CMYK").save(buffer, "JPEG", quality=95)  # Pillow writes Adobe's marker and inverts
    inverted = buffer.getvalue()
    place = inverted.index(b"\xff\xee")
    plain = inverted[:place] + inverted[place + 2 + int.from_bytes(inverted[place + 2 : place + 4], "big") :]
    assert b"Adobe" in inverted
    assert b"Adobe" not in plain
    for data in (inverted, plain):
        found = read(data)
        paper, cyan, black = (found[8, column].astype(int) for column in (8, 24, 40))
        assert paper.min() > 240
        assert cyan[0] < 100 < cyan[2]
        assert black.max() < 60


# --- PNG

samples = st.tuples(
    st.sampled_from([(1, 1), (1, 2), (1, 4), (1, 8), (1, 16), (2, 8), (2, 16), (3, 8), (3, 16), (4, 8), (4, 16)]),
    st.booleans(),
    st.integers(1, 20),
    st.integers(1, 20),
    st.integers(0, 2**32 - 1),
)


@given(samples)
def test_png_of_all_depths_channels_and_interlacing(drawn):
    (bands, bits), interlaced, height, width, seed = drawn
    stored = np.random.default_rng(seed).integers(0, 2**bits, (height, width, bands))
    found = read(png(stored, bits, interlaced=interlaced))
    assert found.dtype == (np.uint16 if bits == 16 else np.uint8)
    assert np.array_equal(found, stored * (1 if bits > 8 else 255 // (2**bits - 1)))


@given(st.sampled_from([1, 2, 4, 8]), st.booleans(), st.integers(0, 2**32 - 1))
def test_png_palettes_of_all_depths(bits, interlaced, seed):
    random = np.random.default_rng(seed)
    palette = random.integers(0, 256, (2**bits, 3), np.uint8)
    stored = random.integers(0, 2**bits, (11, 13, 1))
    found = read(png(stored, bits, palette=palette, interlaced=interlaced))
    assert np.array_equal(found[..., :3], palette[stored[..., 0]])


# --- TIFF


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize(
    "layout",
    [
        {"compression": None},
        {"compression": "zlib", "predictor": True, "rowsperstrip": 5},
        {"compression": "zlib", "tile": (16, 32)},
        {"bigtiff": True, "tile": (32, 16)},
        {"byteorder": ">"},
        {"rowsperstrip": 1},
    ],
    ids=["plain", "deflate", "tiled", "big", "big-endian", "rows"],
)
def test_tiff_of_all_depths_layouts_and_compressions(dtype, bands, layout):
    random = np.random.default_rng(7)
    deep = random.integers(0, 65536, (37, 53, bands)).astype(np.uint16)
    stored = {2: deep, 1: deep >> 8}.get(np.dtype(dtype).itemsize, deep / 65535).astype(dtype)
    photometric = "minisblack" if bands == 1 else "rgb"
    if stored.dtype.kind == "f" and layout.get("predictor"):
        layout = layout | {"predictor": False}
    found = read(tiff(stored[..., 0] if bands == 1 else stored, photometric=photometric, **layout))
    expected = stored if stored.dtype.kind == "u" else deep
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("array", [GRAY, COLOR, GRAY.astype(np.uint16) * 257], ids=["gray", "color", "deep"])
@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff_as_pillow_compresses_it(array, compression):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "TIFF", compression=compression)
    assert np.array_equal(np.squeeze(read(buffer.getvalue())), array)


@pytest.mark.parametrize("options", [{"tile": True, "tile_width": 16, "tile_height": 32}, {"predictor": "horizontal"}])
def test_tiff_of_16_bit_color_with_lzw(options):
    deep = COLOR.astype(np.uint16) * 257
    image = pyvips.Image.new_from_array(deep).copy(interpretation="rgb16")
    assert np.array_equal(read(image.tiffsave_buffer(compression="lzw", **options)), deep)


def test_floats_are_clipped_to_0_to_1_and_what_is_no_number_is_black():
    stored = np.array([[-1, 0, 0.25, 1, 2, np.inf, -np.inf, np.nan]], np.float32)
    assert read(tiff(stored)).ravel().tolist() == [0, 0, 16384, 65535, 65535, 65535, 0, 0]


def test_tiff_with_a_palette_with_white_as_zero_and_with_alpha():
    palette = np.random.default_rng(5).integers(0, 256, (3, 256)).astype(np.uint16) * 257
    found = read(tiff(GRAY, photometric="palette", colormap=palette))
    assert np.array_equal(found, (palette[:, GRAY] >> 8).transpose(1, 2, 0))
    assert np.array_equal(read(tiff(GRAY, photometric="miniswhite"))[..., 0], 255 - GRAY)
    see_through = np.dstack([COLOR, GRAY])
    assert np.array_equal(read(tiff(see_through, photometric="rgb", extrasamples=["unassalpha"])), see_through)


def test_tiff_in_planes_premultiplied_and_with_more_channels_than_a_photograph_has():
    planes = np.ascontiguousarray(COLOR.transpose(2, 0, 1))
    assert np.array_equal(read(tiff(planes, photometric="rgb", planarconfig="separate")), COLOR)
    half = np.full((37, 53, 1), 128, np.uint8)
    multiplied = np.dstack([COLOR.astype(int) * 128 // 255, half]).astype(np.uint8)
    found = read(tiff(multiplied, photometric="rgb", extrasamples=["assocalpha"]))
    assert np.array_equal(found[..., 3:], half)
    assert np.abs(found[..., :3].astype(int) - COLOR).max() <= 2
    five = np.dstack([COLOR, GRAY, GRAY])
    assert np.array_equal(
        read(tiff(five, photometric="rgb", extrasamples=["unassalpha", "unspecified"])), five[..., :4]
    )


def test_tiff_of_16_bit_lab_is_as_light_as_it_says():
    stored = np.zeros((16, 16, 3), np.uint16)
    stored[..., 0] = np.linspace(0, 65535, 256).reshape(16, 16)
    found = read(tiff(stored, photometric="cielab"))
    assert found.dtype == np.uint16
    assert np.abs(lightness_of(found / 65535) - stored[..., 0] / 65535 * 100).max() < 0.01


def test_tiff_of_16_bit_inks():
    inks = np.zeros((8, 16, 4), np.uint16)
    inks[:, 8:, 3] = 65535
    found = read(tiff(inks, photometric="separated"))
    assert (found.shape, found.dtype, found[0, 0].min()) == ((8, 16, 3), np.uint16, 65535)
    assert found[0, 15].max() < 15000


@pytest.mark.parametrize("dtype", [np.int16, np.uint32, np.int8])
def test_other_numbers_are_refused(dtype):
    with pytest.raises(PhotoError, match=r"stores its pixels as .*; photochrom reads 8 and 16 bits and floats"):
        read(tiff(np.ones((4, 4), dtype)))


@pytest.mark.parametrize(
    ("array", "photometric"), [(np.ones((4, 4)), "minisblack"), (np.zeros((4, 4, 3), np.uint8), "cielab")]
)
def test_numbers_of_64_bits_and_lab_of_8_are_refused_without_calling_the_file_damaged(array, photometric):
    with pytest.raises(PhotoError, match="holds something that libvips can't decode here"):
        read(tiff(array, photometric=photometric))


# --- pages and frames


def paged(format: str) -> bytes:
    pages = [Image.fromarray(np.full((5, 7, 3), value, np.uint8)) for value in (10, 120, 200)]
    buffer = io.BytesIO()
    options = {} if format == "TIFF" else {"lossless": True} if format == "WEBP" else {"quality": 100}
    pages[0].save(buffer, format, save_all=True, append_images=pages[1:], **(options if format != "GIF" else {}))
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["TIFF", "WEBP", "GIF"])
def test_the_first_of_several_is_taken_and_told_and_any_other_can_be_asked_for(format):
    data = paged(format)
    assert count_pages(data, "album") == 3
    for page, value in enumerate((10, 120, 200)):
        found = decode(data, "album", page)
        assert np.abs(found.pixels.astype(int) - value).max() <= 1
        if page:
            assert found.notes == ()
    told = {
        "TIFF": "album has 3 pages, the first one was taken; --pages all takes them all.",
        "WEBP": "album is an animation of 3 frames; the first one was taken.",
        "GIF": "album is an animation of 3 frames; the first one was taken.",
    }
    assert decode(data, "album").notes == (told[format],)
    with pytest.raises(PhotoError, match="album has 3 pages; there is no page 4"):
        decode(data, "album", 3)


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff", "webp", "avif", "gif"])
def test_a_single_picture_is_page_0_and_nothing_has_to_be_told(format):
    data = saved(COLOR, format)
    assert count_pages(data, "photo") == 1
    assert decode(data, "photo").notes == ()
    with pytest.raises(PhotoError, match="photo has 1 page; there is no page 2"):
        decode(data, "photo", 1)


def test_every_page_has_its_own_size_and_tags():
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        for number, page in enumerate((GRAY, GRAY[:10, :20])):
            file.write(page, description=f"page {number}", metadata=None)
    first, second = (decode(buffer.getvalue(), "album", page) for page in (0, 1))
    assert (first.pixels.shape, second.pixels.shape) == ((37, 53, 1), (10, 20, 1))
    assert b"page 0" in first.metadata["exif-data"]
    assert b"page 1" in second.metadata["exif-data"]


# --- GIF, AVIF, HEIC


def test_gif_gives_its_colors_exactly_and_becomes_png():
    few = Image.fromarray(COLOR).quantize(60)
    buffer = io.BytesIO()
    few.save(buffer, "GIF", transparency=3)
    found = decode(buffer.getvalue(), "the picture")
    solid = np.asarray(few) != 3
    assert np.array_equal(found.pixels[solid], np.asarray(few.convert("RGB"))[solid])
    assert np.array_equal(found.alpha, solid * np.uint8(255))
    assert written_as("gif") == written_as("heic") == "png"
    assert opened(encode(found.pixels, found.alpha, found.metadata, "gif")).format == "PNG"


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_avif_of_all_depths_has_its_black_and_its_white(bits):
    ramp = np.tile(np.linspace(0, 65535, 64).round().astype(np.uint16), (64, 1))
    source = np.dstack([ramp] * 3) if bits > 8 else np.dstack([(ramp >> 8).astype(np.uint8)] * 3)
    image = pyvips.Image.new_from_array(source).copy(interpretation="rgb16" if bits > 8 else "srgb")
    found = read(image.heifsave_buffer(compression="av1", lossless=True, bitdepth=bits, effort=0))
    top = np.iinfo(source.dtype).max
    assert found.dtype == source.dtype
    assert (found.min(), found.max()) == (0, top)
    assert np.abs(found.astype(int) - source).max() <= top // (2**bits - 1)


def test_avif_keeps_12_of_16_bits():
    every = np.random.default_rng(3).integers(0, 65536, (64, 64, 3), np.uint16)
    found = read(encode(every, None, {}, "avif", quality=100))
    assert np.abs(found.astype(int) - every).max() <= 65535 / 4095 / 2 + 1


HEVC = (  # smooth(16, 24) as libheif and x265 write it: a HEIC as phones make them, compressed for this page
    "eNpjYGCQSSupLMhIzaxgAILczDRDEDs3MzGNgYGxLDe1JJEBAhQzUnKKoGyGgszkEgY0oJSZk58MYrg4MDACIRAwzoLQQGANxMqZ"
    "mXlpYB5IVBTISWWC8jLKkg1BTL6CzJJcuJJvmQVFBUD6WmZBcj6QLgQqc2Zk4QAy5/8AKZL7wPDnzw8gk585AahD3IGRh/H/f5AC"
    "ZrAKZqCSXUwOiUA5NSdGRlSJA00sYtGrdmXPZgLxjUAEk0ASUCmbC+PB4oOdQPOFk/NzivKScyqAorwMbA1AIZHM4oJUqKccoFgj"
    "OScR5E4JqLsFQPT///9vAGkmIH0BREN8V5EJ9hzICxKZBbmw0AUGGGsjEzNrC5DtnJuSCApdcw3GdcIT9hgm5Pjmeby/ZXPAaa3j"
    "wrp/3wMdrO4pCb76u9dwta9HQ8jxE/7Fx0v9j2jsOdYg8XPq7hsAf0JoAA=="
)


def test_heic_is_read_where_libvips_can_and_otherwise_nobody_calls_it_damaged():
    found = decoded_or_told(zlib.decompress(base64.b64decode(HEVC)))
    if isinstance(found, str):
        assert found.startswith("photo.heic holds something that libvips can't decode here (")
        assert "HEVC" in found
    else:
        assert found.format == "heic"
        assert found.pixels.shape[:2] == (16, 24)
        assert np.abs(found.pixels[..., 0].astype(int) - smooth(16, 24)).mean() < 8


def decoded_or_told(data: bytes) -> Decoded | str:
    try:
        return decode(data, "photo.heic")
    except PhotoError as error:
        return str(error)


def test_what_this_libvips_was_not_built_for_is_not_called_damaged():
    error = damaged("photo.heic", pyvips.Error("heif", "heif: Unsupported feature: Unsupported codec (4.3000)"))
    assert str(error) == (
        "photo.heic holds something that libvips can't decode here (heif: Unsupported feature: Unsupported codec "
        "(4.3000)); convert it to JPEG, PNG or TIFF."
    )


# --- laziness


def test_nothing_is_decoded_before_rows_are_pulled(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (300, 200), np.uint8)
    path = tmp_path / "cut.tif"
    path.write_bytes(tiff(noise, compression="zlib", rowsperstrip=10))
    whole = open_picture(path, "cut")
    assert (whole.image.width, whole.image.height, whole.has_alpha, whole.format) == (200, 300, False, "tiff")
    cut = bytearray(path.read_bytes())
    cut[len(cut) // 2 :: 50] = bytes(len(cut[len(cut) // 2 :: 50]))
    path.write_bytes(cut)
    lazy = open_picture(path, "cut")
    with pytest.raises(pyvips.Error) as error:
        lazy.image.numpy()
    assert str(damaged("cut", error.value)).startswith("cut is damaged or cut short and cannot be decoded (")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_lazy_rows_are_upright_from_files_streams_and_memory(orientation, tmp_path):
    stored = smooth(20, 30, 4)
    data = saved(stored, "png", exif=exif(orientation), profile=display_p3())
    (tmp_path / "photo").write_bytes(data)
    whole = decode(data, "photo")
    assert np.array_equal(whole.alpha, upright(stored[..., 3], orientation))
    with (tmp_path / "photo").open("rb") as stream:
        for source in (data, tmp_path / "photo", stream):
            lazy = open_picture(source, "photo")
            assert lazy.has_alpha
            assert np.array_equal(lazy.image.numpy(), np.dstack([whole.pixels, whole.alpha]))


def test_pictures_in_archives_and_pipes_are_read(tmp_path):
    data = saved(COLOR, "png")
    with zipfile.ZipFile(tmp_path / "photo.zip", "w") as archive:
        archive.writestr("photo.png", data)
    (tmp_path / "photo.gz").write_bytes(gzip.compress(data))
    with (
        zipfile.ZipFile(tmp_path / "photo.zip").open("photo.png") as inside,
        gzip.open(tmp_path / "photo.gz") as zipped,
    ):
        for stream in (inside, zipped, io.BytesIO(data), io.BufferedReader(OneWay(data))):
            assert np.array_equal(decode(stream, "photo").pixels, COLOR)


class OneWay(io.RawIOBase):
    """A stream that can't be rewound."""

    def __init__(self, data: bytes) -> None:
        self._left = data

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def test_trouble_of_the_disk_is_not_called_damage():
    full = pyvips.Error("unable to write", "target: write error\nsystem error: No space left on device")
    assert str(damaged("photo", full)) == (
        "photo cannot be read (No space left on device); large pictures need room in the folder for temporary files."
    )
    lost = pyvips.Error("unable to read", "source: read error\nunix error: Input/output error")
    assert str(damaged("photo", lost)) == "photo cannot be read (Input/output error)."


def test_random_access_gives_rows_in_any_order():
    lazy = open_picture(saved(COLOR, "jpeg"), "photo", access="random")
    rows = [lazy.image.crop(0, top, 53, 1).numpy() for top in reversed(range(37))]
    assert np.array_equal(np.concatenate(rows[::-1]), read(saved(COLOR, "jpeg")))


def test_an_srgb_profile_changes_nothing_and_another_does():
    srgb = bytes(pyvips.Operation.call("profile_load", "srgb"))
    assert np.array_equal(read(saved(COLOR, "png", profile=srgb)), COLOR)
    assert not np.array_equal(read(saved(COLOR, "png", profile=display_p3())), COLOR)


def test_a_limit_on_pixels_is_told_from_the_header():
    data = saved(smooth(40, 50), "png")
    assert decode(data, "photo", max_pixels=2000).pixels.shape == (40, 50, 1)
    with pytest.raises(PhotoError, match=r"photo has 50 x 40 pixels, more than the 0.001999 megapixels"):
        open_picture(data, "photo", max_pixels=1999)


@pytest.mark.parametrize("format", WRITABLE)
def test_files_are_written_as_they_are_encoded(format, tmp_path):
    opening = open_picture(saved(smooth(60, 40, 3), "png", exif=exif(6), dpi=(300, 300)), "photo")
    data = save_picture(opening.image, opening.metadata, format)
    opening = open_picture(saved(smooth(60, 40, 3), "png", exif=exif(6), dpi=(300, 300)), "photo")
    assert save_picture(opening.image, opening.metadata, format, target=tmp_path / "photo") is None
    assert (tmp_path / "photo").read_bytes() == data


@pytest.mark.parametrize("format", WRITABLE)
def test_a_disk_that_fills_up_while_a_picture_is_written_is_an_error_of_the_disk(format, tmp_path):
    noise = pyvips.Image.new_from_array(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, limits[1]))  # no file of this process may grow larger
    try:
        with pytest.raises(OSError, match="File too large") as error:
            save_picture(noise, {}, format, target=tmp_path / "photo")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert error.value.errno == errno.EFBIG
