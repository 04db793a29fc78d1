"""What a step minimizes: the representation's own loss, and beside it a classification of the gray picture."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div

from photochrom.networks import Output
from photochrom.representations import Representation
from photochrom.representations.ab_bins import AbBins, colorful
from photochrom.representations.bin_geometry import BINS
from photochrom.training.feed import Feed
from photochrom.training.recipe import Objective


class Losses(NamedTuple):
    """Scalars of one batch: `total` is minimized, the others are reported.

    Per pixel; classes and recognition per photograph.
    """

    total: Tensor
    color: Tensor
    plain: Tensor
    classes: Tensor
    palette: Tensor
    distance: Tensor
    recognition: Tensor


def losses(
    objective: Objective,
    representation: Representation,
    output: Output,
    feed: Feed,
    weights: Tensor | None,
    class_targets: Tensor | None,
    result: tuple[Tensor, Tensor] | None = None,
) -> Losses:
    """The losses of a batch: the representation's, rebalanced and plain, those of the class and palette heads.

    `weights` [bins] rebalance the colors (Zhang 2016, eq. 4); `class_targets` [N, classes] are the probabilities that
    the class head is to predict, all 0 for a photograph that teaches it nothing; `result` are distance and
    recognition of the colors that are read off (`decoded`).
    """
    mask = colorful(feed.sample.ab) if objective.skip_gray else None
    color = representation.loss(output.logits.float(), feed.targets, weights, mask)
    classes = palette = torch.zeros_like(color.plain)
    distance, recognition = result or (torch.zeros_like(color.plain), torch.zeros_like(color.plain))
    if class_targets is not None and output.classes is not None:
        classes = kl_div(output.classes.float().log_softmax(1), class_targets, reduction="batchmean")
    if objective.palette and output.palette is not None:
        palette = palette_loss(output.palette.float(), feed.sample.ab)
    total = objective.color * color.weighted + objective.classify * classes + objective.palette * palette
    total = total + objective.decoded * distance + objective.recognize * recognition
    return Losses(total, color.weighted, color.plain, classes, palette, distance, recognition)


def palette_loss(logits: Tensor, ab: Tensor) -> Tensor:
    """Cross-entropy of the palette `logits` [N, Q, H/4, W/4] against every fourth pixel of `ab` [N, H, W, 2].

    Q = 529: the nearest cell of the 23 x 23 grid, b fastest, as the PyTorch code of Zhang 2017 trains; 313: soft
    targets, as its paper writes.
    """
    seen = ab[:, ::4, ::4]
    if logits.shape[1] == BINS:
        bins = AbBins()
        soft: Tensor = bins.loss(logits, bins.encode(seen)).plain
        return soft
    cell = ((seen + 110) / 10).round().long().clamp(0, 22)
    nats: Tensor = cross_entropy(logits, cell[..., 0] * 23 + cell[..., 1])
    return nats
