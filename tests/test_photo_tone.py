"""Tone curves of gray pictures: light as the profile says it, in every form in which a profile says it."""

import struct

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import gray_to_lightness, lightness_of, linear_to_srgb
from photochrom.photo.codec import decode
from photochrom.photo.tone import light_of_gray
from pictures import gamma_profile, saved

X = np.linspace(0, 1, 1001)


def with_curve(curve: bytes, space: bytes = b"GRAY") -> bytes:
    """A profile whose curves are this one."""
    old = b"curv\0\0\0\0" + struct.pack(">IH", 1, 256)
    profile = bytearray(gamma_profile(1.0, space))
    for at in range(132, 132 + 12 * struct.unpack_from(">I", profile, 128)[0], 12):
        if bytes(profile[at + 1 : at + 4]) == b"TRC":
            struct.pack_into(">II", profile, at + 4, len(profile), len(curve))
    assert old in bytes(profile)
    return bytes(profile) + curve


def parametric(kind: int, *numbers: float) -> bytes:
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + struct.pack(f">{len(numbers)}i", *fixed(numbers))


def fixed(numbers: tuple[float, ...]) -> list[int]:
    return [round(number * 65536) for number in numbers]


def table(values: np.ndarray) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + np.rint(values * 65535).astype(">u2").tobytes()


@pytest.mark.parametrize(
    ("curve", "light"),
    [
        (b"curv\0\0\0\0" + struct.pack(">I", 0), X),
        (b"curv\0\0\0\0" + struct.pack(">IH", 1, 461), X ** (461 / 256)),
        (table(np.linspace(0, 1, 4096) ** 1.8), X**1.8),
        (table(np.array([0, 1])), X),
        (parametric(0, 2.4), X**2.4),
        (parametric(1, 2, 0.5, 0.5), (0.5 * X + 0.5) ** 2),
        (parametric(2, 2, 0.5, 0.25, 0.125), (0.5 * X + 0.25) ** 2 + 0.125),
        (parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045), None),
        (parametric(4, 2, 0.5, 0.25, 0.5, 0.5, 0.125, 0), np.where(X >= 0.5, (0.5 * X + 0.25) ** 2 + 0.125, X / 2)),
    ],
)
@pytest.mark.parametrize("space", [b"GRAY", b"RGB "])
def test_every_form_of_curve_is_evaluated(curve, light, space):
    found = light_of_gray(with_curve(curve, space), len(X))
    if light is None:  # sRGB's own curve
        assert np.abs(linear_to_srgb(found) - X).max() < 1e-3
    else:
        assert np.abs(found - light.clip(0, 1)).max() < 2e-5


def test_a_curve_towards_lab_gives_lightness():
    profile = bytearray(gamma_profile(1.0))
    profile[20:24] = b"Lab "
    assert np.abs(gray_to_lightness(linear_to_srgb(light_of_gray(bytes(profile), 101))) - np.arange(101)).max() < 0.02


@given(st.binary(max_size=60), st.sampled_from([b"curv\0\0\0\0", b"para\0\0\0\0", b""]))
def test_noise_is_a_curve_within_0_and_1_or_none(noise, start):
    light = light_of_gray(with_curve(start + noise), 256)
    assert light is None or (light.shape == (256,) and light.min() >= 0 and light.max() <= 1)


@given(st.binary(max_size=200))
def test_a_broken_profile_has_no_curve(noise):
    light = light_of_gray(gamma_profile(1.0)[: len(noise)] + noise, 16)
    assert light is None or light.shape == (16,)


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("space", [b"GRAY", b"RGB "])
@pytest.mark.parametrize(("dtype", "step"), [(np.uint8, 0.3), (np.uint16, 0.0012)])
def test_lightness_of_a_gray_scan_is_right_in_the_shadows_too(gamma, space, dtype, step):
    top = np.iinfo(dtype).max
    ramp = np.linspace(0, top, 256).astype(dtype).reshape(16, 16)
    found = decode(saved(ramp, "tiff", profile=gamma_profile(gamma, space)), "scan").pixels
    assert (found.dtype, found.shape) == (dtype, (16, 16, 1))
    exact = (ramp / top) ** (round(gamma * 256) / 256)
    assert np.abs(gray_to_lightness(found[..., 0] / top) - gray_to_lightness(linear_to_srgb(exact))).max() < step


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
def test_lightness_of_16_bit_color_is_right_to_less_than_half_a_unit(gamma):
    stored = (np.random.default_rng(0).random((64, 64, 3)) ** 2 * 65535).astype(np.uint16)
    image = pyvips.Image.new_from_array(stored).copy(interpretation="rgb16")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", gamma_profile(gamma, b"RGB "))
    found = decode(image.tiffsave_buffer(), "scan").pixels
    exact = linear_to_srgb((stored / 65535) ** (round(gamma * 256) / 256))
    off = np.abs(lightness_of(found / 65535) - lightness_of(exact))
    assert off.max() < 0.4
    assert np.median(off) < 0.02
