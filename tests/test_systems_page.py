"""The part of docs/models.md on the systems of 2016 is made from the figures stored beside it."""

import subprocess
import sys
from pathlib import Path


def test_the_page_is_what_the_stored_figures_give(root: Path) -> None:
    check = [sys.executable, str(root / "docs" / "make_systems.py"), "--check"]
    told = subprocess.run(check, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
