"""The photographs of a study: which, how large, and what happens to damaged ones."""

from pathlib import Path

import numpy as np
import pytest

from flat_pictures import flat, save
from photochrom.color import srgb_to_lab
from photochrom.errors import DataError
from photochrom.photo import Photo
from photochrom.studies.photographs import Subject, gather, gray_of, grayed, small_copy


def test_a_limit_takes_photographs_from_everywhere(tmp_path: Path) -> None:
    for number in range(10):
        save(tmp_path / f"{number}.png", flat(number, 0, 0))
    found = gather([tmp_path], tmp_path / "out", limit=4)
    assert [one.stem for one in found] == ["0", "3", "6", "9"]


def test_results_in_the_folder_are_no_photographs_of_it(tmp_path: Path) -> None:
    save(tmp_path / "a.png", flat(1, 2, 3))
    save(tmp_path / "out" / "figure.png", flat(1, 2, 3))
    assert [one.stem for one in gather([tmp_path], tmp_path / "out")] == ["a"]


def test_damaged_ones_are_left_out_and_told(tmp_path: Path) -> None:
    save(tmp_path / "a.png", flat(1, 2, 3))
    (tmp_path / "b.jpg").write_bytes(b"nothing")
    found = gather([tmp_path], tmp_path / "out")
    assert [number for number, _ in found.numbered()] == [0]
    assert len(found.notes) == 1
    assert "b.jpg was left out: " in found.notes[0]


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no photographs in"):
        gather([tmp_path], tmp_path / "out")


@pytest.mark.parametrize(
    ("height", "width", "expected"), [(100, 200, (50, 100)), (40, 90, (40, 90)), (300, 60, (250, 50))]
)
def test_copies_are_shrunk_and_never_enlarged(height: int, width: int, expected: tuple[int, int]) -> None:
    assert small_copy(Photo.from_array(flat(9, 9, 9, height, width)), 50).shape == (*expected, 3)


def test_copies_of_sixteen_bits_and_of_gray_are_bytes_in_three_channels(rng: np.random.Generator) -> None:
    gray = rng.integers(0, 256, (30, 40), np.uint8)
    copy = small_copy(Photo.from_array(gray.astype(np.uint16) * 257), 64)
    assert np.array_equal(copy, np.repeat(gray[..., None], 3, axis=2))


def test_gray_keeps_the_lightness(rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, (20, 20, 3), np.uint8)
    before, after = (srgb_to_lab(one / 255.0) for one in (pixels, grayed(pixels)))
    assert np.abs(after[..., 1:]).max() < 0.01
    assert np.abs(after[..., 0] - before[..., 0]).max() < 0.3  # half a step of 8 bits at most


def test_lightness_beyond_its_range_is_clipped() -> None:
    assert gray_of(np.array([[-20.0, 0.0, 100.0, 130.0]], np.float32))[0, :, 0].tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize(("color", "colored"), [((90, 90, 90), False), ((92, 90, 89), False), ((120, 90, 60), True)])
def test_only_photographs_in_color_are_truth(color: tuple[int, int, int], colored: bool) -> None:
    assert Subject("a.png", None, flat(*color)).is_colored is colored
