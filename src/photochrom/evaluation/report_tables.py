"""The tables of report.html."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from photochrom.evaluation.tables import best, difference, interval, measures_of, number, verdict

_ARROWS = {"higher": " ↑", "lower": " ↓", "0": " → 0", "1": " → 1"}


def main_table(results: Mapping[str, Any]) -> str:
    """Systems by the measures of the short list."""
    measures = measures_of(results, short=True)
    winners = {measure: best(results, measure) for measure in measures}
    heads = [f"{_breakable(one)}{_arrow(results, one)}{_unit(results, one)}" for one in measures]
    rows, seen = [], False
    for name, system in results["systems"].items():
        baseline = system["kind"] == "baseline"
        first = baseline and not seen
        seen = seen or baseline
        cells = [_cell(system["figures"][one], one, name in winners[one]) for one in measures]
        kind = " ".join(["baseline"] * baseline + ["first-baseline"] * first)
        rows.append(f'<tr class="{kind}"><th>{escape(name)}</th>{"".join(cells)}</tr>')
    caption = (
        "The figures most read, with 95 % bootstrap intervals over the photographs. An arrow shows where better lies. "
        "The best system under test is bold; baselines, below the line, are not in the race."
    )
    return _table(caption, ["", *heads], rows)


def comparisons(results: Mapping[str, Any], short: bool = True) -> str:
    """Differences of pairs of systems on the same photographs, by the measures of the short list or by all."""
    pairs = results["paired"]
    rows = []
    for measure in measures_of(results, short):
        better = results["measures"][measure]["better"]
        if better and all(measure in pair["measures"] for pair in pairs):
            cells = [_difference(pair, measure, better) for pair in pairs]
            rows.append(f"<tr><th>{escape(measure)}{_arrow(results, measure)}</th>{''.join(cells)}</tr>")
    caption = (
        "Paired bootstrap: the first less the second on the same draws of photographs, with 95 % intervals and "
        "two-sided p; of measures that are best at 0 or 1, the distances from there. Green where the first is surely "
        "better, red where it is surely worse (p &lt; 0.05, not corrected for the number of comparisons)."
    )
    return _table(caption, ["", *(f"{escape(one['a'])} − {escape(one['b'])}" for one in pairs)], rows)


def all_measures(results: Mapping[str, Any]) -> str:
    """Every measure by system."""
    systems = results["systems"]
    rows = []
    for measure in measures_of(results):
        winners = best(results, measure)
        cells = [_cell(one["figures"][measure], measure, name in winners) for name, one in systems.items()]
        head = f"{escape(measure)}{_arrow(results, measure)}{_unit(results, measure)}"
        rows.append(f"<tr><th>{head}</th>{''.join(cells)}</tr>")
    return _table("Every measure, with 95 % intervals.", ["", *map(escape, systems)], rows)


def definitions(results: Mapping[str, Any]) -> str:
    """What each measure is."""
    rows = (
        f"<dt><code>{escape(name)}</code></dt><dd>{escape(told['formula'])}</dd>"
        for name, told in results["measures"].items()
    )
    return f'<dl class="facts">{"".join(rows)}</dl>'


def facts(results: Mapping[str, Any]) -> str:
    """Command, protocol, files and versions."""
    protocol, boot = results["protocol"], results["bootstrap"]
    told = {
        "Protocol": f"{protocol['name']}: {protocol['geometry']}. {protocol['source']}",
        "Photographs": f"{protocol['photographs']} of {protocol['of']}, names and sizes SHA-256 {protocol['digest']}",
        "Intervals": f"bootstrap, {boot['times']} draws of photographs, seed {boot['seed']}, percentiles 2.5 and 97.5",
        "Versions": ", ".join(f"{name} {version}" for name, version in results["versions"].items()),
    }
    for name, system in results["systems"].items():
        told[name] = ", ".join(f"{key} {_plain(value)}" for key, value in system["facts"].items()) or system["kind"]
    if results["left_out"]:
        told["Left out"] = " ".join(results["left_out"].values())
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told.items())
    return f'<pre>{escape(results["command"])}</pre><dl class="facts">{rows}</dl>'


def _table(caption: str, heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f"<th>{one}</th>" for one in heads)
    return (
        f'<p class="caption">{caption}</p><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(figure: Mapping[str, float | None], measure: str, winner: bool) -> str:
    value = number(figure["value"], measure)
    return f"<td>{f'<b>{value}</b>' if winner else value}<small>{interval(figure, measure)}</small></td>"


def _difference(pair: Mapping[str, Any], measure: str, better: str) -> str:
    told = pair["measures"][measure]
    if told["difference"] is None:
        return "<td></td>"
    kind = {"a": ' class="better"', "b": ' class="worse"', "": ""}[verdict(pair, measure, better)]
    value = difference(told["difference"], measure)
    spread = ", ".join(filter(None, (interval(told, measure), f"p {_p(told['p'])}")))
    return f"<td{kind}>{value}<small>{spread}</small></td>"


def _breakable(name: str) -> str:
    """A name that may be broken after its underscores."""
    return escape(name).replace("_", "_<wbr>")


def _p(value: float) -> str:
    return "&lt; 0.002" if value < 0.002 else f"{value:.2g}"


def _arrow(results: Mapping[str, Any], measure: str) -> str:
    return _ARROWS.get(results["measures"][measure]["better"], "")


def _unit(results: Mapping[str, Any], measure: str) -> str:
    unit = results["measures"][measure]["unit"]
    return f"<small> {escape(unit)}</small>" if unit in ("%", "dB", "Lab", "L*") else ""


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key} {one}" for key, one in value.items())
    return str(value)
