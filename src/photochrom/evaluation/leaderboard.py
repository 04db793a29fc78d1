"""The leaderboard of docs/evaluation.md: tables made from results that are stored beside the page, and nothing else.

`stored` keeps of a results.json what the table and a later comparison need, without paths of the machine and without
names of photographs. `make leaderboard` runs it; a test holds the page to what the stored files give.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from photochrom.errors import EvaluationError
from photochrom.evaluation.tables import interval, measures_of, number

BEGIN, END = "<!-- leaderboard: begin -->", "<!-- leaderboard: end -->"
_ARROWS = {"higher": " ↑", "lower": " ↓", "0": " → 0", "1": " → 1"}
_KEPT = ("format", "protocol", "bootstrap", "measures", "warnings", "made", "versions")


def stored(results: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What is kept of an evaluation under the name of its data."""
    systems = {
        system: {
            "kind": told["kind"],
            "facts": {key: value for key, value in told["facts"].items() if key not in ("file", "folder")},
            "figures": told["figures"],
        }
        for system, told in results["systems"].items()
    }
    command = shlex.join(_without_folders(word) for word in shlex.split(results["command"]))
    return {"data": name, **{key: results[key] for key in _KEPT}, "command": command, "systems": systems}


def table(results: Mapping[str, Any]) -> str:
    """One stored evaluation as Markdown: a heading, a line about it, a row a system, the command."""
    measures = measures_of(results, short=True)
    protocol, boot = results["protocol"], results["bootstrap"]
    heads = [f"{one}{_ARROWS.get(results['measures'][one]['better'], '')}" for one in measures]
    lines = [
        f"### {results['data']}: {protocol['photographs']} photographs, {protocol['geometry']}",
        "",
        f"| | {' | '.join(heads)} |",
        f"|---|{'--:|' * len(measures)}",
    ]
    for name, system in results["systems"].items():
        cells = (f"{number(one['value'], key)} {interval(one, key)}".strip() for key, one in _figures(system, measures))
        lines.append(f"| {_label(name, system)} | {' | '.join(cells)} |")
    version = results["versions"]["photochrom"]
    lines += [
        "",
        (
            f"Protocol `{protocol['name']}`, 95 % intervals of {boot['times']} bootstrap draws, photochrom {version}, "
            f"{results['made'][:10]}: `{results['command']}`"
        ),
    ]
    return "\n".join(lines)


def in_page(page: str, tables: Sequence[str]) -> str:
    """The page with these tables between its markers; EvaluationError when it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise EvaluationError(f"The page has no place for the leaderboard: {BEGIN} and {END}.")
    body = "\n\n".join(tables)
    return f"{before}{BEGIN}\n\n{body}\n\n{END}{after}"


def read_stored(folder: Path) -> list[dict[str, Any]]:
    """All stored evaluations of a folder, that of the most photographs first."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda one: -int(one["protocol"]["photographs"]))


def _figures(system: Mapping[str, Any], measures: Sequence[str]) -> list[tuple[str, Mapping[str, float | None]]]:
    return [(one, system["figures"][one]) for one in measures]


def _label(name: str, system: Mapping[str, Any]) -> str:
    """A system's name, with its model and version; what is under test in bold."""
    if system["kind"] == "baseline":
        return name
    card = system["facts"].get("model", name)
    return f"**{card}**" if card.startswith(name) else f"**{name}** ({card})"


def _without_folders(word: str) -> str:
    """A word of a command; of a path only its last part, NAME= kept."""
    name, equals, place = word.rpartition("=")
    return f"{name}{equals}{PurePath(place).name or place}"
