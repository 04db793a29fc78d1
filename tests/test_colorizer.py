"""What the colorizer promises: the photograph's own lightness in the predicted colors, as the type given."""

import math
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photochrom.color import fit_to_gamut, in_gamut, lab_to_srgb, srgb_to_lab
from photochrom.colorizer import Colorizer
from photochrom.errors import ModelError, PhotoError
from photochrom.hints import Hint
from photochrom.photo import Photo
from photochrom.prediction import Prediction
from photochrom.representations import Readout
from photochrom.resample import resize
from pictures import saved, smooth
from tiny_model import BINS, write_tiny_model


class Fixed(Prediction):
    """A prediction whose colors are given: `logits` is ab, h x w x 2."""

    def ab(self, readout: Readout | None = None) -> np.ndarray:
        return self.logits


def fixed(photo: Photo, ab: np.ndarray) -> Prediction:
    guide = resize(photo.lightness(), *ab.shape[:2])
    return Fixed(ab.astype(np.float32), guide, photo.size, BINS, Readout())


@pytest.fixture(scope="module", params=["compiled", "numpy"])
def colorizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Colorizer]:
    """All of this holds with the compiled kernel and without it."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "numpy":
            patch.setattr("photochrom.kernel.library", lambda: None)
        yield Colorizer(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


def lab_of(photo: Photo) -> np.ndarray:
    return srgb_to_lab(photo.pixels.astype(np.float64) / np.iinfo(photo.pixels.dtype).max)


def gray(height: int, width: int, dtype: type = np.uint8) -> Photo:
    return Photo.from_array(smooth(height, width).astype(dtype) * (257 if dtype == np.uint16 else 1))


@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(20, 120), st.integers(20, 120)),
    reach=st.sampled_from([5, 40, 110, 300]),
    dtype=st.sampled_from([np.uint8, np.uint16]),
)
def test_the_lightness_of_a_gray_photograph_is_kept_however_wild_the_colors(
    colorizer: Colorizer, seed: int, size: tuple[int, int], reach: float, dtype: type
) -> None:
    rng = np.random.default_rng(seed)
    photo = Photo.from_array(rng.integers(0, np.iinfo(dtype).max, size, dtype, endpoint=True))
    colored = colorizer.render(photo, fixed(photo, rng.uniform(-reach, reach, (6, 7, 2))))
    drift = np.abs(lab_of(colored)[..., 0] - photo.lightness())
    assert np.quantile(drift, 0.999) <= 1
    assert drift.max() <= 2


@given(seed=st.integers(0, 2**32 - 1), reach=st.sampled_from([40, 110]))
def test_what_cannot_be_shown_loses_chroma_and_keeps_its_hue(colorizer: Colorizer, seed: int, reach: float) -> None:
    rng = np.random.default_rng(seed)
    color = rng.uniform(-reach, reach, 2)
    photo = Photo.from_array(
        rng.integers(0, 65536, (9, 9)).astype(np.uint16)
    )  # 16 bits: hue is well defined in the dark
    result = lab_of(colorizer.render(photo, fixed(photo, np.broadcast_to(color, (2, 2, 2)))))[..., 1:]
    wanted = fit_to_gamut(np.concatenate([photo.lightness()[..., None], np.broadcast_to(color, (9, 9, 2))], axis=-1))[
        ..., 1:
    ]
    assert np.mean(np.abs(result - wanted) < 0.7) > 0.95  # the others lie at the cusp of a hue, which its table rounds
    across = result[..., 0] * color[1] - result[..., 1] * color[0]
    assert np.abs(across).max() <= 0.7 * np.hypot(*color)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_without_color_every_gray_value_comes_back_three_times(colorizer: Colorizer, dtype: type) -> None:
    top = np.iinfo(dtype).max
    photo = Photo.from_array(np.arange(top + 1, dtype=dtype).reshape(16, -1))
    plain = colorizer.render(photo, fixed(photo, np.full((4, 4, 2), 90)), saturation=0)
    difference = plain.pixels.astype(int) - photo.pixels
    assert np.abs(difference).max() <= (0 if dtype == np.uint8 else 2)
    assert plain.pixels.shape == (*photo.size, 3)


def test_saturation_scales_chroma(colorizer: Colorizer) -> None:
    photo = Photo.from_array(np.full((8, 8), 40000, np.uint16))
    chroma = [
        np.hypot(
            *np.moveaxis(lab_of(colorizer.render(photo, fixed(photo, np.full((2, 2, 2), 10)), saturation=s)), -1, 0)[1:]
        )
        for s in (0.5, 1, 2)
    ]
    assert np.allclose(chroma[0] * 2, chroma[1], rtol=1e-2)
    assert np.allclose(chroma[1] * 2, chroma[2], rtol=1e-2)


def test_strength_goes_from_the_photographs_own_colors_to_the_predicted(colorizer: Colorizer) -> None:
    own = np.rint(lab_to_srgb(np.array([60.0, 20, 10])) * 65535).astype(np.uint16)
    photo = Photo.from_array(np.broadcast_to(own, (8, 8, 3)))
    prediction = fixed(photo, np.broadcast_to([-20, 30], (2, 2, 2)))
    for strength, wanted in ((0, (20, 10)), (0.5, (0, 20)), (1, (-20, 30))):
        result = lab_of(colorizer.render(photo, prediction, strength=strength))
        assert np.allclose(result, (60, *wanted), atol=0.1)


def test_the_readout_reaches_the_picture(colorizer: Colorizer) -> None:
    photo = Photo.from_array(np.full((64, 64), 125, np.uint8))  # near L* 52: undecided between blue and orange
    prediction = colorizer.predict(photo)
    calm, vivid = (colorizer.render(photo, prediction, Readout(kind)).pixels for kind in ("mean", "mode"))
    assert np.ptp(vivid.astype(int), axis=2).min() > np.ptp(calm.astype(int), axis=2).max()


@pytest.mark.parametrize("size", [(1, 1), (1, 999), (999, 1), (333, 517)])
@pytest.mark.parametrize("bands", [1, 3])
def test_every_size_comes_back_in_color_at_that_size(colorizer: Colorizer, size: tuple[int, int], bands: int) -> None:
    photo = Photo.from_array(smooth(*size, bands).reshape(*size, bands))
    colored = colorizer(photo)
    assert colored.pixels.shape == (*size, 3)
    assert colored.pixels.dtype == np.uint8


def test_strips_leave_no_seams(colorizer: Colorizer, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = gray(150, 210)
    prediction = fixed(photo, np.random.default_rng(0).uniform(-80, 80, (9, 12, 2)))
    whole = colorizer.render(photo, prediction)
    monkeypatch.setattr("photochrom.photo.rows.STRIP", 1)  # a row at a time
    assert np.array_equal(colorizer.render(photo, prediction).pixels, whole.pixels)


@given(seed=st.integers(0, 2**32 - 1), bands=st.sampled_from([1, 3]))
def test_16_bits_are_right_to_a_third_of_a_step(colorizer: Colorizer, seed: int, bands: int) -> None:
    """Beyond rounding, of which a step has half; for colors that need no fitting."""
    rng = np.random.default_rng(seed)
    photo = Photo.from_array(rng.integers(0, 65536, (12, 15, bands)).astype(np.uint16))
    color = rng.uniform(-20, 20, 2)
    colored = colorizer.render(photo, fixed(photo, np.broadcast_to(color, (2, 2, 2)))).pixels
    full = np.broadcast_to(photo.pixels / 65535, (12, 15, 3))
    lab = np.concatenate([srgb_to_lab(full)[..., :1], np.broadcast_to(color, (12, 15, 2))], axis=-1)
    inside = in_gamut(lab, tolerance=-1e-4)
    exact = lab_to_srgb(lab)[inside] * 65535
    assert np.abs(colored[inside] - exact).max(initial=0) <= 0.5 + 1 / 3


@pytest.mark.parametrize("threads", [1, 3])
def test_a_picture_is_made_when_somebody_looks_and_the_same_by_any_number_of_threads(
    threads: int, tmp_path: Path
) -> None:
    colorizer = Colorizer(write_tiny_model(tmp_path / "tiny.onnx"), threads=threads)
    photo = gray(700, 500)
    prediction = fixed(photo, np.random.default_rng(0).uniform(-80, 80, (9, 12, 2)))
    colored, again = colorizer.render(photo, prediction), colorizer.render(photo, prediction)
    assert np.array_equal(np.concatenate(list(colored.strips())), again.pixels)
    assert np.array_equal(colored.rows(130, 411), again.pixels[130:411])
    assert colored.encode("png") == again.encode("png")


def test_the_size_and_the_contrast_of_the_networks_copy_can_be_chosen(colorizer: Colorizer) -> None:
    photo = Photo.from_array((smooth(200, 300) // 8 + 100).astype(np.uint8))  # faded
    assert colorizer.predict(photo, size=32).guide.shape == (8, 12)
    plain, even = colorizer(photo), colorizer(photo, contrast=True)
    assert np.abs(lab_of(even) - lab_of(plain))[..., 1:].mean() > 2
    assert np.abs(lab_of(even)[..., 0] - photo.lightness()).max() < 1
    assert np.array_equal(
        colorizer(photo, size=32).pixels, colorizer.render(photo, colorizer.predict(photo, size=32)).pixels
    )


def test_alpha_and_metadata_are_untouched(colorizer: Colorizer) -> None:
    alpha = smooth(40, 30) // 2
    photo = Photo(smooth(40, 30)[..., None], alpha, {"exif-ifd0-Artist": "somebody"}, "tiff", Path("old.tif"))
    colored = colorizer(photo)
    assert np.array_equal(colored.alpha, alpha)
    assert (colored.metadata, colored.format, colored.path) == (photo.metadata, "tiff", Path("old.tif"))
    assert np.array_equal(photo.pixels[..., 0], smooth(40, 30))


def test_the_same_photograph_gives_the_same_bytes(colorizer: Colorizer) -> None:
    data = saved(smooth(90, 120), "png")
    assert colorizer(data) == colorizer(data)


def test_a_path_gives_a_photo(colorizer: Colorizer, tmp_path: Path) -> None:
    (tmp_path / "old.png").write_bytes(saved(smooth(30, 40), "png"))
    for path in (tmp_path / "old.png", str(tmp_path / "old.png")):
        colored = colorizer(path)
        assert isinstance(colored, Photo)
        assert colored.size == (30, 40)


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff"])
def test_bytes_give_bytes_of_the_same_format(colorizer: Colorizer, format: str) -> None:
    colored = Photo.from_bytes(colorizer(saved(smooth(30, 40), format)))
    assert (colored.format, colored.size, colored.is_gray) == (format, (30, 40), False)


@pytest.mark.parametrize("bands", [(), (1,), (2,), (3,), (4,)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
def test_an_array_gives_an_array_of_its_kind(colorizer: Colorizer, bands: tuple[int, ...], dtype: Any) -> None:
    top = 1 if np.issubdtype(dtype, np.floating) else np.iinfo(dtype).max
    array = (np.random.default_rng(0).uniform(0, 1, (20, 30, *bands)) * top).astype(dtype)
    colored = colorizer(array)
    assert colored.dtype == dtype
    assert colored.shape == (20, 30, 4 if bands in ((2,), (4,)) else 3)
    assert colored.max() <= top
    if bands in ((2,), (4,)):
        assert np.allclose(colored[..., 3], array[..., -1], atol=top / 60000)


@pytest.mark.parametrize(
    ("mode", "result"),
    [
        ("L", "RGB"),
        ("RGB", "RGB"),
        ("LA", "RGBA"),
        ("RGBA", "RGBA"),
        ("La", "RGBA"),
        ("P", "RGB"),
        ("1", "RGB"),
        ("I;16", "RGB"),
        ("CMYK", "RGB"),
    ],
)
def test_a_pil_image_gives_a_pil_image(colorizer: Colorizer, mode: str, result: str) -> None:
    base = Image.fromarray(smooth(30, 40))
    base = base.convert("LA") if mode == "La" else base
    image = Image.fromarray(smooth(30, 40).astype(np.uint16) * 257) if mode == "I;16" else base.convert(mode)
    colored = colorizer(image)
    assert isinstance(colored, Image.Image)
    assert (colored.mode, colored.size) == (result, (40, 30))
    if mode != "1":  # black and white themselves have no color
        assert np.ptp(np.asarray(colored)[..., :3].astype(int), axis=2).max() > 20


@pytest.mark.parametrize("mode", ["I", "I;16B", "F"])
def test_a_pil_image_of_numbers_is_read_as_numbers(colorizer: Colorizer, mode: str) -> None:
    deep = smooth(30, 40).astype(np.uint16) * 257
    values = {"I": deep.astype(np.int32), "I;16B": deep.astype(">u2"), "F": deep / np.float32(65535)}[mode]
    image = Image.fromarray(values)
    assert image.mode == mode
    assert np.array_equal(np.asarray(colorizer(image)), np.asarray(colorizer(Image.fromarray(deep))))


def test_a_pil_image_of_other_numbers_is_refused(colorizer: Colorizer) -> None:
    with pytest.raises(PhotoError, match=r"holds 0\.\.65535"):
        colorizer(Image.new("I", (8, 8), 70000))
    with pytest.raises(PhotoError, match=r"lie in 0\.\.1"):
        colorizer(Image.new("F", (8, 8), 255.0))


def test_the_transparent_gray_of_a_pil_image_becomes_alpha(colorizer: Colorizer) -> None:
    gray = np.full((30, 40), 120, np.uint8)
    gray[:10] = 7
    image = Image.fromarray(gray)
    image.info["transparency"] = 7
    colored = colorizer(image)
    assert colored.mode == "RGBA"
    assert np.array_equal(np.asarray(colored)[..., 3], np.where(gray == 7, 0, 255))
    colored.save(BytesIO(), "PNG")


def test_a_pil_image_stays_where_the_caller_sees_it(colorizer: Colorizer) -> None:
    """Its pixels are not turned by the EXIF orientation, and its EXIF goes along."""
    image = Image.fromarray(smooth(30, 40))
    exif = Image.Exif()
    exif[274] = 6
    image.info["exif"] = exif.tobytes()
    colored = colorizer(image)
    assert colored.size == (40, 30)
    assert colored.info["exif"] == image.info["exif"]


def test_a_style_can_be_given_as_anything_a_photograph_can(colorizer: Colorizer) -> None:
    photo, bright = Photo.from_array(np.full((64, 64), 60, np.uint8)), np.full((9, 9), 255, np.uint8)
    green = colorizer(photo, style=bright)
    assert np.mean(lab_of(green)[..., 1]) < -20
    assert np.array_equal(colorizer(photo, style=Photo.from_array(bright)).pixels, green.pixels)


@pytest.mark.parametrize("thing", [None, 5, ["old.jpg"], object()])
def test_anything_else_is_refused(colorizer: Colorizer, thing: Any) -> None:
    with pytest.raises(PhotoError, match="a photograph is a path, bytes, a PIL image, an array or a Photo, not"):
        colorizer(thing)


def test_a_prediction_of_another_photograph_is_refused(colorizer: Colorizer) -> None:
    with pytest.raises(PhotoError, match="does not fit"):
        colorizer.render(gray(20, 30), colorizer.predict(gray(30, 20)))


@pytest.mark.parametrize(
    ("saturation", "strength"), [(-0.1, 1), (math.nan, 1), (math.inf, 1), (1, 1.1), (1, -0.1), (1, math.nan)]
)
def test_impossible_settings_are_refused(colorizer: Colorizer, saturation: float, strength: float) -> None:
    with pytest.raises(PhotoError, match="saturation is 0 or more and strength 0 to 1"):
        colorizer(gray(8, 8), saturation=saturation, strength=strength)


def test_a_model_nobody_knows_is_refused_when_the_colorizer_is_made() -> None:
    with pytest.raises(ModelError, match="did you mean 'photochrom'"):
        Colorizer("photocrom")


def test_hints_change_the_picture_where_they_are_set(colorizer: Colorizer) -> None:
    pixels = np.full((120, 160), 60, np.uint8)
    pixels[:, 80:] = 160
    plain, hinted = (colorizer(pixels, hints=hints) for hints in ((), [Hint(120, 60, (90, 170, 90))]))
    assert np.allclose(plain[:, :70].astype(int), hinted[:, :70], atol=3)
    lab = lab_of(Photo.from_array(hinted))
    assert np.allclose(lab[:, 95:, 1:], Hint(0, 0, (90, 170, 90)).ab, atol=3)
    assert np.allclose(lab[..., 0], Photo.from_array(pixels).lightness(), atol=0.6)
