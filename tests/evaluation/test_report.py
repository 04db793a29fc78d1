"""The page: one file without scripts and without anything from elsewhere; figures that follow it from light to dark."""

import base64
import copy
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from albums import COUNT
from photochrom.errors import EvaluationError
from photochrom.evaluation import drawing
from photochrom.evaluation.figures import ab_histograms, at_a_glance, chroma_curves, error_curves, error_maps
from photochrom.evaluation.gallery import chosen
from photochrom.evaluation.report import page
from pictures import opened


class Elements(HTMLParser):
    """All elements of a page with their attributes, and whether every one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "wbr", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text(report: Path) -> str:
    return (report / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def elements(text: str) -> Elements:
    return Elements(text)


def test_the_page_is_well_formed_and_has_no_scripts(elements: Elements) -> None:
    assert elements.open == []
    assert {tag for tag, _ in elements.seen} & {"script", "link", "iframe", "object", "form", "base"} == set()
    assert not any(name.startswith("on") for _, attributes in elements.seen for name in attributes)


def test_the_page_loads_nothing_from_elsewhere(text: str, elements: Elements) -> None:
    policy = next(one["content"] for tag, one in elements.seen if one.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    for _, attributes in elements.seen:
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert not re.search(r"@import|url\((?!#)", text)


def test_the_page_follows_light_and_dark(text: str) -> None:
    assert "prefers-color-scheme: dark" in text
    for stand_in in (drawing.INK, drawing.FAINT, *drawing.SERIES):
        assert stand_in not in text.split("</style>")[1]
    defined = set(re.findall(r"(--[\w-]+):", text))
    assert set(re.findall(r"var\((--[\w-]+)\)", text)) <= defined


def test_the_page_says_what_was_run_and_on_what(text: str, told: dict[str, Any]) -> None:
    assert "photochrom evaluate tiny.onnx" in text
    assert told["systems"]["tiny"]["facts"]["sha256"] in text
    assert told["protocol"]["digest"] in text
    assert all(version in text for version in told["versions"].values())
    assert "hangs on a handful of rare colors" in text


def test_best_middle_and_worst_photographs_are_shown_small(text: str, told: dict[str, Any]) -> None:
    pictures = re.findall(r'<img src="data:image/jpeg;base64,([^"]+)"', text)
    assert len(pictures) == 2 * COUNT * 4  # two systems; of six photographs each; gray, two results, original
    assert opened(base64.b64decode(pictures[0])).size == (48, 40)
    scores = told["systems"]["tiny"]["photographs"]
    ranked = [name for _, name in sorted(zip(scores["auc"], scores["name"], strict=True))]
    part = text.split("<h3>tiny, by AuC")[1]
    assert re.findall(r"truth/\d\d\.png", part)[0] == ranked[-1]
    assert re.findall(r"truth/\d\d\.png", part.split("Worst")[1])[0] == ranked[0]


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (3, [1, 1, 1]), (7, [2, 2, 2]), (100, [4, 4, 4])])
def test_no_photograph_is_shown_twice_for_a_system(count: int, sizes: list[int]) -> None:
    import numpy as np

    parts = chosen(np.arange(count))
    assert [len(part) for part in parts.values()] == sizes
    every = [one for part in parts.values() for one in part]
    assert len(set(every)) == len(every)


def test_names_of_systems_and_photographs_are_text_and_not_markup(told: dict[str, Any]) -> None:
    hostile = copy.deepcopy(told)
    hostile["systems"] = {"<script>alert(1)</script>": hostile["systems"]["tiny"], "gray": hostile["systems"]["gray"]}
    hostile["paired"] = []
    hostile["command"] = "photochrom evaluate '<img src=x onerror=y>'"
    hostile["left_out"] = {"<b>": "<b> cannot be read."}
    elements = Elements(page(hostile, {}))
    assert not any(tag == "script" or "onerror" in attributes for tag, attributes in elements.seen)
    assert elements.open == []


FIGURES = {
    "glance": lambda told: at_a_glance(told),
    "curves": lambda told: error_curves(told["systems"]),
    "maps": lambda told: error_maps(told["systems"]),
    "histograms": lambda told: ab_histograms(told["systems"]),
    "chroma": lambda told: chroma_curves(told["systems"]),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_of_one_system_as_well(told: dict[str, Any], name: str) -> None:
    alone = {**told, "systems": {"truth": told["systems"]["truth"]}}
    svg = FIGURES[name](alone)
    assert svg.startswith("<svg")
    assert "max-width" in svg.split(">")[0]


def test_any_name_can_be_drawn(told: dict[str, Any]) -> None:
    svg = error_curves({"cost $5 $6 <&> 写真": told["systems"]["tiny"], "gray": told["systems"]["gray"]})
    assert "cost $5 $6 &lt;&amp;&gt; 写真" in svg


def test_a_figure_is_the_same_each_time(told: dict[str, Any]) -> None:
    assert error_curves(told["systems"]) == error_curves(told["systems"])


def test_without_matplotlib_one_is_told_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "find_spec", lambda name: None)
    with pytest.raises(
        EvaluationError, match=r"matplotlib, which is not installed: pip install 'photochrom\[evaluate\]'"
    ):
        drawing.require_matplotlib()
