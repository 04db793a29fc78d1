"""What the measure of bleeding says of colors of which one knows how far they bled, under several thresholds.

    python benchmarks/bleeding.py FOLDER [RESULTS]      color photographs; their colorized versions, with the same stems

Bleeding in percent of the photographs themselves; with their ab blurred by a Gaussian of so many pixels and rounded;
with the ab of another photograph of the same size; of RESULTS. The first line has the thresholds in use; `flat` is the
share of pixels that count as having no lightness edge.
"""

import itertools
import sys
from pathlib import Path

import numpy as np

from photochrom.evaluation import measures_structure as structure
from photochrom.evaluation.measures_color import lab_of
from photochrom.photo import Photo, find_photos

BLURS = (2, 4, 8, 16, 32)


def read(folder: str) -> dict[str, np.ndarray]:
    """Lab pictures by stem."""
    found = {Path(path).stem.removesuffix("-color"): path for path in find_photos(folder)}
    return {stem: lab_of(Photo.read(path).pixels) for stem, path in sorted(found.items())}


def blurred(ab: np.ndarray, sigma: float) -> np.ndarray:
    """Rounded to whole Lab units, borders continued."""
    reach = round(3 * sigma)
    taps = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    for _ in range(2):
        padded = np.pad(ab, [(reach, reach), (0, 0), (0, 0)], mode="edge")
        ab = np.apply_along_axis(np.convolve, 0, padded, taps / taps.sum(), mode="valid").swapaxes(0, 1)
    return np.rint(ab)


def main() -> None:
    if len(sys.argv) < 2:
        print("skipped: needs FOLDER, color photographs of one size")
        return
    truths = read(sys.argv[1])
    lightness = [lab[..., 0] for lab in truths.values()]
    own = [lab[..., 1:] for lab in truths.values()]
    others = own[len(own) // 3 :] + own[: len(own) // 3]
    colors = {"truth": own} | {f"blur {sigma}": [blurred(ab, sigma) for ab in own] for sigma in BLURS}
    colors["another's"] = [other if other.shape == ab.shape else ab for other, ab in zip(others, own, strict=True)]
    if len(sys.argv) > 2:
        results = read(sys.argv[2])
        colors["results"] = [results[stem][..., 1:] for stem in truths]
    in_use = structure.LIGHTNESS_EDGE, structure.NEAR, structure.CHROMA_FLOOR
    settings = [in_use, *(one for one in itertools.product((0.5, 1.0, 2.0, 3.0), (3, 4), (0.25, 0.5)) if one != in_use)]
    print("edge near floor  flat" + "".join(f"{name:>11}" for name in colors))
    for setting in settings:
        structure.LIGHTNESS_EDGE, structure.NEAR, structure.CHROMA_FLOOR = setting
        masks = [structure.lightness_edges(plane) for plane in lightness]
        line = f"{setting[0]:4} {setting[1]:4} {setting[2]:5} {1 - np.mean([mask.mean() for mask in masks]):5.2f}"
        for pictures in colors.values():
            edges = [structure.chroma_edges(ab, mask) for ab, mask in zip(pictures, masks, strict=True)]
            line += f"{100 * sum(one.astray for one in edges) / sum(one.all for one in edges):11.1f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
