"""Docstrings, written as plain text, as the site shows them: paragraphs, lists of names, listings."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def extension(root: Path) -> ModuleType:
    spec = spec_from_file_location("plain_docstrings", root / "docs" / "_ext" / "plain_docstrings.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shown(extension: ModuleType, text: str) -> str:
    lines = text.splitlines()
    extension.rewrite(None, "function", "name", None, None, lines)
    return "\n".join(lines).strip()


def test_names_in_backticks_are_code_and_stars_are_stars(extension: ModuleType) -> None:
    assert shown(extension, "Rows `start` * 2 | of_") == "Rows ``start`` \\* 2 \\| of\\_"


def test_two_columns_are_a_list_of_names(extension: ModuleType) -> None:
    table = "model       a name\n            or a path\nprovider    where it runs"
    assert shown(extension, table) == "- ``model``: a name\n  or a path\n- ``provider``: where it runs"


def test_indented_lines_stay_as_they_are(extension: ModuleType) -> None:
    assert shown(extension, "It:\n\n    a  *b*\n      c") == "It:\n\n::\n\n    a  *b*\n      c"


def test_other_columns_stay_as_they_are(extension: ModuleType) -> None:
    table = "ab    [h, w]   on the grid\nheight, width     of it"
    assert shown(extension, table) == "::\n\n    ab    [h, w]   on the grid\n    height, width     of it"


def test_what_python_says_of_fields_is_left_out(extension: ModuleType) -> None:
    assert shown(extension, "Alias for field number 0") == ""


def test_prose_is_no_table(extension: ModuleType) -> None:
    assert shown(extension, "One line.  Two spaces in it\nand another line") == (
        "One line.  Two spaces in it\nand another line"
    )
