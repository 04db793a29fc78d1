"""What a color is to a network: encode for training, loss, decode for use. One file each; torch only by duck type."""

from collections.abc import Mapping
from typing import Any

from photochrom.errors import ModelError
from photochrom.representations.ab_bins import AbBins
from photochrom.representations.readout import Readout

REPRESENTATIONS = {"ab_bins": AbBins}

Representation = AbBins


def representation_from_card(card: Mapping[str, Any]) -> Representation:
    """The representation that a card or a recipe names: {"name": "ab_bins", ...settings}."""
    settings = dict(card)
    name = settings.pop("name", None)
    if not isinstance(name, str) or name not in REPRESENTATIONS:
        raise ModelError(f"unknown representation {name!r}: this version knows {', '.join(REPRESENTATIONS)}")
    return REPRESENTATIONS[name].from_card(settings)


__all__ = ["REPRESENTATIONS", "AbBins", "Readout", "Representation", "representation_from_card"]
