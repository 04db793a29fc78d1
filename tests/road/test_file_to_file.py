"""The whole journey as a person makes it: `photochrom` in a process of its own, files in, files out, torch blocked."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photochrom.color import srgb_to_lab
from photochrom.photo import Photo
from pictures import exif, saved, smooth
from tiny_model import write_tiny_model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def blocked(tmp_path: Path) -> dict[str, str]:
    """An environment in which `import torch` fails."""
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "torch.py").write_text("raise ImportError('torch was imported on the road of a photograph')\n")
    source = Path(__file__).resolve().parents[2] / "src"
    return {**os.environ, "PYTHONPATH": f"{trap}{os.pathsep}{source}", "PYTHONDONTWRITEBYTECODE": "1"}


def photochrom(
    *words: str | Path, env: dict[str, str], stdin: bytes = b"", shell: str = ""
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "photochrom", *map(str, words)]
    if shell:
        command = ["sh", "-c", f'{shell} && exec "$@"', "sh", *command]
    return subprocess.run(command, input=stdin, capture_output=True, env=env, check=False, timeout=120)


def lightness_of(path: Path) -> np.ndarray:
    photo = Photo.read(path)
    return srgb_to_lab(photo.pixels.astype(np.float64) / np.iinfo(photo.pixels.dtype).max)[..., 0]


def test_a_folder_of_every_format_comes_out_in_color_with_its_own_lightness(
    tiny: Path, tmp_path: Path, blocked: dict[str, str]
) -> None:
    album = tmp_path / "album"
    (album / "deep").mkdir(parents=True)
    gray = smooth(210, 300)
    (album / "a.png").write_bytes(saved(gray, "png"))
    (album / "deep" / "b.tif").write_bytes(saved(gray.astype(np.uint16) * 257, "tiff"))
    (album / "deep" / "c.webp").write_bytes(saved(smooth(210, 300, 3), "webp"))
    (album / "d.jpg").write_bytes(saved(gray, "jpeg", exif=exif(orientation=6)))
    (album / "e.png").write_bytes(saved(np.dstack([gray, gray // 2]), "png"))  # gray with alpha
    done = photochrom("colorize", album, "-o", tmp_path / "out", "--model", tiny, env=blocked)
    assert (done.returncode, done.stdout) == (0, b"")
    told = re.sub(r"in \d+\.\d s", "in ... s", done.stderr.decode()).splitlines()
    assert told == [
        "1 in color already, colored anew from the lightness; --skip-color leaves such out.",
        "5 photographs colored on cpu in ... s.",
    ]

    for name, dtype, size in (
        ("a.png", np.uint8, (210, 300)),
        ("deep/b.tif", np.uint16, (210, 300)),
        ("deep/c.webp", np.uint8, (210, 300)),
        ("d.jpg", np.uint8, (300, 210)),
        ("e.png", np.uint8, (210, 300)),
    ):
        colored = Photo.read(tmp_path / "out" / name)
        assert (colored.pixels.dtype, colored.size, colored.is_gray) == (dtype, size, False)
        assert np.ptp(colored.pixels / np.iinfo(dtype).max, axis=2).mean() > 0.1
    for name in ("a.png", "deep/b.tif", "e.png"):  # the lossless ones
        drift = np.abs(lightness_of(tmp_path / "out" / name) - Photo.read(album / name).lightness())
        assert np.quantile(drift, 0.999) <= 1
    assert np.array_equal(Photo.read(tmp_path / "out" / "e.png").alpha, gray // 2)
    with Image.open(tmp_path / "out" / "d.jpg") as turned:
        assert turned.getexif().get(274, 1) == 1
        assert turned.getexif()[315] == "A. N. Other"


def test_a_pipe(tiny: Path, blocked: dict[str, str]) -> None:
    done = photochrom("-", "-", "--model", tiny, env=blocked, stdin=saved(smooth(40, 60), "png"))
    assert done.returncode == 0
    assert re.fullmatch(r"standard output: colored on cpu in \d+\.\d s\.\n", done.stderr.decode())
    assert Photo.from_bytes(done.stdout).size == (40, 60)


def test_the_same_input_gives_the_same_bytes_in_every_process(tiny: Path, blocked: dict[str, str]) -> None:
    data = saved(smooth(90, 70), "png")
    first, second = (photochrom("-", "--model", tiny, env=blocked, stdin=data).stdout for _ in range(2))
    assert first
    assert first == second


def test_a_disk_that_fills_up_leaves_nothing_half_written(tiny: Path, tmp_path: Path, blocked: dict[str, str]) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "noise.png").write_bytes(saved(rng.integers(0, 255, (200, 200), np.uint8), "png"))
    target = tmp_path / "out" / "noise.png"
    words = (tmp_path / "noise.png", target, "--model", tiny)
    done = photochrom(*words, env=blocked, shell="ulimit -f 16")  # no file above 16 blocks of 512 bytes
    assert done.returncode == 1
    assert done.stderr.decode().startswith(f"Error: {target} cannot be written (")
    assert done.stderr.count(b"\n") == 1
    assert list(target.parent.iterdir()) == []
    assert photochrom(*words, env=blocked).returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
def test_a_full_disk_behind_standard_output_is_one_sentence(tiny: Path, blocked: dict[str, str]) -> None:
    command = [sys.executable, "-m", "photochrom", "-", "--model", str(tiny)]
    with open("/dev/full", "wb") as full:
        data = saved(smooth(40, 60), "png")
        done = subprocess.run(command, input=data, stdout=full, stderr=subprocess.PIPE, env=blocked, check=False)
    assert done.returncode == 1
    assert done.stderr.decode() == "Error: Standard output can't be written (No space left on device).\n"


def test_bad_input_is_one_sentence_without_a_traceback(tiny: Path, tmp_path: Path, blocked: dict[str, str]) -> None:
    (tmp_path / "diary.png").write_text("Dear diary\n" * 50)
    done = photochrom(tmp_path / "diary.png", tmp_path / "new.png", "--model", tiny, env=blocked)
    assert done.returncode == 1
    assert done.stderr.decode().startswith(f"Error: {tmp_path / 'diary.png'} is not a picture")
    assert done.stderr.count(b"\n") == 1
