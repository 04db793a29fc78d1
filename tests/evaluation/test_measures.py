"""From one photograph's sums to the figures of many: what pooling promises."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance
from skimage.color import deltaE_ciede2000, rgb2lab

from photochrom.errors import EvaluationError
from photochrom.evaluation import measures_photo, measures_structure
from photochrom.evaluation.measures import MEASURES, PhotoSums, measure, summarize
from photochrom.evaluation.measures_color import lab_of
from photochrom.evaluation.measures_pool import CELLS, cell_of, published_weights
from photochrom.evaluation.measures_structure import chroma_edges, lightness_edges
from photochrom.representations import AbBins
from photochrom.representations.ab_bins import class_weights

seeds = st.integers(0, 2**32 - 1)


def pair(seed: int, height: int = 20, width: int = 23) -> tuple[np.ndarray, np.ndarray]:
    """A truth of a few colors with texture, and a result of the same structure and other colors."""
    rng = np.random.default_rng(seed)
    patches = rng.integers(20, 236, (3, 3, 3)).repeat(height // 3 + 1, 0).repeat(width // 3 + 1, 1)[:height, :width]
    truth = np.clip(patches + rng.normal(0, 6, patches.shape), 0, 255)
    result = np.clip(truth + rng.normal(0, 25, 3) + rng.normal(0, 3, patches.shape), 0, 255)
    return truth.astype(np.uint8), result.astype(np.uint8)


def rows(seed: int, count: int = 6) -> list[PhotoSums]:
    return [measure(*pair(seed + index), name=str(index)) for index in range(count)]


def same(one: dict[str, float], other: dict[str, float], leaving_out: tuple[str, ...] = ()) -> None:
    for name in set(MEASURES) - set(leaving_out):
        assert one[name] == pytest.approx(other[name], abs=1e-7, nan_ok=True), name


@settings(max_examples=20)
@given(seeds)
def test_the_truth_itself_is_at_best_in_everything(seed):
    truth, _ = pair(seed)
    figures = summarize([measure(truth, truth)] * 5)
    values = {"higher": 100.0, "lower": 0.0, "0": 0.0, "1": 1.0}
    for name, how in MEASURES.items():
        if how.better and name != "bleeding":
            best = {"psnr": 148.1308, "ssim": 1.0}.get(name, values[how.better])
            assert figures[name] == pytest.approx(best, abs=1e-4), name
    assert figures["bleeding"] == figures["bleeding_truth"]
    assert figures["colorful"] == figures["colorful_truth"]


def test_every_figure_has_a_description_and_every_description_a_figure():
    assert set(summarize(rows(0))) == set(MEASURES)
    assert {how.better for how in MEASURES.values()} == {"higher", "lower", "0", "1", ""}


@settings(max_examples=15)
@given(seeds)
def test_the_order_of_photographs_and_counting_all_twice_do_not_matter(seed):
    measured = rows(seed)
    same(summarize(measured), summarize(measured[::-1]))
    same(summarize(measured), summarize(measured * 2), leaving_out=("auc_bins",))  # which asks for 5 photographs a cell


@settings(max_examples=15)
@given(seeds)
def test_mirrored_pictures_measure_the_same(seed):
    measured = [measure(*pair(seed + index)) for index in range(5)]
    mirrored = [measure(*(picture[:, ::-1] for picture in pair(seed + index))) for index in range(5)]
    same(summarize(measured), summarize(mirrored))


@settings(max_examples=20)
@given(seeds)
def test_what_needs_no_neighbors_does_not_see_how_pixels_are_cut_into_pictures(seed):
    truth, result = pair(seed, 40, 30)
    whole = [measure(truth, result)] * 5
    halves = [measure(truth[part], result[part]) for part in (slice(0, 20), slice(20, 40))] * 5
    one, other = summarize(whole), summarize(halves)
    for name in (
        "auc",
        "auc_151",
        "auc_trapezoid",
        "auc_bins",
        "auc_rebalanced",
        "auc_rebalanced_own",
        "rmse_alpha_beta",
    ):
        assert one[name] == pytest.approx(other[name]), name
    for name in ("ciede2000", "ciede2000_p95", "chroma_w1", "cast", "drift", "gamut"):
        assert one[name] == pytest.approx(other[name]), name


# Each figure by its definition, over all pixels together; the photographs have one size.


def test_figures_are_what_they_are_defined_as():
    pairs = [pair(seed, 24, 24) for seed in range(7)]
    figures = summarize([measure(*one) for one in pairs])
    truth, result = (np.stack(pictures).astype(float) for pictures in zip(*pairs, strict=True))
    want, got = rgb2lab(truth / 255), rgb2lab(result / 255)
    error = np.linalg.norm((got - want)[..., 1:], axis=-1)
    assert figures["auc"] == pytest.approx(100 * (1 - np.minimum(error, 150).mean() / 150))
    difference = deltaE_ciede2000(want, got)
    assert figures["ciede2000"] == pytest.approx(difference.mean())
    assert figures["ciede2000_p95"] == pytest.approx(np.percentile(difference, 95), abs=0.1)
    chroma = [np.floor(np.hypot(lab[..., 1], lab[..., 2])).ravel() for lab in (want, got)]
    assert figures["chroma_w1"] == pytest.approx(wasserstein_distance(*chroma))
    assert figures["cast"] == pytest.approx(np.linalg.norm((got - want)[..., 1:].mean(axis=(0, 1, 2))))
    drift = np.abs((got - want)[..., 0])
    assert figures["drift"] == pytest.approx(drift.mean())
    of_each = np.percentile(drift.reshape(7, -1), 99.9, axis=1)
    assert (figures["drift_999"], figures["drift_max"]) == pytest.approx((of_each.mean(), of_each.max()))
    (red, green, blue), gap = np.moveaxis(truth, -1, 0), np.moveaxis(result - truth, -1, 0) / 255
    assert np.ptp([red, green, blue]) > 0
    alpha, beta = gap[2] - (gap[0] + gap[1]) / 2, gap[0] - gap[1]
    assert figures["rmse_alpha_beta"] == pytest.approx(np.sqrt((alpha**2 + beta**2).mean()))
    assert figures["rmse_2alpha_beta"] == pytest.approx(np.sqrt((4 * alpha**2 + beta**2).mean()))


def areas(errors: np.ndarray, where: np.ndarray) -> dict[int, float]:
    return {int(one): 100 * (1 - np.minimum(errors[where == one], 150).mean() / 150) for one in np.unique(where)}


def test_class_balanced_areas_by_definition():
    pairs = [pair(seed, 24, 24) for seed in range(40)]
    figures = summarize([measure(*one) for one in pairs])
    want, got = (rgb2lab(np.stack(pictures))[..., 1:] for pictures in zip(*pairs, strict=True))
    errors = np.linalg.norm(got - want, axis=-1)
    bins = AbBins().nearest(want)
    of_bin = areas(errors, bins)
    assert figures["auc_rebalanced_own"] == pytest.approx(np.mean(list(of_bin.values())))
    weights = published_weights()[cell_of(AbBins().centers)][bins]
    balanced = 100 * (1 - np.average(np.minimum(errors, 150), weights=weights) / 150)
    assert figures["auc_rebalanced"] == pytest.approx(balanced)
    kept = [
        area
        for one, area in of_bin.items()
        if (bins == one).mean() >= 2e-5 and sum(one in photograph for photograph in bins) >= 5
    ]
    assert 1 < len(kept) < len(of_bin)
    assert figures["auc_bins"] == pytest.approx(np.mean(kept))


def test_every_srgb_color_has_its_nearest_bin_at_the_center_of_its_cell():
    levels = np.linspace(0, 1, 40)
    ab = rgb2lab(np.stack(np.meshgrid(levels, levels, levels), -1))[..., 1:].reshape(-1, 2)
    centers = AbBins().centers
    assert np.array_equal(cell_of(centers[AbBins().nearest(ab)]), cell_of(ab))
    assert len(set(cell_of(centers))) == len(centers)


def test_published_weights_are_those_of_lambda_0(root):
    prior = np.loadtxt(root / "src/photochrom/evaluation/data/zhang2016_prior.txt")
    weights = published_weights()
    assert weights.shape == (CELLS,)
    assert np.allclose(weights[cell_of(AbBins().centers)], class_weights(prior, 0))
    assert weights[cell_of(np.array([0.0, 0.0]))] == pytest.approx(0.015876, abs=1e-6)
    assert weights[cell_of(np.array([40.0, 40.0]))] == pytest.approx(1.76683, abs=1e-5)


# Colorfulness over a set


def test_the_two_differences_of_colorfulness_in_use():
    vivid, _ = pair(0)
    gray = np.broadcast_to(vivid[..., :1], vivid.shape).copy()
    figures = summarize([measure(vivid, gray), measure(gray, vivid)])
    one = measure(vivid, gray).numbers["colorful_abs_truth"]
    assert figures["delta_cf"] == pytest.approx(0)  # one too dull, one too vivid: none of it is seen
    assert figures["delta_cf_photo"] == pytest.approx(one)
    assert summarize([measure(vivid, gray)])["delta_cf"] == pytest.approx(-one)
    assert summarize([measure(vivid, gray)])["colorful_ratio"] == 0


def test_a_gray_truth_has_no_ratio_of_colorfulness():
    gray = np.full((16, 16, 3), 90, np.uint8)
    figures = summarize([measure(gray, gray)] * 5)
    assert np.isnan(figures["colorful_ratio"])
    assert figures["auc"] == 100


def test_figures_that_too_few_photographs_cannot_give_are_nan():
    figures = summarize([measure(*pair(0, 9, 9))])
    assert np.isnan(figures["auc_bins"])
    assert np.isnan(figures["ssim"])
    mixed = summarize([measure(*pair(0, 9, 9)), measure(*pair(1))])
    assert mixed["ssim"] == pytest.approx(measure(*pair(1)).numbers["ssim"])


# Large photographs are looked at strip by strip


@given(seeds, st.integers(1, 40), st.integers(1, 30), st.integers(1, 500))
def test_a_photograph_measures_the_same_in_strips_of_any_height(seed, height, width, pixels):
    truth, result = pair(seed, height, width)
    whole = measure(truth, result)
    want, got = lab_of(truth), lab_of(result)
    edges = chroma_edges(got[..., 1:], lightness_edges(want[..., 0]))
    assert edges == pytest.approx((whole.numbers["edges"], whole.numbers["edges_astray"]))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(measures_photo, "STRIP", pixels)
        patched.setattr(measures_structure, "SSIM_STRIP", pixels)
        patched.setattr(measures_structure, "BLOCK", 1 + pixels % 7)
        parts = measure(truth, result)
    assert parts.numbers == pytest.approx(whole.numbers, abs=1e-9, nan_ok=True)
    for name, sums in whole.histograms.items():
        assert np.allclose(parts.histograms[name], sums), name


# Rows are kept between runs


@settings(max_examples=10)
@given(seeds)
def test_rows_can_be_written_and_read_again(seed):
    measured = rows(seed, 5)
    again = [PhotoSums.from_json(json.loads(json.dumps(row.to_json()))) for row in measured]
    assert [row.name for row in again] == ["0", "1", "2", "3", "4"]
    same(summarize(measured), summarize(again))


def test_a_row_takes_little_room():
    assert len(json.dumps(measure(*pair(0, 256, 256)).to_json())) < 12_000


@pytest.mark.parametrize(
    "damage",
    [
        lambda row: row.pop("numbers"),
        lambda row: row["histograms"].update(unheard=[[0], [1]]),
        lambda row: row["histograms"].update(cells=[[576], [1]]),
        lambda row: row["numbers"].update(auc="high"),
        lambda row: row["numbers"].pop("auc"),
    ],
)
def test_a_damaged_row_is_refused(damage):
    row = measure(*pair(0)).to_json()
    damage(row)
    with pytest.raises(EvaluationError, match="measure the photograph again"):
        PhotoSums.from_json(row)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (np.zeros((20, 22, 3), np.uint8), "harbor: the result is 22 x 20 pixels and the original 23 x 20"),
        (np.zeros((20, 23), np.uint8), "the result must be sRGB, 8 bits, H x W x 3; it is uint8 20 x 23"),
        (np.full((20, 23, 3), np.nan), "the result must be sRGB, 8 bits"),
    ],
)
def test_pictures_that_cannot_be_compared_are_refused_in_a_sentence(result, told):
    with pytest.raises(EvaluationError, match=told):
        measure(pair(0)[0], result, name="harbor")


def test_no_photographs_have_no_figures():
    with pytest.raises(EvaluationError, match="no photograph"):
        summarize([])


def test_a_row_is_a_value():
    with pytest.raises(dataclasses.FrozenInstanceError):
        measure(*pair(0)).name = "other"
