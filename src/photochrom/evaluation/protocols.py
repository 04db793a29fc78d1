"""Protocols: which photographs are measured, and in which frame. A number without its protocol's name means nothing.

A protocol of a published list finds its photographs by their file names in whatever folders or shards are given, and
refuses to run when one is missing. `folder` takes every photograph there is, as it is.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from photochrom.errors import EvaluationError
from photochrom.evaluation.frames import Pixels, bounded, centered, squashed, whole

VALIDATION = "ILSVRC2012_val_{:08d}"  # a photograph of ImageNet's validation set, without its suffix


@dataclass(frozen=True)
class Protocol:
    """How photographs are chosen and framed before anything is measured."""

    name: str
    about: str
    """One line for lists."""
    geometry: str
    """What is compared, in words."""
    source: str
    """Where this is told, and what is not."""
    frame: Callable[[Pixels], Pixels]
    """sRGB bytes H x W x 3 of the photograph to those that are compared."""
    members: Callable[[], dict[str, int | None]] | None = None
    """Names without suffix -> class of ImageNet 0..999, or None; no list: every photograph."""


@cache
def _listed(name: str) -> dict[str, int | None]:
    """A published list shipped with the package: lines of "number class"."""
    data = files("photochrom.evaluation").joinpath("data", f"{name}.txt.gz").read_bytes()
    rows = (line.split() for line in gzip.decompress(data).decode("ascii").splitlines())
    return {VALIDATION.format(int(number)): int(label) for number, label in rows}


def ctest10k() -> dict[str, int | None]:
    """The 10,000 photographs of ImageNet's validation set on which Larsson et al. and Zhang et al. tested."""
    return _listed("ctest10k")


def cval1k() -> dict[str, int | None]:
    """The 1,000 photographs of ImageNet's validation set on which Larsson et al. compared their variants."""
    return _listed("cval1k")


def val5k() -> dict[str, int | None]:
    """The first 5,000 photographs of ImageNet's validation set, for which no classes are shipped."""
    return {VALIDATION.format(number): None for number in range(1, 5001)}


PROTOCOLS = MappingProxyType(
    {
        "zhang2016": Protocol(
            name="zhang2016",
            about="the 10,000 photographs of ctest10k, squashed to 256 x 256",
            geometry="256 x 256 pixels, the whole photograph squashed, bicubic",
            source=(
                "Zhang et al. 2016, Table 1: 10,000 photographs of ImageNet's validation set. At which size the AuC is "
                "compared is not told there; 256 x 256 is the size of the released demo and of the test with people."
            ),
            frame=squashed,
            members=ctest10k,
        ),
        "larsson2016": Protocol(
            name="larsson2016",
            about="the 1,000 photographs of cval1k, shorter side 256 at most",
            geometry="shorter side 256 at most and longer side 500 at most, never enlarged, bicubic",
            source=(
                "Larsson et al. 2016, cval1k; sizes as in the released autocolorize, which fits photographs onto a "
                "canvas of 512 pixels. The filter is not told."
            ),
            frame=bounded,
            members=cval1k,
        ),
        "val5k": Protocol(
            name="val5k",
            about="the first 5,000 photographs of ImageNet's validation set, center 256 x 256",
            geometry="256 x 256 pixels, the largest square in the middle, bicubic",
            source="ColTran, CT2, DDColor and others: center crop, then resized. Filters differ between them.",
            frame=centered,
            members=val5k,
        ),
        "folder": Protocol(
            name="folder",
            about="every photograph there is, as it is",
            geometry="each photograph at its own size",
            source="photochrom: comparable on the same files alone, whose digest is in the results.",
            frame=whole,
        ),
    }
)


def find_protocol(name: str) -> Protocol:
    """The protocol of this name; EvaluationError with the list of all for any other."""
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    near = get_close_matches(name, PROTOCOLS, 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    known = "; ".join(f"{one.name}, {one.about}" for one in PROTOCOLS.values())
    raise EvaluationError(f"There is no protocol {name!r}.{hint} Known are {known}.")
