"""Prediction: what a network said about one photograph, decoded as often as one likes. The network ran once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from photochrom.color import fit_to_gamut, lab_to_srgb
from photochrom.hints import Hint, place
from photochrom.propagation import propagate
from photochrom.representations import Readout, Representation
from photochrom.representations.palette_grid import SOFTNESS, palette_centers

Array = NDArray[np.float32]

APART = 25.0  # Lab units between two entries of a palette: below it they look like shades of one color
FAINT = 0.01  # of the best bin's probability: below it a mode is noise


@dataclass(frozen=True)
class Swatch:
    """A color that the network thinks possible at a place, in gamut at the lightness there."""

    lab: tuple[float, float, float]
    srgb: tuple[int, int, int]
    """8 bits."""
    share: float
    """Its part of the distribution, 0..1: the probability of the bins nearer to it than to the other entries."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """The logits of one photograph on the network's grid, with all that is needed to read colors off them.

    logits          float32 C x h x w; the grid covers the photograph exactly
    guide           float32 h x w, L* of the photograph averaged onto the grid
    size            (height, width) of the photograph
    representation  what the C numbers mean
    readout         how a color is read off them unless told otherwise
    saturation      factor on ab that the model's card asks for
    features        float32 F x h x w, a compact embedding of each cell, where the network gives one
    choices         float32 Q x h' x w', logits of a second answer, for `palette`, where the network gives one
    hints           colors set by a person that `ab` carries over the regions around them
    notes           sentences that this person should be told: a hint's color is paler in the picture
    """

    logits: Array
    guide: Array
    size: tuple[int, int]
    representation: Representation
    readout: Readout
    saturation: float = 1.0
    features: Array | None = None
    choices: Array | None = None
    hints: tuple[Hint, ...] = ()
    notes: tuple[str, ...] = ()

    def ab(self, readout: Readout | None = None) -> Array:
        """One color a cell, h x w x 2 float32, Lab units. A hint's cell has the hint's color."""
        ab: Array = self.representation.decode(self.logits, readout or self.readout, self.guide)
        scaled: Array = ab * np.float32(self.saturation)
        if not self.hints:
            return scaled
        placed, _ = place(self.hints, self.size, self.guide)
        cells = np.array([(one.row, one.column) for one in placed])
        return propagate(scaled, self.guide, self.features, cells, np.stack([one.ab for one in placed]))

    def hinted(self, hints: Sequence[Hint]) -> "Prediction":
        """The same prediction with these hints instead of those that it has; none gives the network's own colors back.

        Each color is carried over the region that it lies in (`propagation`), whatever the network knows of hints:
        those that the network itself was given stay in its logits. HintError for a hint outside of the photograph.
        """
        _, notes = place(hints, self.size, self.guide)
        return replace(self, hints=tuple(hints), notes=notes)

    def entropy(self) -> Array:
        """How undecided the network is, h x w in nats: 0 where it is sure. ModelError for a regression."""
        nats: Array = self.representation.entropy(self.logits)
        return nats

    def palette(self, x: float, y: float, n: int = 5) -> list[Swatch]:
        """The colors most likely at a pixel of the photograph, at most `n`, best first.

        `x` counts from the left, `y` from the top, in the photograph's pixels; ValueError outside of it. The entries
        are modes of the distribution there: the most probable bins within APART of themselves, if not FAINT.
        """
        shares, centers, lightness = self._cell(x, y)
        distance = np.hypot(*np.moveaxis(centers[:, None] - centers[None], -1, 0))  # C x C
        peak = shares >= np.max(np.where(distance < APART, shares[None], FAINT * shares.max()), axis=1)
        chosen: list[int] = []
        for one in np.argsort(-shares, kind="stable"):
            if len(chosen) < n and peak[one] and all(distance[one, other] >= APART for other in chosen):
                chosen.append(int(one))
        nearest = np.argmin(distance[:, chosen], axis=1) if chosen else np.zeros(0, int)
        return [_swatch(lightness, centers[one], shares[nearest == k].sum()) for k, one in enumerate(chosen)]

    def samples(self, n: int, seed: int = 0) -> list["Prediction"]:
        """`n` predictions of the same photograph that differ as wholes; the same ones for the same seed.

        Each is a draw by the Gumbel-max rule with *one* noise value a color, shared by all cells: every cell's most
        likely color is then a true draw from its own distribution, and cells that agree in distribution (a wall, a
        sky) draw the same color. Read with the mode it is that draw; the annealed mean softens it (a concrete
        distribution).
        """
        noise = np.random.default_rng(seed).gumbel(size=(n, len(self.logits), 1, 1)).astype(np.float32)
        return [replace(self, logits=self.logits + one) for one in noise]

    def _cell(self, x: float, y: float) -> tuple[Array, Array, float]:
        height, width = self.size
        if not (0 <= x < width and 0 <= y < height):
            raise ValueError(f"({x}, {y}) lies outside of a photograph of {width} x {height} pixels")
        row, column = int(y * self.guide.shape[0] / height), int(x * self.guide.shape[1] / width)
        lightness = float(self.guide[row, column])
        if self.choices is None:
            shares, centers = self.representation.spread(self.logits[:, row, column], lightness)
            return shares, centers, lightness
        rows, columns = (there * other // own for there, other, own in
                         zip((row, column), self.choices.shape[1:], self.guide.shape, strict=True))  # fmt: skip
        softened = SOFTNESS * self.choices[:, rows, columns]
        shares = np.exp(softened - softened.max())
        return shares / shares.sum(), palette_centers(len(shares)), lightness


def _swatch(lightness: float, ab: Array, share: float) -> Swatch:
    lab = fit_to_gamut(np.array([[lightness, *ab]]))
    red, green, blue = np.rint(np.clip(lab_to_srgb(lab), 0, 1)[0] * 255).astype(int).tolist()
    level, a, b = lab[0].tolist()
    return Swatch((level, a, b), (red, green, blue), float(share))
