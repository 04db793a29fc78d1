"""The color chart is the published one, disturbances do what they say, and moves are distances."""

import colour
import numpy as np
import pytest

from photochrom.studies.chart import PATCHES, draw_chart, places
from photochrom.studies.disturbed import DISTURBANCES, Disturbance, blurred
from photochrom.studies.stability import moved


def test_the_patches_are_the_published_ones() -> None:
    """Against the measured ColorChecker of 1976 under C, adapted to D65; cyan and blue lie at the border of sRGB."""
    peer = colour.CCS_COLOURCHECKERS["ColorChecker 1976"]
    for (name, ours), (their_name, xyy) in zip(PATCHES.items(), peer.data.items(), strict=True):
        theirs = 255 * np.clip(colour.XYZ_to_sRGB(colour.xyY_to_XYZ(xyy), peer.illuminant), 0, 1)
        assert np.abs(theirs - ours).max() <= 8.5, (name, their_name)


def test_every_patch_is_drawn_where_it_is_said_to_be() -> None:
    chart = draw_chart()
    assert chart.shape == (284, 420, 3)
    for name, place in places().items():
        inside = chart[place.rows, place.columns].reshape(-1, 3)
        assert len(inside) > 1000
        assert np.array_equal(np.unique(inside, axis=0), [PATCHES[name]])


@pytest.mark.parametrize(
    ("disturbance", "expected"),
    [
        (Disturbance("lightness", 20), [20, 60, 100]),
        (Disturbance("lightness", -50), [0, 0, 45]),
        (Disturbance("contrast", 0.5), [25, 45, 72.5]),
        (Disturbance("contrast", 1.6), [0, 34, 100]),
    ],
)
def test_a_disturbance_does_what_it_says(disturbance: Disturbance, expected: list[float]) -> None:
    assert disturbance.apply(np.array([[0, 40, 95]], np.float32)) == pytest.approx(np.array([expected]), abs=1e-4)


def test_every_disturbance_has_its_name() -> None:
    labels = [one.label for one in DISTURBANCES]
    assert labels[:2] == ["L* −30", "L* −20"]
    assert "contrast × 0.6" in labels
    assert "blur 8 px" in labels
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("sigma", [1.0, 1.7, 4.0])
def test_blur_has_its_sigma_and_keeps_what_is_even(sigma: float) -> None:
    assert blurred(np.full((12, 9), 37, np.float32), sigma) == pytest.approx(np.full((12, 9), 37), abs=1e-3)
    plane = np.zeros((65, 65), np.float32)
    plane[32, 32] = 1
    spread = blurred(plane, sigma)
    rows = np.arange(65) - 32
    assert spread.sum() == pytest.approx(1, abs=1e-3)
    assert np.sqrt((spread.sum(1) * rows**2).sum()) == pytest.approx(sigma, rel=0.05)


def test_blur_is_measured_at_256_pixels() -> None:
    wide, small = np.zeros((512, 512), np.float32), np.zeros((256, 256), np.float32)
    wide[256:], small[128:] = 100, 100
    shrunk = Disturbance("blur", 4).apply(wide).reshape(256, 2, 256, 2).mean((1, 3))
    assert Disturbance("blur", 4).apply(small) == pytest.approx(shrunk, abs=0.5)


def test_moves_are_mean_distances_and_shares_of_chroma() -> None:
    still, other = np.zeros((2, 2, 2), np.float32), np.zeros((2, 2, 2), np.float32)
    still[..., 0] = 10
    other[..., 1] = 20
    assert moved(still, other) == pytest.approx((np.hypot(10, 20), 2.0))
    assert moved(still, still) == (0.0, 1.0)


def test_from_the_command_to_figures(study, album, tiny) -> None:
    done = study("stability", album, "--model", tiny, "--limit", 2, "--show", 1)
    assert done.status == 0, done.output
    assert {f"stability-{what}.png" for what in ("chart", "chart-ab", "pictures", "curves")} <= done.files
    figures = done.results["figures"]
    assert set(figures["moves"]) == {one.label for one in DISTURBANCES}
    assert figures["moves"]["L* +30"]["distance"] > figures["moves"]["L* +10"]["distance"]
    # the model makes what is dark blue and what is bright orange, whatever it was
    patches = figures["chart"]["patches"]
    assert patches["black"]["predicted"][1] < -20
    assert patches["neutral 8"]["predicted"][1] > 20
    assert figures["chart"]["gray"] == pytest.approx(43.5, abs=0.1)
