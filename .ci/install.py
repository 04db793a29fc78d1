"""Does the wheel install and color a photograph in a bare virtual environment, and how much disk does that take?

    python .ci/install.py                        every Python 3.11 to 3.13 that is found here
    python .ci/install.py 3.12 /opt/py/bin/python

Builds the wheel, looks into it, and for each interpreter: installs it, `pip check`, `photochrom --version`, `python -m
photochrom`, a colored photograph from the command line and one in Python. Interpreters are looked for on the PATH and
among those of pyenv. Prints a table; the exit status is 1 if anything is not as promised.
"""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ("3.11", "3.12", "3.13")
MOST = 200.0  # megabytes of all that is installed beside photochrom
INSIDE = (
    "photochrom/py.typed",
    "photochrom/models/photochrom.onnx",
    "photochrom/training/recipes/photochrom.toml",
    "photochrom/cli/main.py",
    "photochrom/kernel.c",
)
COMPILED = "photochrom/libkernel.so"
IN_PYTHON = """
import sys
from photochrom import Colorizer, Photo
gray = Photo.read(sys.argv[1])
color = Colorizer()(gray)
assert color.size == gray.size and color.pixels.shape[2] == 3 and (color.pixels[..., 0] != color.pixels[..., 2]).any()
assert not {"torch", "scipy", "PIL"} & set(sys.modules), "something heavy was imported"
"""


def find(version: str) -> str | None:
    """An interpreter of that version which runs: on the PATH, or pyenv's."""
    root = os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))
    candidates = [shutil.which(f"python{version}"), *sorted(glob.glob(f"{root}/versions/{version}*/bin/python"))]
    for python in filter(None, candidates):
        told = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
        if told.returncode == 0 and f" {version}." in told.stdout:
            return python
    return None


def build(folder: Path) -> Path:
    """The wheel, built from this checkout; what must be in it is in it."""
    call(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("photochrom-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        packed = {name: archive.getinfo(name).file_size for name in INSIDE if name in names}
    if missing := [name for name in INSIDE if name not in packed]:
        sys.exit(f"{wheel.name} lacks {', '.join(missing)}")
    if strangers := {name.split("/")[0] for name in names if not name.startswith("photochrom")}:
        sys.exit(f"{wheel.name} holds more than photochrom: {', '.join(sorted(strangers))}")
    if (COMPILED in names) != bool(shutil.which("cc")):
        sys.exit(f"{wheel.name} {'has' if COMPILED in names else 'lacks'} {COMPILED}; is there a C compiler?")
    model = packed["photochrom/models/photochrom.onnx"] / 1e6
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, of which the model {model:.1f} MB; py.typed is there")
    return wheel


def try_out(python: str, wheel: Path, folder: Path) -> dict[str, float]:
    """Install and use the wheel; megabytes on disk of each distribution."""
    call(python, "-m", "venv", str(folder / "venv"))
    here = folder / "venv" / "bin"
    call(str(here / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
    call(str(here / "python"), "-m", "pip", "check", "--disable-pip-version-check")
    print(call(str(here / "photochrom"), "--version").strip())
    assert call(str(here / "python"), "-m", "photochrom", "--help").startswith("Usage:")
    example = sorted((ROOT / "examples").glob("*.jpg"))[0]
    call(str(here / "photochrom"), str(example), str(folder / "new.jpg"))
    call(str(here / "python"), "-W", "error", "-c", IN_PYTHON, str(folder / "new.jpg"))
    return sizes(here / "python")


SIZES = """
import json
from importlib.metadata import distributions
from pathlib import Path
def size(one):
    paths = (Path(file.locate()) for file in one.files or ())
    return sum(path.stat().st_size for path in paths if path.is_file() and path.suffix != ".pyc")
print(json.dumps({one.metadata["Name"]: size(one) / 1e6 for one in distributions()}))
"""


def sizes(python: Path) -> dict[str, float]:
    """Megabytes of each distribution in that environment, without pip and its like, and without compiled Python."""
    found: dict[str, float] = json.loads(call(str(python), "-c", SIZES))
    return {name: size for name, size in found.items() if name not in ("pip", "setuptools", "wheel")}


def call(*words: str) -> str:
    """Standard output of a command that must succeed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=clean, cwd=tempfile.gettempdir())
    if done.returncode:
        sys.exit(f"{' '.join(words)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def main(asked: Sequence[str]) -> None:
    """Try every interpreter; print what was found."""
    words = asked or VERSIONS
    pythons = [python for word in words if (python := find(word) if word in VERSIONS else word)]
    if not pythons:
        sys.exit(f"none of Python {', '.join(VERSIONS)} is here")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        wheel = build(Path(name))
        for index, python in enumerate(pythons):
            began = time.monotonic()
            folder = Path(name, str(index))
            folder.mkdir()
            found = try_out(python, wheel, folder)
            rows.append((call(python, "--version").strip(), found, time.monotonic() - began))
            shutil.rmtree(folder)
    print(
        f"\n| interpreter | photochrom, MB | its {len(rows[0][1]) - 1} dependencies, MB | the largest, MB | seconds |"
    )
    print("|---|--:|--:|---|--:|")
    too_much = False
    for version, found, seconds in rows:
        own = found.pop("photochrom")
        largest = ", ".join(f"{name} {size:.0f}" for name, size in sorted(found.items(), key=lambda x: -x[1])[:4])
        total = sum(found.values())
        too_much |= total > MOST
        print(f"| {version} | {own:.1f} | {total:.0f} | {largest} | {seconds:.0f} |")
    sys.exit(f"the dependencies take more than {MOST:g} MB" if too_much else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
