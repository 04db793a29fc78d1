"""Files that are small and claim to be huge, or carry a hundred megabytes that are no picture, cost little.

Each is read by a child with three gigabytes of address space (`worker`), which also reports its peak memory.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hostile.child import Child
from hostile.seeds import PICTURES, seeds
from hostile.structure import parts, with_checksums
from photochrom.cli import main
from photochrom.errors import PhotoError
from photochrom.photo import MAX_PIXELS, Photo
from pictures import chunk, with_segment
from tiny_model import write_tiny_model

HUNDRED = 100 << 20
MODEST = 900 << 10  # kilobytes of peak memory: the libraries, the file of 100 MB and a few copies of what it carries


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    folder = tmp_path_factory.mktemp("bombs")
    with Child(write_tiny_model(folder / "tiny.onnx"), folder, seconds=120) as started:
        yield started


def patched(data: bytes, at: int, value: bytes) -> bytes:
    return with_checksums(data[:at] + value + data[at + len(value) :])


def png(width: int, height: int) -> bytes:
    return patched(seeds("png")["gray"], 16, struct.pack(">II", width, height))


def jpeg(width: int, height: int) -> bytes:
    data = seeds("jpeg")["color"]
    frame = next(part.start for part in parts(data, "jpeg") if data[part.start + 1] == 0xC0)
    return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]


def tiff(width: int, height: int) -> bytes:
    data = seeds("tiff")["lzw"]
    at = struct.unpack("<I", data[4:8])[0] + 2  # the first two entries are width and length
    for entry, value in ((at, width), (at + 12, height)):
        data = data[: entry + 2] + struct.pack("<HII", 4, 1, value) + data[entry + 12 :]
    return data


def webp(width: int, height: int) -> bytes:
    data = seeds("webp")["metadata"]  # with the extended header
    return data[:24] + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + data[30:]


def gif(width: int, height: int) -> bytes:
    data, size = seeds("gif")["gray"], struct.pack("<HH", width, height)
    frame = next(part.start for part in parts(data, "gif") if data[part.start] == 0x2C)
    return data[:6] + size + data[10 : frame + 5] + size + data[frame + 9 :]


def avif(width: int, height: int) -> bytes:
    data = seeds("avif")["color"]
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


CLAIMS = {"png": png, "jpeg": jpeg, "tiff": tiff, "webp": webp, "gif": gif, "avif": avif}
HUGE = {"webp": (16384, 16384), "jpeg": (65500, 65500), "gif": (65535, 65535)}  # as far as each format goes


@pytest.mark.parametrize("format", CLAIMS)
def test_more_pixels_than_allowed_are_refused_by_the_header(format: str) -> None:
    width, height = HUGE.get(format, (100_000, 100_000))
    limit = min(MAX_PIXELS, width * height - 1)
    with pytest.raises(PhotoError) as told:
        Photo.from_bytes(CLAIMS[format](width, height), "bomb", max_pixels=limit)
    if "damaged" not in str(told.value):  # libheif and libwebp see first that the claim is a lie
        assert f"bomb has {width} x {height} pixels, more than the " in str(told.value)
    else:
        assert format in ("avif", "webp")


@pytest.mark.parametrize("format", CLAIMS)
def test_a_header_that_promises_more_than_the_file_holds_is_refused(format: str, child: Child, tmp_path: Path) -> None:
    path = tmp_path / "lie"
    for width, height in ((118, 8300), (11800, 83), (118, 166)):
        path.write_bytes(CLAIMS[format](width, height))
        answer = child.ask(path)
        assert (answer["outcome"], answer["noise"]) == ("refused", ""), answer


@pytest.mark.parametrize("format", CLAIMS)
def test_a_claim_below_the_limit_that_the_file_does_not_hold_costs_little(
    format: str, child: Child, tmp_path: Path
) -> None:
    path = tmp_path / "lie"
    path.write_bytes(CLAIMS[format](16_383, 16_383))  # 268 megapixels: as large as a WebP gets
    answer = child.ask(path, most=MAX_PIXELS)
    assert (answer["outcome"], answer["noise"]) == ("refused", ""), answer


def test_the_limit_is_told_and_can_be_moved(tmp_path: Path) -> None:
    path = tmp_path / "old.png"
    path.write_bytes(seeds("png")["gray"])
    words = [
        "colorize",
        str(path),
        "-o",
        str(tmp_path / "new.png"),
        "--model",
        str(write_tiny_model(tmp_path / "m.onnx")),
    ]
    refused = CliRunner().invoke(main, [*words, "--max-pixels", "9000"])
    assert refused.exit_code == 1
    assert "old.png has 118 x 83 pixels, more than the 0.009 megapixels that photochrom opens" in refused.stderr
    assert CliRunner().invoke(main, [*words, "--max-pixels", "9794"]).exit_code == 0


def with_text(data: bytes) -> bytes:
    """A PNG with a hundred megabytes of compressed text."""
    packed = zlib.compress(bytes(HUNDRED), 1)
    return data[:33] + chunk(b"zTXt", b"Comment\0\0" + packed) + data[33:]


def with_profile(data: bytes) -> bytes:
    """A PNG with a profile of a hundred megabytes."""
    return data[:33] + chunk(b"iCCP", b"bomb\0\0" + zlib.compress(bytes(HUNDRED), 1)) + data[33:]


def with_plain_text(data: bytes) -> bytes:
    return data[:33] + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b" " * HUNDRED) + data[33:]


def with_segments(data: bytes) -> bytes:
    """A JPEG with 1,600 segments of 64 KB."""
    one = with_segment(b"\xff\xd8", 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + bytes(65000))[2:]
    return data[:2] + one * (HUNDRED // len(one)) + data[2:]


def with_tag(data: bytes) -> bytes:
    """A TIFF with XMP of a hundred megabytes: its entry takes the place of another."""
    at = data.index(struct.pack("<HH", 700, 1)) if struct.pack("<HH", 700, 1) in data else last_entry(data)
    return data[:at] + struct.pack("<HHII", 700, 1, HUNDRED, len(data)) + data[at + 12 :] + bytes(HUNDRED)


def last_entry(data: bytes) -> int:
    directory = struct.unpack("<I", data[4:8])[0]
    return directory + 2 + 12 * (struct.unpack("<H", data[directory : directory + 2])[0] - 1)


def with_chunk(data: bytes) -> bytes:
    """A WebP with XMP of a hundred megabytes."""
    at = data.index(b"XMP ")
    return (
        data[:4] + struct.pack("<I", at + HUNDRED) + data[8:at] + b"XMP " + struct.pack("<I", HUNDRED) + bytes(HUNDRED)
    )


def with_comment(data: bytes) -> bytes:
    """A GIF with a comment of a hundred megabytes."""
    at = parts(data, "gif")[2].start
    return data[:at] + b"\x21\xfe" + (b"\xff" + b"a" * 255) * (HUNDRED // 256) + b"\0" + data[at:]


def with_box(data: bytes) -> bytes:
    """An AVIF with a hundred megabytes of nothing."""
    return data + struct.pack(">I", HUNDRED) + b"free" + bytes(HUNDRED - 8)


LOADED: dict[str, tuple[str, str, Any]] = {
    "compressed text in PNG": ("png", "gray", with_text),
    "a profile in PNG": ("png", "gray", with_profile),
    "XMP in PNG": ("png", "gray", with_plain_text),
    "segments in JPEG": ("jpeg", "color", with_segments),
    "XMP in TIFF": ("tiff", "color", with_tag),
    "XMP in WebP": ("webp", "metadata", with_chunk),
    "a comment in GIF": ("gif", "gray", with_comment),
    "free space in AVIF": ("avif", "color", with_box),
}


@pytest.mark.parametrize("what", LOADED)
def test_metadata_of_a_hundred_megabytes_neither_kills_nor_fills_the_memory(
    what: str, child: Child, tmp_path: Path
) -> None:
    format, name, load = LOADED[what]
    path = tmp_path / "loaded"
    path.write_bytes(load(seeds(format)[name]))
    answer = child.ask(path)
    path.unlink()
    assert answer["outcome"] in ("colored", "refused"), answer
    assert isinstance(answer["peak"], int)
    assert answer["peak"] < MODEST, answer
    assert answer["noise"] == ""


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", ".heic", ".gif", ".txt", ""])
@pytest.mark.parametrize("format", PICTURES)
def test_the_content_decides_whatever_the_name_says(format: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"lie{suffix}"
    path.write_bytes(next(iter(seeds(format).values())))
    assert Photo.read(path).format == format
