"""Sepia, toning and yellowed paper are tints; a photograph of things in their colors is not one."""

from pathlib import Path

import numpy as np
import pytest
from skimage import data

from photochrom.color import fit_to_gamut, lab_to_srgb
from photochrom.photo import Photo

LIGHTNESS = data.camera()[::2, ::2] / 255 * 96 + 2
RAMP = np.linspace(0, 1, LIGHTNESS.shape[1])[None, :]


def photo_of(lightness: np.ndarray, a: np.ndarray | float, b: np.ndarray | float) -> Photo:
    lab = np.stack(np.broadcast_arrays(lightness, a, b), axis=-1)
    grain = np.random.default_rng(0).normal(0, 2, lab.shape)
    return Photo.from_array(np.clip(np.rint(lab_to_srgb(fit_to_gamut(lab)) * 255 + grain), 0, 255).astype(np.uint8))


TINTS = {
    "none": (0, 0),
    "sepia": (8, 22),
    "sepia, weaker in the lights": (10 * (1 - LIGHTNESS / 120), 28 * (1 - LIGHTNESS / 120)),
    "cyanotype": (-8, -30),
    "selenium: brown shadows, cool lights": (12 - LIGHTNESS / 5, 10 - LIGHTNESS / 6),
    "yellowed towards one side": (2 * RAMP, 25 * RAMP),
}


@pytest.mark.parametrize("tint", TINTS)
def test_a_tint_is_no_color(tint: str) -> None:
    assert not photo_of(LIGHTNESS, *TINTS[tint]).is_colored()


@pytest.mark.parametrize("name", ["astronaut", "coffee", "rocket", "retina"])
def test_photographs_are_in_color(name: str) -> None:
    assert Photo.from_array(getattr(data, name)()).is_colored()


def test_a_colored_spot_on_a_gray_picture_is_color() -> None:
    a, b = np.zeros_like(LIGHTNESS), np.zeros_like(LIGHTNESS)
    a[40:90, 40:90], b[100:150, 100:150] = 40, 50
    assert photo_of(LIGHTNESS, a, b).is_colored()


def test_the_examples_are_as_they_are(root: Path) -> None:
    told = {path.stem: Photo.read(path).is_colored() for path in (root / "examples").glob("*.jpg")}
    assert len(told) >= 4
    assert not any(told.values())
    assert not Photo.from_array(data.camera()).is_colored()
