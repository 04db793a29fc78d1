"""Published weights: from the authors' files, as users download them, to models of ours."""

from photochrom.training.published.convert import CONVERSIONS, Converted, Wanted, convert

__all__ = ["CONVERSIONS", "Converted", "Wanted", "convert"]
