"""Photographs as files: opened with a sentence for every way to fail, written whole or not at all."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from photochrom.errors import PhotoError
from photochrom.photo.formats import SUFFIXES, WRITABLE

_TAKEN = "{} exists already and was left as it is; choose another name or allow overwriting."


def find_photos(folder: Path | str, unreadable: Callable[[PhotoError], None] | None = None) -> list[Path]:
    """Every file below `folder` whose suffix is one of SUFFIXES, sorted; hidden files and folders are passed over.

    A folder that can't be listed is a PhotoError, or told to `unreadable`, and the rest is found all the same.
    """

    def tell(error: OSError) -> None:
        told = PhotoError(f"The folder {error.filename} cannot be listed ({error.strerror or error}).")
        if unreadable is None:
            raise told from error
        unreadable(told)

    root, found = Path(folder), list[Path]()
    for place, folders, names in os.walk(root, onerror=tell):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in names if _is_photo_name(name)]
    return sorted(path for path in found if os.path.isfile(path))


def format_for(path: Path) -> str:
    """The format to write under this name; PhotoError when the suffix names none."""
    format = SUFFIXES.get(path.suffix.lower())
    if format in WRITABLE:
        return format
    endings = ", ".join(suffix for suffix in SUFFIXES if SUFFIXES[suffix] in WRITABLE)
    if format is not None:
        raise PhotoError(f"{path} names a format that photochrom reads but does not write; end it in {endings}.")
    raise PhotoError(f"{path} does not say in which format to write; end the name in {endings}.")


def refuse_to_clobber(path: Path, overwrite: bool) -> None:
    """PhotoError when `path` exists and must not be replaced; saves the work of encoding."""
    if os.path.isdir(path):  # unlike Path.is_dir, says no to a name that is too long
        raise PhotoError(f"{path} is a folder; give the name of a file to write.")
    if not overwrite and os.path.lexists(path):
        raise PhotoError(_TAKEN.format(path))


def write_file(path: Path, data: bytes | Callable[[Path], None], overwrite: bool) -> None:
    """Write all of `data` under `path`, or nothing: to a hidden file beside it first, then renamed.

    `data` may be a function that writes the file whose path it is given, for what should not lie in memory. Without
    `overwrite`, a file that appears under that name meanwhile is left alone too, and PhotoError says so.
    """
    refuse_to_clobber(path, overwrite)
    part = path.with_name(f".{path.name[:50]}.{secrets.token_hex(4)}.part")
    try:
        try:
            with part.open("xb") as file:
                if isinstance(data, bytes):
                    file.write(data)
            if not isinstance(data, bytes):
                data(part)
            publish(part, path, overwrite)
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError:
        raise PhotoError(_TAKEN.format(path)) from None
    except (FileNotFoundError, NotADirectoryError):
        raise PhotoError(f"{path} cannot be written: {path.parent} is not an existing folder.") from None
    except PermissionError:
        raise PhotoError(f"{path} cannot be written: the folder {path.parent} may not be written to.") from None
    except OSError as error:
        raise PhotoError(f"{path} cannot be written ({error.strerror or error}); nothing was left behind.") from error


def publish(part: Path, path: Path, overwrite: bool) -> None:
    """Give a finished file its name, at once; OSError (FileExistsError without `overwrite`) leaves all as it was.

    Size and time of the file stay what they were. `part` may be left behind: removing it is the caller's part.
    """
    if overwrite:
        if path.exists():
            shutil.copymode(path, part)
        os.replace(part, path)
        return
    try:
        os.link(part, path)  # unlike a rename, fails when the name is taken
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: take the name first, then replace our own empty file
        path.open("xb").close()
        try:
            os.replace(part, path)
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink()
            raise


def _is_photo_name(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
