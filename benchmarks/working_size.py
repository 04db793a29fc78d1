"""How quality and time change with the size of the network's copy (`--size`).

    python benchmarks/working_size.py FOLDER [--sizes 96 128 160 ...] [--model MODEL] [--limit N]

Color photographs are colored from their lightness and measured at full size by `photochrom.evaluation.measures`; the
time is that of the network and its read-out, median over the photographs.
"""

import argparse
import statistics
import time
from pathlib import Path

import numpy as np

from photochrom import Colorizer, Photo
from photochrom.evaluation.measures import measure, summarize
from photochrom.photo import find_photos

SIZES = (96, 128, 160, 192, 224, 256, 320)
FIGURES = ("auc", "auc_bins", "colorful_ratio", "chroma_w1", "cast", "ciede2000", "bleeding")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", nargs="?")
    ask.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    ask.add_argument("--model", default="photochrom")
    ask.add_argument("--limit", type=int)
    said = ask.parse_args()
    if said.folder is None:
        print("Name a folder of color photographs.")
        return
    colorizer = Colorizer(said.model)
    photos = [Photo.read(path) for path in find_photos(Path(said.folder))[: said.limit]]
    card = colorizer.model.card
    print(f"{len(photos)} photographs, model {card.name} {card.version}, its own size {card.working_size}")
    print(f"{'size':>5} {'ms':>6} " + " ".join(f"{name:>14}" for name in FIGURES))
    for size in said.sizes:
        sums, taken = [], []
        for photo in photos:
            begun = time.perf_counter()
            prediction = colorizer.predict(photo, size=size)
            prediction.ab()
            taken.append(1e3 * (time.perf_counter() - begun))
            truth = np.broadcast_to(photo.pixels, (*photo.size, 3))
            sums.append(measure(truth, colorizer.render(photo, prediction).pixels))
        figures = summarize(sums)
        print(f"{size:5} {statistics.median(taken):6.1f} " + " ".join(f"{figures[name]:14.3f}" for name in FIGURES))


if __name__ == "__main__":
    main()
