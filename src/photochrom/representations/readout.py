"""How a predicted distribution of colors becomes one color: the settings of a decode, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from photochrom.errors import ModelError

Kind = Literal["annealed", "mean", "mode"]


@dataclass(frozen=True)
class Readout:
    """One way to read a color off a distribution z over bins with centers c (Zhang 2016, section 2.3).

    annealed   mean of the distribution sharpened by `temperature` T: sum f(z) c, f(z) = z^(1/T) / sum z^(1/T) (eq. 5)
    mean       the same with T = 1: safe, calm, desaturated
    mode       the most likely bin, the limit T -> 0: vivid, patchy
    """

    kind: Kind = "annealed"
    temperature: float = 0.38

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ModelError(f"unknown read-out {self.kind!r}: choose one of {', '.join(get_args(Kind))}")
        if not isinstance(self.temperature, int | float) or not 0 <= self.temperature <= 10:
            raise ModelError(f"a temperature lies between 0 (mode) and 10, not {self.temperature!r}")

    @property
    def sharpness(self) -> float:
        """1 / T as the decode applies it; infinite for the mode."""
        if self.kind == "mode" or (self.kind == "annealed" and self.temperature == 0):
            return float("inf")
        return 1.0 if self.kind == "mean" else 1 / self.temperature

    def to_card(self) -> dict[str, Any]:
        """Plain JSON; `from_card` reads it back."""
        return {"kind": self.kind, "temperature": self.temperature}

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> "Readout":
        """The read-out that a model's card names; ModelError for unknown keys or values."""
        unknown = set(card) - {"kind", "temperature"}
        if unknown:
            raise ModelError(f"unknown read-out setting {sorted(unknown)[0]!r} in the model's card")
        return cls(**card)
