"""Losses of the picture that comes out, through the read-out: how far its colors lie off, and what is seen in it.

The cross-entropy asks for a whole distribution. Two things that a finished picture is held against are asked for here
directly, once the distribution is learned: the distance of the color that is read off, which is what the AuC measures
(Zhang 2016, section 3.1), and whether a classifier still sees in the result what it sees in the original (the same
section's second test, there a measure, here a loss, as perceptual losses are: Johnson et al. 2016). The classifier is
never the one that results are scored with.
"""

from dataclasses import dataclass

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.nn.functional import interpolate, kl_div

from photochrom.color import lab_to_srgb, srgb_to_lab
from photochrom.representations import Readout
from photochrom.representations.ab_bins import AbBins, class_weights
from photochrom.training.lesson import Teacher
from photochrom.training.recipe import Objective
from photochrom.training.start import float32_depthwise, on_device

UNIT = 10.0  # Lab units that a distance is counted in: the side of a bin
RAREST = 50.0  # largest weight of a bin in the class-balanced distance: below it the corpus shows a handful of pixels


@dataclass(frozen=True)
class Decoded:
    """The losses of the read-out for one objective.

    rare    [313] weights with which every bin counts alike, their mean over the corpus's pixels 1
    judge   the classifier; None where recognition has no weight
    """

    objective: Objective
    rare: Tensor
    judge: nn.Module | None

    def losses(self, logits: Tensor, ab: Tensor, rgb: Tensor, fabric: Fabric) -> tuple[Tensor, Tensor]:
        """(distance, recognition) of `logits` [N, 313, h, w] against `ab` [N, h, w, 2] and `rgb` [N, 3, H, W].

        Distance: the mean over pixels in units of 10 Lab, a share `rare` of it with every bin counting alike.
        Recognition: the divergence of what the judge sees in the result from what it sees in the original, in nats.
        """
        bins, share = AbBins(), self.objective.rare
        found = bins.decode(logits, Readout("annealed", self.objective.temperature))
        apart = ((found - ab).square().sum(-1) + 1).sqrt() / UNIT  # smooth where they meet
        distance = ((1 - share + share * self.rare[bins.nearest(ab)]) * apart).mean()
        if self.judge is None:
            return distance, torch.zeros_like(distance)
        with fabric.autocast():
            return distance, recognition(self.judge, found, rgb)


def decoded_losses(objective: Objective, prior: np.ndarray | None, device: torch.device) -> Decoded | None:
    """The losses of the read-out that an objective asks for; None if it asks for none. `prior` is that of the bins."""
    if prior is None or not (objective.decoded or objective.recognize):
        return None
    judge = on_device(Teacher(objective.judge), device) if objective.recognize else None
    if judge is not None and device.type == "cpu":
        float32_depthwise(judge)
    return Decoded(objective, torch.as_tensor(rare_weights(prior), dtype=torch.float32, device=device), judge)


def recognition(judge: nn.Module, ab: Tensor, rgb: Tensor) -> Tensor:
    """KL divergence, in nats a photograph, of what `judge` sees in the result from what it sees in the original.

    The result is the original's lightness [N, 3, H, W in 0..1] under the colors `ab` [N, h, w, 2], enlarged bilinearly.
    """
    with torch.no_grad():
        wanted = judge(rgb).float().softmax(1)
        lightness = srgb_to_lab(rgb, axis=1)[:, :1]
    large = interpolate(ab.movedim(-1, 1), rgb.shape[2:], mode="bilinear", align_corners=False)
    result = lab_to_srgb(torch.cat([lightness, large.float()], 1), axis=1).clamp(0, 1)
    seen = judge(result.contiguous(memory_format=torch.channels_last)).float().log_softmax(1)
    return kl_div(seen, wanted, reduction="batchmean")


def rare_weights(prior: np.ndarray) -> np.ndarray:
    """Weights [313] with which each bin counts alike whatever its frequency, up to RAREST; their mean is 1.

    Zhang 2016, eq. 4 with lambda 0: the weighting of the class-balanced AuC.
    """
    weights: np.ndarray = np.minimum(class_weights(prior, 0.0), RAREST)
    return np.asarray(weights / (weights @ prior))
