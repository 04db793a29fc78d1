"""The picture that a prediction makes of a photograph: join, gamut, sRGB, strip by strip."""

from photochrom.rendering.rendering import Rendering

__all__ = ["Rendering"]
