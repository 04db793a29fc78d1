"""What a file says beside its pixels goes along, from any format to any other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import IptcImagePlugin

from photochrom.photo import Photo
from pictures import (
    COLOR_SPACE,
    EXIF_IFD,
    FORMATS,
    MAKE,
    display_p3,
    exif,
    exif_with_thumbnail,
    opened,
    saved,
    smooth,
    told,
    with_segment,
)

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6" dc:title="Ferry"/></x:xmpmeta>'
IPTC = b"\x1c\x02\x69\x00\x06Harbor"  # record 2, dataset 105: the headline


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
