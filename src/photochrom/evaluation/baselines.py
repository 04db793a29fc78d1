"""Baselines: results that need no model, against which every number is read.

    gray      no color at all: on plain AuC and PSNR hard to beat
    random    the colors of another photograph: as colorful as the originals, and in the wrong places
    truth     the original itself: what a measure gives at best

All keep the original's L* and lose chroma where the color cannot be shown, as colorized photographs do.
"""

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from photochrom.color import fit_to_gamut, lab_to_srgb, lightness_of, srgb_to_lab
from photochrom.errors import PhotoError
from photochrom.evaluation.frames import Pixels
from photochrom.evaluation.photographs import Photographs
from photochrom.resample import resize

RULES = 1  # counts up when a baseline changes: old and new rows must not mix

BASELINES = MappingProxyType(
    {
        "gray": "no color",
        "random": "another photograph's colors",
        "truth": "the originals themselves",
    }
)


def gray(truth: Pixels) -> Pixels:
    """The original without color: sRGB bytes H x W x 3."""
    lightness = lightness_of(truth.astype(np.float32) / 255)
    neutral = joined(lightness, np.zeros((*lightness.shape, 2), np.float32))
    return np.repeat(neutral[..., 1:2], 3, axis=2)  # the channels may round apart


def random(truth: Pixels, photographs: Photographs, index: int) -> Pixels:
    """The colors of the photograph a third of the list further on, brought to this one's size; the same every time.

    One that cannot be read is passed over; PhotoError when there is no other that can.
    """
    count = len(photographs)
    for step in range(count):
        other = (index + count // 3 + step) % count
        if other == index:
            continue
        try:
            colors = srgb_to_lab(photographs.read(other).astype(np.float32) / 255)[..., 1:]
        except PhotoError:
            continue
        return joined(lightness_of(truth.astype(np.float32) / 255), resize(colors, *truth.shape[:2]))
    raise PhotoError("random takes another photograph's colors, and there is no other; use --baselines gray,truth.")


def joined(lightness: NDArray[np.float32], ab: NDArray[np.float32]) -> Pixels:
    """sRGB bytes of L* [H, W] and ab [H, W, 2], in gamut at that lightness."""
    lab = fit_to_gamut(np.concatenate([lightness[..., None], ab], axis=-1))
    result: Pixels = np.rint(np.clip(lab_to_srgb(lab), 0, 1) * 255).astype(np.uint8)
    return result
