"""Does the guided join beat bilinear enlargement, and does it ever lose? The published filter for comparison.

    python benchmarks/join_quality.py FOLDER [--model MODEL] [--limit N]      color photographs, taken at full size

Two colors are joined: the true ab averaged onto the network's grid, which shows the join alone, and the ab that the
model predicts. Measured against the photograph, after fitting into the gamut:

bleeding     share of the change of ab that lies where lightness has no edge, % (`evaluation.measures_structure`)
ciede2000    mean color difference (Sharma, Wu & Dalal 2005)

Means over photographs; on how many photochrom's join is better than bilinear enlargement; where it loses most to it.
"""

import argparse
from pathlib import Path

import numpy as np

from photochrom import Colorizer, Photo
from photochrom.color import fit_to_gamut, srgb_to_lab
from photochrom.evaluation.measures_color import ciede2000
from photochrom.evaluation.measures_structure import chroma_edges, lightness_edges
from photochrom.join import join, radius_for
from photochrom.photo import find_photos
from photochrom.resample import box_mean, resize

MEASURES = ("bleeding", "ciede2000")


def bilinear(ab: np.ndarray, guide: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """Without looking at the photograph."""
    return resize(ab, *lightness.shape)


def published(ab: np.ndarray, guide: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """The fast guided filter (He & Sun 2015): A and B both averaged over the windows; epsilon 16."""
    radius, level = radius_for(*guide.shape), guide[..., None]
    mean, mean_ab = box_mean(level, radius), box_mean(ab, radius)
    slope = box_mean(level * ab, radius) - mean * mean_ab
    slope /= box_mean(level * level, radius) - mean * mean + 16
    parts = [box_mean(part, radius).astype(np.float32) for part in (slope, mean_ab - slope * mean)]
    smooth = [resize(part, *lightness.shape) for part in parts]
    return smooth[0] * lightness[..., None] + smooth[1]


METHODS = {"bilinear": bilinear, "published": published, "photochrom": join}


def measured(lab: np.ndarray, ab: np.ndarray, edges: np.ndarray) -> tuple[float, float]:
    """Both measures of a result with these colors."""
    result = fit_to_gamut(np.concatenate([lab[..., :1], ab.astype(np.float64)], axis=-1))
    change = chroma_edges(result[..., 1:], edges)
    return 100 * change.astray / max(change.all, 1e-9), float(ciede2000(lab, result).mean())


def rows(photo: Photo, colorizer: Colorizer) -> dict[str, dict[str, tuple[float, float]]]:
    """Kind of color -> method -> measures of one photograph."""
    lab = srgb_to_lab(photo.pixels / np.iinfo(photo.dtype).max)
    lightness = lab[..., 0].astype(np.float32)
    edges = lightness_edges(lab[..., 0])
    prediction = colorizer.predict(photo)
    colors = {"true": resize(lab[..., 1:].astype(np.float32), *prediction.guide.shape), "predicted": prediction.ab()}
    return {
        kind: {name: measured(lab, method(ab, prediction.guide, lightness), edges) for name, method in METHODS.items()}
        for kind, ab in colors.items()
    }


def report(kind: str, names: list[str], found: list[dict[str, tuple[float, float]]]) -> None:
    for index, measure in enumerate(MEASURES):
        values = {name: np.array([one[name][index] for one in found]) for name in METHODS}
        loss = values["photochrom"] - values["bilinear"]
        worst = int(np.argmax(loss))
        means = " ".join(f"{values[name].mean():11.3f}" for name in METHODS)
        of = values["bilinear"][worst]
        print(
            f"{kind:10} {measure:10} {means} {np.mean(loss < 0):7.0%} {loss[worst]:+8.3f} of {of:.3f}, {names[worst]}"
        )


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", nargs="?")
    ask.add_argument("--model", default="photochrom")
    ask.add_argument("--limit", type=int)
    said = ask.parse_args()
    if said.folder is None:
        print("Name a folder of color photographs.")
        return
    colorizer = Colorizer(said.model)
    paths = find_photos(Path(said.folder))[: said.limit]
    found = [rows(Photo.read(path), colorizer) for path in paths]
    print(f"{len(paths)} photographs, model {colorizer.model.card.name} {colorizer.model.card.version}")
    print(f"{'color':10} {'measure':10} " + " ".join(f"{name:>11}" for name in METHODS) + "  better    worst loss")
    for kind in ("true", "predicted"):
        report(kind, [path.name for path in paths], [one[kind] for one in found])


if __name__ == "__main__":
    main()
