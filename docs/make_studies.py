"""Draws the figures of docs/studies.md into docs/images/studies/, by the commands that the page names.

    python docs/make_studies.py [STUDY...]

The photographs are those of examples/ (gray) and the free ones that come with scikit-image (in color; extra `dev`).
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pyvips
import skimage

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images" / "studies"
FREE = ("astronaut", "chelsea", "coffee", "rocket")  # public domain or CC0
WIDTH = 1000  # pixels: what a page shows at twice its density
PRIOR = ROOT / "src/photochrom/evaluation/data/zhang2016_prior.txt"

# study -> (photographs, options, figures to keep)
FIGURES = {
    "temperature": ("both", ("--show", "4", "--limit", "8"), ("temperature-pictures", "temperature-curves")),
    "stability": ("gray", ("--show", "3"), ("stability-chart", "stability-pictures", "stability-curves")),
    "rebalance": ("color", ("--prior", str(PRIOR)), ("rebalance-gamut", "rebalance-weights")),
    "global": ("gray", ("--show", "3", "--limit", "3"), ("global-pictures",)),
    "style": ("gray", ("--limit", "3"), ("style-pictures",)),
    "legacy": ("gray", ("--temperature", "0.24", "--temperature", "1", "--readout", "mode"), ("legacy-1",)),
    "failure": ("color", ("--show", "4"), ("failure-most-uncertain",)),
}


def main() -> None:
    """Draw all, or those that are named."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        free = Path(scratch) / "free"
        free.mkdir()
        for name in FREE:
            skimage.io.imsave(free / f"{name}.png", getattr(skimage.data, name)(), check_contrast=False)
        places = {"gray": [ROOT / "examples"], "color": [free], "both": [free, ROOT / "examples"]}
        for study in sys.argv[1:] or FIGURES:
            photographs, options, figures = FIGURES[study]
            out = Path(scratch) / study
            words = [sys.executable, "-m", "photochrom", "study", study, *map(str, places[photographs])]
            subprocess.run([*words, *options, "-o", str(out)], check=True)
            for name in figures:
                keep(out / f"{name}.png")


def keep(path: Path) -> None:
    """Pictures as a small JPEG, drawings as a small PNG."""
    image = pyvips.Image.new_from_file(str(path))[:3]
    drawing = path.stem.endswith(("curves", "weights", "gamut"))
    if drawing:
        image.thumbnail_image(WIDTH).write_to_file(str(IMAGES / path.name), palette=True, keep="none")
    else:
        target = IMAGES / f"{path.stem}.jpg"
        image.thumbnail_image(WIDTH).write_to_file(str(target), Q=80, keep="none", optimize_coding=True)


if __name__ == "__main__":
    main()
