"""A recipe: everything that decides a training run, read from TOML into frozen values; what is unknown is refused."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from importlib.resources import files
from inspect import signature
from pathlib import Path
from typing import Any, get_type_hints

from photochrom.errors import ModelError, RecipeError
from photochrom.networks import NETWORKS
from photochrom.networks.efficientnet_lite import VARIANTS
from photochrom.representations import Representation, representation_from_card
from photochrom.training.pairing import impossible_numbers, impossible_pair

NONE_ALLOWED = ("bins", "classes", "mask_center", "mean")  # settings that may be 0: a head left out, no shift


@dataclass(frozen=True)
class Data:
    """Which pictures the network sees.

    shorter_side   photographs are kept in memory at this shorter side, px
    crops          [progress, px] pairs: from this share of the run on, square crops of this size
    zoom           a crop is cut at up to this many times its size and shrunk to it
    aged           share of crops whose lightness is degraded like an old photograph's
    target         color of a cell of the grid: "mean" of its pixels, or "pick" the first one's, as Zhang 2016 trains
    locations      sparse training at this many pixels a crop (Larsson 2016: 128); 0: on the whole grid
    margin         locations keep this far from the rim, px
    window         side of the square around a location whose colors are its target, odd
    style          what the style input sees: the "crop" itself, or the "whole" photograph, as when one is colored
    validation     photographs kept aside for the validation loss and the contact sheet
    memory_gb      the decoded corpus is held in memory up to this size; a larger one is streamed from its shards
    """

    shorter_side: int = 208
    crops: tuple[tuple[float, int], ...] = ((0.0, 160),)
    zoom: float = 1.5
    aged: float = 0.25
    target: str = "mean"
    locations: int = 0
    margin: int = 0
    window: int = 1
    style: str = "crop"
    validation: int = 128
    memory_gb: float = 12.0


@dataclass(frozen=True)
class Objective:
    """What is minimized: the representation's loss, and beside it a classification of the gray picture.

    color         weight of the representation's loss; 0 trains the class head alone
    rebalance     lambda of Zhang 2016, eq. 4: 1 = every color alike, 0.5 = the paper's rare-color weights
    skip_gray     leave photographs without color, no a or b beyond 5, out of the loss
    classify      weight of the classification loss beside it; 0 leaves the class head as it is
    teacher       photographs without a label are classified as the published network sees their color originals
    palette       weight of the loss of the palette (Zhang 2017), whose gradient stays in its own head
    decoded       weight of the distance of the color that is read off from the true one, in units of 10 Lab
    rare          share of that distance in which every bin counts alike, 0..1
    temperature   of the annealed mean that the color is read off with
    recognize     weight of what a published classifier no longer sees in the result, in nats
    judge         which classifier: an EfficientNet-Lite
    """

    color: float = 1.0
    rebalance: float = 1.0
    skip_gray: bool = False
    classify: float = 0.0
    teacher: bool = True
    palette: float = 0.0
    decoded: float = 0.0
    rare: float = 0.5
    temperature: float = 0.38
    recognize: float = 0.0
    judge: str = "lite1"


@dataclass(frozen=True)
class Schedule:
    """How long and how fast.

    steps, minutes      the length of the run, the other is 0; minutes include the time to load the photographs
    batch               photographs a step, over all processes
    accumulate          parts that a process takes its share of the batch in, to fit small memory
    optimizer           adamw; adam, sgd (decay is part of the gradient); adadelta (rate 1 is the published one)
    rate                peak learning rate
    encoder_rate        a pretrained encoder's share of that rate; 0 leaves it as it is
    frozen_norms        BatchNorm keeps the statistics that the run starts with
    bias_rate           biases learn this many times as fast (Larsson 2016: 2)
    warmup              share of the run with a rising rate; then it falls along a cosine
    final               share of the peak rate that it falls to
    drops               [progress, share] pairs in place of the cosine: from there on, this share of the peak rate
    decay               weight decay, of weights, not of biases and BatchNorm
    momentum            of sgd; beta1 of adam and adamw
    beta2               of adam and adamw
    clip                largest norm of the gradient
    average             decay of the exponential moving average of the weights, per step; that average is exported
    """

    steps: int = 0
    minutes: float = 0.0
    batch: int = 32
    accumulate: int = 1
    optimizer: str = "adamw"
    rate: float = 1e-3
    encoder_rate: float = 0.3
    frozen_norms: bool = False
    bias_rate: float = 1.0
    warmup: float = 0.04
    final: float = 0.01
    drops: tuple[tuple[float, float], ...] = ()
    decay: float = 0.02
    momentum: float = 0.9
    beta2: float = 0.999
    clip: float = 1.0
    average: float = 0.999


@dataclass(frozen=True)
class Recipe:
    """A whole run.

    name              what the run is of; without it the built-in's name or that of the file
    network           table: its name, and settings of its own, see `photochrom models show NETWORK`
    representation    table: its name, and settings of its own, see docs/method.md
    data              table, see Data
    objective         table, see Objective
    schedule          table, see Schedule
    seed              of the split, the order, the crops and the weights that start at random
    """

    name: str
    network: Mapping[str, Any]
    representation: Mapping[str, Any]
    data: Data = field(default_factory=Data)
    objective: Objective = field(default_factory=Objective)
    schedule: Schedule = field(default_factory=Schedule)
    seed: int = 0

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise RecipeError(f"recipe {self.name}: {problem}")

    @property
    def color(self) -> Representation:
        """The representation as a value."""
        return representation_from_card(self.representation)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> "Recipe":
        """A recipe from plain tables; RecipeError for unknown keys (the nearest known one is named) and wrong types."""
        recipe = _build(cls, table, "")
        assert isinstance(recipe, Recipe)
        return recipe

    def _problem(self) -> str | None:
        problem = _network_problem(self.network)
        if problem:
            return problem
        try:
            representation_from_card(self.representation)
        except (ModelError, TypeError) as error:
            return f"representation: {error}"
        for table, values in self.to_dict().items():
            for key, value in values.items() if isinstance(values, dict) else ():
                if isinstance(value, float) and not math.isfinite(value):
                    return f"{table}.{key} must be a finite number, not {value}"
        return impossible_numbers(self) or impossible_pair(self)


def load_recipe(name: str | Path) -> Recipe:
    """A built-in recipe by name, or a TOML file by path.

    RecipeError, one sentence, for a missing file, broken TOML, unknown keys or settings that contradict each other.
    """
    builtin = builtin_recipes()
    if str(name) in builtin:
        text, where = builtin[str(name)], str(name)
    elif Path(name).is_file():
        where = Path(name).stem
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(f"recipe {name} cannot be read: {error}") from None
    else:
        near = get_close_matches(str(name), builtin, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise RecipeError(f"no recipe {str(name)!r}: neither a file nor a built-in (photochrom train --list){hint}")
    return Recipe.from_dict({"name": where} | _tables(text, where))


def _tables(text: str, where: str) -> dict[str, Any]:
    """TOML as tables, over those of the built-in recipe that its key `like` names.

    Keys replace those of the same name; a table with another `name` replaces the whole of it.
    """
    try:
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"recipe {where} is no valid TOML: {error}") from None
    model = own.pop("like", None)
    if model is None:
        return own
    builtin = builtin_recipes()
    if model not in builtin or model == where:
        raise RecipeError(f"recipe {where} is like {model!r}, which is no built-in (photochrom train --list)")
    tables = _tables(builtin[model], model)
    for key, value in own.items():
        known = tables.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            another = value.get("name", known.get("name")) != known.get("name")
            value = value if another else known | value
        tables[key] = value
    return tables


def builtin_recipes() -> dict[str, str]:
    """The recipes that come with the package, sorted: name -> TOML. The first line of each says what it is."""
    found = [file for file in files("photochrom.training.recipes").iterdir() if file.name.endswith(".toml")]
    return {
        Path(file.name).stem: file.read_text(encoding="utf-8") for file in sorted(found, key=lambda file: file.name)
    }


def _network_problem(network: Mapping[str, Any]) -> str | None:
    """What is wrong with the table of a network, whose keys are the arguments of its class."""
    name = network.get("name")
    if name not in NETWORKS:
        return f"unknown network {name!r}: choose one of {', '.join(NETWORKS)}"
    known = {key: one.annotation for key, one in signature(NETWORKS[name]).parameters.items() if key != "channels"}
    for key in network.keys() - {"name"}:
        if key not in known:
            near, names = get_close_matches(key, known, n=1, cutoff=0.5), ", ".join(known)
            return f"unknown key network.{key}; {f'did you mean network.{near[0]}?' if near else f'known are {names}'}"
        value, kind = network[key], known[key]
        if not _fits(value, kind, key in NONE_ALLOWED):
            words = {str: "a name", bool: "true or false", int: "a whole number above 0", float: "a number above 0"}
            return f"network.{key} must be {words[kind]}, not {value!r}"
    encoder = network.get("encoder", "lite0")
    return None if encoder in VARIANTS else f"unknown encoder {encoder!r}: choose one of {', '.join(VARIANTS)}"


def _fits(value: Any, kind: type, none_allowed: bool) -> bool:
    if kind in (str, bool) or isinstance(value, bool):
        return isinstance(value, kind)
    number = isinstance(value, int) if kind is int else isinstance(value, int | float) and math.isfinite(value)
    return number and (value > 0 or (none_allowed and value == 0))


def _build(cls: type, table: Any, where: str) -> Any:
    if not isinstance(table, Mapping):
        raise RecipeError(f"{where.rstrip('.')} must be a table, not {table!r}")
    known = {f.name for f in fields(cls)}
    hints = get_type_hints(cls)
    values = {}
    for key, value in table.items():
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean {where}{near[0]}?" if near else f"known are {', '.join(sorted(known))}"
            raise RecipeError(f"unknown key {where}{key} in the recipe; {hint}")
        values[key] = _typed(hints[key], value, f"{where}{key}")
    for one in fields(cls):
        if one.name not in values and one.default is MISSING and one.default_factory is MISSING:
            raise RecipeError(f"the recipe lacks {where}{one.name}")
    return cls(**values)


def _typed(kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        return value if isinstance(value, kind) else _build(kind, value, f"{where}.")
    if where == "data.crops":
        return _crops(value)
    if where == "schedule.drops":
        return _drops(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    words = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
    if kind not in words:
        if not isinstance(value, Mapping):
            raise RecipeError(f"{where} must be a table, not {value!r}")
        return dict(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise RecipeError(f"{where} must be {words[kind]}, not {value!r}")
    return value


def _crops(value: Any) -> tuple[tuple[float, int], ...]:
    try:
        pairs = tuple((float(share), int(px)) for share, px in value)
        exact = all(math.isfinite(share) and px == given for (share, px), (_, given) in zip(pairs, value, strict=True))
    except (TypeError, ValueError, OverflowError):  # the last: pixels without end
        exact = False
    if not exact:
        raise RecipeError(f"data.crops must be a list of [progress, pixels] pairs, pixels whole, not {value!r}")
    return pairs


def _drops(value: Any) -> tuple[tuple[float, float], ...]:
    try:
        return tuple((float(progress), float(share)) for progress, share in value)
    except (TypeError, ValueError):
        raise RecipeError(f"schedule.drops must be a list of [progress, share] pairs, not {value!r}") from None
