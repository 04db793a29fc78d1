"""Crops, flips, the look of old photographs, and Lab: what the network sees and what it is taught."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab

from photochrom.training.augment import age, random_crops, to_sample


def numbered(height: int, width: int) -> torch.Tensor:
    """A photograph whose red is the column and whose green is the row."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([x, y, torch.zeros_like(x)]).to(torch.uint8)


sides = st.integers(32, 90)


@given(st.lists(st.tuples(sides, sides), min_size=1, max_size=4), st.floats(1, 3), st.integers(0, 99))
def test_crops_are_squares_of_the_size_asked_for(shapes: list[tuple[int, int]], zoom: float, seed: int) -> None:
    photographs = [numbered(*shape) for shape in shapes]
    crops = random_crops(photographs, 32, zoom, np.random.default_rng(seed))
    assert crops.shape == (len(shapes), 3, 32, 32)
    assert crops.dtype == torch.float32
    assert crops.min() >= 0
    assert crops.max() <= 1


def test_without_zoom_a_crop_is_a_window_of_the_photograph_or_its_mirror_image(rng: np.random.Generator) -> None:
    photograph = numbered(60, 80)
    flipped = []
    for _ in range(40):
        crop = (random_crops([photograph], 32, 1.0, rng)[0] * 255).round().int()
        steps = crop[0, :, 1:] - crop[0, :, :-1]
        flipped.append(bool((steps == -1).all()))
        assert (steps == (-1 if flipped[-1] else 1)).all()
        assert (crop[1, 1:] - crop[1, :-1] == 1).all()
    assert 8 < sum(flipped) < 32


def test_zoom_shows_up_to_that_many_times_as_much(rng: np.random.Generator) -> None:
    spans = []
    for _ in range(50):
        crop = random_crops([numbered(200, 200)], 32, 3.0, rng)[0, 0] * 255
        spans.append(float(crop.max() - crop.min()))
    assert min(spans) < 45
    assert 75 < max(spans) <= 96


def test_a_photograph_that_is_too_small_for_the_zoom_is_taken_whole(rng: np.random.Generator) -> None:
    crop = random_crops([numbered(40, 40)], 32, 50.0, rng)[0, 0] * 255
    assert float(crop.max() - crop.min()) > 37


def test_crops_depend_on_the_generator_alone() -> None:
    photographs = [numbered(60, 80), numbered(90, 40)]
    one, same, other = (random_crops(photographs, 32, 2.0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_the_sample_is_what_scikit_image_sees(rng: np.random.Generator) -> None:
    rgb = rng.uniform(size=(2, 16, 24, 3)).astype(np.float32)
    lab = rgb2lab(rgb)
    sample = to_sample(torch.from_numpy(rgb).movedim(-1, 1), 4)
    np.testing.assert_allclose(sample.lightness[:, 0], lab[..., 0], atol=2e-3)
    blocks = lab[..., 1:].reshape(2, 4, 4, 6, 4, 2).mean((2, 4))
    np.testing.assert_allclose(sample.ab, blocks, atol=2e-3)


def test_aging_touches_the_lightness_of_a_share_and_nothing_else(rng: np.random.Generator) -> None:
    lightness = torch.rand(400, 1, 8, 8) * 100
    before = lightness.clone()
    aged = age(lightness, 0.25, rng)
    changed = (aged != lightness).flatten(1).any(1)
    assert torch.equal(lightness, before)
    assert 60 < int(changed.sum()) < 140
    assert aged.min() >= 0
    assert aged.max() <= 100


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (1.0, 6)])
def test_none_or_all_are_aged(share: float, count: int, rng: np.random.Generator) -> None:
    lightness = torch.rand(6, 1, 8, 8) * 100
    assert int((age(lightness, share, rng) != lightness).flatten(1).any(1).sum()) == count


def test_aging_is_a_function_of_the_generator() -> None:
    lightness = torch.rand(4, 1, 8, 8) * 100
    one, same, other = (age(lightness, 1.0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_an_aged_photograph_is_faded(rng: np.random.Generator) -> None:
    ramp = torch.linspace(0, 100, 64).expand(64, 1, 32, 64).contiguous()
    aged = age(ramp, 1.0, rng)
    span = aged[:, 0, :, -4:].mean((1, 2)) - aged[:, 0, :, :4].mean((1, 2))
    assert float(span.min()) > 50
    assert float(span.mean()) < 90
