"""Colors as numbers, not as distributions: the regressions that the papers compare with.

    space   numbers  of                                             at
    lab     a, b     Zhang 2016 (L2), Zhang 2017, Iizuka 2016       Lab units
    yuv     U, V     Iizuka 2016, section 4.6                       0..1: (U + 0.436) / 0.872, (V + 0.615) / 1.23
    rgb     R, G, B  Iizuka 2016, section 4.6                       0..1

    squash      what stands between logits x and the numbers
    none        scale x                    Lab only
    tanh        scale tanh(x)              Lab only; Zhang 2017 with scale 110
    sigmoid     sigmoid(x) in 0..1         a = (2 s - 1) scale for Lab: Iizuka 2016 with scale 100, targets clipped

    error       of the numbers             summed over a pixel's numbers
    l2          1/2 (y - y')^2             Zhang 2016, eq. 1, Lab units
    mse         (y - y')^2                 Iizuka 2016, in 0..1
    huber       smooth L1, delta = 1       Zhang 2017, eq. 1, Lab units

`released`, of Lab: as Iizuka's program reads its colors. It means to put ab beside the photograph's lightness and to
take U and V of that; but its lightness is that of a gray with U and V as large as Y, L* 72 where 53 is meant. So U and
V come out 5 to 9 % larger, which is how the published pictures look. The luma joined with them is the photograph's.

YUV is that of torch's image package: U = 0.492 (B - Y), V = 0.877 (R - Y) to six digits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args
from typing import Literal as Word

import numpy as np

from photochrom.color import LUMA, array_namespace, lab_to_srgb, lightness_to_gray, srgb_to_lab
from photochrom.errors import ModelError
from photochrom.representations.loss import Loss, photograph_mean, refuse_weights
from photochrom.representations.readout import Readout

Array = Any  # any array of the array API standard: NumPy, torch

Space = Word["lab", "yuv", "rgb"]
Squash = Word["none", "tanh", "sigmoid"]
Error = Word["l2", "mse", "huber"]

U_MAX, V_MAX = 0.436, 0.615  # of colors in 0..1


@dataclass(frozen=True)
class Regression:
    """One color a pixel, see the tables.

    per_photograph      sum the error over pixels, as Iizuka's formula prints
    released            read colors as Iizuka's released program does
    """

    space: str = "lab"
    squash: str = "none"
    scale: float = 1.0
    error: str = "l2"
    per_photograph: bool = False
    released: bool = False

    def __post_init__(self) -> None:
        for name, kinds in (("space", Space), ("squash", Squash), ("error", Error)):
            value = getattr(self, name)
            if value not in get_args(kinds):
                raise ModelError(f"{name} of a regression is {', '.join(get_args(kinds))}, not {value!r}")
        if not isinstance(self.scale, int | float) or not self.scale > 0:
            raise ModelError(f"scale of a regression must be above 0, not {self.scale!r}")
        if self.space != "lab" and self.squash != "sigmoid":
            raise ModelError(f"a regression of {self.space} is squashed by sigmoid, not by {self.squash}")
        if self.released and self.space != "lab":
            raise ModelError(f"a regression is read as released in lab, not in {self.space}")

    @property
    def channels(self) -> int:
        """How many numbers a pixel needs: 2, of RGB 3."""
        return 3 if self.space == "rgb" else 2

    @property
    def readouts(self) -> tuple[str, ...]:
        """The kinds of read-out that it knows: there is but one answer."""
        return ("mean",)

    @property
    def usual(self) -> Readout:
        """Its only read-out."""
        return Readout("mean")

    def encode(self, lab: Array) -> Array:
        """The numbers of Lab [..., 3] that the network is to say: [..., channels]; in 0..1 behind a sigmoid."""
        xp = array_namespace(lab)
        if self.space == "lab":
            ab = lab[..., -2:]
            return xp.clip((ab / self.scale + 1) / 2, 0.0, 1.0) if self.squash == "sigmoid" else ab
        rgb = xp.clip(lab_to_srgb(lab), 0.0, 1.0)
        if self.space == "rgb":
            return rgb
        red, blue = rgb[..., 0], rgb[..., 2]
        luma = LUMA[0] * red + LUMA[1] * rgb[..., 1] + LUMA[2] * blue
        u, v = (blue - luma) * (U_MAX / (1 - LUMA[2])), (red - luma) * (V_MAX / (1 - LUMA[0]))
        return xp.stack([(u / U_MAX + 1) / 2, (v / V_MAX + 1) / 2], axis=-1)

    def pooled(self, targets: Array) -> Array:
        """Targets of the pixels of windows, [..., W, C], as their mean, [..., C]."""
        return array_namespace(targets).mean(targets, axis=-2)

    def loss(self, logits: Array, targets: Array, weights: Array | None = None, mask: Array | None = None) -> Loss:
        """The error of `logits` [N, C, h, w] against `targets` [N, h, w, C]; `mask` [N] drops whole photographs.

        `weights` are not for this representation: ModelError.
        """
        refuse_weights(weights)
        xp = array_namespace(logits)
        difference = xp.abs(self._values(xp.moveaxis(logits, 1, -1)) - targets)
        if self.error == "huber":
            inside = difference < 1
            error = xp.where(inside, difference**2 / 2, difference - 0.5)
        else:
            error = difference**2 / (2 if self.error == "l2" else 1)
        error = xp.sum(error, axis=-1)
        value = photograph_mean(error, mask)
        if self.per_photograph:
            value = value * (error.shape[-1] * error.shape[-2])
        return Loss(value, value)

    def decode(self, logits: Array, readout: Readout | None = None, lightness: Array | None = None) -> Array:
        """The color at each pixel of `logits` [..., C, h, w] (NumPy): ab [..., h, w, 2].

        UV, and what is read as `released`, needs the L* `lightness` [..., h, w] there.
        """
        (readout or self.usual).among(self.readouts, "a regression")
        values = self._values(np.moveaxis(np.asarray(logits, np.float32), -3, -1))
        if self.space == "lab":
            ab: Array = (2 * values - 1) * np.float32(self.scale) if self.squash == "sigmoid" else values
            return self._as_released(ab, lightness) if self.released else ab
        rgb = values if self.space == "rgb" else self._of_uv(values, lightness)
        read: Array = srgb_to_lab(np.clip(rgb, 0, 1))[..., 1:].astype(np.float32)
        return read

    def spread(self, logits: Array, lightness: float) -> tuple[Array, Array]:
        """What one cell's `logits` [C] hold possible: one color, [1] and its ab [1, 2]."""
        ab = self.decode(logits[:, None, None], None, np.full((1, 1), lightness, np.float32))
        return np.ones(1, np.float32), ab[0]

    def entropy(self, logits: Array) -> Array:
        """A regression does not say how sure it is: ModelError."""
        raise ModelError("a regression predicts one color, not a distribution: it has no entropy")

    def _values(self, logits: Array) -> Array:
        """What the network says, in the units of the targets."""
        xp = array_namespace(logits)
        if self.squash == "sigmoid":
            return (xp.tanh(logits / 2) + 1) / 2
        return self.scale * (xp.tanh(logits) if self.squash == "tanh" else logits)

    def _of_uv(self, values: Array, lightness: Array | None) -> Array:
        if lightness is None:
            raise ValueError("U and V become a color only with the lightness of the place")
        luma = lightness_to_gray(np.asarray(lightness, np.float32))
        blue = luma + (2 * values[..., 0] - 1) * (1 - LUMA[2])
        red = luma + (2 * values[..., 1] - 1) * (1 - LUMA[0])
        green = (luma - LUMA[0] * red - LUMA[2] * blue) / LUMA[1]
        return np.stack([red, green, blue], axis=-1)

    def _as_released(self, ab: Array, lightness: Array | None) -> Array:
        if lightness is None:
            raise ValueError("a and b are read as released only with the lightness of the place")
        luma = lightness_to_gray(np.asarray(lightness, np.float64))
        level = srgb_to_lab(np.stack(_of_yuv(luma, luma, luma), axis=-1))[..., :1]
        red, green, blue = np.moveaxis(lab_to_srgb(np.concatenate([level, ab], axis=-1)), -1, 0)
        its_luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
        u, v = (blue - its_luma) * (U_MAX / (1 - LUMA[2])), (red - its_luma) * (V_MAX / (1 - LUMA[0]))
        rgb = np.clip(np.stack(_of_yuv(luma, u, v), axis=-1), 0, 1)
        read: Array = srgb_to_lab(rgb)[..., 1:].astype(np.float32)
        return read

    def to_card(self) -> dict[str, Any]:
        """Plain JSON; `from_card` reads it back."""
        settings = {"space": self.space, "squash": self.squash, "scale": self.scale, "error": self.error}
        more = {"per_photograph": self.per_photograph} | ({"released": True} if self.released else {})
        return {"name": "regression", **settings, **more}

    @classmethod
    def from_card(cls, settings: Mapping[str, Any]) -> "Regression":
        """The representation with the settings of a card (without its name); ModelError for unknown ones."""
        unknown = set(settings) - {"space", "squash", "scale", "error", "per_photograph", "released"}
        if unknown:
            raise ModelError(f"unknown setting {sorted(unknown)[0]!r} of the representation regression")
        return cls(**settings)


def _of_yuv(luma: Array, u: Array, v: Array) -> tuple[Array, Array, Array]:
    """R, G and B by the constants of torch's image package."""
    return luma + 1.13983 * v, luma - 0.39465 * u - 0.58060 * v, luma + 2.03211 * u
