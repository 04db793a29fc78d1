"""Oddities of a JPEG's header are mended, so that whatever libjpeg warns of then is damage."""

import io

import numpy as np
import pytest

from photochrom.photo import Photo
from photochrom.photo.jpeg import tidied
from pictures import saved, smooth, with_segment

PLAIN = saved(smooth(40, 50, 3), "jpeg")
PROGRESSIVE = saved(smooth(40, 50, 3), "jpeg", progressive=True)
INKS = saved(smooth(40, 50, 3), "jpeg", mode="CMYK")
TABLES = PLAIN.index(b"\xff\xdb")
SCAN = PLAIN.index(b"\xff\xda")

ODD = {
    "stray bytes": PLAIN[:TABLES] + b"\0\xff\0\1" + PLAIN[TABLES:],
    "stray bytes at the beginning": PLAIN[:2] + b"\xff\0\0" + PLAIN[2:],
    "JFIF 2": PLAIN.replace(b"JFIF\0\1", b"JFIF\0\2"),
    "parameters of a scan": PLAIN[:SCAN] + PLAIN[SCAN:].replace(b"\x00\x3f\x00", b"\x00\x00\x00", 1),
}


@pytest.mark.parametrize(
    "data",
    [PLAIN, PROGRESSIVE, INKS, PLAIN[:TABLES] + b"\xff\xff\xff" + PLAIN[TABLES:], with_segment(PLAIN, 0xE1, b"Exif")],
    ids=["baseline", "progressive", "inks", "fill bytes", "EXIF"],
)
def test_a_tidy_file_is_left_alone(data: bytes) -> None:
    assert tidied(io.BytesIO(data)) is None


@pytest.mark.parametrize("what", ODD)
def test_an_odd_header_is_mended_and_nothing_else(what: str) -> None:
    assert tidied(io.BytesIO(ODD[what])) == PLAIN


@pytest.mark.parametrize("what", ODD)
def test_a_picture_with_an_odd_header_is_read_as_it_is(what: str) -> None:
    assert np.array_equal(Photo.from_bytes(ODD[what]).pixels, Photo.from_bytes(PLAIN).pixels)


@pytest.mark.parametrize(
    "data",
    [PLAIN[:SCAN], PLAIN[: SCAN - 3], b"\xff\xd8\xff", PLAIN[:2] + bytes(1 << 20) + PLAIN[2:], PLAIN[:2] + PLAIN],
    ids=["no scan", "cut", "nothing", "a megabyte of stray bytes", "two beginnings"],
)
def test_what_has_no_such_header_is_left_to_the_decoder(data: bytes) -> None:
    assert tidied(io.BytesIO(data)) is None
