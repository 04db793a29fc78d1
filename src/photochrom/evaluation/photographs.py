"""Photographs: the originals of an evaluation, in one order, each framed as its protocol says and read when asked for.

They come from folders, single files and tar shards, without being unpacked, with their class where there is one: the
protocol's own, else the text of KEY.cls in a shard, else the first folder below the input.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

import numpy as np
import pyvips

from photochrom.errors import EvaluationError, PhotoError
from photochrom.evaluation.frames import Pixels
from photochrom.evaluation.protocols import Protocol, find_protocol
from photochrom.listing import Listed, list_pictures
from photochrom.photo import Photo
from photochrom.photo.codec import to_depth

Item = TypeVar("Item")

NAMED = 5  # of many that are missing, how many are named in a sentence


@dataclass(frozen=True)
class Photographs:
    """The originals in the order in which they are measured. Nothing is open, nothing is decoded: it can be pickled."""

    protocol_name: str
    listed: Sequence[Listed]
    labels: Sequence[str | None]
    of: int
    """How many the protocol has; more than there are here when only some were asked for."""

    def __len__(self) -> int:
        return len(self.listed)

    @property
    def protocol(self) -> Protocol:
        """What it is framed by."""
        return find_protocol(self.protocol_name)

    def name(self, index: int) -> str:
        """INPUT/path/to/picture.jpg, for people."""
        return self.listed[index].name

    def key(self, index: int) -> str:
        """The path below its input without the suffix: what a result in another folder is found by."""
        return key_of(self.name(index))

    def read(self, index: int) -> Pixels:
        """The original as sRGB bytes H x W x 3 in the protocol's frame; PhotoError when it cannot be read."""
        one = self.listed[index]
        try:
            data = one.read()
        except OSError as error:
            raise PhotoError(f"{one.name} cannot be read ({error.strerror or error}).") from error
        return self.protocol.frame(decoded(data, one.name))

    @property
    def digest(self) -> str:
        """A SHA-256 over the protocol and the names and sizes of the files: tells whether these are the same."""
        digest = hashlib.sha256(f"{self.protocol_name}\n".encode())
        for one in self.listed:
            digest.update(f"{one.name}\0{one.size}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


def find_photographs(
    data: Sequence[Path | str], protocol: str, leave_out: Path, limit: int | None = None
) -> Photographs:
    """The photographs of a protocol among all that lie in folders, tar shards and files.

    leave_out   a folder that is passed over: the report
    limit       take only this many, spread evenly over the list

    EvaluationError: unknown protocol, no photographs, its list incomplete. DataError: unreadable folders.
    """
    chosen = find_protocol(protocol)
    found = list_pictures([Path(place).resolve() for place in data], leave_out)
    places = ", ".join(map(str, data))
    if not found:
        raise EvaluationError(f"There are no photographs in {places}; name folders or tar shards of color photographs.")
    if chosen.members is None:
        listed, of = _spread(found, limit), len(found)
        return Photographs(protocol, listed, [one.folder for one in listed], of)
    members = chosen.members()
    by_stem = {PurePosixPath(one.name).stem: one for one in found}
    names = _spread(list(members), limit)
    missing = [name for name in names if name not in by_stem]
    if missing:
        raise EvaluationError(
            f"{len(missing)} of {len(names)} photographs of {protocol} are not in {places}: {enumeration(missing)}. "
            "Give the folder or shards of ImageNet's validation set, or use --protocol folder."
        )
    listed = [by_stem[name] for name in names]
    labels = [
        one.folder if members[name] is None else str(members[name]) for name, one in zip(names, listed, strict=True)
    ]
    return Photographs(protocol, listed, labels, len(members))


def decoded(data: bytes, name: str) -> Pixels:
    """The bytes of a picture file as sRGB bytes H x W x 3; alpha is left aside.

    PhotoError when it cannot be read, or holds pixels that are no numbers: for coloring they pass as black, but they
    cannot be measured.
    """
    photo = Photo.from_bytes(data, name)
    if photo.format == "tiff" and _has_nan(data):
        raise PhotoError(f"{name} has pixels that are no numbers (NaN), which cannot be measured; write it anew.")
    pixels = to_depth(photo.pixels, np.dtype(np.uint8))
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


def key_of(name: str) -> str:
    """The key of a listed picture's name, INPUT/path/KEY.suffix -> path/KEY."""
    path = PurePosixPath(name)
    below = PurePosixPath(*path.parts[1:]) if len(path.parts) > 1 else path
    return str(below.with_suffix(""))


def enumeration(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _has_nan(data: bytes) -> bool:
    image = pyvips.Image.tiffload_buffer(data)
    return image.format in ("float", "double") and (image != image).max() > 0


def _spread(all_of: Sequence[Item], limit: int | None) -> list[Item]:
    """`limit` of them, evenly spread over the list, first and last included."""
    if limit is None or limit >= len(all_of):
        return list(all_of)
    return [all_of[int(row)] for row in np.linspace(0, len(all_of) - 1, limit).round()]
