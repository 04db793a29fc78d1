"""What can't be trained, said before any photograph is read: numbers out of range, parts that don't go together."""

from typing import TYPE_CHECKING

from photochrom.networks import NETWORKS
from photochrom.networks.efficientnet_lite import VARIANTS

if TYPE_CHECKING:
    from photochrom.training.recipe import Recipe

OPTIMIZERS = ("adamw", "adam", "sgd", "adadelta")


def impossible_numbers(recipe: "Recipe") -> str | None:
    """The first number of a recipe that is out of range, as the end of a sentence; None if all are fine."""
    s, d, o = recipe.schedule, recipe.data, recipe.objective
    starts, drops = [share for share, _ in d.crops], [progress for progress, _ in s.drops]
    stride = NETWORKS[recipe.network["name"]].stride_in
    checks = (
        ((s.steps > 0) != (s.minutes > 0), "give either schedule.steps or schedule.minutes, above 0"),
        (s.steps >= 0 and s.minutes >= 0, "schedule.steps and schedule.minutes must not be negative"),
        (s.batch > 0 and s.rate > 0 and s.clip > 0, "schedule.batch, rate and clip must be above 0"),
        (0 <= s.warmup < 1 and 0 <= s.average < 1, "schedule.warmup and average must lie in 0..1, below 1"),
        (0 <= s.final <= 1 and s.encoder_rate >= 0, "schedule.final lies in 0..1, encoder_rate is not negative"),
        (s.decay >= 0 and s.bias_rate >= 0, "schedule.decay and bias_rate must not be negative"),
        (0 <= s.momentum < 1 and 0 <= s.beta2 < 1, "schedule.momentum and beta2 must lie in 0..1, below 1"),
        (s.optimizer in OPTIMIZERS, f"schedule.optimizer is one of {', '.join(OPTIMIZERS)}, not {s.optimizer!r}"),
        (s.accumulate >= 1 and s.batch % s.accumulate == 0, "schedule.accumulate must divide schedule.batch"),
        (drops == sorted(set(drops)) and all(0 < one < 1 for one in drops), "schedule.drops must rise within 0..1"),
        (all(share >= 0 for _, share in s.drops), "schedule.drops must not be negative"),
        (0 <= o.rebalance <= 1, "objective.rebalance (lambda) lies in 0..1"),
        (min(o.color, o.classify, o.palette) >= 0, "objective.color, classify and palette must not be negative"),
        (min(o.decoded, o.recognize) >= 0, "objective.decoded and recognize must not be negative"),
        (0 <= o.rare <= 1 and o.temperature > 0, "objective.rare lies in 0..1, temperature is above 0"),
        (o.judge in VARIANTS, f"objective.judge is one of {', '.join(VARIANTS)}, not {o.judge!r}"),
        (starts[:1] == [0], "data.crops must start at progress 0"),
        (starts == sorted(set(starts)) and max(starts, default=0) < 1, "data.crops must rise in progress, below 1"),
        (
            all(px % stride == 0 and 0 < px <= d.shorter_side for _, px in d.crops),
            f"data.crops must be multiples of {stride} and at most data.shorter_side",
        ),
        (d.zoom >= 1 and 0 <= d.aged <= 1, "data.zoom is at least 1, data.aged lies in 0..1"),
        (d.target in ("mean", "pick"), f"data.target is mean or pick, not {d.target!r}"),
        (d.locations >= 0 and d.margin >= 0, "data.locations and margin must not be negative"),
        (d.window >= 1 and d.window % 2 == 1, "data.window must be odd"),
        (d.style in ("crop", "whole"), f"data.style is crop or whole, not {d.style!r}"),
        (all(2 * d.margin < px for _, px in d.crops), "data.margin must leave something of every crop"),
        (d.validation >= 1, "data.validation must keep at least one photograph"),
        (d.memory_gb >= 0, "data.memory_gb must not be negative"),
        (recipe.seed >= 0, "seed must not be negative"),
    )
    return next((message for fine, message in checks if not fine), None)


def impossible_pair(recipe: "Recipe") -> str | None:
    """Why two parts of a recipe can't go together, as the end of a sentence; None if they can."""
    name, color = recipe.network["name"], recipe.representation["name"]
    data, objective = recipe.data, recipe.objective
    heads = {
        "photochrom": True,
        "iizuka2016": recipe.network.get("use_global", True),
        "larsson2016": recipe.network.get("classes", 0) > 0,
    }
    checks = (
        (
            name != "zhang2017" or (color == "regression" and recipe.representation.get("space", "lab") == "lab"),
            "zhang2017 predicts ab at full size, a regression in lab: 313 bins for every pixel are no pair for it",
        ),
        (
            color == "ab_bins" or objective.rebalance == 1,
            f"objective.rebalance needs ab_bins: {color} knows no weights",
        ),
        (name == "larsson2016" or not data.locations, f"data.locations needs larsson2016: {name} sees whole grids"),
        (data.locations > 0 or data.window == 1, "data.window goes with data.locations"),
        (
            heads.get(name, False) or not objective.classify,
            f"objective.classify needs a class head: {name} has none",
        ),
        (name == "zhang2017" or not objective.palette, f"objective.palette needs zhang2017: {name} has no palette"),
        (
            color == "ab_bins" or not (objective.decoded or objective.recognize),
            f"objective.decoded and recognize need ab_bins: {color} is not read off by an annealed mean",
        ),
        (not data.locations or not objective.recognize, "objective.recognize needs whole pictures, not data.locations"),
        (
            data.style == "crop" or "style" in NETWORKS[name].inputs,
            f"data.style needs a network that takes a style: {name} does not",
        ),
        (objective.color > 0 or objective.classify > 0, "objective.color and classify are both 0: nothing is learned"),
    )
    return next((message for fine, message in checks if not fine), None)
