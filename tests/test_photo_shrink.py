"""Copies made strip by strip are those made of the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.photo.shrink import shrunk
from photochrom.resample import resize


@given(
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    wanted=st.tuples(st.integers(1, 80), st.integers(1, 80)),
    strip=st.integers(1, 70),
    threads=st.integers(1, 2),
    compiled=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_strips_give_the_area_means_of_the_whole(
    size: tuple[int, int], wanted: tuple[int, int], strip: int, threads: int, compiled: bool, seed: int
) -> None:
    plane = np.random.default_rng(seed).uniform(0, 100, size).astype(np.float32)
    strips = (plane[top : top + strip, :, None] for top in range(0, size[0], strip))
    with pytest.MonkeyPatch.context() as patch:
        if not compiled:
            patch.setattr("photochrom.kernel.library", lambda: None)
        small = shrunk(strips, size, *wanted, lambda pixels: pixels[..., 0], threads)
    assert small.shape == wanted
    assert np.allclose(small, resize(plane, *wanted), atol=2e-3)


def test_channels_go_along() -> None:
    pixels = np.random.default_rng(0).uniform(0, 1, (30, 20, 3)).astype(np.float32)
    small = shrunk(iter([pixels[:11], pixels[11:]]), (30, 20), 7, 6, lambda strip: strip, 1)
    assert np.allclose(small, resize(pixels, 7, 6), atol=1e-5)
