"""EXIF blocks: what is written is what is read, and what is broken is left out."""

import io
import struct
import time

from hypothesis import given
from hypothesis import strategies as st

from photochrom.photo.exif import (
    IPTC,
    ORIENTATION,
    Tags,
    Value,
    iptc_of,
    read_block,
    read_tiff,
    resolution,
    upright_srgb,
    with_iptc,
    within,
    write_block,
    write_into_tiff,
)

EXIF, GPS, INTEROPERABILITY = 0x8769, 0x8825, 0xA005
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8, 12: 8}

DESCRIBING = (270, 271, 305, 306, 315, 33432)


@st.composite
def values(draw) -> Value:
    """A tag's value of any type, from one number to nine."""
    kind, count = draw(st.sampled_from(sorted(SIZES))), draw(st.integers(1, 9))
    return Value(kind, draw(st.binary(min_size=count * SIZES[kind], max_size=count * SIZES[kind])))


numbers = st.integers(256, 50000).filter(lambda tag: tag not in (EXIF, GPS, INTEROPERABILITY))
plain_tags = st.dictionaries(numbers, values(), max_size=5)
filled_tags = st.dictionaries(numbers, values(), min_size=1, max_size=5)


@st.composite
def blocks(draw) -> Tags:
    """Tags with directories inside, two levels deep, as EXIF has them."""
    tags = draw(plain_tags)
    if draw(st.booleans()):
        inner = draw(filled_tags)
        if draw(st.booleans()):
            inner = inner | {INTEROPERABILITY: Value(4, tags=draw(filled_tags))}
        tags = tags | {EXIF: Value(4, tags=inner)}
    if draw(st.booleans()):
        tags = tags | {GPS: Value(4, tags=draw(filled_tags))}
    return tags


def big_endian(tags: Tags) -> bytes:
    """A flat block as a big-endian machine writes it."""
    table, after, behind = struct.pack(">H", len(tags)), b"", 8 + 2 + 12 * len(tags) + 4
    for tag, value in tags.items():
        unit = {5: 4, 10: 4}.get(value.type, SIZES[value.type])
        data = b"".join(value.data[i : i + unit][::-1] for i in range(0, len(value.data), unit))
        field = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(">I", behind + len(after))
        after += data if len(data) > 4 else b""
        table += struct.pack(">HHI", tag, value.type, len(data) // SIZES[value.type]) + field
    return b"MM\0*\0\0\0\x08" + table + bytes(4) + after


@given(blocks())
def test_a_block_reads_as_it_was_written(tags):
    assert read_block(write_block(tags)) == tags
    assert read_block(b"Exif\0\0" + write_block(tags)) == tags


@given(plain_tags)
def test_byte_order_makes_no_difference(tags):
    assert read_block(big_endian(tags)) == tags


@given(blocks())
def test_everything_lies_at_even_places(tags):
    block = write_block(tags)
    for number in range(struct.unpack_from("<H", block, 8)[0]):
        _, kind, count, place = struct.unpack_from("<HHII", block, 10 + 12 * number)
        assert count * SIZES[kind] <= 4 or place % 2 == 0


@given(st.binary(max_size=300), st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b""]))
def test_noise_reads_as_some_tags_or_none(noise, start):
    tags = read_block(start + noise)
    assert read_block(write_block(tags)) == tags


def test_tags_that_all_point_at_the_same_megabytes_do_not_fill_the_memory():
    count, length = 100, 1 << 20
    table = b"".join(struct.pack("<HHII", 40000 + tag, 7, length, 8) for tag in range(count))
    tags = read_block(b"II*\0\x08\0\0\0" + struct.pack("<H", count) + table + bytes(length))
    assert len(tags) == 16
    assert sum(len(value.data) for value in tags.values()) == 1 << 24


def test_directories_that_contain_themselves_end():
    inside = struct.pack("<HHHIII", 1, EXIF, 4, 1, 8, 0)
    assert read_block(b"II*\0\x08\0\0\0" + inside) == {}


@given(
    st.dictionaries(st.sampled_from(DESCRIBING), values(), min_size=1),
    st.dictionaries(st.integers(256, 259), values()),
    filled_tags,
    st.binary(max_size=9),
)
def test_a_tiff_gains_what_describes_the_photograph_and_keeps_its_own(describing, foreign, exif, strip):
    own = {256: Value(3, b"\x07\0"), 271: Value(2, b"Old\0")}
    tiff = write_block(own) + strip  # of any length, odd ones too
    added = describing | {EXIF: Value(4, tags=exif)}
    described = with_tags(tiff, foreign | added)
    assert described[8 : len(tiff)] == tiff[8:]
    assert struct.unpack_from("<I", described, 4)[0] % 2 == 0
    assert read_block(described) == added | own
    assert read_tiff(io.BytesIO(described)) == added | {271: own[271]}


@given(st.dictionaries(st.sampled_from(DESCRIBING), values(), min_size=1), filled_tags, st.binary(max_size=9))
def test_a_bigtiff_gains_them_as_well(describing, exif, strip):
    own = struct.pack("<QHHQQQ", 1, 256, 16, 1, 1 << 40, 0)  # one tag, a number of 64 bits
    tiff = b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + own + strip
    added = describing | {EXIF: Value(4, tags=exif)}
    described = with_tags(tiff, added)
    assert described[16 : len(tiff)] == tiff[16:]
    assert read_tiff(io.BytesIO(described)) == added
    assert read_block(described) == added | {256: Value(16, struct.pack("<Q", 1 << 40))}


def with_tags(tiff: bytes, tags: Tags) -> bytes:
    file = io.BytesIO(tiff)
    write_into_tiff(file, tags)
    return file.getvalue()


def test_every_page_of_a_tiff_has_tags_of_its_own():
    pages = [{270: Value(2, f"page {number}\0".encode())} for number in range(3)]
    tiff = struct.pack("<4sI", b"II*\0", 8)
    for page in pages:
        text = page[270].data
        start = len(tiff)
        tiff += struct.pack("<HHHIII", 1, 270, 2, len(text), start + 18, start + 18 + len(text)) + text
    for number, page in enumerate(pages):
        assert read_tiff(io.BytesIO(tiff), number) == page
    assert read_tiff(io.BytesIO(tiff), 7) == {}


def test_other_tiffs_stay_unchanged():
    for tiff in (b"MM\0*\0\0\0\x08\0\0", b"MM\0+\0\x08\0\0", b"no TIFF"):
        assert with_tags(tiff, {271: Value(2, b"Optics\0")}) == tiff
    assert with_tags(b"II*\0\x08\0\0\0", {}) == b"II*\0\x08\0\0\0"


@given(blocks())
def test_only_orientation_and_color_space_change(tags):
    fixed = upright_srgb(tags | {ORIENTATION: Value(3, b"\6\0")})
    assert fixed.pop(ORIENTATION) == Value(3, b"\1\0")
    assert fixed == {tag: value for tag, value in upright_srgb(tags).items() if tag != ORIENTATION}


@given(blocks(), st.integers(40, 400))
def test_a_block_that_has_to_be_shorter_loses_its_longest_values_first(tags, most):
    shorter = within(tags, most)
    if len(write_block(tags)) <= most:
        assert shorter == tags
    kept, before = flat(shorter), flat(tags)
    gone = [value for place, value in before.items() if place not in kept]
    assert all(before[place] == value for place, value in kept.items())
    assert not gone or not kept or max(map(len, kept.values())) <= min(map(len, gone))
    assert len(write_block(shorter)) <= max(most, len(write_block(within(tags, 0))))


def test_shortening_ten_thousand_values_takes_a_moment():
    tags = {tag: Value(2, b"0123456789" * 9) for tag in range(256, 10256)}
    start = time.process_time()
    assert 60_000 < len(write_block(within(tags, 64_000))) <= 64_000
    assert time.process_time() - start < 2


def flat(tags: Tags, place: tuple[int, ...] = ()) -> dict[tuple[int, ...], bytes]:
    """Every value by the way to it."""
    found = {}
    for tag, value in tags.items():
        found |= {(*place, tag): value.data} if value.tags is None else flat(value.tags, (*place, tag))
    return found


@given(st.binary(min_size=1, max_size=30))
def test_iptc_is_found_again_even_if_it_was_written_as_numbers(text):
    iptc = b"\x1c\x02\x69" + text
    assert iptc_of(with_iptc({}, iptc)) == iptc
    padded = iptc + bytes(-len(iptc) % 4)
    swapped = b"".join(padded[i : i + 4][::-1] for i in range(0, len(padded), 4))
    assert iptc_of({IPTC: Value(4, swapped)}) == padded
    assert iptc_of({}) == b""


def test_resolution_knows_inches_and_centimeters():
    tags = {282: Value(5, struct.pack("<II", 300, 1)), 283: Value(5, struct.pack("<II", 240, 2))}
    assert resolution(tags) == (300 / 25.4, 120 / 25.4)
    assert resolution(tags | {296: Value(3, b"\3\0")}) == (30, 12)
    assert resolution(tags | {296: Value(3, b"\1\0")}) is None
    assert resolution(tags | {283: Value(5, bytes(8))}) is None
    assert resolution({282: tags[282]}) is None
