"""Files that are no photographs, and writing: one sentence for every way to fail, and never half a file."""

import contextlib
import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.errors import PhotoError
from photochrom.photo import MAX_PIXELS, SUFFIXES, Photo, files, find_photos
from photochrom.photo.formats import WRITABLE
from pictures import FORMATS, gamma_profile, lock, png_header, saved, smooth

PICTURE = Photo.from_array(smooth(24, 32, 3))
WHOLE = {format: saved(smooth(120, 160, 3), format) for format in FORMATS}
WHOLE["progressive jpeg"] = saved(smooth(120, 160, 3), "jpeg", progressive=True)


def sentence(error: pytest.ExceptionInfo[PhotoError]) -> str:
    """The message, which must be one sentence: one line, ended by a period."""
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


# --- reading what can't be read


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty (zero bytes)"),
        (b"Dear diary, today I learned that names can lie.\n", "is not a picture"),
        (b"\x89PN", "is not a picture"),
        (saved(smooth(8, 8), "bmp"), "is a BMP picture"),
        (b"\0\0\0\x20ftypheic\0\0\0\0", "is damaged or cut short"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "is damaged or cut short"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "is a JPEG XL picture"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "is a JPEG 2000 picture"),
        (b"8BPS\0\1", "is a Photoshop document"),
        (b"%PDF-1.7", "is a PDF document"),
        (b'<?xml version="1.0"?>\n<svg width="9"/>', "is an SVG drawing"),
        (saved(smooth(8, 8), "jpeg")[:300], "is damaged or cut short"),
        (np.full((4, 4), 70000, np.int32), "stores its pixels as int"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_photograph_is_refused_by_its_content(content, reason, tmp_path):
    path = tmp_path / "holiday.png"
    path.write_bytes(content if isinstance(content, bytes) else saved(content, "tiff"))
    with pytest.raises(PhotoError) as error:
        Photo.read(path)
    assert sentence(error).startswith(f"{path} {reason}")
    with pytest.raises(PhotoError) as error:
        Photo.from_bytes(path.read_bytes(), name="upload")
    assert sentence(error).startswith(f"upload {reason}")


def test_missing_files_and_folders_are_told_apart(tmp_path):
    with pytest.raises(PhotoError) as error:
        Photo.read(tmp_path / "none.jpg")
    assert sentence(error) == f"{tmp_path / 'none.jpg'} does not exist; check the name."
    with pytest.raises(PhotoError) as error:
        Photo.read(tmp_path)
    assert sentence(error) == f"{tmp_path} is a folder, not a photograph."


@pytest.mark.parametrize(
    ("code", "reason"), [(errno.EACCES, "may not be read"), (errno.EIO, "cannot be read (Input/output error)")]
)
def test_an_unreadable_file_is_named(code, reason, tmp_path, monkeypatch):
    def refuse(path: Path, mode: str, buffering: int = -1) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PhotoError) as error:
        Photo.read(tmp_path / "a.jpg")
    assert reason in sentence(error)


@given(st.sampled_from(sorted(WHOLE)), st.floats(0, 0.98))
def test_no_picture_that_was_cut_short_is_read(kind, share):
    whole = WHOLE[kind]
    assert Photo.from_bytes(whole).size == (120, 160)
    with pytest.raises(PhotoError):
        Photo.from_bytes(whole[: int(share * len(whole))])


@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 2**32 - 1))
def test_damage_is_an_error_or_a_picture_but_nothing_else(kind, seed):
    random = np.random.default_rng(seed)
    data = bytearray(WHOLE[kind])
    at = int(random.integers(4, len(data) - 30))
    data[at : at + 30] = random.integers(0, 256, 30, np.uint8).tobytes()
    with contextlib.suppress(PhotoError):
        assert Photo.from_bytes(bytes(data)).pixels.dtype in (np.uint8, np.uint16)


def test_too_many_pixels_are_refused_by_the_header_alone():
    side = int(MAX_PIXELS**0.5) + 1
    with pytest.raises(PhotoError) as error:
        Photo.from_bytes(png_header(side, side))
    assert f"{side} x {side} pixels, more than the {MAX_PIXELS // 10**6} megapixels" in sentence(error)


def test_decoders_do_not_chatter(tmp_path):
    odd = saved(smooth(40, 40), "png", profile=gamma_profile(1.8, b"RGB "))  # libpng objects: gray with a color profile
    (tmp_path / "odd.png").write_bytes(odd)
    program = "import sys; from photochrom.photo import Photo; print(Photo.read(sys.argv[1]).size)"
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "odd.png")], capture_output=True, text=True, check=True
    )
    assert (run.stdout, run.stderr) == ("(40, 40)\n", "")


# --- writing


@pytest.mark.parametrize("suffix", [*(suffix for suffix in SUFFIXES if SUFFIXES[suffix] in WRITABLE), ".JPG", ".Tif"])
def test_the_suffix_says_the_format(suffix, tmp_path):
    PICTURE.write(tmp_path / f"photo{suffix}")
    assert Photo.read(tmp_path / f"photo{suffix}").format == SUFFIXES[suffix.lower()]
    assert os.listdir(tmp_path) == [f"photo{suffix}"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("photo", "does not say in which format to write"),
        ("photo.png.txt", "does not say in which format to write"),
        (".png", "does not say in which format to write"),
        ("photo.gif", "reads but does not write"),
        ("photo.heic", "reads but does not write"),
    ],
)
def test_a_name_that_says_no_format_to_write_is_refused(name, reason, tmp_path):
    with pytest.raises(PhotoError) as error:
        PICTURE.write(tmp_path / name)
    assert reason in sentence(error)
    assert os.listdir(tmp_path) == []


def test_an_existing_file_is_left_alone_unless_told_otherwise(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(b"precious")
    with pytest.raises(PhotoError) as error:
        PICTURE.write(path)
    assert "exists already and was left as it is" in sentence(error)
    assert path.read_bytes() == b"precious"
    path.chmod(0o640)
    PICTURE.write(path, overwrite=True)
    assert np.array_equal(Photo.read(path).pixels, PICTURE.pixels)
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["photo.png"]


def test_a_dangling_link_counts_as_an_existing_file(tmp_path):
    (tmp_path / "photo.png").symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(PhotoError, match="exists already"):
        PICTURE.write(tmp_path / "photo.png")
    assert os.listdir(tmp_path) == ["photo.png"]


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_a_file_that_appears_meanwhile_is_left_alone(links, tmp_path, monkeypatch):
    path = tmp_path / "photo.png"
    if not links:
        monkeypatch.setattr(os, "link", refuse_links)
    check = files.refuse_to_clobber

    def check_then_lose_the_race(path: Path, overwrite: bool) -> None:
        check(path, overwrite)
        path.write_bytes(b"precious")

    monkeypatch.setattr(files, "refuse_to_clobber", check_then_lose_the_race)
    with pytest.raises(PhotoError, match="exists already"):
        files.write_file(path, b"new", overwrite=False)
    assert path.read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["photo.png"]


def refuse_links(source: Path, target: Path) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_folders_without_hard_links_work_too(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", refuse_links)
    PICTURE.write(tmp_path / "photo.png")
    assert np.array_equal(Photo.read(tmp_path / "photo.png").pixels, PICTURE.pixels)
    assert os.listdir(tmp_path) == ["photo.png"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_disk_that_fills_up_leaves_nothing_behind(overwrite, tmp_path, rng):
    noise = Photo.from_array(rng.integers(0, 256, (200, 200, 3), np.uint8))
    path = tmp_path / "photo.png"
    if overwrite:
        path.write_bytes(b"precious")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))  # no file of this process may grow larger
    try:
        with pytest.raises(PhotoError) as error:
            noise.write(path, overwrite=overwrite)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "cannot be written (File too large); nothing was left behind" in sentence(error)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == ([b"precious"] if overwrite else [])


def test_an_interrupted_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(source: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "link", interrupt)
    with pytest.raises(KeyboardInterrupt):
        PICTURE.write(tmp_path / "photo.png")
    assert os.listdir(tmp_path) == []


def test_missing_folders_and_folders_in_the_way_are_named(tmp_path):
    with pytest.raises(PhotoError) as error:
        PICTURE.write(tmp_path / "none" / "photo.png")
    assert sentence(error).endswith(f"{tmp_path / 'none'} is not an existing folder.")
    (tmp_path / "file").touch()
    with pytest.raises(PhotoError) as error:
        PICTURE.write(tmp_path / "file" / "photo.png")
    assert sentence(error).endswith(f"{tmp_path / 'file'} is not an existing folder.")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(PhotoError) as error:
        PICTURE.write(tmp_path / "folder.png", overwrite=True)
    assert "is a folder; give the name of a file to write" in sentence(error)


def test_a_folder_that_may_not_be_written_to_is_named(tmp_path, monkeypatch):
    def refuse(path: Path, mode: str, buffering: int = -1) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)  # the test may run as root, whom no permissions stop
    with pytest.raises(PhotoError) as error:
        PICTURE.write(tmp_path / "photo.png")
    assert sentence(error).endswith(f"the folder {tmp_path} may not be written to.")


# --- finding


def test_photos_are_found_in_all_folders_in_order(tmp_path):
    for name in ("b.jpg", "a/z.PNG", "a/b/c.tiff", "notes.txt", ".hidden.jpg", ".cache/d.png", "a/.e.webp.part"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    found = [path.relative_to(tmp_path).as_posix() for path in find_photos(tmp_path)]
    assert found == ["a/b/c.tiff", "a/z.PNG", "b.jpg"]
    assert find_photos(tmp_path / "folder.png") == []


def test_a_folder_that_cannot_be_listed_is_told_and_the_rest_is_found(tmp_path, monkeypatch):
    for name in ("a/1.jpg", "locked/2.jpg", "z/3.jpg"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    lock(monkeypatch, tmp_path / "locked")
    expected = f"The folder {tmp_path / 'locked'} cannot be listed (Permission denied)."
    told = []
    found = find_photos(tmp_path, told.append)
    assert [path.name for path in found] == ["1.jpg", "3.jpg"]
    assert [str(error) for error in told] == [expected]
    with pytest.raises(PhotoError) as error:
        find_photos(tmp_path)
    assert str(error.value) == expected
