"""A run's folder: whose it is, how far it has come, whether it is done."""

import json
from pathlib import Path
from typing import Any

from photochrom.errors import DataError
from photochrom.training import checkpoint, record
from photochrom.training.recipe import Recipe
from photochrom.training.schedule import Clock


def finished(run: Path, recipe: Recipe) -> bool:
    """Whether the checkpoint in `run` is that of a run that is done. DataError if it is broken."""
    numbers = checkpoint.numbers_of(run)
    return numbers is not None and clock_of(recipe, numbers).progress >= 1


def clock_of(recipe: Recipe, numbers: dict[str, Any]) -> Clock:
    """The clock of a run as its checkpoint left it."""
    return Clock(recipe.schedule, numbers["step"], numbers["seconds"], numbers.get("spent", 0.0))


def settle(run: Path, recipe: Recipe) -> None:
    """Make the run's folder with its recipe, or check that it belongs to the same one."""
    path, text = run / "recipe.json", json.dumps(recipe.to_dict(), indent=1)
    try:
        if path.exists() and path.read_text(encoding="utf-8") != text:
            raise DataError(f"{run} holds a run of another recipe or length: choose another --out, or remove it")
        run.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            record.write_whole(path, text.encode())
    except OSError as error:
        raise DataError(f"cannot write the run to {run}: {error.strerror}") from None
