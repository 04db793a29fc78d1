"""Eight photographs are learned by heart within minutes on a CPU: `make overfit`."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data
from skimage.transform import resize

import tiny_training as tiny
from photochrom.training.checkpoint import averaged_weights
from photochrom.training.data import Corpus
from photochrom.training.loop import train
from photochrom.training.start import build
from photochrom.training.validate import validate

SIDE = 64
# full network, every photograph in every step, whole; 300 steps reach 98.8
RECIPE = tiny.recipe(
    network={"width": 128, "embedding": 64},
    data={"shorter_side": SIDE, "crops": [[0.0, SIDE]], "zoom": 1.0, "aged": 0.0, "validation": 1},
    objective={"rebalance": 1.0},
    schedule={"steps": 150, "batch": 8, "rate": 3e-3, "encoder_rate": 0.5, "decay": 0.0, "average": 0.97},
)


def quarters(picture: np.ndarray) -> list[torch.Tensor]:
    """Three quarters of the square in the middle of a photograph, each [3, SIDE, SIDE]."""
    height, width = picture.shape[:2]
    half = min(height, width) // 2
    top, left = height // 2 - half, width // 2 - half
    parts = [
        picture[top + y : top + y + half, left + x : left + x + half] for y, x in ((0, 0), (0, half), (half, half))
    ]
    small = [np.rint(resize(part, (SIDE, SIDE), anti_aliasing=True) * 255).astype(np.uint8) for part in parts]
    return [torch.from_numpy(part.transpose(2, 0, 1).copy()) for part in small]


@pytest.mark.slow
def test_eight_photographs_are_learned_by_heart(tmp_path: Path) -> None:
    photographs = [part for one in (data.astronaut(), data.chelsea(), data.coffee()) for part in quarters(one)]
    corpus = Corpus([str(number) for number in range(9)], photographs, torch.full((9,), -1))
    fabric = tiny.fabric()
    train(RECIPE, corpus, tmp_path, fabric)
    network = build(RECIPE, averaged_weights(tmp_path)[0], published=False)
    learned, _ = corpus.split(1, RECIPE.seed)  # the ninth was kept aside
    seen = validate(network, RECIPE.color, learned, SIDE, fabric)
    sys.stdout.write(f"\nplain AuC of eight photographs: {seen.auc:.2f} (all gray: {seen.auc_gray:.2f})\n")
    assert len(learned) == 8
    assert seen.auc_gray < 90
    assert seen.auc > 97
