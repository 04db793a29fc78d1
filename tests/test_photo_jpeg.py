"""From what on a JPEG is refused: warnings about its data are errors, those about its header are not."""

import io

import pytest

from photochrom.photo_jpeg import strictness
from pictures import saved, smooth, with_segment

PLAIN = saved(smooth(40, 50, 3), "jpeg")
PROGRESSIVE = saved(smooth(40, 50, 3), "jpeg", progressive=True)
INKS = saved(smooth(40, 50, 3), "jpeg", mode="CMYK")
TABLES = PLAIN.index(b"\xff\xdb")
SCAN = PLAIN.index(b"\xff\xda")


def judged(data: bytes) -> str:
    return strictness(io.BytesIO(data))


@pytest.mark.parametrize(
    "data",
    [PLAIN, PROGRESSIVE, INKS, PLAIN[:TABLES] + b"\xff\xff\xff" + PLAIN[TABLES:], with_segment(PLAIN, 0xE1, b"Exif")],
    ids=["baseline", "progressive", "inks", "fill bytes", "EXIF"],
)
def test_a_tidy_header_allows_no_warning(data: bytes) -> None:
    assert judged(data) == "warning"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN[:TABLES] + b"\0\0" + PLAIN[TABLES:],
        PLAIN.replace(b"JFIF\0\1", b"JFIF\0\2"),
        with_segment(PLAIN, 0xEE, b"Adobe\0\x64\0\0\0\0\7"),
        PLAIN[:SCAN] + PLAIN[SCAN:].replace(b"\x00\x3f\x00", b"\x00\x00\x00", 1),
        PLAIN[:SCAN],
        PLAIN[: SCAN - 3],
        b"\xff\xd8\xff",
    ],
    ids=["stray bytes", "JFIF 2", "Adobe 7", "parameters of a scan", "no scan", "cut", "nothing"],
)
def test_an_odd_header_allows_them(data: bytes) -> None:
    assert judged(data) == "error"
