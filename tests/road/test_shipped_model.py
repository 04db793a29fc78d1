"""The model in the package, on the photographs in the repository: what a person sees first."""

from pathlib import Path

import numpy as np
import pytest

from photochrom import Colorizer, Model, Photo
from photochrom.color import srgb_to_lab
from photochrom.representations import Readout

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.jpg"))


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    return Colorizer()


def chroma(photo: Photo) -> np.ndarray:
    return np.hypot(*np.moveaxis(srgb_to_lab(photo.pixels / np.float32(255))[..., 1:], -1, 0))


def test_there_are_photographs_to_try_it_on() -> None:
    assert len(EXAMPLES) >= 4


def test_the_shipped_file_is_small_and_says_where_it_comes_from() -> None:
    model = Model.load()
    assert model.path.stat().st_size <= 16e6
    assert model.card.licence == "Apache-2.0"
    assert model.card.provenance["crops_seen"] > 10_000
    assert {score["protocol"] for score in model.card.scores} >= {"in1k-dev"}
    assert model.card.intended_use
    assert model.card.limits


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_gets_color_and_keeps_its_lightness(path: Path, colorizer: Colorizer) -> None:
    photo = Photo.read(path)
    colored = colorizer(photo)
    assert colored.size == photo.size
    written = Photo.from_bytes(colored.encode())  # JPEG, as the photograph was
    for one in (colored, written):
        assert np.percentile(np.abs(one.lightness() - photo.lightness()), 99.9) < 1
    assert 4 < chroma(colored).mean() < 65  # neither gray nor garish; the citrus fruits have 55


def test_colors_differ_from_place_to_place(colorizer: Colorizer) -> None:
    """No common tint: the spread of ab within a photograph is of the size of its mean."""
    for path in EXAMPLES:
        ab = srgb_to_lab(colorizer(Photo.read(path)).pixels / np.float32(255))[..., 1:]
        assert np.linalg.norm(ab.std((0, 1))) > 3, path


def test_a_lower_temperature_is_more_vivid(colorizer: Colorizer) -> None:
    photo = Photo.read(EXAMPLES[0])
    prediction = colorizer.predict(photo)
    levels = [chroma(colorizer.render(photo, prediction, Readout("annealed", t))).mean() for t in (1.0, 0.4, 0.0)]
    assert levels == sorted(levels)


def test_the_same_photograph_gives_the_same_bytes(colorizer: Colorizer) -> None:
    photo = Photo.read(EXAMPLES[0])
    assert colorizer(photo).encode("png") == Colorizer()(photo).encode("png")
