"""What results are called, and when two names are one file."""

import os
from pathlib import Path

import pytest

from photochrom.archive import naming
from photochrom.archive.naming import Naming, spelling, takes_cases_for_one


@pytest.mark.parametrize(
    ("source", "format", "target"),
    [
        ("in/a.JPG", None, "out/deep/a.JPG"),
        ("in/a.JPG", "jpeg", "out/deep/a.JPG"),
        ("in/a.jpg", "avif", "out/deep/a.avif"),
        ("in/a.gif", None, "out/deep/a.png"),  # what is read but not written
        ("in/a.heic", None, "out/deep/a.png"),
        ("in/a.b.tif", None, "out/deep/a.b.tif"),
    ],
)
def test_names_stay_and_endings_follow_the_format(source: str, format: str | None, target: str) -> None:
    assert Naming("out", "", format).target(source, "deep") == target


def test_pages_have_numbers_that_sort() -> None:
    name = Naming("out", "", None)
    assert [name.target("a.tif", "", page, 3) for page in (0, 2)] == ["out/a-page1.tif", "out/a-page3.tif"]
    assert [name.target("a.tif", "", page, 12) for page in (0, 11)] == ["out/a-page01.tif", "out/a-page12.tif"]
    assert name.target("a.tif", "", 0, 1) == "out/a.tif"


def test_links_and_detours_spell_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "deep").mkdir()
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    spell = spelling(str(tmp_path))
    assert len({spell(f"{tmp_path}/{name}") for name in ("a.jpg", "./a.jpg", "deep/../a.jpg", "link.jpg")}) == 1
    assert spell(f"{tmp_path}/A.jpg") != spell(f"{tmp_path}/a.jpg") or takes_cases_for_one(str(tmp_path))
    assert spell(None) is None


def test_where_cases_are_one_names_that_differ_in_case_or_accents_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "takes_cases_for_one", lambda near: True)
    spell = spelling(".")
    assert spell("IMG.jpg") == spell("img.JPG")
    assert spell("e\N{COMBINING ACUTE ACCENT}.jpg") == spell("\N{LATIN SMALL LETTER E WITH ACUTE}.jpg")


def test_a_file_system_is_asked_by_a_folder_that_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "Box"
    folder.mkdir()
    asked = list[str]()

    def same(one: str, other: str) -> bool:
        asked.append(other)
        return True

    monkeypatch.setattr(os.path, "samefile", same)
    assert takes_cases_for_one(str(folder / "not" / "yet"))
    assert asked == [str(tmp_path / "bOX")]
