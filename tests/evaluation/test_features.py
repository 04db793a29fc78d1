"""Distances in a network's features, against their definitions and other programs; what a feature extractor must be."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from scipy.linalg import sqrtm

from photochrom.errors import EvaluationError
from photochrom.evaluation import features
from photochrom.evaluation.features import Extractor, Moments, distance_name, frechet, perceptual_distance

seeds = st.integers(0, 2**32 - 1)

KERNELS = np.random.default_rng(0).normal(0, 0.2, (5, 3, 3, 3)).astype(np.float32)


def write(path: Path, shape: list[object] | None = None, channels_last: bool = False, more: bool = False) -> Path:
    """A network of one convolution: its map, and the map's mean over space, after it."""
    shape = shape or (["N", "H", "W", 3] if channels_last else ["N", 3, "H", "W"])
    axes = np.array([2, 3])
    nodes = [
        helper.make_node("Transpose", ["picture"], ["planes"], perm=[0, 3, 1, 2])
        if channels_last
        else helper.make_node("Identity", ["picture"], ["planes"]),
        helper.make_node("Conv", ["planes", "kernels"], ["map"]),
        helper.make_node("ReduceMean", ["map", "axes"], ["vector"], keepdims=0),
        helper.make_node("Transpose", ["map"], ["out"], perm=[0, 2, 3, 1])
        if channels_last
        else helper.make_node("Identity", ["map"], ["out"]),
    ]
    inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)]
    if more:
        inputs.append(helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["N", 1]))
    outputs = [
        helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["N", 5]),
        helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", "a", "b", "c"]),
    ]
    tensors = [numpy_helper.from_array(KERNELS, "kernels"), numpy_helper.from_array(axes, "axes")]
    graph = helper.make_graph(nodes, "features", inputs, outputs, tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))
    return path


def pictures(seed: int, count: int = 3, height: int = 16, width: int = 16) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(count)]


def normal(seed: int, size: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """A mean and a covariance."""
    rng = np.random.default_rng(seed)
    root = rng.normal(0, 1, (size, size + 1))
    return rng.normal(0, 2, size), root @ root.T


# Frechet distance


@given(seeds)
def test_the_frechet_distance_is_its_formula(seed):
    (mean_a, a), (mean_b, b) = normal(seed), normal(seed + 1)
    expected = np.sum((mean_a - mean_b) ** 2) + np.trace(a + b - 2 * sqrtm(a @ b).real)
    assert frechet(mean_a, a, mean_b, b) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_frechet_distance_is_that_of_torchmetrics():
    import torch
    from torchmetrics.image import fid

    one, other = normal(0, 16), normal(1, 16)
    theirs = fid._compute_fid(*(torch.from_numpy(part) for part in (*one, *other)))
    assert frechet(*one, *other) == pytest.approx(float(theirs), rel=1e-6)


@given(seeds)
def test_the_frechet_distance_is_symmetric_and_zero_for_the_same(seed):
    one, other = normal(seed), normal(seed + 1)
    assert frechet(*one, *other) == pytest.approx(frechet(*other, *one), rel=1e-6)
    assert frechet(*one, *one) == pytest.approx(0, abs=1e-6)
    moved = one[0] + np.array([3, 0, 4, 0])
    assert frechet(*one, moved, one[1]) == pytest.approx(25)


def test_of_numbers_it_is_the_difference_of_means_and_of_deviations():
    told = frechet(np.array([1.0]), np.array([[4.0]]), np.array([4.0]), np.array([[25.0]]))
    assert told == pytest.approx(3**2 + (5 - 2) ** 2)


def test_fewer_pictures_than_features_still_have_a_distance():
    rng = np.random.default_rng(0)
    one, other = Moments(), Moments()
    one.add(rng.normal(0, 1, (5, 20)))
    other.add(rng.normal(1, 1, (7, 20)))
    assert np.isfinite(frechet(one.mean, one.covariance, other.mean, other.covariance))


def test_the_distance_of_samples_of_one_distribution_falls_with_their_number():
    rng = np.random.default_rng(0)

    def between(count: int) -> float:
        moments = Moments(), Moments()
        for each in moments:
            each.add(rng.normal(0, 1, (count, 8)))
        return frechet(moments[0].mean, moments[0].covariance, moments[1].mean, moments[1].covariance)

    few, many = np.mean([between(50) for _ in range(20)]), np.mean([between(500) for _ in range(20)])
    assert few > 5 * many


def test_features_of_different_networks_have_no_distance():
    with pytest.raises(EvaluationError, match="4 and of 5 numbers"):
        frechet(*normal(0, 4), *normal(0, 5))


@given(seeds, st.lists(st.integers(1, 90), min_size=1, max_size=5))
def test_moments_do_not_depend_on_the_parts_in_which_vectors_come(seed, parts):
    vectors = np.random.default_rng(seed).normal(1000, 3, (sum(parts) + 2, 6))
    moments, others = Moments(), Moments()
    for index, part in enumerate(np.split(vectors, np.cumsum(parts))):
        (moments if index % 2 else others).add(part)
    moments.merge(others)
    assert moments.count == len(vectors)
    assert np.allclose(moments.mean, vectors.mean(axis=0))
    assert np.allclose(moments.covariance, np.cov(vectors.T))


def test_adding_does_not_keep_hold_of_what_was_added():
    vectors, moments = np.ones((3, 2)), Moments()
    moments.add(vectors)
    vectors[:] = 9
    assert moments.mean.tolist() == [1, 1]


def test_one_picture_has_no_covariance():
    moments = Moments()
    moments.add(np.ones((1, 3)))
    with pytest.raises(EvaluationError, match="two pictures at least"):
        _ = moments.covariance


# Perceptual distance


def maps(seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 1, (2, channels, side, side + 1)) for channels, side in ((4, 6), (7, 3))]


def test_the_perceptual_distance_is_the_arithmetic_of_lpips_in_torchmetrics():
    import torch
    from torchmetrics.functional.image import lpips

    one, other = maps(0), maps(1)
    weights = [np.random.default_rng(layer).uniform(0, 1, layer_maps.shape[1]) for layer, layer_maps in enumerate(one)]
    theirs = torch.zeros(2, 1, 1, 1, dtype=torch.float64)
    for a, b, weight in zip(one, other, weights, strict=True):
        linear = lpips.NetLinLayer(len(weight)).double()
        linear.model[-1].weight.data[:] = torch.from_numpy(weight)[None, :, None, None]
        gap = (lpips._normalize_tensor(torch.from_numpy(a)) - lpips._normalize_tensor(torch.from_numpy(b))) ** 2
        theirs += lpips._spatial_average(linear(gap)).detach()
    assert np.allclose(perceptual_distance(one, other, weights), theirs.numpy().ravel(), rtol=1e-6)


@given(seeds)
def test_the_perceptual_distance_is_symmetric_zero_for_the_same_and_blind_to_the_strength_of_features(seed):
    one, other = maps(seed), maps(seed + 1)
    told = perceptual_distance(one, other)
    assert told.shape == (2,)
    assert np.all(told > 0)
    assert np.allclose(told, perceptual_distance(other, one))
    assert np.allclose(perceptual_distance(one, one), 0)
    assert np.allclose(told, perceptual_distance([3 * layer for layer in one], other))
    assert np.allclose(told, perceptual_distance(one, other, [np.ones(4), np.ones(7)]))


def test_weights_of_another_network_are_refused():
    with pytest.raises(EvaluationError, match="Layer 1 has 7 channels and 6 weights"):
        perceptual_distance(maps(0), maps(1), [np.ones(4), np.ones(6)])


# Extractors


def test_an_extractor_gives_what_its_network_computes(tmp_path):
    extractor = Extractor.load(write(tmp_path / "tiny.onnx"), size=16)
    shown = pictures(0)
    planes = np.stack([picture.transpose(2, 0, 1) for picture in shown]) / 255
    windows = np.lib.stride_tricks.sliding_window_view(planes, (3, 3), (2, 3))
    expected = np.einsum("ncyxij,kcij->nkyx", windows, KERNELS)
    (layer,) = extractor.maps(shown)
    assert np.allclose(layer, expected, atol=1e-5)
    assert np.allclose(extractor.vectors(shown), expected.mean(axis=(2, 3)), atol=1e-5)


def test_channels_last_gives_the_same_features(tmp_path):
    first = Extractor.load(write(tmp_path / "first.onnx"), size=16)
    last = Extractor.load(write(tmp_path / "last.onnx", channels_last=True), size=16)
    assert np.allclose(first.vectors(pictures(0)), last.vectors(pictures(0)), atol=1e-6)
    assert np.allclose(first.maps(pictures(0))[0], last.maps(pictures(0))[0], atol=1e-6)


@pytest.mark.parametrize(
    ("scale", "black", "white"),
    [
        ("bytes", (0, 0, 0), (255, 255, 255)),
        ("unit", (0, 0, 0), (1, 1, 1)),
        ("signed", (-1, -1, -1), (1, 1, 1)),
        ("lite", (-127 / 128,) * 3, (1, 1, 1)),
        ("imagenet", (-2.1179, -2.0357, -1.8044), (2.2489, 2.4286, 2.6400)),  # as known from torchvision
    ],
)
def test_scales(tmp_path, scale, black, white):
    extractor = Extractor.load(write(tmp_path / "tiny.onnx"), size=8, scale=scale)
    for level, expected in ((0, black), (255, white)):
        (vector,) = extractor.vectors([np.full((8, 8, 3), level, np.uint8)])
        assert np.allclose(vector, KERNELS.sum(axis=(2, 3)) @ np.array(expected), rtol=1e-3, atol=1e-3)


def test_pictures_of_any_size_are_brought_to_the_size_of_the_network(tmp_path):
    extractor = Extractor.load(write(tmp_path / "fixed.onnx", ["N", 3, 12, 20]))
    assert extractor.size == (12, 20)
    assert extractor.maps(pictures(0, height=31, width=9))[0].shape == (3, 5, 10, 18)
    flat = [np.full((50, 7, 3), 90, np.uint8), np.full((12, 20, 3), 90, np.uint8)]
    assert np.allclose(*extractor.vectors(flat), atol=1e-5)


def test_the_name_of_a_distance_carries_the_hash_of_the_file(tmp_path):
    extractor = Extractor.load(write(tmp_path / "inception.onnx"))
    digest = hashlib.sha256((tmp_path / "inception.onnx").read_bytes()).hexdigest()
    assert extractor.sha256 == digest
    assert distance_name("frechet", extractor) == f"frechet(inception, {digest[:8]})"
    assert distance_name("perceptual", extractor) == f"perceptual(inception, {digest[:8]})"


def test_only_the_standard_file_gives_the_standard_distance(tmp_path, monkeypatch):
    extractor = Extractor.load(write(tmp_path / "tiny.onnx"))
    monkeypatch.setattr(features, "STANDARD", {("frechet", extractor.sha256): "FID"})
    assert distance_name("frechet", extractor) == "FID"
    assert distance_name("perceptual", extractor).startswith("perceptual(tiny, ")


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (["N", 1, "H", "W"], "picture tensor.float. N x 1 x H x W"),
        (["N", 3], "one float input of N x 3 x H x W or N x H x W x 3"),
    ],
)
def test_a_network_of_another_input_shape_is_refused(tmp_path, shape, told):
    graph = helper.make_graph(
        [helper.make_node("Identity", ["picture"], ["vector"])],
        "other",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, shape)],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(tmp_path / "x.onnx")
    )
    with pytest.raises(EvaluationError, match=told):
        Extractor.load(tmp_path / "x.onnx")


def test_other_files_and_settings_are_refused_in_a_sentence(tmp_path):
    fixed = write(tmp_path / "fixed.onnx", ["N", 3, 12, 20])
    with pytest.raises(EvaluationError, match="takes pictures of 20 x 12 pixels, not 64 x 64"):
        Extractor.load(fixed, size=64)
    with pytest.raises(EvaluationError, match=r"no scale 'gamma'.*bytes, unit"):
        Extractor.load(fixed, scale="gamma")
    with pytest.raises(EvaluationError, match="1 pixel at least, not 0"):
        Extractor.load(fixed, size=0)
    with pytest.raises(EvaluationError, match="cannot be read"):
        Extractor.load(tmp_path / "missing.onnx")
    (tmp_path / "text.onnx").write_text("not a network")
    with pytest.raises(EvaluationError, match="not a network that onnxruntime can open"):
        Extractor.load(tmp_path / "text.onnx")
    with pytest.raises(EvaluationError, match=r"not .*mask"):
        Extractor.load(write(tmp_path / "two.onnx", more=True))


def test_a_picture_too_small_for_the_network_is_told(tmp_path):
    extractor = Extractor.load(write(tmp_path / "tiny.onnx"), size=2)
    with pytest.raises(EvaluationError, match="tiny failed while it ran"):
        extractor.vectors(pictures(0))
