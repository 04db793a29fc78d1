"""XMP packets: one thing changes at a time, and what others wrote stays as they wrote it."""

import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.photo.xmp import SOURCE_TYPE, disclosed, statement_of, upright, without_padding, without_places

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
EXTENSION = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
EXIF = "{http://ns.adobe.com/exif/1.0/}"
MAKER = "photochrom 1.0 (model photochrom)"


def packet(attributes: str = "", elements: str = "", about: str = "") -> bytes:
    """A packet with one description."""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="{about}" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:dji="http://www.dji.com/drone-dji/1.0/"'
        ' xmlns:xmpNote="http://ns.adobe.com/xmp/note/"'
        f"{attributes}><dc:source>Box 7</dc:source>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def properties(xmp: bytes) -> dict[str, str]:
    """Every simple property of a packet, as an XML parser sees it."""
    found = {}
    for description in ElementTree.fromstring(xmp).iter(f"{RDF}Description"):
        found |= {name: value for name, value in description.attrib.items() if name != f"{RDF}about"}
        found |= {element.tag: (element.text or element.get(f"{RDF}resource") or "") for element in description}
    return found


PLAIN = properties(packet())


RDF_ALONE = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" />'
NOTHING = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + RDF_ALONE + b"</x:xmpmeta>"


@pytest.mark.parametrize("before", [b"", NOTHING, packet(), packet(about="uuid:7")])
def test_the_makers_of_the_colors_are_named_in_terms_of_the_iptc(before):
    after = disclosed(before, MAKER)
    expected = {f"{EXTENSION}DigitalSourceType": SOURCE_TYPE, f"{EXTENSION}AISystemUsed": MAKER}
    assert properties(after) == (PLAIN if b"Box 7" in before else {}) | expected
    abouts = {one.get(f"{RDF}about") for one in ElementTree.fromstring(after).iter(f"{RDF}Description")}
    assert len(abouts) == 1  # all descriptions are of the same picture


@pytest.mark.parametrize(
    "before",
    [
        packet(' Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/print"'),
        packet("", "<Iptc4xmpExt:DigitalSourceType>print</Iptc4xmpExt:DigitalSourceType>"),
        packet("", '<Iptc4xmpExt:DigitalSourceType rdf:resource="http://x/print"/>'),
        disclosed(packet(), "another"),
    ],
)
def test_there_is_one_source_type_the_last(before):
    after = disclosed(before, MAKER)
    assert after.count(b"<Iptc4xmpExt:DigitalSourceType>") == after.count(b"DigitalSourceType>") / 2 == 1
    assert properties(after)[f"{EXTENSION}DigitalSourceType"] == SOURCE_TYPE
    assert properties(after)["{http://purl.org/dc/elements/1.1/}source"] == "Box 7"
    assert disclosed(after, MAKER) == after


@given(st.text(st.sampled_from("ab 1.()<>&\"'éЖ写🙂/:=")))
def test_a_maker_may_be_called_anything(name):
    assert properties(disclosed(packet(), name)).get(f"{EXTENSION}AISystemUsed") == name
    assert statement_of(disclosed(packet(), name)) == disclosed(b"", name)


@pytest.mark.parametrize(
    "before",
    [
        packet(' exif:GPSLatitude="48,12.5N" exif:GPSLongitude=\'16,22.1E\'\n exif:GPSAltitude = "171/1"'),
        packet("", "<exif:GPSLatitude>48,12.5N</exif:GPSLatitude><exif:GPSTimeStamp/>"),
        packet(' dji:GpsLatitude="+48.2"', '<exif:GPSProcessingMethod rdf:resource="x:GPS"/>'),
        packet("", '<exif:GPSMapDatum xml:lang="x">WGS-84</exif:GPSMapDatum >'),
    ],
)
def test_places_are_taken_out_and_nothing_else(before):
    assert b"gps" in before.lower()
    after = without_places(before)
    assert b"gps" not in after.lower()
    assert properties(after) == PLAIN


def test_places_inside_of_a_location_are_taken_out():
    location = (
        '<Iptc4xmpExt:LocationCreated><rdf:Bag><rdf:li rdf:parseType="Resource"><Iptc4xmpExt:City>Wien'
        "</Iptc4xmpExt:City><exif:GPSLatitude>48,12.5N</exif:GPSLatitude></rdf:li></rdf:Bag></Iptc4xmpExt:LocationCreated>"
    )
    after = without_places(packet("", location))
    assert b"Wien" in after
    assert b"GPS" not in after
    ElementTree.fromstring(after)


@pytest.mark.parametrize("form", [' tiff:Orientation="6"', "|<tiff:Orientation>6</tiff:Orientation>"])
def test_orientation_is_reset(form):
    after = properties(upright(packet(*form.split("|"))))
    assert after == PLAIN | {"{http://ns.adobe.com/tiff/1.0/}Orientation": "1"}


def test_packets_of_16_bits_become_utf_8():
    text = packet(' dc:title="Fähre"').decode()
    assert upright(text.encode("utf-16")) == text.encode()


def test_a_packet_does_not_point_to_what_was_left_behind():
    assert upright(packet(' xmpNote:HasExtendedXMP="36BE52D4"')) == packet()


def test_padding_is_the_only_thing_that_a_shorter_packet_lacks():
    padded = packet().replace(b"<?xpacket end", b" " * 3000 + b"\n<?xpacket end")
    assert len(without_padding(padded)) == len(packet()) + 1
    assert properties(without_padding(padded)) == PLAIN
    assert without_padding(b"no packet") == b"no packet"


@given(st.binary(max_size=300))
def test_noise_goes_through_as_it_is(noise):
    assert without_places(noise) == noise or b":" in noise
    assert disclosed(noise, MAKER) == noise or b":" in noise or not noise.strip()


@pytest.mark.parametrize(
    "unit", [b"<a:GPSX>", b" a:GPSX", b"a", b" ", b"<", b"</a:RDF", b'<a:GPSX b="', b":", b" tiff:Orientation= "]
)
def test_a_hostile_packet_takes_no_longer_than_its_length(unit):
    hostile = unit * (2_000_000 // len(unit))
    start = time.process_time()
    disclosed(without_places(upright(hostile)), MAKER)
    assert time.process_time() - start < 5
