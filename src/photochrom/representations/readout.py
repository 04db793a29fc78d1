"""How a predicted distribution of colors becomes one color: the settings of a decode, as a value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from photochrom.errors import ModelError

Kind = Literal["annealed", "mean", "mode", "median", "center-median", "sample", "coherent"]


@dataclass(frozen=True)
class Readout:
    """One way to read a color off a distribution; each representation says which kinds it knows.

    annealed        mean of the distribution sharpened by `temperature` T: sum f(z) c, f(z) = z^(1/T) / sum z^(1/T)
                    (Zhang 2016, eq. 5)
    mean            the same with T = 1, the expectation; of hues the complex expectation (Larsson 2016, section 3.4)
    mode            the most likely bin, the limit T -> 0: vivid, patchy
    median          of each axis by itself, interpolated within its bin; hues have none and take the mean
    center-median   the same as the code of Larsson 2016 has it: the center of the median's bin
    sample          a draw for every cell by itself: noise, but each color as often as it is thought likely
    coherent        one draw for all cells together: where distributions agree, so do the colors

    `temperature` counts for annealed, `seed` for the two draws, `fading` for hue and chroma: chroma fades where the hue
    is uncertain (Larsson 2016, section 3.4).
    """

    kind: Kind = "annealed"
    temperature: float = 0.38
    seed: int = 0
    fading: bool = True

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ModelError(f"unknown read-out {self.kind!r}: choose one of {', '.join(get_args(Kind))}")
        if not isinstance(self.temperature, int | float) or not 0 <= self.temperature <= 10:
            raise ModelError(f"a temperature lies between 0 (mode) and 10, not {self.temperature!r}")
        if not isinstance(self.seed, int) or self.seed < 0:
            raise ModelError(f"a seed is a whole number, 0 or more, not {self.seed!r}")
        if not isinstance(self.fading, bool):
            raise ModelError(f"fading is true or false, not {self.fading!r}")

    @property
    def sharpness(self) -> float:
        """1 / T as the decode applies it; infinite for the mode."""
        if self.kind == "mode" or (self.kind == "annealed" and self.temperature == 0):
            return float("inf")
        return 1 / self.temperature if self.kind == "annealed" else 1.0

    def among(self, kinds: tuple[str, ...], representation: str) -> "Readout":
        """This read-out, if its kind is one of `kinds`; ModelError, naming the representation, if not."""
        if self.kind not in kinds:
            raise ModelError(f"{representation} is read by {', '.join(kinds)}, not by {self.kind}")
        return self

    def to_card(self) -> dict[str, Any]:
        """Plain JSON, what is as usual left out; `from_card` reads it back."""
        usual = {"seed": 0, "fading": True}
        return {key: value for key, value in asdict(self).items() if key not in usual or value != usual[key]}

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> "Readout":
        """The read-out that a model's card names; ModelError for unknown keys or values."""
        unknown = set(card) - {one.name for one in fields(cls)}
        if unknown:
            raise ModelError(f"unknown read-out setting {sorted(unknown)[0]!r} in the model's card")
        return cls(**card)
