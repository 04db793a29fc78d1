"""Distances in the features of a network: Frechet distance and LPIPS arithmetic over any ONNX feature extractor.

    extractor = Extractor.load("inception.onnx", scale="signed")
    moments.add(extractor.vectors(pictures))               one vector a picture, for the Frechet distance
    perceptual_distance(extractor.maps(a), extractor.maps(b))   feature maps, for the perceptual distance

A distance is that of its features, so its name carries them: "frechet(inception, 1f9c3a70)". It is called FID or LPIPS
only where the file's SHA-256 is that of a standard file (STANDARD).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from photochrom.cores import cores
from photochrom.errors import EvaluationError
from photochrom.resample import resize

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]

# (kind of distance, SHA-256 of an ONNX file) -> the name that this distance may then bear, FID or LPIPS. There is none
# yet: the standard networks are published for TensorFlow and torch, and no export of them is the one that all use.
STANDARD: Mapping[tuple[str, str], str] = MappingProxyType({})

SCALES = {  # what a network wants of sRGB bytes: (bytes - offset) / divisor, per channel
    "bytes": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "unit": ((0.0, 0.0, 0.0), (255.0, 255.0, 255.0)),
    "signed": ((127.5, 127.5, 127.5), (127.5, 127.5, 127.5)),
    "imagenet": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "lite": ((127.0, 127.0, 127.0), (128.0, 128.0, 128.0)),
}
TOGETHER = 64  # vectors whose products are taken at once: one at a time a D x D matrix would be moved for each
DEFAULT_SIZE = 256  # pixels a side where the file takes any


class Features(NamedTuple):
    """Of N pictures: one vector each [N, D], and the outputs that are maps, [N, C, h, w] each; there may be none."""

    vectors: Array
    maps: list[Array]


@dataclass(frozen=True, eq=False)
class Extractor:
    """An ONNX network that turns pictures into features.

    name     of its file, without the ending
    sha256   of its file, hexadecimal
    size     (height, width) it is given: the file's own, or what one asked for
    layout   "NCHW" or "NHWC"
    scale    key of SCALES
    """

    name: str
    sha256: str
    size: tuple[int, int]
    layout: str
    scale: str
    session: Any
    """An onnxruntime.InferenceSession."""

    @classmethod
    def load(cls, path: str | Path, size: int | None = None, scale: str = "unit") -> "Extractor":
        """Open a file: one input, float32, of N x 3 x H x W or N x H x W x 3; all of its outputs are features.

        `size` is the side in pixels where the file leaves it open (default 256), `scale` how sRGB bytes become its
        numbers.
        EvaluationError, in one sentence, for any other file, size or scale.
        """
        return _load(Path(path), size, scale)

    @property
    def label(self) -> str:
        """NAME, and the first 8 digits of its hash: part of the name of every distance."""
        return f"{self.name}, {self.sha256[:8]}"

    def outputs(self, pictures: Sequence[Picture]) -> list[Array]:
        """What the network says of sRGB pictures uint8 H x W x 3 of any size: float64 [N, ...], one an output."""
        feed = np.concatenate([self._prepared(picture) for picture in pictures])
        try:
            return [np.asarray(one, np.float64) for one in self.session.run(None, {self._input: feed})]
        except Exception as error:  # onnxruntime has a class for each status code, without a common root
            line = str(error).strip().partition("\n")[0].rstrip(".")
            raise EvaluationError(f"The feature extractor {self.name} failed while it ran: {line}.") from error

    def features(self, pictures: Sequence[Picture]) -> Features:
        """Vectors and maps of pictures, sRGB uint8 H x W x 3 of any size, from one run of the network."""
        outputs = self.outputs(pictures)
        first = outputs[0]
        if first.ndim == 4:
            first = first.mean(axis=(2, 3) if self.layout == "NCHW" else (1, 2))
        if first.ndim != 2 or len(first) != len(pictures):
            shape = " x ".join(map(str, first.shape))
            raise EvaluationError(f"The feature extractor {self.name} gives {shape} numbers, not one vector a picture.")
        maps = [one for one in outputs if one.ndim == 4]
        return Features(first, maps if self.layout == "NCHW" else [np.moveaxis(one, -1, 1) for one in maps])

    def vectors(self, pictures: Sequence[Picture]) -> Array:
        """One feature vector a picture, float64 [N, D]: the first output; of a map, the mean over its space."""
        return self.features(pictures).vectors

    def maps(self, pictures: Sequence[Picture]) -> list[Array]:
        """Feature maps, float64 [N, C, h, w], one an output that is a map."""
        maps = self.features(pictures).maps
        if not maps:
            raise EvaluationError(f"The feature extractor {self.name} has no output that is a map: N x C x h x w.")
        return maps

    @property
    def _input(self) -> str:
        name: str = self.session.get_inputs()[0].name
        return name

    def _prepared(self, picture: Picture) -> NDArray[np.float32]:
        offset, divisor = (np.array(numbers, np.float32) for numbers in SCALES[self.scale])
        scaled = (resize(picture.astype(np.float32), *self.size) - offset) / divisor
        batch: NDArray[np.float32] = scaled[None] if self.layout == "NHWC" else np.moveaxis(scaled, -1, 0)[None]
        return np.ascontiguousarray(batch)


def distance_name(kind: str, extractor: Extractor) -> str:
    """What a distance is called: "frechet(NAME, HASH)" for the kind "frechet", or its own name for a standard file."""
    return STANDARD.get((kind, extractor.sha256), f"{kind}({extractor.label})")


class Moments:
    """Count, mean and covariance of feature vectors that come in parts; memory does not grow with their number."""

    def __init__(self) -> None:
        self._count = 0
        self._mean: Array = np.zeros(0)
        self._scatter: Array = np.zeros((0, 0))
        self._waiting: list[Array] = []

    def add(self, vectors: Array) -> None:
        """Take in vectors [N, D]."""
        self._waiting.append(np.array(vectors, np.float64))
        if sum(map(len, self._waiting)) >= TOGETHER:
            self._settle()

    def merge(self, other: "Moments") -> None:
        """Take in what another has seen."""
        other._settle()
        self._settle()
        self._join(other._count, other._mean, other._scatter)

    @property
    def count(self) -> int:
        """How many vectors there were."""
        return self._count + sum(map(len, self._waiting))

    @property
    def mean(self) -> Array:
        """Their mean [D]."""
        self._settle()
        return self._mean

    @property
    def covariance(self) -> Array:
        """Their sample covariance [D, D], divided by count - 1. EvaluationError under two vectors."""
        self._settle()
        if self._count < 2:
            raise EvaluationError("A Frechet distance needs two pictures at least.")
        return self._scatter / (self._count - 1)

    def _settle(self) -> None:
        if not self._waiting:
            return
        vectors = np.concatenate(self._waiting)
        self._waiting = []
        mean = vectors.mean(axis=0)
        vectors -= mean
        self._join(len(vectors), mean, vectors.T @ vectors)

    def _join(self, count: int, mean: Array, scatter: Array) -> None:
        """Chan, Golub & LeVeque 1983: exact up to rounding, in any order of parts."""
        if not self._count or not count:
            if count:
                self._count, self._mean, self._scatter = count, mean.copy(), scatter.copy()
            return
        total = self._count + count
        gap = mean - self._mean
        self._scatter += scatter
        self._scatter += np.outer(gap, gap) * (self._count * count / total)
        self._mean = self._mean + gap * (count / total)
        self._count = total


def frechet(mean_a: Array, covariance_a: Array, mean_b: Array, covariance_b: Array) -> float:
    """Squared Frechet distance of two normal distributions (Dowson & Landau 1982), what FID is made from (Heusel 2017).

    |m_a - m_b|^2 + tr(A + B - 2 (A B)^(1/2)); the trace of the root is that of (R B R)^(1/2) with R = A^(1/2), all
    symmetric, so eigenvalues are real and nothing has to be added to a singular covariance. With n pictures a side it
    is too large by about a constant over n: compare only distances of the same count.
    """
    if mean_a.shape != mean_b.shape:
        raise EvaluationError(f"Features of {mean_a.size} and of {mean_b.size} numbers have no distance.")
    values, vectors = np.linalg.eigh(covariance_a)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    inner = root @ covariance_b @ root
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh((inner + inner.T) / 2), 0)).sum()
    gap = mean_a - mean_b
    return float(max(gap @ gap + np.trace(covariance_a) + np.trace(covariance_b) - 2 * cross, 0))


def perceptual_distance(
    maps_a: Sequence[Array], maps_b: Sequence[Array], weights: Sequence[Array] | None = None
) -> Array:
    """Distance of N pairs of pictures by their feature maps, the arithmetic of LPIPS (Zhang 2018, eq. 1); float64 [N].

    Maps are [N, C, h, w] a layer. At each place features are scaled to unit length, squared differences are weighted by
    `weights` [C] a layer (LPIPS learned them; None: ones), summed over channels, averaged over space, and summed over
    layers.
    """
    total: Array = np.zeros(len(maps_a[0]))
    for layer, (one, other) in enumerate(zip(maps_a, maps_b, strict=True)):
        gap = (_unit(one) - _unit(other)) ** 2
        if weights is not None:
            if weights[layer].shape != (one.shape[1],):
                raise EvaluationError(f"Layer {layer} has {one.shape[1]} channels and {weights[layer].size} weights.")
            gap = gap * weights[layer][:, None, None]
        total = total + gap.sum(axis=1).mean(axis=(1, 2))
    return total


def _unit(maps: Array) -> Array:
    length: Array = np.sqrt((maps * maps).sum(axis=1, keepdims=True))
    return maps / (length + 1e-10)


def _load(path: Path, size: int | None, scale: str) -> Extractor:
    if scale not in SCALES:
        raise EvaluationError(f"There is no scale {scale!r} for a feature extractor; choose {', '.join(SCALES)}.")
    if size is not None and size < 1:
        raise EvaluationError(f"A feature extractor's side has 1 pixel at least, not {size}.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EvaluationError(f"The feature extractor {path} cannot be read: {error.strerror}.") from None
    session = _session(data, path)
    inputs = session.get_inputs()
    shape = inputs[0].shape if len(inputs) == 1 else []
    layout = _layout(shape)
    if len(inputs) != 1 or layout is None or inputs[0].type != "tensor(float)":
        told = "; ".join(f"{one.name} {one.type} {' x '.join(map(str, one.shape))}" for one in inputs)
        raise EvaluationError(
            f"{path} is no feature extractor: that takes one float input of N x 3 x H x W or N x H x W x 3, not {told}."
        )
    sides = shape[2:] if layout == "NCHW" else shape[1:3]
    fixed = tuple(side if isinstance(side, int) and side > 0 else size or DEFAULT_SIZE for side in sides)
    if size is not None and fixed != (size, size):
        raise EvaluationError(f"{path} takes pictures of {fixed[1]} x {fixed[0]} pixels, not {size} x {size}.")
    return Extractor(path.stem, hashlib.sha256(data).hexdigest(), (fixed[0], fixed[1]), layout, scale, session)


def _layout(shape: Sequence[Any]) -> str | None:
    if len(shape) != 4:
        return None
    return "NCHW" if shape[1] == 3 else "NHWC" if shape[3] == 3 else None


def _session(data: bytes, path: Path) -> Any:
    import onnxruntime  # 0.1 s: only for those who have an extractor

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    options.log_severity_level = 4  # what matters comes as an exception
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as in Extractor.outputs
        line = str(error).strip().partition("\n")[0].rstrip(".")
        raise EvaluationError(f"{path} is not a network that onnxruntime can open ({line}).") from None
