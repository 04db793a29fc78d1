"""Which pictures there are: every picture file below folders and inside tar files, in one order that never changes.

The order is that of the inputs as given; inside a folder sorted by path, inside a tar as stored. A tar that lies in a
folder counts as if it were unpacked there. Hidden files and folders are passed over, links are followed.
"""

import hashlib
import os
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from photochrom.errors import DataError
from photochrom.photo import SUFFIXES

_PACKED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")


@dataclass(frozen=True, slots=True)
class Listed:
    """One picture before anybody looked at it."""

    name: str  # INPUT/path/to/picture.jpg, for people
    file: Path  # the picture itself, or the tar that holds it
    offset: int | None  # where it begins in the tar; None: `file` is the picture
    size: int  # bytes
    folder: str | None  # its class: the text of KEY.cls, else the first folder level below the input

    def read(self) -> bytes:
        """The bytes of the file; OSError when it cannot be read any more."""
        with self.file.open("rb") as file:
            file.seek(self.offset or 0)
            return file.read(self.size)


def list_pictures(inputs: Sequence[Path], leave_out: Path) -> list[Listed]:
    """Every picture of folders, tars and single files, without those below `leave_out` (the output).

    DataError when an input does not exist, or a folder or tar cannot be read.
    """
    found: list[Listed] = []
    for root in inputs:
        if not root.exists():
            raise DataError(f"{root} does not exist; name a folder of pictures or a tar file.")
        found += _below(root, leave_out.resolve()) if root.is_dir() else _one(root)
    return found


def digest_of(pictures: Sequence[Listed]) -> str:
    """A SHA-256 over names and sizes: tells whether the same pictures are there."""
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(f"{picture.name}\0{picture.size}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def class_names(pictures: Sequence[Listed]) -> list[str]:
    """The names of all class folders, sorted (numbers as numbers, so that 10 follows 9); the position is the label."""
    names = {picture.folder for picture in pictures if picture.folder is not None}
    numbers = all(name.isdecimal() for name in names)
    return sorted(names, key=(lambda name: (int(name), name)) if numbers else None)


def _one(path: Path) -> Iterator[Listed]:
    if path.name.lower().endswith(_PACKED):
        raise DataError(f"{path} is compressed, and pictures in it cannot be reached one by one; unpack it first.")
    if path.suffix.lower() == ".tar":
        return _inside(path, path.name, PurePosixPath())
    if path.suffix.lower() in SUFFIXES:
        return iter([Listed(path.name, path, None, path.stat().st_size, None)])
    raise DataError(f"{path} is neither a folder nor a tar file nor a picture ({', '.join(SUFFIXES)}).")


def _below(root: Path, leave_out: Path) -> Iterator[Listed]:
    files = sorted(_walk(root, leave_out), key=lambda path: path.relative_to(root).as_posix())
    for path in files:
        below = PurePosixPath(path.relative_to(root).as_posix())
        if path.suffix.lower() == ".tar":
            yield from _inside(path, f"{root.name}/{below}", below.parent)
        else:
            yield Listed(f"{root.name}/{below}", path, None, path.stat().st_size, _first_folder(below))


def _walk(root: Path, leave_out: Path) -> Iterator[Path]:
    seen: set[str] = set()  # links can lead back up
    for place, folders, names in os.walk(root, onerror=_refuse, followlinks=True):
        real = os.path.realpath(place)
        if real in seen or Path(real) == leave_out:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(folder for folder in folders if not folder.startswith("."))
        for name in names:
            path = Path(place, name)
            if not name.startswith(".") and path.suffix.lower() in {*SUFFIXES, ".tar"} and path.is_file():
                yield path


def _refuse(error: OSError) -> None:
    """What can't be seen today would be there tomorrow, and an interrupted run go on with other pictures."""
    raise DataError(f"the folder {error.filename} cannot be listed ({error.strerror or error}); set that right first.")


def _inside(path: Path, name: str, above: PurePosixPath) -> Iterator[Listed]:
    try:
        with tarfile.open(path, "r:") as tar:
            members = [member for member in tar if member.isfile()]
            classes = {_key(member.name): _text(tar, member) for member in members if member.name.endswith(".cls")}
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"{path} is no readable tar file ({error}); look for another copy or leave it out.") from None
    for member in members:
        inner = PurePosixPath(member.name)
        if inner.suffix.lower() in SUFFIXES and not any(part.startswith(".") and part != "." for part in inner.parts):
            folder = classes.get(_key(member.name), _first_folder(above / inner))
            yield Listed(f"{name}/{inner}", path, member.offset_data, member.size, folder)


def _key(member: str) -> tuple[str, str]:
    """WebDataset's key: everything before the first dot of the last part."""
    folder, _, base = member.rpartition("/")
    return folder, base.partition(".")[0]


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member)
    return file.read(256).decode("utf-8", "replace").strip() if file else ""


def _first_folder(below: PurePosixPath) -> str | None:
    return below.parts[0] if len(below.parts) > 1 else None
