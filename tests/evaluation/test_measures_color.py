"""What the color measures of one photograph say: published vectors, published test pairs, independent programs."""

import colour
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab

from photochrom.evaluation.measures_color import (
    ab_error,
    auc,
    auc_by_trapezoids,
    auc_of_thresholds,
    ciede2000,
    colorfulness,
    colorfulness_of_magnitudes,
    lab_of,
    opponent_errors,
)
from photochrom.representations.ab_bins import bin_centers

DISTANCES, WEIGHTS = np.array([0, 5, 10.5, 30, 200]), np.array([0.1, 1, 2, 4, 0.5])

seeds = st.integers(0, 2**32 - 1)
colors = seeds.map(lambda seed: np.random.default_rng(seed).uniform([0, -110, -110], [100, 110, 110], (2, 40, 3)))


def noise(seed: int, height: int = 13, width: int = 17) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


# Area under the curve


@pytest.mark.parametrize(
    ("rule", "plain", "weighted"),
    [
        (auc, 73.93333333, 80.61403509),
        (auc_of_thresholds, 73.90728477, 80.61171140),
        (auc_by_trapezoids, 74.06666667, 80.83333333),
    ],
)
def test_the_area_by_each_rule(rule, plain, weighted):
    assert rule(DISTANCES) == pytest.approx(plain, abs=1e-7)
    assert rule(DISTANCES, WEIGHTS) == pytest.approx(weighted, abs=1e-7)


@given(seeds)
def test_the_rules_are_what_they_are_called(seed):
    errors = np.random.default_rng(seed).uniform(0, 170, 50).round(1)
    reached = np.array([(errors <= threshold).mean() for threshold in range(151)])
    assert auc_of_thresholds(errors) == pytest.approx(100 * reached.mean())
    assert auc_by_trapezoids(errors) == pytest.approx(100 * np.trapezoid(reached) / 150)
    fine = np.linspace(0, 150, 150_001)
    assert auc(errors) == pytest.approx(100 * np.searchsorted(np.sort(errors), fine, "right").mean() / 50, abs=1e-2)


def test_gray_scored_against_the_published_prior(root):
    prior = np.loadtxt(root / "src/photochrom/evaluation/data/zhang2016_prior.txt")
    errors = np.hypot(*bin_centers().T)
    assert auc_by_trapezoids(errors, prior) == pytest.approx(87.95668639624505)
    assert auc_by_trapezoids(errors) == pytest.approx(52.23003194888178)


# Lab and distances in it


def test_lab_is_that_of_scikit_image():
    picture = noise(0, 64, 64)
    assert np.allclose(lab_of(picture), rgb2lab(picture), atol=1e-9)


@given(seeds)
def test_the_error_is_the_distance_in_ab_whatever_the_lightness(seed):
    one, other = np.random.default_rng(seed).uniform(-100, 100, (2, 9, 3))
    error = ab_error(one, other)
    assert np.allclose(error, np.minimum(np.linalg.norm(one[:, 1:] - other[:, 1:], axis=1), 150))
    assert np.array_equal(error, ab_error(other, one))
    assert np.array_equal(error, ab_error(one + np.array([7, 0, 0]), other))


# Sharma, Wu & Dalal 2005, table 1: L*, a*, b* of two colors and their difference to four digits.
SHARMA = """
50      2.6772 -79.7751 50       0.0000 -82.7485  2.0425
50      3.1571 -77.2803 50       0.0000 -82.7485  2.8615
50      2.8361 -74.0200 50       0.0000 -82.7485  3.4412
50     -1.3802 -84.2814 50       0.0000 -82.7485  1.0000
50     -1.1848 -84.8006 50       0.0000 -82.7485  1.0000
50     -0.9009 -85.5211 50       0.0000 -82.7485  1.0000
50      0.0000   0.0000 50      -1.0000   2.0000  2.3669
50     -1.0000   2.0000 50       0.0000   0.0000  2.3669
50      2.4900  -0.0010 50      -2.4900   0.0009  7.1792
50      2.4900  -0.0010 50      -2.4900   0.0010  7.1792
50      2.4900  -0.0010 50      -2.4900   0.0011  7.2195
50      2.4900  -0.0010 50      -2.4900   0.0012  7.2195
50     -0.0010   2.4900 50       0.0009  -2.4900  4.8045
50     -0.0010   2.4900 50       0.0010  -2.4900  4.8045
50     -0.0010   2.4900 50       0.0011  -2.4900  4.7461
50      2.5000   0.0000 50       0.0000  -2.5000  4.3065
50      2.5000   0.0000 73      25.0000 -18.0000 27.1492
50      2.5000   0.0000 61      -5.0000  29.0000 22.8977
50      2.5000   0.0000 56     -27.0000  -3.0000 31.9030
50      2.5000   0.0000 58      24.0000  15.0000 19.4535
50      2.5000   0.0000 50       3.1736   0.5854  1.0000
50      2.5000   0.0000 50       3.2972   0.0000  1.0000
50      2.5000   0.0000 50       1.8634   0.5757  1.0000
50      2.5000   0.0000 50       3.2592   0.3350  1.0000
60.2574 -34.0099  36.2677 60.4626 -34.1751  39.4387  1.2644
63.0109 -31.0961  -5.8663 62.8187 -29.7946  -4.0864  1.2630
61.2901   3.7196  -5.3901 61.4292   2.2480  -4.9620  1.8731
35.0831 -44.1164   3.7933 35.0232 -40.0716   1.5901  1.8645
22.7233  20.0904 -46.6940 23.0331  14.9730 -42.5619  2.0373
36.4612  47.8580  18.3852 36.2715  50.5065  21.2231  1.4146
90.8027  -2.0831   1.4410 91.1528  -1.6435   0.0447  1.4441
90.9257  -0.5406  -0.9208 88.6381  -0.8985  -0.7239  1.5381
 6.7747  -0.2908  -2.4247  5.8714  -0.0985  -2.2286  0.6377
 2.0776   0.0795  -1.1350  0.9033  -0.0636  -0.5514  0.9082
"""


def test_ciede2000_of_the_published_pairs():
    pairs = np.array(SHARMA.split(), float).reshape(34, 7)
    assert np.abs(ciede2000(pairs[:, :3], pairs[:, 3:6]) - pairs[:, 6]).max() < 5.1e-5


@given(colors)
def test_ciede2000_is_that_of_colour_science_and_of_scikit_image(pair):
    one, other = pair
    assert np.allclose(ciede2000(one, other), colour.difference.delta_E_CIE2000(one, other), atol=1e-8)
    assert np.allclose(ciede2000(one, other), deltaE_ciede2000(one, other), atol=1e-8)


@given(colors)
def test_ciede2000_is_a_difference(pair):
    one, other = pair
    assert np.allclose(ciede2000(one, other), ciede2000(other, one))
    assert np.all(ciede2000(one, one) == 0)
    assert np.all(ciede2000(one, other) >= 0)


# Colorfulness


def test_colorfulness_by_hand():
    halves = np.zeros((2, 2, 3), np.uint8)
    halves[0], halves[1] = (200, 0, 0), (0, 100, 0)  # rg 200 and -100: spread 150, mean 50; yb 100 and 50: 25, 75
    assert colorfulness(halves) == pytest.approx(np.hypot(150, 25) + 0.3 * np.hypot(50, 75))
    assert colorfulness_of_magnitudes(halves) == pytest.approx(np.hypot(50, 25) + 0.3 * np.hypot(150, 75))


@given(st.integers(0, 255), seeds)
def test_gray_has_no_colorfulness_and_tiling_does_not_change_it(level, seed):
    assert colorfulness(np.full((4, 5, 3), level, np.uint8)) == 0
    picture = noise(seed)
    assert colorfulness(np.tile(picture, (2, 3, 1))) == pytest.approx(colorfulness(picture))


@given(seeds)
def test_without_negative_opponents_both_formulas_agree(seed):
    picture = np.sort(noise(seed), axis=-1)[..., ::-1]  # R >= G >= B
    assert colorfulness_of_magnitudes(picture) == pytest.approx(colorfulness(picture))


# Larsson's opponents


def test_opponent_errors_by_hand():
    truth, result = np.zeros((1, 2, 3), np.uint8), np.zeros((1, 2, 3), np.uint8)
    result[0, 0] = (255, 0, 0)  # alpha -0.5, beta 1 in one of two pixels
    assert opponent_errors(truth, result) == pytest.approx((0.125, 0.5))


@given(seeds, seeds)
def test_opponent_errors_are_symmetric_and_blind_to_gray(seed, other):
    truth, result = noise(seed) // 2, noise(other) // 2
    assert opponent_errors(truth, result) == pytest.approx(opponent_errors(result, truth))
    assert opponent_errors(truth, truth + np.uint8(100)) == (0, 0)
