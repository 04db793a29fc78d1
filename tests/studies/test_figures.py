"""Drawings: pictures lie in rows and columns in their own proportions, texts fit, bytes are the same each time."""

import numpy as np
import pytest

from flat_pictures import flat
from photochrom.studies import figures
from photochrom.studies.figures import Cell, clipped, fitted, paper, picture_grid, rendered


def boxes(figure) -> list[tuple[float, float, float, float]]:
    """Left, bottom, width, height of every picture, in inches."""
    wide, high = figure.get_size_inches()
    bounds = [axes.get_position().bounds for axes in figure.axes]
    return [(x * wide, y * high, w * wide, h * high) for x, y, w, h in bounds]


@pytest.mark.parametrize(
    ("height", "width", "columns", "rows"), [(8, 80, 4, 1), (80, 8, 1, 2), (30, 40, 3, 2), (64, 48, 2, 1)]
)
def test_pictures_keep_their_proportions_and_do_not_overlap(height: int, width: int, columns: int, rows: int) -> None:
    with paper():
        figure = picture_grid([[Cell(flat(9, 9, 9, height, width), "words")] * columns] * rows, ["head"] * columns)
    found = boxes(figure)
    assert len(found) == rows * columns
    for left, bottom, wide, high in found:
        assert high / wide == pytest.approx(height / width, rel=1e-6)
        assert left >= -1e-9
        assert bottom >= -1e-9
    for number, (left, bottom, wide, high) in enumerate(found):
        for other in found[:number]:
            apart_x = left >= other[0] + other[2] or other[0] >= left + wide
            apart_y = bottom >= other[1] + other[3] or other[1] >= bottom + high
            assert apart_x or apart_y


def test_a_missing_picture_leaves_its_place_empty() -> None:
    with paper():
        figure = picture_grid([[Cell(flat(0, 0, 0)), Cell(None), Cell(flat(0, 0, 0))]], width=3)
    left, right = (box[0] for box in boxes(figure))
    assert right - left == pytest.approx(2 * (3 - 2 * figures.GAP) / 3 + 2 * figures.GAP)


def test_few_pictures_do_not_fill_the_page() -> None:
    with paper():
        figure = picture_grid([[Cell(flat(0, 0, 0))] * 2])
    assert figure.get_size_inches()[0] == pytest.approx(2 * figures.WIDEST + figures.GAP)


def test_headings_and_captions_are_written() -> None:
    with paper():
        figure = picture_grid([[Cell(flat(0, 0, 0), "under")]], ["over"], ["beside"], width=3)
    assert [text.get_text() for text in figure.texts] == ["over", "beside", "under"]


def test_small_pictures_stay_and_large_ones_are_averaged() -> None:
    checker = np.indices((8, 8)).sum(0) % 2 * 200
    pixels = np.repeat(checker[..., None], 3, axis=2).astype(np.uint8)
    assert np.array_equal(fitted(pixels, 20, 20), pixels)
    assert np.array_equal(fitted(pixels, 4, 4), flat(100, 100, 100, 4, 4))


def test_long_texts_are_cut_where_they_would_stick_out() -> None:
    assert clipped("short", 2) == "short"
    cut = clipped("a very long name of a photograph", 1)
    assert cut.endswith("…")
    assert len(cut) * figures.LETTER <= 1


@pytest.mark.parametrize("format", ["png", "svg"])
def test_a_figure_has_the_same_bytes_each_time_and_no_date(format: str) -> None:
    def drawn() -> bytes:
        with paper():
            return rendered(picture_grid([[Cell(flat(9, 9, 200), "a")]], ["b"]), format)

    assert drawn() == drawn()
    assert b"Matplotlib v" not in drawn()
