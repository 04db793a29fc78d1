"""PSNR and SSIM as others have them; bleeding on pictures of which one knows what bled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data
from skimage.filters import gaussian
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from photochrom.evaluation.measures_structure import chroma_edges, lightness_edges, on_gamut_surface, psnr, ssim

seeds = st.integers(0, 2**32 - 1)
SIDE = 96


def noise(seed: int, height: int = 13, width: int = 17) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def changed(picture: np.ndarray, seed: int = 0, strength: float = 20) -> np.ndarray:
    """Something like a result: other colors, the same structure."""
    tint = np.random.default_rng(seed).normal(0, strength, 3)
    blurred = gaussian(picture.astype(float), 2, channel_axis=-1)
    return np.clip(0.7 * picture + 0.3 * blurred + tint, 0, 255).astype(np.uint8)


def test_psnr_of_the_published_vector():
    truth = np.array([[[100, 80, 60], [40, 40, 40]]], np.uint8)  # 200 times its numbers, for a range of 200
    result = np.array([[[90, 84, 66], [50, 36, 40]]], np.uint8)
    assert psnr(truth, result) == pytest.approx(29.520764476828173 + 20 * np.log10(255 / 200))


@given(seeds)
def test_psnr_is_that_of_scikit_image(seed):
    truth = noise(seed)
    result = changed(truth, seed)
    assert psnr(truth, result) == pytest.approx(peak_signal_noise_ratio(truth, result))
    assert psnr(truth, result) == psnr(result, truth)


def test_identical_pictures_have_a_finite_psnr():
    assert psnr(noise(1), noise(1)) == pytest.approx(10 * np.log10(255**2 / 1e-10))


def peer(truth: np.ndarray, result: np.ndarray) -> float:
    """Wang's settings, as scikit-image documents them."""
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    return structural_similarity(truth, result, channel_axis=-1, **settings)


@pytest.mark.parametrize(
    "picture", [data.astronaut()[100:260, 150:293], data.cat()[:97, :211], noise(3, 11, 11), noise(3, 12, 45)]
)
def test_ssim_is_that_of_scikit_image(picture):
    assert ssim(picture, changed(picture)) == pytest.approx(peer(picture, changed(picture)), abs=1e-9)


def test_psnr_and_ssim_are_those_of_torchmetrics():
    import torch
    from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

    truth = data.astronaut()[:80, :90]
    one, other = (
        torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].double() for picture in (truth, changed(truth))
    )
    assert psnr(truth, changed(truth)) == pytest.approx(float(peak_signal_noise_ratio(other, one, data_range=255.0)))
    _, everywhere = structural_similarity_index_measure(other, one, sigma=1.5, data_range=255.0, return_full_image=True)
    inside = everywhere[..., 5:-5, 5:-5]  # its own mean takes in windows that lie partly in the mirrored picture
    assert ssim(truth, changed(truth)) == pytest.approx(float(inside.mean()), abs=1e-9)


@given(seeds)
def test_ssim_is_symmetric_at_most_one_and_one_for_the_same(seed):
    truth, result = noise(seed), noise(seed + 1)
    assert ssim(truth, result) == pytest.approx(ssim(result, truth))
    assert ssim(truth, truth) == pytest.approx(1)
    assert ssim(truth, result) < 1
    assert ssim(truth[::-1].transpose(1, 0, 2), result[::-1].transpose(1, 0, 2)) == pytest.approx(ssim(truth, result))


def test_a_picture_smaller_than_the_window_has_no_ssim():
    assert np.isnan(ssim(noise(0, 10, 40), noise(0, 10, 40)))


# Bleeding


def step(low: float, high: float, axis: int = 1, at: int = SIDE // 2) -> np.ndarray:
    plane = np.full((SIDE, SIDE), float(low))
    plane[(slice(None), slice(at, None)) if axis else slice(at, None)] = high
    return plane


def ab_step(axis: int = 1, at: int = SIDE // 2) -> np.ndarray:
    return np.stack([step(-10, 40, axis, at), step(20, -30, axis, at)], axis=-1)


def bled(lightness: np.ndarray, ab: np.ndarray) -> float:
    edges = chroma_edges(ab, lightness_edges(lightness))
    return edges.astray / edges.all if edges.all else 0.0


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("height", [5.1, 10, 60])
def test_colors_that_end_where_lightness_does_have_not_bled(axis, height):
    assert bled(step(30, 30 + height, axis), ab_step(axis)) == 0


def test_colors_that_change_where_lightness_does_not_have_bled_wholly():
    assert bled(np.full((SIDE, SIDE), 50.0), ab_step()) == pytest.approx(1)
    assert bled(step(30, 70, 0, 80), ab_step(0, 20)) == pytest.approx(1)


def test_blur_of_ab_across_an_edge_bleeds_the_more_the_wider_it_is():
    lightness = step(30, 70)
    shares = [
        bled(lightness, gaussian(ab_step(), sigma, channel_axis=-1, mode="nearest"))
        for sigma in (0.5, 1, 2, 4, 8, 12, 20)
    ]
    assert np.all(np.diff(shares) >= 0)
    assert shares[0] == 0
    assert shares[-1] > 0.5


def test_a_shifted_color_bleeds_once_it_has_left_the_edge():
    shares = [bled(step(30, 70), ab_step(at=SIDE // 2 + shift)) for shift in (0, 5, 10)]
    assert shares[0] == 0
    assert 0 < shares[1] < 1
    assert shares[2] == pytest.approx(1)


def test_a_color_may_lie_two_pixels_beside_a_faint_edge():
    shares = [bled(step(30, 35.1), ab_step(at=SIDE // 2 + shift)) for shift in (-4, -2, 2, 4)]
    assert shares[1] == shares[2] == 0
    assert min(shares[0], shares[3]) > 0


@given(seeds)
def test_no_color_and_rounding_to_bytes_are_no_edges(seed):
    rng = np.random.default_rng(seed)
    flat = lightness_edges(rng.uniform(0, 100, (40, 30)))
    assert chroma_edges(np.zeros((40, 30, 2)), flat) == (0, 0)
    assert chroma_edges(rng.uniform(-0.5, 0.5, (40, 30, 2)) + 30, flat) == (0, 0)


@given(seeds, st.integers(1, 40), st.integers(1, 40))
def test_bleeding_does_not_depend_on_how_the_picture_is_held(seed, height, width):
    rng = np.random.default_rng(seed)
    lightness, ab = np.round(rng.uniform(0, 100, (height, width)), -1), rng.uniform(-60, 60, (height, width, 2))
    upright = chroma_edges(ab, lightness_edges(lightness))
    turned = chroma_edges(np.rot90(ab), lightness_edges(np.rot90(lightness)))
    assert turned == pytest.approx(upright)
    assert 0 <= upright.astray <= upright.all


def test_the_surface_of_the_cube():
    picture = np.array([[[0, 10, 20], [255, 255, 255], [254, 1, 128]]], np.uint8)
    assert on_gamut_surface(picture).tolist() == [[True, True, False]]
