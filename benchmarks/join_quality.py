"""Does the guided join beat bilinear enlargement, and does it ever lose?

    python benchmarks/join_quality.py FOLDER [--model MODEL] [--limit N]      color photographs, taken at full size

Two colors are joined: the true ab averaged onto the network's grid, which shows the join alone, and the ab that the
model predicts. Measured against the photograph, after fitting into the gamut:

bleeding     share of the change of ab that lies where lightness has no edge, % (`evaluation.measures_structure`)
ciede2000    mean color difference (Sharma, Wu & Dalal 2005)

Means over photographs; how many the guided join is better on; and the photograph on which it loses most.
"""

import argparse
from pathlib import Path

import numpy as np

from photochrom import Colorizer, Photo
from photochrom.color import fit_to_gamut, srgb_to_lab
from photochrom.evaluation.measures_color import ciede2000
from photochrom.evaluation.measures_structure import chroma_edges, lightness_edges
from photochrom.join import join
from photochrom.photo import find_photos
from photochrom.resample import resize

MEASURES = ("bleeding", "ciede2000")


def bilinear(ab: np.ndarray, guide: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """Without looking at the photograph."""
    return resize(ab, *lightness.shape)


METHODS = {"bilinear": bilinear, "guided": join}


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
        plain, guided = (np.array([one[name][index] for one in found]) for name in METHODS)
        loss = guided - plain
        worst = int(np.argmax(loss))
        print(
            f"{kind:10} {measure:10} {plain.mean():9.3f} {guided.mean():8.3f} {np.mean(loss < 0):8.0%} "
            f"{loss[worst]:+9.3f} of {plain[worst]:6.3f}  {names[worst]}"
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
    print(f"{'color':10} {'measure':10} {'bilinear':>9} {'guided':>8} {'better':>8} {'worst':>9}")
    for kind in ("true", "predicted"):
        report(kind, [path.name for path in paths], [one[kind] for one in found])


if __name__ == "__main__":
    main()
