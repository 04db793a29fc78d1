"""The tables on top of the networks' files, as tests read them."""

import re
from types import ModuleType


def rows(module: ModuleType, first: str) -> dict[str, list[str]]:
    """Rows of a docstring's table, from the one that starts with `first` to the blank line: name -> other columns.

    Columns are two spaces or more apart.
    """
    lines = (module.__doc__ or "").splitlines()
    start = next(number for number, line in enumerate(lines) if re.match(rf" +{re.escape(first)}  ", line))
    found: dict[str, list[str]] = {}
    for line in lines[start:]:
        if not line.strip():
            return found
        name, *columns = re.split(r"  +", line.strip())
        found[name] = columns
    return found


def number(text: str) -> int:
    """1,234 as a number."""
    return int(text.replace(",", ""))
