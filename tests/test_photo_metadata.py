"""What a file says beside its pixels goes along, from any format to any other."""

import io
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, IptcImagePlugin, PngImagePlugin

from photochrom.photo import Photo
from photochrom.photo.exif import Value, read_block, write_block
from photochrom.photo.metadata import Keep
from photochrom.photo.xmp import SOURCE_TYPE
from pictures import (
    ARTIST,
    COLOR_SPACE,
    EXIF_IFD,
    FORMATS,
    GPS_IFD,
    MAKE,
    MAKER_NOTE,
    assert_same_picture,
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


def captioned() -> bytes:
    """A JPEG with an IPTC record behind another of Photoshop's resources."""
    resource = b"8BIM\x04\x04\0\0" + len(IPTC).to_bytes(4, "big") + IPTC
    before = b"8BIM\x03\xed\x03abc" + (4).to_bytes(4, "big") + b"1234"
    return with_segment(saved(smooth(8, 8), "jpeg"), 0xED, b"Photoshop 3.0\0" + before + resource)


@pytest.mark.parametrize("format", ["jpeg", "tiff", "png"])
def test_iptc_survives_where_the_format_has_a_place_for_it(format):
    photo = Photo.from_bytes(captioned())
    assert photo.metadata["iptc-data"] == IPTC
    again = Photo.from_bytes(photo.encode(format))
    assert again.metadata["iptc-data"] == IPTC
    assert Photo.from_bytes(again.encode("jpeg")).metadata["iptc-data"] == IPTC


@pytest.mark.parametrize("format", ["jpeg", "tiff"])
def test_others_find_the_iptc_record(format):
    written = Photo.from_bytes(captioned()).encode(format)
    assert IptcImagePlugin.getiptcinfo(opened(written))[2, 105] == b"Harbor"


def test_iptc_lies_in_png_as_other_programs_look_for_it():
    text = opened(Photo.from_bytes(captioned()).encode("png")).text["Raw profile type iptc"]
    assert text.split()[0] == "iptc"
    resources = bytes.fromhex("".join(text.split()[2:]))
    assert len(resources) == int(text.split()[1])
    assert resources.startswith(b"8BIM\x04\x04\0\0" + len(IPTC).to_bytes(4, "big") + IPTC)


@given(st.text(st.sampled_from("0123456789abcdefxyz \n8BIM"), max_size=80))
def test_broken_iptc_in_a_png_never_stops_a_photograph(text):
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type iptc", text)
    buffer = io.BytesIO()
    Image.fromarray(smooth(8, 8)).save(buffer, "PNG", pnginfo=info)
    assert Photo.from_bytes(buffer.getvalue()).size == (8, 8)


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


# --- what is added, and what is left out on request

DESCRIPTION, SOFTWARE = 270, 305
MAKER = "photochrom 1.0 (model photochrom)"
SENTENCE = f"Colors made by a machine: {MAKER}."
PLACED = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="48,12.5N"
xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="Box 7"/></rdf:RDF></x:xmpmeta>"""


def photograph(tags: Image.Exif | None = None) -> Photo:
    """One with everything that metadata can be."""
    data = saved(smooth(20, 30, 3), "jpeg", exif=tags or exif(6), dpi=(300, 240))
    photo = Photo.from_bytes(with_segment(data, 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACED))
    return replace(photo, metadata=dict(photo.metadata) | {"iptc-data": IPTC})


@pytest.mark.parametrize("format", FORMATS)
def test_the_machine_is_named_as_software_in_a_sentence_and_in_terms_of_the_iptc(format):
    photo = photograph()
    written = photo.encode(format, keep=Keep(disclose=MAKER))
    tags = opened(written).getexif()
    assert (tags[SOFTWARE], tags[DESCRIPTION]) == (MAKER, SENTENCE)
    assert SOURCE_TYPE.encode() in Photo.from_bytes(written).metadata["xmp-data"]
    assert told(written) == told(photo.encode(format))
    assert_same_picture(Photo.from_bytes(written), Photo.from_bytes(photo.encode(format)))


@pytest.mark.parametrize("format", FORMATS)
def test_a_photograph_without_any_metadata_says_it_too(format):
    written = Photo.from_array(smooth(8, 8, 3)).encode(format, keep=Keep(disclose=MAKER))
    assert opened(written).getexif()[DESCRIPTION] == SENTENCE
    assert SOURCE_TYPE.encode() in Photo.from_bytes(written).metadata["xmp-data"]


def test_what_was_described_before_stays_and_comes_first():
    tags = exif()
    tags[DESCRIPTION], tags[SOFTWARE] = "The ferry, 1931", "SilverFast 8"
    once = photograph(tags).encode(keep=Keep(disclose=MAKER))
    assert opened(once).getexif()[DESCRIPTION] == f"The ferry, 1931 [{SENTENCE}]"
    assert opened(once).getexif()[SOFTWARE] == f"SilverFast 8, {MAKER}"
    assert Photo.from_bytes(Photo.from_bytes(once).encode("png", keep=Keep(disclose=MAKER))).metadata == (
        Photo.from_bytes(Photo.from_bytes(once).encode("png")).metadata
    )


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_said_and_nothing_is_left_out_unless_asked_for(format):
    written = photograph().encode(format)
    tags = opened(written).getexif()
    assert SOFTWARE not in tags
    assert DESCRIPTION not in tags
    assert tags.get_ifd(GPS_IFD)[2] == (48.0, 12.0, 33.5)
    assert Photo.from_bytes(written).metadata["xmp-data"] == PLACED


@pytest.mark.parametrize("disclose", [None, MAKER])
@pytest.mark.parametrize("format", FORMATS)
def test_the_place_is_left_out_and_all_else_stays(format, disclose):
    whole = photograph().encode(format)
    written = photograph().encode(format, keep=Keep(gps=False, disclose=disclose))
    assert not opened(written).getexif().get_ifd(GPS_IFD)
    xmp = Photo.from_bytes(written).metadata["xmp-data"]
    assert b"GPS" not in xmp
    assert b"Box 7" in xmp
    assert told(written) == told(whole) | {"gps": ()}
    for field in ("xres", "yres", "iptc-data"):
        assert Photo.from_bytes(written).metadata.get(field) == Photo.from_bytes(whole).metadata.get(field)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("length", [60_000, 70_000, 300_000])
def test_values_too_long_for_a_format_go_alone(format, length):
    tags = exif()
    tags.get_ifd(EXIF_IFD)[MAKER_NOTE] = bytes(range(256)) * (length // 256)
    block = read_block(tags.tobytes()) | {MAKE: Value(2, b"Optics (odd)\0")}
    photo = replace(Photo.from_array(smooth(20, 30, 3)), metadata={"exif-data": write_block(block)})
    kept = told(photo.encode(format))
    expected = told(saved(smooth(20, 30, 3), "png", exif=tags))
    if format != "tiff" and length > 60_000:
        expected |= {MAKER_NOTE: None}
    assert kept == expected


def test_xmp_too_long_for_a_jpeg_is_left_out_but_for_the_statement():
    for filling, stays in ((b" " * 70_000, True), (b"x" * 70_000, False)):
        long = PLACED.replace(b"</rdf:RDF>", b"<!--" + (b"" if stays else filling) + b"--></rdf:RDF>")
        long += (filling if stays else b"") + b'<?xpacket end="w"?>'
        photo = replace(Photo.from_array(smooth(8, 8)), metadata={"xmp-data": long})
        assert Photo.from_bytes(photo.encode("png")).metadata["xmp-data"] == long
        found = Photo.from_bytes(photo.encode("jpeg", keep=Keep(disclose=MAKER))).metadata["xmp-data"]
        assert SOURCE_TYPE.encode() in found
        assert (b"Box 7" in found) == stays


def test_a_picture_that_lay_on_its_side_has_its_dimensions_turned_too():
    tags = exif(6)
    tags.get_ifd(EXIF_IFD).update({0xA002: 30, 0xA003: 20})
    for format in FORMATS:
        written = opened(Photo.from_bytes(saved(smooth(20, 30), "jpeg", exif=tags)).encode(format))
        inner = written.getexif().get_ifd(EXIF_IFD)
        assert (inner[0xA002], inner[0xA003]) == written.size == (20, 30)


def test_utf_8_of_exif_3_stays():
    block = write_block({ARTIST: Value(7, "Zoë Ü".encode() + b"\0"), MAKE: Value(2, b"Optics\0")})
    newer = block.replace(struct.pack("<HH", ARTIST, 7), struct.pack("<HH", ARTIST, 129))
    assert newer != block
    data = with_segment(saved(smooth(8, 8), "jpeg"), 0xE1, b"Exif\0\0" + newer)
    for format in FORMATS:
        assert "Zoë Ü".encode() in Photo.from_bytes(Photo.from_bytes(data).encode(format)).metadata["exif-data"]
