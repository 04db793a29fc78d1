"""A photograph that stays in its file is colored in memory that does not grow with it (see `benchmarks/memory.py`)."""

import subprocess
import sys
from pathlib import Path

import pyvips

from tiny_model import write_tiny_model

COLOR = """
import sys
from photochrom import Colorizer
from photochrom.photo import photo, source
photo.LARGE = source.LARGE = 1_000_000

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1000

colorizer = Colorizer(sys.argv[1])
before = peak()
colorizer(sys.argv[2]).write(sys.argv[3])
print(peak() - before)
"""


def write_scan(path: Path, height: int, width: int) -> None:
    shade = pyvips.Image.xyz(width, height)[0] * (50000 / width) + 5000
    shade.cast("ushort").copy(interpretation="grey16").tiffsave(str(path), compression="none")


def test_memory_does_not_grow_with_the_photograph(tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():  # where Linux tells the peak
        return
    model = write_tiny_model(tmp_path / "tiny.onnx")
    grown = {}
    for height in (600, 6000):  # 1.2 and 12 megapixels; the larger takes 24 MB, and its result 72
        write_scan(tmp_path / "scan.tif", height, 2000)
        words = [sys.executable, "-c", COLOR, str(model), str(tmp_path / "scan.tif"), str(tmp_path / f"{height}.jpg")]
        grown[height] = float(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    assert grown[6000] < grown[600] + 20
