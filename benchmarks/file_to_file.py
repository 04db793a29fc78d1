"""From file to file: how many times a plain libvips decode and encode of the same JPEG, and where the time goes.

    python benchmarks/file_to_file.py [--megapixels 12] [--rounds 7] [--model MODEL] [PHOTO...]

Without photographs, a gray and a color JPEG are made. libvips' operation cache is off, the model is loaded. Two floors:

as it is     decoded and encoded, nothing asked
as written   decoded, made RGB, encoded as photochrom writes it (quality 98, chroma not subsampled)

All are run in turn, round by round, so that whatever else the machine does falls on all alike; times are medians,
ratios are those of the medians. The parts add up to more than the whole: what can overlap does.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyvips

from photochrom import Colorizer, Photo
from photochrom.cores import cores
from photochrom.photo.codec import QUALITY
from scene import scenes

Work = dict[str, Callable[[], object]]


def medians(work: Work, rounds: int) -> dict[str, tuple[float, float]]:
    """Milliseconds of each on the clock, and of processors, after a round that warms up."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in work}
    for number in range(rounds + 1):
        for name, call in work.items():
            begun = time.perf_counter(), time.process_time()
            call()
            if number:
                taken[name].append((1e3 * (time.perf_counter() - begun[0]), 1e3 * (time.process_time() - begun[1])))
    return {name: tuple(np.median(times, axis=0)) for name, times in taken.items()}


def decoded(path: Path) -> pyvips.Image:
    return pyvips.Image.new_from_file(str(path), access="sequential")


def work_on(path: Path, colorizer: Colorizer, out: Path) -> Work:
    photo = Photo.read(path)
    prediction = colorizer.predict(photo)
    colored = colorizer.render(photo, prediction)
    made = photo.with_pixels(colored.pixels)
    as_written = {"Q": QUALITY, "subsample_mode": "off"}
    return {
        "floor, as it is": lambda: decoded(path).jpegsave(str(out)),
        "floor, as written": lambda: decoded(path).colourspace("srgb").jpegsave(str(out), **as_written),
        "file to file": lambda: colorizer(path).write(out, overwrite=True),
        "decode": lambda: Photo.read(path),
        "shrink, network": lambda: colorizer.predict(photo),
        "read-out, join, gamut, sRGB": lambda: [0 for _ in colorizer.render(photo, prediction).strips()],
        "encode": lambda: made.encode("jpeg"),
    }


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("photographs", nargs="*", type=Path)
    ask.add_argument("--megapixels", type=float, default=12)
    ask.add_argument("--rounds", type=int, default=7)
    ask.add_argument("--model", default="photochrom")
    said = ask.parse_args()
    pyvips.cache_set_max(0)
    colorizer = Colorizer(said.model)
    with tempfile.TemporaryDirectory() as room:
        made = {} if said.photographs else scenes(Path(room), said.megapixels)
        for name, path in (made or {str(path): path for path in said.photographs}).items():
            photo = Photo.read(path)
            times = medians(work_on(path, colorizer, Path(room) / "out.jpg"), said.rounds)
            print(f"{name}: {photo.width} x {photo.height}, {cores()} cores, provider {colorizer.model.provider}")
            print(f"  {'':30} {'clock, ms':>10} {'processors, ms':>15} {'ns a pixel':>11}")
            for part, (clock, processors) in times.items():
                each = clock * 1e6 / (photo.height * photo.width)
                print(f"  {part:30} {clock:10.0f} {processors:15.0f} {each:11.1f}")
            for floor in ("as it is", "as written"):
                ratios = [
                    ours / plain for ours, plain in zip(times["file to file"], times[f"floor, {floor}"], strict=True)
                ]
                print(f"  {ratios[0]:.1f} times the floor {floor} by the clock, {ratios[1]:.1f} by processors")


if __name__ == "__main__":
    main()
