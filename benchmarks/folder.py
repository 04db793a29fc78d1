"""How a folder's throughput grows with cores, and whether a photograph costs the same among ten and among thousands.

    python benchmarks/folder.py [MOST]      folders of 10, 100, ... MOST photographs (default 10,000); on Linux

cores   photographs of 3 megapixels a second on one core and on more, runs alternating, medians; in one process each,
        from the first photograph to the last, model loaded
size    time and peak memory a photograph (64 x 64 pixels, where all that is not pixels weighs most), as a multiple of
        those in the folder of 100; coloring, and a second run in which all is done before
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from photochrom.cores import cores
from photochrom.photo import Photo

ROUNDS, MEGAPIXELS_EACH, PHOTOGRAPHS = 5, 3, 48

RUN = """
import json, os, resource, sys
os.sched_setaffinity(0, json.loads(sys.argv[3]))
os.environ["VIPS_CONCURRENCY"] = "1"
from pathlib import Path
from photochrom.archive.plan import make_plan
from photochrom.archive.run import Run
from photochrom.archive.settings import Settings
plan = make_plan([sys.argv[1]], sys.argv[2], None, None)
with Run(Settings(), "photochrom", "cpu", plan.root, plan.count) as run:
    for outcome in run.outcomes(plan.jobs(), lambda: False):
        assert not outcome.reason, outcome.reason
print(run.summary.seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def measured(album: Path, out: Path, on: list[int]) -> tuple[float, float]:
    """Seconds of the work, and peak memory in MB, of a process that colors an album on these cores."""
    words = [sys.executable, "-c", RUN, str(album), str(out), json.dumps(on)]
    seconds, memory = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), float(memory)


def scene(height: int, width: int, seed: int = 0) -> Photo:
    """A gray picture with soft shapes and grain, which costs a JPEG encoder what a photograph does."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / width
    shapes = sum(np.sin(rng.uniform(3, 60) * x + rng.uniform(3, 60) * y + rng.uniform(0, 6)) for _ in range(8))
    gray = 128 + 14 * shapes + rng.normal(0, 6, (height, width))
    return Photo.from_array(np.clip(gray, 0, 255).astype(np.uint8))


def throughput(place: Path) -> None:
    album = place / "album"
    album.mkdir()
    width = round((MEGAPIXELS_EACH * 1e6 * 4 / 3) ** 0.5)
    data = scene(width * 3 // 4, width).encode("jpeg", 92)
    for number in range(PHOTOGRAPHS):
        (album / f"{number}.jpg").write_bytes(data)
    allowed = sorted(os.sched_getaffinity(0))
    choices = {count: allowed[:count] for count in (1, 2, 4, 8, 16) if count <= cores()}
    rates: dict[int, list[float]] = {count: [] for count in choices}
    for number in range(ROUNDS):
        for count, on in choices.items():
            seconds, _ = measured(album, place / f"out-{number}-{count}", on)
            rates[count].append(PHOTOGRAPHS / seconds)
    one = statistics.median(rates[1])
    print(f"{PHOTOGRAPHS} photographs of {MEGAPIXELS_EACH} megapixels, {ROUNDS} rounds")
    for count, found in rates.items():
        rate = statistics.median(found)
        print(f"{count:3} cores {rate:7.2f} a second {rate / one:6.2f} times one core")


def sizes(place: Path, most: int) -> None:
    data = scene(64, 64).encode("jpeg", 92)
    on = sorted(os.sched_getaffinity(0))
    rows = []
    count = 10
    while count <= most:
        album = place / f"album-{count}"
        for number in range(count):
            path = album / f"{number // 1000}" / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        first, memory = measured(album, place / f"colored-{count}", on)
        second, memory_second = measured(album, place / f"colored-{count}", on)
        rows.append((count, first / count, memory, second / count, memory_second))
        count *= 10
    base = next((row for row in rows if row[0] == 100), rows[0])
    print(f"{'':>11} {'coloring':>33} {'done before':>33}")
    for count, *figures in rows:
        times = [figure / other for figure, other in zip(figures, base[1:], strict=True)]
        print(f"{count:6} files", end="")
        for part in (0, 2):
            print(
                f" {figures[part] * 1e3:8.2f} ms {times[part]:5.2f} {figures[part + 1]:7.0f} MB {times[part + 1]:5.2f}",
                end="",
            )
        print()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        throughput(Path(folder))
        sizes(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
