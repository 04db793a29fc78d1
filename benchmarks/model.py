"""The shipped model: its size, and milliseconds a photograph, for the network alone and from file to file.

python benchmarks/model.py [MODEL] [PHOTO...]      default: the shipped one, on examples/

Times are medians over REPEATS runs, with the extremes; the floor is libvips decoding and encoding the same files.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyvips

from photochrom import Colorizer, Photo

REPEATS = 7
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def measure(work: Callable[[], object]) -> tuple[float, float, float]:
    """Median, smallest and largest milliseconds of REPEATS calls, after one that warms up."""
    work()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    return float(np.median(times)), min(times), max(times)


def main() -> None:
    words = sys.argv[1:]
    colorizer = Colorizer(words[0]) if words else Colorizer()
    paths = [Path(word) for word in words[1:]] or sorted(EXAMPLES.glob("*.jpg"))
    photos = [Photo.read(path) for path in paths]
    predictions = [colorizer.predict(photo) for photo in photos]
    folder = Path(tempfile.mkdtemp())
    pyvips.cache_set_max(0)

    def road() -> None:
        for path in paths:
            colorizer(path).write(folder / path.name, overwrite=True)

    def floor() -> None:
        for path in paths:
            pyvips.Image.new_from_file(str(path)).colourspace("srgb").write_to_file(str(folder / path.name), Q=92)

    work = {
        "network and its small copy": lambda: [colorizer.predict(photo) for photo in photos],
        "read-out": lambda: [prediction.ab() for prediction in predictions],
        "read-out, join, gamut": lambda: [colorizer.render(p, q) for p, q in zip(photos, predictions, strict=True)],
        "file to file": road,
        "floor: libvips decodes and encodes": floor,
    }
    print(
        f"{colorizer.model.path.name}: {colorizer.model.path.stat().st_size / 1e6:.2f} MB, {len(photos)} photographs of"
    )
    print(f"{sum(p.height * p.width for p in photos) / len(photos) / 1e6:.2f} megapixels on average; ms a photograph:")
    for name, call in work.items():
        median, low, high = (value / len(photos) for value in measure(call))
        print(f"  {name:36} {median:8.1f}   [{low:.1f}, {high:.1f}]")


if __name__ == "__main__":
    main()
