"""What each format costs and what it changes: lightness, bytes and time, of the colored photographs in examples/.

    python benchmarks/formats.py

Each row is over all of them: the largest of their 99.9 % quantiles of the change of L*, bytes against PNG, and the time
of writing against that of PNG, which is measured in the same run.
"""

from pathlib import Path
from time import perf_counter

import numpy as np

from photochrom import Colorizer, Photo

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.jpg"))
CASES = [("png", 100), ("tiff", 100), ("webp", 100), ("avif", 100)]
CASES += [(format, quality) for format in ("jpeg", "webp", "avif") for quality in (98, 95, 90)]


def main() -> None:
    colorizer = Colorizer()
    photos = [colorizer(Photo.read(path)) for path in EXAMPLES]
    measured = {case: [measure(photo, *case) for photo in photos] for case in CASES}
    plain = np.array(measured["png", 100])
    print(f"{'format':8}{'quality':>8}{'L* off by':>11}{'bytes':>8}{'time':>7}")
    for (format, quality), rows in measured.items():
        numbers = np.array(rows)
        drift = numbers[:, 0].max()
        size, time = (numbers[:, column].sum() / plain[:, column].sum() for column in (1, 2))
        print(f"{format:8}{quality:8d}{drift:11.2f}{size:8.2f}{time:7.1f}")


def measure(photo: Photo, format: str, quality: int) -> tuple[float, int, float]:
    """99.9 % quantile of the change of L*, bytes, seconds (the median of three)."""
    times = []
    for _ in range(3):
        start = perf_counter()
        data = photo.encode(format, quality)
        times.append(perf_counter() - start)
    drift = np.abs(Photo.from_bytes(data).lightness() - photo.lightness())
    return float(np.quantile(drift, 0.999)), len(data), sorted(times)[1]


if __name__ == "__main__":
    main()
