"""The bins, priors and weights are those of the paper; counts are counts."""

from pathlib import Path

import numpy as np
import pytest

from flat_pictures import flat, save
from photochrom.color import srgb_to_lab
from photochrom.errors import StudyError
from photochrom.representations.ab_bins import AbBins
from photochrom.studies.gamut import bin_colors, log_share
from photochrom.studies.rebalance import Counts, described, read_prior


@pytest.fixture
def published(root: Path) -> Path:
    return root / "src/photochrom/evaluation/data/zhang2016_prior.txt"


def test_229_of_the_bins_have_a_color_at_some_lightness() -> None:
    assert sum(color is not None for color in bin_colors()) == 229


def test_a_flat_prior_has_as_many_effective_bins_as_bins() -> None:
    found = described(np.full(313, 1 / 313))
    assert found["bins_that_occur"] == 313
    assert found["effective_bins"] == pytest.approx(313)
    assert found["entropy"] == pytest.approx(np.log(313))


def test_the_published_prior_has_its_published_figures(study, published: Path) -> None:
    done = study("rebalance", "--prior", published)
    assert done.status == 0, done.output
    assert {"rebalance-weights.png", "rebalance-weights.svg", "prior.txt"} <= done.files
    prior = done.results["figures"]["prior"]
    assert prior["greatest"] == {"ab": [0.0, 0.0], "share": pytest.approx(0.201234, abs=1e-6)}
    assert prior["entropy"] == pytest.approx(3.4369, abs=1e-4)
    assert prior["mean_chroma"] == pytest.approx(18.19, abs=0.005)
    half = done.results["figures"]["weights"]["0.5"]
    assert (half["least"], half["greatest"]) == pytest.approx((0.0965, 6.1749), abs=1e-4)
    assert all(one["expected"] == pytest.approx(1) for one in done.results["figures"]["weights"].values())


def test_photographs_are_counted(study, tmp_path: Path) -> None:
    save(tmp_path / "album" / "red.png", flat(160, 60, 50))
    save(tmp_path / "album" / "blue.png", flat(60, 80, 160))
    done = study("rebalance", tmp_path / "album", "--lambda", 0.3)
    assert done.status == 0, done.output
    assert {"rebalance-gamut.png", "rebalance-weights.png"} <= done.files
    figures = done.results["figures"]
    assert (figures["photographs"], figures["pixels"]) == (2, 2 * 48 * 64)
    assert set(figures["weights"]) == {"0", "0.3", "0.5", "1"}
    colors = srgb_to_lab(np.array([[160, 60, 50], [60, 80, 160]]) / 255)[:, 1:]
    expected = AbBins().prior(colors)
    assert np.loadtxt(done.folder / "prior.txt") == pytest.approx(expected, abs=1e-6)


def test_a_color_is_counted_in_its_cell_and_at_its_lightness() -> None:
    counts = Counts()
    lab = np.zeros((8, 8, 3), np.float32)
    lab[:] = 42, 11, -7
    counts.add(lab, AbBins())
    assert counts.plane.sum() == counts.plane[(11 + 110) // 2, (-7 + 110) // 2] == 64
    assert counts.slices.sum((1, 2)).tolist() == [0, 0, 0, 64, 0, 0, 0, 0, 0]
    assert counts.encoded == 4
    assert int(np.argmax(counts.bins)) == int(AbBins().nearest(np.array([[11.0, -7.0]]))[0])


def test_the_share_of_nothing_is_nothing() -> None:
    assert np.isnan(log_share(np.zeros((2, 2)))).all()
    assert log_share(np.array([[1.0, 9.0]])).ravel() == pytest.approx(np.log10([0.1, 0.9]))


@pytest.mark.parametrize("content", [b"0.5\n0.5\n", b"words\n", b"\x93NUMPY"])
def test_what_is_no_prior_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "prior").write_bytes(content)
    with pytest.raises(StudyError, match="prior"):
        read_prior(tmp_path / "prior", 313)


def test_a_prior_may_be_a_numpy_file(tmp_path: Path) -> None:
    np.save(tmp_path / "prior.npy", np.full(313, 1 / 313))
    assert read_prior(tmp_path / "prior.npy", 313) == pytest.approx(np.full(313, 1 / 313))


def test_something_must_be_given(study) -> None:
    done = study("rebalance")
    assert done.status == 2
    assert "Give photographs, or --prior FILE." in done.output
