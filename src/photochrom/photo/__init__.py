"""Photographs: the value `Photo`, and its way from and to files of every format, a module for each step."""

from photochrom.photo.photo import MAX_PIXELS, SUFFIXES, Photo, find_photos

__all__ = ["MAX_PIXELS", "SUFFIXES", "Photo", "find_photos"]
