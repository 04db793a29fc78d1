"""What hints promise: places in pixels, colors that the photograph can show, files that carry them."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photochrom.color import in_gamut
from photochrom.errors import HintError, PhotoError
from photochrom.hints import (
    Hint,
    hints_from_json,
    hints_from_picture,
    hints_to_json,
    place,
    read_hints,
    write_hints,
)

SIZE = (80, 100)
RED = (192, 32, 32)

colors = st.tuples(*[st.integers(0, 255)] * 3)
inside = st.builds(
    Hint, st.floats(0, 100, exclude_max=True), st.floats(0, 80, exclude_max=True), colors
)  # of a photograph of SIZE


def painted(path: Path, dots: dict[tuple[int, int], tuple[int, int, int]], size: tuple[int, int] = SIZE) -> Path:
    """A transparent picture with opaque pixels {(x, y): color}."""
    layer = np.zeros((*size, 4), np.uint8)
    for (x, y), color in dots.items():
        layer[y, x] = (*color, 255)
    Image.fromarray(layer).save(path)
    return path


def test_a_hint_is_written_as_place_and_color() -> None:
    assert Hint.parse("120,80,#c02020") == Hint(120, 80, RED)
    assert Hint.parse(" 1.5, 0 , #FFffFF") == Hint(1.5, 0, (255, 255, 255))


@pytest.mark.parametrize(
    "text",
    ["", "1,2", "1,2,red", "1,2,#c0202", "1,2,#c0202g", "a,2,#c02020", "-1,2,#c02020", "nan,2,#c02020", "1,2,#c02020,3",
     "1,2,c02020"],
)  # fmt: skip
def test_other_words_are_no_hint(text: str) -> None:
    with pytest.raises(HintError, match="A hint is written x,y,#rrggbb, such as 120,80,#c02020, not") as told:
        Hint.parse(text)
    assert repr(text) in str(told.value)


@pytest.mark.parametrize(
    ("x", "y", "color"),
    [(float("inf"), 0, RED), ("1", 0, RED), (1, -1, RED), (True, 0, RED), (0, 0, (1, 2)), (0, 0, (1, 2, 256)),
     (0, 0, (1.5, 2, 3)), (0, 0, "red")],
)  # fmt: skip
def test_numbers_that_are_no_place_or_no_color_are_refused(x: float, y: float, color: tuple[int, int, int]) -> None:
    with pytest.raises(HintError):
        Hint(x, y, color)


def test_a_hint_lies_in_the_cell_that_covers_it() -> None:
    placed, _ = place(
        [Hint(99.9, 79.9, RED), Hint(0, 0, RED), Hint(50, 20, RED)], SIZE, np.full((4, 5), 50, np.float32)
    )
    assert [(one.row, one.column) for one in placed] == [(3, 4), (0, 0), (1, 2)]


@pytest.mark.parametrize(("x", "y"), [(100, 0), (0, 80), (1e8, 1e8)])
def test_a_hint_outside_of_the_photograph_is_refused(x: float, y: float) -> None:
    with pytest.raises(HintError, match=r"lies outside of the photograph, which has 100 x 80 pixels\.$"):
        place([Hint(x, y, RED)], SIZE, np.full((4, 5), 50, np.float32))


@given(colors, st.floats(0, 100))
def test_a_placed_color_can_be_shown_and_what_it_lost_is_told(color: tuple[int, int, int], level: float) -> None:
    hint = Hint(1, 1, color)
    (placed,), notes = place([hint], SIZE, np.full((2, 2), level, np.float32))
    assert bool(in_gamut(np.array([level, *placed.ab]), tolerance=2e-3))
    kept, wanted = float(np.hypot(*placed.ab)), float(np.hypot(*hint.ab))
    assert kept <= wanted * (1 + 1e-5)
    assert placed.ab * wanted == pytest.approx(hint.ab * kept, abs=1e-3 * max(1, wanted))  # the hue is the hint's
    assert (len(notes) == 1) == (kept < wanted - max(1, 0.01 * wanted))


def test_the_note_says_which_hint_and_what_became_of_it() -> None:
    _, (note,) = place([Hint(30, 40, (0, 0, 255))] * 2, SIZE, np.full((2, 2), 90, np.float32))
    assert note.startswith("The hint #0000ff at 30,40 is paler in the picture, as #")
    assert "at the lightness there (L* 90) sRGB has" in note


@given(st.lists(inside, max_size=5))
def test_json_gives_back_what_it_was_made_of(hints: list[Hint]) -> None:
    text = hints_to_json(hints, SIZE)
    assert hints_from_json(text, SIZE) == hints
    assert json.loads(text)["size"] == [100, 80]


def test_hints_keep_their_places_on_a_copy_of_another_size(tmp_path: Path) -> None:
    write_hints(tmp_path / "a.json", [Hint(50, 20, RED)], SIZE)
    assert read_hints(tmp_path / "a.json", (160, 200)) == [Hint(100, 40, RED)]
    assert read_hints(tmp_path / "a.json", (27, 33)) == [Hint(16.5, 6.75, RED)]  # 26.4 rounded up: the same shape


def with_hint(hint: str) -> str:
    return f'{{"photochrom_hints": 1, "size": [100, 80], "hints": [{hint}]}}'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "this is no JSON"),
        (b"\xff\xfe{", "this is no JSON"),
        ("[]", "what is read is"),
        ('{"size": [100, 80], "hints": []}', "what is read is"),
        ('{"photochrom_hints": 2, "size": [100, 80], "hints": []}', "what is read is"),
        ('{"photochrom_hints": 1, "size": [100, 80], "hints": [], "more": 1}', "what is read is"),
        ('{"photochrom_hints": 1, "size": [100], "hints": []}', '"size" is [width, height] in pixels'),
        ('{"photochrom_hints": 1, "size": [100, 0], "hints": []}', '"size" is [width, height] in pixels'),
        ('{"photochrom_hints": 1, "size": [100, 80], "hints": {}}', '"hints" is a list'),
        ('{"photochrom_hints": 1, "size": [80, 100], "hints": []}', "of another shape: 100 x 80"),
        (with_hint("[1, 2]"), "hint 1 is not"),
        (with_hint('{"x": 1, "y": 2}'), "hint 1 is not"),
        (with_hint('{"x": "1", "y": 2, "color": "#c02020"}'), "hint 1: A hint lies at"),
        (with_hint('{"x": 1e999, "y": 2, "color": "#c02020"}'), "hint 1: A hint lies at"),
        (with_hint('{"x": NaN, "y": 2, "color": "#c02020"}'), "hint 1: A hint lies at"),
        (with_hint(f'{{"x": 1{"0" * 400}, "y": 2, "color": "#c02020"}}'), "hint 1: A hint lies at"),
        (f'{{"photochrom_hints": 1, "size": [1{"0" * 400}, 80], "hints": []}}', '"size" is [width, height] in pixels'),
        (with_hint('{"x": 1, "y": 2, "color": 7}'), "hint 1: A color is written"),
        (with_hint('{"x": 100, "y": 2, "color": "#c02020"}'), "hint 1: The hint at 100,2 lies outside"),
    ],
)
def test_a_text_that_says_no_hints_for_this_photograph_is_refused_by_name(text: str | bytes, sentence: str) -> None:
    with pytest.raises(HintError) as told:
        hints_from_json(text, SIZE, "a.json")
    assert str(told.value).startswith("a.json: ")
    assert sentence in str(told.value)


def test_json_of_an_editor_that_marks_its_encoding_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(hints_to_json([Hint(1, 2, RED)], SIZE), encoding="utf-8-sig")
    assert read_hints(tmp_path / "a.json", SIZE) == [Hint(1, 2, RED)]


def test_hints_are_painted_on_a_transparent_layer(tmp_path: Path) -> None:
    dots = {(10, 20): RED, (11, 20): RED, (12, 20): RED, (90, 70): (0, 0, 255)}
    layer = painted(tmp_path / "layer.png", dots)
    hints = read_hints(layer, SIZE)
    assert {(hint.color) for hint in hints} == {RED, (0, 0, 255)}
    assert {(int(hint.x), int(hint.y)) for hint in hints} <= dots.keys()
    assert [(hint.x, hint.y) for hint in hints_from_picture(layer, (160, 200)) if hint.color != RED] == [(181, 141)]


def test_a_stroke_is_a_hint_a_cell_and_not_a_hint_a_pixel(tmp_path: Path) -> None:
    stroke = {(x, y): RED for x in range(640) for y in range(320, 330)}
    hints = hints_from_picture(painted(tmp_path / "layer.png", stroke, (640, 640)), (640, 640))
    assert len(hints) == 64
    assert {320 <= hint.y < 330 for hint in hints} == {True}


def test_a_soft_rim_is_no_paint(tmp_path: Path) -> None:
    layer = np.zeros((*SIZE, 4), np.uint8)
    layer[10, 10], layer[40, 40] = (*RED, 100), (*RED, 200)
    Image.fromarray(layer).save(tmp_path / "layer.png")
    (hint,) = hints_from_picture(tmp_path / "layer.png", SIZE)
    assert (hint.x, hint.y) == (40.5, 40.5)


def test_a_picture_without_hints_for_this_photograph_is_refused_by_name(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(tmp_path / "opaque.png")
    for name, sentence in {
        painted(tmp_path / "empty.png", {}): "is transparent all over",
        painted(tmp_path / "other.png", {(1, 1): RED}, (100, 80)): "of another shape",
        tmp_path / "opaque.png": "has no transparency",
    }.items():
        with pytest.raises(HintError, match=sentence) as told:
            read_hints(name, SIZE)
        assert str(told.value).startswith(str(name))


def test_a_file_that_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(HintError, match="cannot be read"):
        read_hints(tmp_path / "none.json", SIZE)
    with pytest.raises(HintError, match="cannot be written"):
        write_hints(tmp_path / "none" / "a.json", [], SIZE)
    (tmp_path / "words.txt").write_text("hello")
    with pytest.raises(PhotoError):
        read_hints(tmp_path / "words.txt", SIZE)
