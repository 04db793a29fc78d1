"""What comes out of screening: which pictures stay, in which order, under which names, and what is told about it."""

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from photochrom.listing import Listed, class_names
from photochrom.training.hashing import near_duplicates
from photochrom.training.journal import Verdicts

REASONS = ("broken", "tiny", "gray", "tinted", "duplicate")  # in the order of asking


@dataclass(frozen=True)
class Outcome:
    """The decision about all pictures; numbers are positions in the listing."""

    pictures: list[Listed]
    drop: list[str | None]  # why each picture was dropped
    repeats: np.ndarray  # the number of the picture that stayed instead, or -1
    order: np.ndarray  # numbers of those that stay, shuffled: the order of the samples
    sizes: np.ndarray  # bytes of their small copies, in that order
    mean_chroma: float
    classes: list[str]

    @property
    def dropped(self) -> dict[str, int]:
        """How many were dropped for each reason."""
        counts = Counter(self.drop)
        return {reason: counts[reason] for reason in REASONS}

    def label(self, number: int) -> int | None:
        """The label of a picture: the position of its class folder among the names."""
        return self._labels.get(self.pictures[number].folder)

    @cached_property
    def _labels(self) -> dict[str | None, int]:
        return {name: label for label, name in enumerate(self.classes)}

    def fates(self) -> str:
        """What became of each input picture, one JSON object a line: a key, or a reason and the picture it repeats."""
        keys = {int(number): sample_key(position) for position, number in enumerate(self.order)}
        lines = []
        for number, picture in enumerate(self.pictures):
            fate = {"name": picture.name}
            fate |= {"key": keys[number]} if number in keys else {"dropped": str(self.drop[number])}
            if self.repeats[number] >= 0:
                fate["repeats"] = self.pictures[self.repeats[number]].name
            lines.append(json.dumps(fate) + "\n")
        return "".join(lines)

    def manifest(self, options: dict[str, Any], digest: str, shards: list[dict[str, object]]) -> dict[str, Any]:
        """What manifest.json says."""
        return {
            "photochrom": 1,
            "samples": len(self.order),
            "mean_chroma": round(self.mean_chroma, 3),
            "inputs": {"listed": len(self.pictures), "pictures": digest},
            "dropped": self.dropped,
            "options": options,
            "classes": self.classes,
            "shards": shards,
        }


def decide(pictures: list[Listed], verdicts: Verdicts, labels: bool, seed: int) -> Outcome:
    """Drop duplicates (of several copies the largest original stays) and shuffle what is left."""
    good = np.array([number for number, reason in enumerate(verdicts.drop) if reason is None], np.int64)
    ranked = good[np.lexsort((good, -verdicts.side[good]))]
    found = near_duplicates(verdicts.hash[ranked])
    repeats = np.full(len(pictures), -1, np.int64)
    repeats[ranked[found >= 0]] = ranked[found[found >= 0]]
    kept = good[repeats[good] < 0]
    order = np.random.default_rng(seed).permutation(kept)
    return Outcome(
        pictures,
        ["duplicate" if repeats[number] >= 0 else reason for number, reason in enumerate(verdicts.drop)],
        repeats,
        order,
        verdicts.bytes[order],
        float(verdicts.chroma[kept].mean()) if len(kept) else 0.0,
        class_names([pictures[number] for number in kept]) if labels else [],
    )


def sample_key(position: int) -> str:
    """The key of the sample at this position of the shuffled order."""
    return f"{position:08d}"
