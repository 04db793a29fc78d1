"""Photographs to try it on that come with the package: public domain, see examples/README.md beside this file."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from photochrom.serve.problems import Problem


@dataclass(frozen=True)
class Example:
    """A photograph of the package."""

    name: str
    title: str
    source: str


EXAMPLES = (
    Example("lake-sherburne.jpg", "Lake Sherburne, Glacier National Park", "Jacob W. Frank, US National Park Service"),
    Example("eileen-collins.jpg", "The astronaut Eileen Collins", "NASA"),
    Example("raccoon.jpg", "A raccoon among palm leaves", "public-domain-image.com"),
    Example("osprey.jpg", "An osprey above the Gardner River, Yellowstone", "US National Park Service"),
)


def example(name: str) -> tuple[str, bytes]:
    """Name and bytes of one of them; Problem for another name."""
    if name not in {one.name for one in EXAMPLES}:
        known = ", ".join(one.name for one in EXAMPLES)
        raise Problem("not-found", f"There is no example {name[:80]!r}; there are {known}.")
    return name, _data(name)


@cache
def _data(name: str) -> bytes:
    return files("photochrom.serve").joinpath("examples", name).read_bytes()
