"""The page on training says of every key of a recipe what the code says of it."""

import re
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import pytest

from photochrom.training.recipe import Data, Objective, Recipe, Schedule

PARTS: dict[str, Any] = {"": Recipe, "data.": Data, "objective.": Objective, "schedule.": Schedule}


def meanings(part: type) -> dict[str, str]:
    """Key -> what its class's docstring says of it; keys that share a line share the words."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in str(part.__doc__).splitlines()[2:]:
        head = re.match(r"^    (\w+(?:, \w+)*) {2,}(.+)$", line)
        if head:
            names = head[1].split(", ")
            found |= dict.fromkeys(names, head[2])
        elif line.strip() and names:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def default(field: Field[Any]) -> str:
    value = field.default
    if value is MISSING:
        return "required"
    if isinstance(value, bool):
        value = str(value).lower()
    return f"`{[list(pair) for pair in value] if isinstance(value, tuple) else value}`"


def rows() -> list[str]:
    return [
        f"| `{prefix}{field.name}` | {default(field)} | {meanings(part)[field.name]} |"
        for prefix, part in PARTS.items()
        for field in fields(part)
        if field.name not in ("name", "data", "objective", "schedule")
    ]


@pytest.mark.parametrize("row", rows())
def test_every_key_is_on_the_page_as_the_code_has_it(row: str, root: Path) -> None:
    assert row in (root / "docs" / "training.md").read_text(encoding="utf-8").splitlines()


def test_the_page_has_no_other_keys(root: Path) -> None:
    text = (root / "docs" / "training.md").read_text(encoding="utf-8")
    table = text.partition("| key | default | meaning |")[2].partition("\n\n")[0]
    assert len(table.strip().splitlines()) - 1 == len(rows())
