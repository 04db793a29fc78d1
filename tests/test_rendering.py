"""Both ways to render agree: the compiled kernel, where there is a C compiler, and NumPy's planes."""

import ctypes
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom import kernel
from photochrom.color import linear_to_srgb
from photochrom.join import Join
from photochrom.photo.lightness import TABLE_STEPS, kernel_light, strip_lightness
from photochrom.rendering.by_kernel import ByKernel
from photochrom.rendering.by_numpy import ByNumpy


@pytest.fixture(scope="module")
def library() -> ctypes.CDLL:
    found = kernel.library()
    if found is None and not any(map(shutil.which, ("cc", "gcc", "clang"))):
        pytest.skip("No C compiler is installed here, so there is no kernel to compare.")
    assert found is not None, "kernel.c was not compiled, or changed since: pip install -e . compiles it"
    return found


@st.composite
def pictures(draw: st.DrawFn) -> tuple[np.ndarray, Join]:
    """Pixels, gray in parts, and a join with colors inside and outside the gamut."""
    height, width = draw(st.integers(1, 70)), draw(st.sampled_from([1, 2, 63, 511, 512, 513, 1100]))
    bands, dtype = draw(st.sampled_from([1, 3])), draw(st.sampled_from([np.uint8, np.uint16]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pixels = rng.integers(0, np.iinfo(dtype).max, (height, width, bands), dtype, endpoint=True)
    pixels[:, : width // 3] = pixels[:, : width // 3, :1]
    pixels[: height // 4] //= 16  # dark: the straight line of CIE's f and of the sRGB curve
    reach = draw(st.sampled_from([10, 60, 200]))
    grid = rng.integers(1, 12, 2)
    ab = rng.uniform(-reach, reach, (*grid, 2)).astype(np.float32)
    return pixels, Join(ab, rng.uniform(0, 100, grid).astype(np.float32), height, width)


@given(picture=pictures(), strength=st.sampled_from([0.0, 0.3, 1.0]))
def test_the_kernel_gives_the_pixels_of_numpy_but_for_a_step_here_and_there(
    library: ctypes.CDLL, picture: tuple[np.ndarray, Join], strength: float
) -> None:
    pixels, join = picture
    compiled = ByKernel(library, join, strength, pixels.dtype).rows(0, pixels)
    plain = ByNumpy(join, strength).rows(0, pixels)
    assert compiled.dtype == plain.dtype == pixels.dtype
    apart = np.abs(compiled.astype(int) - plain)
    assert np.sum(apart > 1) <= 3 + apart.size / 5000  # on the gamut's ridges the last bit of L* decides
    assert np.mean(apart > 0) < 0.02 + 10 / apart.size


@given(picture=pictures(), cut=st.integers(0, 70))
def test_rows_are_the_same_wherever_a_strip_begins(
    library: ctypes.CDLL, picture: tuple[np.ndarray, Join], cut: int
) -> None:
    pixels, join = picture
    cut = min(cut, len(pixels) - 1)
    for way in (ByKernel(library, join, 0.5, pixels.dtype), ByNumpy(join, 0.5)):
        parts = [way.rows(0, pixels[:cut]), way.rows(cut, pixels[cut:])] if cut else [way.rows(0, pixels)]
        assert np.array_equal(np.concatenate(parts), way.rows(0, pixels))


@given(picture=pictures())
def test_lightness_is_the_same_to_a_thousandth(library: ctypes.CDLL, picture: tuple[np.ndarray, Join]) -> None:
    pixels, _ = picture
    compiled = strip_lightness(pixels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("photochrom.kernel.library", lambda: None)
        assert np.allclose(compiled, strip_lightness(pixels), rtol=0, atol=1e-3)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colors_that_are_no_numbers_do_no_harm_beside_them(library: ctypes.CDLL, number: float, dtype: type) -> None:
    join = Join(np.zeros((5, 6, 2), np.float32), np.full((5, 6), 50, np.float32), 40, 60)
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (40, 60, 1), dtype, endpoint=True)
    plain = ByKernel(library, join, 1.0, pixels.dtype).rows(0, pixels)
    join.planes[2, :, 20:30] = number
    assert np.array_equal(
        np.delete(ByKernel(library, join, 1.0, pixels.dtype).rows(0, pixels), range(20, 30), 1),
        np.delete(plain, range(20, 30), 1),
    )


def test_rows_outside_of_the_join_are_refused(library: ctypes.CDLL) -> None:
    way = ByKernel(
        library, Join(np.zeros((2, 2, 2), np.float32), np.zeros((2, 2), np.float32), 8, 5), 1.0, np.dtype(np.uint8)
    )
    for top, shape in ((4, (5, 5, 1)), (-1, (2, 5, 1)), (0, (8, 6, 1))):
        with pytest.raises(ValueError, match="are not of the join"):
            way.rows(top, np.zeros(shape, np.uint8))


def test_a_library_of_another_source_is_not_used(
    library: ctypes.CDLL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Path(kernel.__file__).with_suffix(".c")
    shutil.copy(source.with_name("libkernel.so"), tmp_path)
    monkeypatch.setattr("photochrom.kernel._SOURCE", tmp_path / "kernel.c")
    found = []
    try:
        for text in (source.read_text(), source.read_text() + " ", None):
            if text is None:
                (tmp_path / "libkernel.so").unlink()
            else:
                (tmp_path / "kernel.c").write_text(text)
            kernel.library.cache_clear()
            found.append(kernel.library() is not None)
    finally:
        kernel.library.cache_clear()
    assert found == [True, False, False]


@pytest.mark.parametrize(
    "pixels",
    [np.full((4, 5, 1), -1, np.int8), np.ones((4, 5, 2), np.uint8), np.ones((4, 5, 1))],
)
def test_what_is_no_pixel_is_refused_and_not_read_as_one(library: ctypes.CDLL, pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="pixels are uint8 or uint16"):
        kernel.lightness(library, kernel_light(np.dtype(np.uint8)), pixels)


def test_the_order_of_bytes_does_not_matter(library: ctypes.CDLL) -> None:
    pixels = np.arange(60, dtype=np.uint16).reshape(4, 5, 3) * 1000
    assert np.array_equal(strip_lightness(pixels.astype(">u2")), strip_lightness(pixels))


@pytest.mark.parametrize(("dtype", "most"), [(np.uint8, 1 / 1000), (np.uint16, 1 / 25)])
def test_the_curve_is_right_to_a_small_part_of_a_step(dtype: type, most: float) -> None:
    steps, top = TABLE_STEPS[np.dtype(dtype).itemsize], np.iinfo(dtype).max
    curve = linear_to_srgb(np.arange(steps + 1) / steps) * top
    light = np.linspace(0, 1, 1_000_003)
    assert np.abs(np.interp(light * steps, np.arange(steps + 1), curve) - linear_to_srgb(light) * top).max() < most
