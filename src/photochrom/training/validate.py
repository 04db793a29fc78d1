"""How a network does on the photographs kept aside: numbers for the log, pictures for the contact sheet."""

from typing import NamedTuple

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from photochrom.color import srgb_to_lab
from photochrom.networks import Network
from photochrom.representations import Representation
from photochrom.training.augment import to_sample
from photochrom.training.data import Corpus

SHOWN = 12  # photographs on the contact sheet
BATCH = 16
FARTHEST = 150  # Lab units: thresholds of the AuC run from 0 to here (Zhang 2016, section 3.1)


class Validation(NamedTuple):
    """Means over the photographs, and the first SHOWN of them: lightness [n, H, W], ab [n, h, w, 2] twice."""

    plain: float
    auc: float
    auc_gray: float
    lightness: np.ndarray
    ours: np.ndarray
    true: np.ndarray


@torch.no_grad()
def validate(network: Network, color: Representation, photographs: Corpus, size: int, fabric: Fabric) -> Validation:
    """Plain loss and plain AuC (exact integral, at the network's own resolution) on center crops of `size` px.

    `auc_gray` is the AuC of no color at all on the same crops: what has to be beaten. No hints, no style.
    """
    network.eval()
    plain, errors, grays = 0.0, 0.0, 0.0
    shown: list[tuple[np.ndarray, ...]] = []
    for start in range(0, len(photographs), BATCH):
        crops = [center(p, size) for p in photographs.photographs[start : start + BATCH]]
        rgb = torch.stack(crops).to(fabric.device).float() / 255
        sample = to_sample(rgb, network.stride_out, network.lightness)
        with fabric.autocast():
            logits = network(sample.lightness).logits.float()
        true, level = sample.ab.cpu().numpy(), sample.lab[..., 0].cpu().numpy()
        ab = color.decode(logits.cpu().numpy(), None, level)
        share = len(crops) / len(photographs)
        plain += share * float(color.loss(logits, color.encode(sample.lab)).plain)
        errors += share * float(np.minimum(np.hypot(*np.moveaxis(ab - true, -1, 0)), FARTHEST).mean())
        grays += share * float(np.minimum(np.hypot(*np.moveaxis(true, -1, 0)), FARTHEST).mean())
        if start < SHOWN:
            full = srgb_to_lab(rgb, axis=1)[:, 0].cpu().numpy()
            shown.append(tuple(x[: SHOWN - start] for x in (full, ab, true)))
    lightness, ours, true = (np.concatenate(parts) for parts in zip(*shown, strict=True))
    return Validation(plain, 100 * (1 - errors / FARTHEST), 100 * (1 - grays / FARTHEST), lightness, ours, true)


def center(photograph: Tensor, size: int) -> Tensor:
    """The square of this size in the middle of [3, H, W]."""
    top, left = (photograph.shape[1] - size) // 2, (photograph.shape[2] - size) // 2
    return photograph[:, top : top + size, left : left + size]
