"""Peak memory from file to file, of a 16-bit gray TIFF; it must not grow with the picture.

    python benchmarks/memory.py [MEGAPIXELS...] [--format tif]      default: 60; 400 takes minutes, and 4 GB of disk

The picture is made by libvips in a temporary folder and deleted afterwards. Peak memory is VmHWM of a process of its
own (Linux), which decodes, predicts, renders and writes; `loaded` is what it was before the picture was opened.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import pyvips

COLOR = """
import sys, time
from photochrom import Colorizer, Photo

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1000

colorizer = Colorizer()
loaded, begun = peak(), time.perf_counter()
colorizer(sys.argv[1]).write(sys.argv[2])
print(loaded, peak(), time.perf_counter() - begun)
"""


def write_scan(path: Path, megapixels: float) -> None:
    """A square scan: slow shades and grain, 16 bits, uncompressed, in strips."""
    side = round((megapixels * 1e6) ** 0.5)
    shade = pyvips.Image.xyz(side, side)[0] * (50000 / side) + 5000
    grain = pyvips.Image.gaussnoise(side, side, mean=0, sigma=300)
    (shade + grain).cast("ushort").copy(interpretation="grey16").tiffsave(str(path), compression="none", bigtiff=True)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("megapixels", nargs="*", type=float, default=[60])
    ask.add_argument("--format", default="tif")
    said = ask.parse_args()
    print("megapixels   loaded   peak, MB   seconds   file in, MB   file out, MB")
    for megapixels in said.megapixels:
        with tempfile.TemporaryDirectory() as room:
            source, target = Path(room) / "scan.tif", Path(room) / f"colored.{said.format}"
            write_scan(source, megapixels)
            words = [sys.executable, "-c", COLOR, str(source), str(target)]
            told = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
            loaded, peak, seconds = (float(word) for word in told)
            sizes = [path.stat().st_size / 1e6 for path in (source, target)]
            print(f"{megapixels:10g} {loaded:8.0f} {peak:10.0f} {seconds:9.1f} {sizes[0]:13.0f} {sizes[1]:14.0f}")


if __name__ == "__main__":
    main()
