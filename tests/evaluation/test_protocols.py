"""Protocols: which photographs are measured, and in which frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from albums import colorful
from photochrom.errors import EvaluationError
from photochrom.evaluation.frames import bounded, centered, resized, squashed, whole
from photochrom.evaluation.protocols import PROTOCOLS, ctest10k, cval1k, find_protocol, val5k

sides = st.integers(20, 700)


def number(name: str) -> int:
    return int(name.removeprefix("ILSVRC2012_val_"))


def test_ctest10k_are_ten_thousand_validation_photographs_of_a_thousand_classes() -> None:
    numbers = [number(name) for name in ctest10k()]
    assert len(set(numbers)) == 10_000
    assert min(numbers) == 25_275
    assert max(numbers) == 50_000
    classes = np.bincount(list(map(int, filter(lambda one: one is not None, ctest10k().values()))), minlength=1000)
    assert (classes.min(), classes.max()) == (6, 11)


def test_cval1k_and_ctest10k_share_no_photograph() -> None:
    assert len(cval1k()) == 1000
    assert max(map(number, cval1k())) == 4971
    assert not set(cval1k()) & set(ctest10k())


def test_val5k_are_the_first_five_thousand() -> None:
    assert list(map(number, val5k())) == list(range(1, 5001))


def test_an_unknown_protocol_is_told_the_list_and_the_nearest() -> None:
    with pytest.raises(
        EvaluationError, match=r"(?s)no protocol 'zhang2017'.*mean 'zhang2016'.*larsson2016.*val5k.*folder"
    ):
        find_protocol("zhang2017")


def test_every_protocol_says_where_it_comes_from_and_what_is_compared() -> None:
    assert all(one.name == name and one.source and one.geometry and one.about for name, one in PROTOCOLS.items())


@given(sides, sides)
def test_frames_have_the_sizes_they_tell(height: int, width: int) -> None:
    pixels = np.zeros((height, width, 3), np.uint8)
    assert whole(pixels).shape == (height, width, 3)
    assert squashed(pixels).shape == centered(pixels).shape == (256, 256, 3)
    rows, columns, _ = bounded(pixels).shape
    assert min(rows, columns) <= 256
    assert max(rows, columns) <= 500
    assert rows <= height
    assert columns <= width
    assert abs(rows / height - columns / width) <= 0.5 / height + 0.5 / width


def test_the_canvas_of_larsson_takes_a_panorama_at_its_longer_side() -> None:
    assert bounded(np.zeros((400, 1200, 3), np.uint8)).shape == (167, 500, 3)
    assert bounded(np.zeros((375, 500, 3), np.uint8)).shape == (256, 341, 3)
    assert bounded(np.zeros((100, 120, 3), np.uint8)).shape == (100, 120, 3)


def test_the_centered_square_is_the_middle() -> None:
    pixels = np.zeros((256, 512, 3), np.uint8)
    pixels[:, 128:384] = 200
    assert np.array_equal(centered(pixels), np.full((256, 256, 3), 200, np.uint8))


@pytest.mark.parametrize(("height", "width"), [(128, 150), (300, 91), (512, 700)])
def test_resizing_is_pillows_bicubic_within_a_level(height: int, width: int) -> None:
    pixels = colorful(3, height, width)
    peer = np.asarray(Image.fromarray(pixels).resize((200, 160), Image.Resampling.BICUBIC))
    difference = np.abs(resized(pixels, 160, 200).astype(int) - peer)
    assert difference.max() <= 2
    assert difference.mean() < 0.5


def test_what_has_its_size_already_is_not_touched() -> None:
    pixels = colorful(1, 256, 256)
    assert squashed(pixels) is pixels
