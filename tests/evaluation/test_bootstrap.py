"""How sure a figure is: draws that are what resampling photographs gives, intervals that cover, tests that are fair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photochrom.errors import EvaluationError
from photochrom.evaluation.bootstrap import intervals, mean_interval, paired, paired_means
from photochrom.evaluation.measures import MEASURES, PhotoSums, measure, summarize

seeds = st.integers(0, 2**32 - 1)


def photograph(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    patches = rng.integers(30, 226, (2, 2, 3)).repeat(7, 0).repeat(8, 1)
    return np.clip(patches + rng.normal(0, 5, patches.shape), 0, 255).astype(np.uint8)


def rows(strength: float, count: int = 12, seed: int = 0) -> list[PhotoSums]:
    """Of results whose colors are wrong by about `strength`, differently in each photograph."""
    out = []
    for index in range(count):
        truth = photograph(seed + index)
        shift = strength * np.random.default_rng(1000 + seed + index).normal(1, 0.3, 3) * (1, -1, 1)
        out.append(measure(truth, np.clip(truth + shift, 0, 255).astype(np.uint8), name=str(index)))
    return out


def naive(one: list[PhotoSums], times: int, seed: int) -> dict[str, np.ndarray]:
    """Figures of `times` samples of the photographs, each summarized by itself."""
    rng = np.random.default_rng(seed)
    picks = [rng.integers(0, len(one), len(one)) for _ in range(times)]
    figures = [summarize([one[index] for index in pick]) for pick in picks]
    return {name: np.array([each[name] for each in figures]) for name in MEASURES}


@pytest.mark.filterwarnings("ignore:All-NaN")
def test_intervals_are_the_percentiles_of_resampled_figures():
    measured = rows(20)
    resampled = naive(measured, 60, seed=3)
    for name, (low, high) in intervals(measured, times=60, seed=3).items():
        known = resampled[name][~np.isnan(resampled[name])]
        assert (low, high) == pytest.approx(tuple(np.percentile(known, (2.5, 97.5)))), name


def test_an_interval_holds_its_figure_and_is_the_same_every_time():
    measured, figures = rows(20, 30), summarize(rows(20, 30))
    spread = intervals(measured, times=400)
    assert spread == intervals(measured, times=400)
    assert spread != intervals(measured, times=400, seed=1)
    for name in ("auc", "auc_rebalanced", "psnr", "ssim", "ciede2000_p95", "colorful_ratio", "chroma_w1"):
        low, high = spread[name]
        assert low <= figures[name] <= high, name
        assert low < high, name


def test_one_photograph_has_no_spread():
    measured = rows(20, 1)
    low, high = intervals(measured)["auc"]
    assert low == high == summarize(measured)["auc"]


def test_without_photographs_there_is_no_interval():
    with pytest.raises(EvaluationError, match="no photograph"):
        intervals([])
    with pytest.raises(EvaluationError, match="one photograph at least"):
        mean_interval([])


def test_intervals_of_a_mean_cover_it_about_as_often_as_they_say():
    rng = np.random.default_rng(5)
    covered = 0
    for trial in range(300):
        low, high = mean_interval(rng.normal(7, 2, 60), times=300, seed=trial)
        covered += low <= 7 <= high
    assert 0.90 <= covered / 300 <= 0.98


@settings(max_examples=10)
@given(seeds)
def test_the_mean_of_a_measure_has_the_interval_of_its_figure(seed):
    measured = rows(20, 8, seed % 1000)
    alone = mean_interval([row.numbers["psnr"] for row in measured], times=50, seed=seed)
    assert alone == pytest.approx(intervals(measured, times=50, seed=seed)["psnr"])


# A against B


def test_who_is_better_on_every_photograph_is_better():
    better, worse = paired(rows(10), rows(40)), paired(rows(40), rows(10))
    for name in ("auc", "psnr", "ciede2000", "rmse_alpha_beta", "cast"):
        sign = 1 if MEASURES[name].better == "higher" else -1
        assert sign * better[name].low > 0, name
        assert better[name].p == pytest.approx(2 / 1001), name
        assert worse[name].difference == pytest.approx(-better[name].difference), name
        assert worse[name].low == pytest.approx(-better[name].high), name


def test_nobody_is_better_than_himself():
    for name, told in paired(rows(20), rows(20), times=50).items():
        assert tuple(told) == (0, 0, 0, 1) or np.isnan(told.difference), name


def test_differences_are_those_of_the_figures_and_those_of_ratios_of_their_distance_from_1():
    one, other = rows(10), rows(40)
    a, b, told = summarize(one), summarize(other), paired(one, other, times=20)
    assert told["ssim"].difference == pytest.approx(a["ssim"] - b["ssim"])
    assert told["colorful_ratio"].difference == pytest.approx(
        abs(a["colorful_ratio"] - 1) - abs(b["colorful_ratio"] - 1)
    )
    assert told["delta_cf"].difference == pytest.approx(abs(a["delta_cf"]) - abs(b["delta_cf"]))


def test_pairing_takes_out_what_photographs_differ_by():
    one, other = rows(20, 30), rows(22, 30)
    alone = intervals(one)["psnr"]
    together = paired(one, other)["psnr"]
    assert together.high - together.low < 0.5 * (alone[1] - alone[0])


@pytest.mark.parametrize("partner", [rows(20, 11), rows(20)[::-1], rows(20, 12, seed=50)])
def test_other_photographs_cannot_be_paired(partner):
    with pytest.raises(EvaluationError, match="the same photographs, in the same order"):
        paired(rows(20), partner)


def test_originals_that_differ_under_the_same_names_cannot_be_paired():
    with pytest.raises(EvaluationError, match="the same photographs"):
        paired(rows(20, 12), rows(20, 12, seed=50))


def test_where_there_is_no_difference_p_is_small_about_as_often_as_it_says():
    rng = np.random.default_rng(11)
    small = 0
    for trial in range(300):
        level = rng.normal(0, 5, 50)
        small += paired_means(level + rng.normal(0, 1, 50), level + rng.normal(0, 1, 50), 300, trial).p < 0.05
    assert 0.01 <= small / 300 <= 0.10


@given(seeds)
def test_p_and_interval_agree_on_whether_there_is_a_difference(seed):
    rng = np.random.default_rng(seed)
    told = paired_means(rng.normal(rng.uniform(-1, 1), 1, 20), np.zeros(20), times=399)
    if told.p < 0.04:
        assert told.low * told.high > 0
    if told.p > 0.06:
        assert told.low <= 0 <= told.high


def test_numbers_of_different_photographs_cannot_be_compared():
    with pytest.raises(EvaluationError, match="same photographs"):
        paired_means([1, 2, 3], [1, 2])
