"""The page's files by themselves: light, ours alone, and nothing that the content policy forbids."""

import re
from importlib.resources import files

import pytest

PAGE = {one.name: one.read_text("utf-8") for one in files("photochrom.serve").joinpath("page").iterdir()}
MOST = 60_000  # bytes, all together


def test_all_of_it_is_under_60_kb() -> None:
    assert sum(len(text.encode()) for text in PAGE.values()) < MOST


@pytest.mark.parametrize("name", [name for name in PAGE if name.endswith(".js")])
def test_a_module_is_one_idea(name: str) -> None:
    text = PAGE[name]
    assert text.startswith("// ")
    assert len(text.splitlines()) <= 300
    imported = re.findall(r'from "([^"]+)"', text)
    assert all(one.startswith("./") and one[2:] in PAGE for one in imported)


def test_nothing_comes_from_elsewhere() -> None:
    for text in PAGE.values():
        assert not re.findall(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)\w+\.\w", text)
        assert "@import" not in text


def test_there_is_no_inline_script_or_style() -> None:
    html = PAGE["index.html"]
    assert "style=" not in html
    assert "<style" not in html
    assert not re.search(r"\son\w+=", html)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    for name, text in PAGE.items():
        assert not re.search(r"\beval\(|new Function|document\.write|innerHTML", text), name


def test_every_file_and_every_element_is_used() -> None:
    html = PAGE["index.html"]
    together = "".join(PAGE.values())
    for name in PAGE.keys() - {"index.html"}:
        assert re.search(rf'["/]{re.escape(name)}"', together), name
    known = set(re.findall(r'\bid="([^"]+)"', html))
    asked = set(re.findall(r'\$\("([^"]+)"\)', together))
    assert asked <= known
