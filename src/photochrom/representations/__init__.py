"""What a color is to a network: encode for training, loss, decode for use. One file each; torch only by duck type."""

from collections.abc import Mapping
from typing import Any, Protocol

from photochrom.errors import ModelError
from photochrom.representations.ab_bins import AbBins
from photochrom.representations.ab_quantiles import AbQuantiles
from photochrom.representations.hue_chroma import HueChroma
from photochrom.representations.loss import Loss
from photochrom.representations.readout import Readout
from photochrom.representations.regression import Regression

Array = Any  # any array of the array API standard: NumPy, torch


class Representation(Protocol):
    """What the rest of the house knows of a representation. Colors are Lab; C is `channels`."""

    @property
    def channels(self) -> int:
        """How many numbers a pixel needs."""

    @property
    def readouts(self) -> tuple[str, ...]:
        """The kinds of read-out that it knows."""

    @property
    def usual(self) -> Readout:
        """The read-out that its paper found best."""

    def encode(self, lab: Array) -> Any:
        """Targets of colors [..., 3], as `loss` wants them."""

    def pooled(self, targets: Any) -> Any:
        """Targets of windows [..., W pixels] as those of one place each."""

    def loss(self, logits: Array, targets: Any, weights: Array | None = None, mask: Array | None = None) -> Loss:
        """The loss of `logits` [N, C, h, w]; `weights` [C] rebalance colors, `mask` [N] drops photographs."""

    def decode(self, logits: Array, readout: Readout | None = None, lightness: Array | None = None) -> Array:
        """ab [..., h, w, 2] of `logits` [..., C, h, w] at L* `lightness` [..., h, w]; ModelError for other kinds."""

    def spread(self, logits: Array, lightness: float) -> tuple[Array, Array]:
        """What one cell's `logits` [C] hold possible: shares [M], summing to 1, and their ab [M, 2]."""

    def entropy(self, logits: Array) -> Array:
        """How undecided `logits` [C, h, w] are: [h, w], nats. ModelError for a regression."""

    def to_card(self) -> dict[str, Any]:
        """Its name and settings, plain JSON."""


REPRESENTATIONS: dict[str, type[AbBins] | type[AbQuantiles] | type[HueChroma] | type[Regression]] = {
    "ab_bins": AbBins,
    "ab_quantiles": AbQuantiles,
    "hue_chroma": HueChroma,
    "regression": Regression,
}


def representation_from_card(card: Mapping[str, Any]) -> Representation:
    """The representation that a card or a recipe names: {"name": "ab_bins", ...settings}."""
    settings = dict(card)
    name = settings.pop("name", None)
    if not isinstance(name, str) or name not in REPRESENTATIONS:
        raise ModelError(f"unknown representation {name!r}: this version knows {', '.join(REPRESENTATIONS)}")
    return REPRESENTATIONS[name].from_card(settings)


__all__ = [
    "REPRESENTATIONS",
    "AbBins",
    "AbQuantiles",
    "HueChroma",
    "Loss",
    "Readout",
    "Regression",
    "Representation",
    "representation_from_card",
]
