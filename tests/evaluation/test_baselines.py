"""Results that need no model keep the original's lightness and have the colors they say."""

from pathlib import Path

import numpy as np
import pytest

from albums import album, colorful
from photochrom.color import srgb_to_lab
from photochrom.errors import PhotoError
from photochrom.evaluation.baselines import gray, joined, random
from photochrom.evaluation.photographs import find_photographs
from pictures import saved

NOWHERE = Path("/nowhere")


def lab(pixels: np.ndarray) -> np.ndarray:
    return srgb_to_lab(pixels / 255)


def test_gray_has_no_color_and_the_originals_lightness() -> None:
    truth = colorful(4)
    result = lab(gray(truth))
    assert np.abs(result[..., 1:]).max() < 0.02
    assert np.abs(result[..., 0] - lab(truth)[..., 0]).max() < 0.4  # half a step of 8 bits in the shadows


def test_random_has_the_colors_of_another_photograph_where_they_can_be_shown(tmp_path: Path) -> None:
    photographs = find_photographs([album(tmp_path, 6)], "folder", NOWHERE)
    truth = photographs.read(1)
    result, other = lab(random(truth, photographs, 1)), lab(photographs.read(3))
    assert np.abs(result[..., 0] - lab(truth)[..., 0]).max() < 0.6
    kept = np.hypot(*np.moveaxis(result[..., 1:], -1, 0)) / np.hypot(*np.moveaxis(other[..., 1:], -1, 0))
    assert kept.max() < 1.1  # chroma is only ever lost
    assert np.median(np.abs(result[..., 1:] - other[..., 1:])) < 3
    assert np.array_equal(random(truth, photographs, 1), random(truth, photographs, 1))


def test_random_takes_photographs_of_any_size(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(saved(colorful(1, 20, 50), "png"))
    (tmp_path / "b.png").write_bytes(saved(colorful(2, 60, 11), "png"))
    photographs = find_photographs([tmp_path], "folder", NOWHERE)
    assert random(photographs.read(0), photographs, 0).shape == (20, 50, 3)


def test_random_passes_over_what_cannot_be_read_and_needs_another(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(saved(colorful(1), "png"))
    (tmp_path / "b.png").write_bytes(saved(colorful(2), "png")[:100])
    photographs = find_photographs([tmp_path], "folder", NOWHERE)
    with pytest.raises(PhotoError, match="there is no other"):
        random(photographs.read(0), photographs, 0)


def test_joined_is_the_original_again_from_its_own_colors() -> None:
    truth = colorful(2)
    back = lab(truth).astype(np.float32)
    assert np.abs(joined(back[..., 0], back[..., 1:]).astype(int) - truth).max() <= 1
