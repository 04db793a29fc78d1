"""Tables of results: the short one of the terminal, the page and the leaderboard; what can be said of who is better."""

from collections.abc import Mapping
from typing import Any

from photochrom.evaluation.measures import MEASURES
from photochrom.evaluation.results import HEADLINE

_BY_UNIT = {"0..1": 3, "%": 1, "dB": 2, "Lab": 2, "L*": 3, "": 2}
_OF_THEIR_OWN = {"auc": 2, "auc_151": 2, "auc_trapezoid": 2, "ssim": 3}
SURE = 0.05  # p below which a difference is called one


def digits(measure: str) -> int:
    """After the point, of a figure."""
    if measure not in MEASURES:  # a distance in features
        return 3
    return _OF_THEIR_OWN.get(measure, _BY_UNIT.get(MEASURES[measure].unit, 2))


def number(value: float | None, measure: str) -> str:
    """A figure; empty where there is none."""
    return "" if value is None else _typeset(f"{value:.{digits(measure)}f}")


def difference(value: float, measure: str) -> str:
    """A difference of figures, with its sign."""
    return _typeset(f"{value:+.{digits(measure)}f}")


def _typeset(text: str) -> str:
    """With a minus that is one; nothing has no sign."""
    return text.replace("-", "−") if text.strip("+-0.") else text.strip("+-")


def interval(figure: Mapping[str, float | None], measure: str) -> str:
    """[low, high]; empty where there is none, or nothing that could vary."""
    low, high = number(figure["low"], measure), number(figure["high"], measure)
    return "" if low == high else f"[{low}, {high}]"


def headline(results: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Column heads, one a system, and a row a measure of the short list: its name, then "value [low, high]"."""
    systems = results["systems"]
    rows = [
        [
            measure,
            *(
                f"{_value(one, measure)} {interval(one['figures'][measure], measure)}".strip()
                for one in systems.values()
            ),
        ]
        for measure in measures_of(results, short=True)
    ]
    return ["", *systems], rows


def measures_of(results: Mapping[str, Any], short: bool = False) -> list[str]:
    """Names of the measures, in the order of the tables; the short list ends with distances in features."""
    measured = next(iter(results["systems"].values()))["figures"]
    every = [name for name in results["measures"] if name in measured]
    return [name for name in every if name in HEADLINE or name not in MEASURES] if short else every


def _value(system: Mapping[str, Any], measure: str) -> str:
    return number(system["figures"][measure]["value"], measure)


def best(results: Mapping[str, Any], measure: str) -> set[str]:
    """The systems with the best value of a measure as printed, baselines left aside; none where nothing is judged."""
    better = results["measures"].get(measure, {}).get("better", "lower")
    values = {
        name: one["figures"][measure]["value"]
        for name, one in results["systems"].items()
        if one["kind"] != "baseline" and one["figures"][measure]["value"] is not None
    }
    if better == "" or len(values) < 2:
        return set()
    ranked = {name: distance_from_best(value, better) for name, value in values.items()}
    first = number(values[min(ranked, key=lambda name: ranked[name])], measure)
    return {name for name, value in values.items() if number(value, measure) == first}


def distance_from_best(value: float, better: str) -> float:
    """Smaller is better, whatever the measure."""
    if better in ("0", "1"):
        return abs(value - float(better))
    return -value if better == "higher" else value


def verdict(pair: Mapping[str, Any], measure: str, better: str) -> str:
    """ "a" or "b", whichever is surely better by a measure; "" where neither is."""
    told = pair["measures"][measure]
    if better == "" or told["p"] >= SURE or told["difference"] in (None, 0):
        return ""
    lower_wins = better != "higher"
    return "a" if (told["difference"] < 0) == lower_wins else "b"


def victories(results: Mapping[str, Any]) -> list[str]:
    """A sentence for each comparison, over the measures of the short table that judge."""
    sentences = []
    for pair in results["paired"]:
        won: dict[str, list[str]] = {"a": [], "b": [], "": []}
        for measure in measures_of(results, short=True):
            better = results["measures"].get(measure, {}).get("better", "lower")
            if better and measure in pair["measures"]:
                won[verdict(pair, measure, better)].append(measure)
        parts = [f"better on {', '.join(won['a'])}"] * bool(won["a"])
        parts += [f"worse on {', '.join(won['b'])}"] * bool(won["b"])
        parts += [f"no sure difference on {', '.join(won[''])}"] * bool(won[""])
        sentences.append(f"{pair['a']} against {pair['b']}: {'; '.join(parts)} (paired bootstrap, p < {SURE:g}).")
    return sentences
