"""The package as a whole: its public names and its version."""

import re
import tomllib
from pathlib import Path

import pytest

import photochrom


def test_public_names_are_sorted() -> None:
    assert photochrom.__all__ == sorted(photochrom.__all__)


@pytest.mark.parametrize("name", photochrom.__all__)
def test_a_public_name_is_there_on_first_use_and_the_same_on_the_second(name: str) -> None:
    assert getattr(photochrom, name) is getattr(photochrom, name)
    assert name in dir(photochrom)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'photochrom' has no attribute 'Daguerreotype'"):
        photochrom.__getattr__("Daguerreotype")


def test_every_error_of_the_package_is_a_photochrom_error() -> None:
    from photochrom import errors

    family = [value for value in vars(errors).values() if isinstance(value, type)]
    assert all(issubclass(error, photochrom.PhotochromError) for error in family)


def test_the_changelog_begins_with_this_version(root: Path) -> None:
    headings = re.findall(r"^## \[(.+?)\]", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == photochrom.__version__


def test_the_build_takes_the_version_from_the_package(root: Path) -> None:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in settings["project"]["dynamic"]
    assert settings["tool"]["hatch"]["version"]["path"] == "src/photochrom/__init__.py"


def test_every_dependency_of_a_developer_is_pinned(root: Path) -> None:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *settings["dependencies"],
        *settings["optional-dependencies"]["train"],
        *settings["optional-dependencies"]["dev"],
    ]
    names = {re.split(r"[^A-Za-z0-9_.-]", line)[0].lower().replace("_", "-") for line in asked} - {"photochrom"}
    pins = re.findall(r"^([a-z0-9-]+)==\S+$", (root / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert names <= set(pins)
