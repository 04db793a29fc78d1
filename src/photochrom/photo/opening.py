"""Files as libvips opens them: from a path, a stream or memory, with a sentence for every way in which it can't.

seekable     any source                   ->  a file that can be read twice
load         such a file                  ->  a pyvips image, nothing of which is decoded yet
full_scale   an image of 10 or 12 bits    ->  the same with white at 65535
damaged      what libvips says            ->  the sentence for a person
"""

import errno
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pyvips

from photochrom.errors import FormatError, PhotoError
from photochrom.photo.formats import LOADERS
from photochrom.photo.jpeg import tidied

Access = Literal["sequential", "random"]


@contextmanager
def seekable(source: Path | bytes | BinaryIO, name: str) -> Iterator[BinaryIO]:
    """Any source as a file that can be read twice; a sentence for every way in which a path can't be opened."""
    if isinstance(source, bytes | bytearray | memoryview):
        yield io.BytesIO(source)
    elif not isinstance(source, Path):
        whole = isinstance(source, io.BytesIO) or _is_file(source)
        yield source if whole else io.BytesIO(source.read())
    else:
        try:
            with source.open("rb", buffering=0) as file:  # libvips moves the same position, behind any buffer's back
                yield file if file.seekable() else io.BytesIO(file.read())
        except FileNotFoundError:
            raise PhotoError(f"{name} does not exist; check the name.") from None
        except IsADirectoryError:
            raise PhotoError(f"{name} is a folder, not a photograph.") from None
        except PermissionError:
            raise PhotoError(f"{name} may not be read; check its permissions.") from None
        except OSError as error:
            raise PhotoError(f"{name} cannot be read ({error.strerror or error}).") from error


def _is_file(stream: BinaryIO) -> bool:
    """Whether it is a plain file, which libvips can read by its descriptor. One in a zip or gzip archive is not."""
    return isinstance(getattr(stream, "raw", stream), io.FileIO) and stream.seekable()


def load(file: BinaryIO, format: str, page: int, access: Access) -> Any:
    """A page of the file as libvips opens it: lazily, and unforgiving. pyvips.Error for what it can't open."""
    fail_on = "warning" if format == "jpeg" else "error"
    options = {"access": access, "fail_on": fail_on} | ({"page": page} if page else {})
    file = io.BytesIO(tidy) if format == "jpeg" and (tidy := tidied(file)) else file
    file.seek(0)
    if isinstance(file, io.BytesIO):
        return pyvips.Operation.call(f"{LOADERS[format]}_buffer", file.getvalue(), **options)
    source = pyvips.Source.new_from_descriptor(file.fileno())  # has its own copy of the descriptor: ours may be closed
    return pyvips.Operation.call(f"{LOADERS[format]}_source", source, **options)


def number(image: Any, field: str) -> int:
    """A whole number that the file says of itself, such as "n-pages" or "orientation"; 1 where it says nothing."""
    return int(image.get(field)) if image.get_typeof(field) else 1


def full_scale(image: Any, format: str) -> Any:
    """AVIF and HEIC of 10 and 12 bits come as the upper bits of 16: white has to become 65535."""
    if format not in ("avif", "heic") or image.format != "ushort":
        return image
    bits = image.get("bits-per-sample") if image.get_typeof("bits-per-sample") else image.get("heif-bitdepth")
    return image.linear(65535 / (65536 - 2 ** (16 - bits)), 0.5).cast("ushort").copy(interpretation="rgb16")


# What libvips and its decoders say of kinds that they don't know: HEVC, 64-bit numbers, 8-bit Lab, rare compressions.
_FOREIGN = re.compile(
    r"(?i)unsupported|not supported|not implemented|not configured|not been built in|samples out of range|labq"
)


def damaged(name: str, error: Any) -> PhotoError:
    """The sentence for a pyvips.Error that appeared while a picture was decoded."""
    if refused := refusal(error):
        full = "; large pictures need room in the folder for temporary files" if refused.errno == errno.ENOSPC else ""
        return PhotoError(f"{name} cannot be read ({refused.strerror}){full}.")
    if _FOREIGN.search(reason(error)):
        return FormatError(
            f"{name} holds something that libvips can't decode here ({reason(error)}); convert it to JPEG, PNG or TIFF."
        )
    return PhotoError(f"{name} is damaged or cut short and cannot be decoded ({reason(error)}).")


def reason(error: Any) -> str:
    """The first line of what libvips says went wrong."""
    lines = [line.strip() for line in str(error.detail or error.message).splitlines() if line.strip()]
    return lines[0] if lines else "no reason given"


def refusal(error: Any) -> OSError | None:
    """The error of the operating system that is behind one of libvips, if there is one: a full disk, a lost device."""
    for line in str(error.detail or error.message).splitlines():
        told = line.removeprefix("system error: ").removeprefix("unix error: ").strip()
        if told != line.strip() and told in _SYSTEM_ERRORS:
            return OSError(_SYSTEM_ERRORS[told], told)
    return None


_SYSTEM_ERRORS = {os.strerror(code): code for code in errno.errorcode}
