"""A picture that is damaged or cut short is refused in one sentence: never a success with gray where data were lost."""

import zlib
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest

from hostile.seeds import PICTURES, seeds
from hostile.structure import parts
from photochrom.errors import PhotoError
from photochrom.photo import Photo
from pictures import chunk, display_p3

KILOBYTE = 1024


def all_seeds() -> Iterator[tuple[str, str]]:
    return ((format, name) for format in PICTURES for name in seeds(format) if "hevc" not in name)


def same(one: Photo, other: Photo) -> bool:
    both_alpha = one.alpha is not None and other.alpha is not None
    return np.array_equal(one.pixels, other.pixels) and (not both_alpha or np.array_equal(one.alpha, other.alpha))


@pytest.mark.parametrize(("format", "name"), list(all_seeds()))
def test_cut_at_any_kilobyte_it_is_refused_or_whole(format: str, name: str) -> None:
    data = seeds(format)[name]
    whole = Photo.from_bytes(data, "whole")
    for length in [*range(0, len(data), KILOBYTE), *range(1, 40), len(data) - 1]:
        with suppress(PhotoError):
            cut = Photo.from_bytes(data[:length], "cut")
            assert same(cut, whole), f"{length} of {len(data)} bytes came out as another picture"


@pytest.mark.parametrize("name", ["gray", "color", "fine", "progressive", "restarts", "inks", "metadata"])
def test_a_jpeg_with_a_hole_in_its_data_is_refused(name: str) -> None:
    data = seeds("jpeg")[name]
    scan = next(part for part in parts(data, "jpeg") if data[part.start + 1] == 0xDA)
    middle = (scan.start + scan.stop) // 2
    holed = (
        data[:middle] + data[middle + 200 :] if name != "progressive" else data[: scan.stop - 200] + data[scan.stop :]
    )
    with pytest.raises(PhotoError, match=r"hole is damaged or cut short and cannot be decoded \(.+\)\.$"):
        Photo.from_bytes(holed, "hole")


@pytest.mark.parametrize("name", ["color", "progressive"])
def test_a_jpeg_with_stray_bytes_before_its_tables_or_behind_its_end_is_read(name: str) -> None:
    data = seeds("jpeg")[name]
    whole = Photo.from_bytes(data, "whole")
    second = parts(data, "jpeg")[1].start
    for stray in (
        data[:second] + b"\0\0\0" + data[second:],
        data.replace(b"JFIF\0\1\1", b"JFIF\0\3\1"),
        data + b"stray" * 50,
    ):
        assert stray != data
        assert same(Photo.from_bytes(stray, "stray"), whole)


def test_what_libvips_says_in_no_known_text_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    plain = seeds("png")["gray"]
    odd = chunk(b"iCCP", b"Profil f\xfcr Farbe\0\0" + zlib.compress(display_p3()))  # a warning with this name
    assert same(Photo.from_bytes(plain[:33] + odd + plain[33:]), Photo.from_bytes(plain))
    assert capfd.readouterr() == ("", "")


def test_metadata_with_names_that_are_no_text_are_passed_over() -> None:
    plain = seeds("png")["gray"]
    texts = [chunk(b"tEXt", name + b"\0value") for name in (b"\xff\xfe", b"Raw profile type iptc")]
    assert same(Photo.from_bytes(plain[:33] + b"".join(texts) + plain[33:]), Photo.from_bytes(plain))
    boxed = seeds("avif")["metadata"]
    odd = boxed.replace(b"infe\x02\x00\x00\x00\x00\x02\x00\x00Exif", b"infe\x02\x00\x00\x00\x00\x02\x00\x00\x80xif")
    assert Photo.from_bytes(odd).size == Photo.from_bytes(boxed).size


@pytest.mark.parametrize("name", ["gray", "color", "deep", "interlaced", "palette"])
def test_a_png_with_a_flipped_bit_is_refused(name: str) -> None:
    data = bytearray(seeds("png")[name])
    at = data.index(b"IDAT") + 1000
    data[at] ^= 4
    with pytest.raises(PhotoError, match="is damaged or cut short"):
        Photo.from_bytes(bytes(data), "flipped")
