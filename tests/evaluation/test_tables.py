"""Tables and sentences: what is best, who beats whom, and the leaderboard of the page."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from photochrom.errors import EvaluationError
from photochrom.evaluation.leaderboard import in_page, stored, table
from photochrom.evaluation.results import HEADLINE, read_json
from photochrom.evaluation.tables import best, headline, interval, number, verdict, victories


def test_a_figure_is_written_with_the_digits_of_its_measure() -> None:
    assert number(71.2649, "auc_bins") == "71.3"
    assert number(89.2301, "auc") == "89.23"
    assert number(-0.5, "delta_cf") == "−0.50"
    assert number(None, "ssim") == ""
    assert interval({"low": 1.0, "high": 2.0}, "psnr") == "[1.00, 2.00]"
    assert interval({"low": None, "high": None}, "psnr") == interval({"low": 100.0, "high": 100.0}, "psnr") == ""


def test_the_short_table_has_a_column_a_system_and_a_row_a_measure(told: dict[str, Any]) -> None:
    heads, rows = headline(told)
    assert heads == ["", "tiny", "other", "gray", "random", "truth"]
    assert {row[0] for row in rows} == set(HEADLINE)
    assert all(len(row) == len(heads) for row in rows)
    assert re.fullmatch(r"\d+\.\d\d \[\d+\.\d\d, \d+\.\d\d\]", rows[0][1])


@pytest.mark.parametrize(
    ("better", "one", "other", "winner"),
    [("higher", 3, 2, "a"), ("lower", 3, 2, "b"), ("1", 0.9, 1.3, "a"), ("0", -3, 1, "b"), ("", 3, 2, None)],
)
def test_the_best_is_the_nearest_to_where_the_measure_is_best(
    better: str, one: float, other: float, winner: str
) -> None:
    systems = {
        name: {"kind": "model", "figures": {"m": {"value": value}}} for name, value in {"a": one, "b": other}.items()
    }
    results = {"systems": systems, "measures": {"m": {"better": better}}}
    assert best(results, "m") == ({winner} if winner else set())


def test_baselines_are_not_in_the_race(told: dict[str, Any]) -> None:
    assert all(best(told, measure) <= {"tiny", "other"} for measure in HEADLINE)


@pytest.mark.parametrize(
    ("better", "difference", "p", "winner"),
    [("higher", 2.0, 0.01, "a"), ("higher", -2.0, 0.01, "b"), ("lower", -2.0, 0.01, "a"), ("0", 1.0, 0.01, "b"),
     ("higher", 2.0, 0.2, ""), ("", 2.0, 0.01, ""), ("lower", None, 0.01, "")],
)  # fmt: skip
def test_only_a_sure_difference_is_a_victory(better: str, difference: float | None, p: float, winner: str) -> None:
    assert verdict({"measures": {"m": {"difference": difference, "p": p}}}, "m", better) == winner


def test_every_comparison_has_its_sentence(told: dict[str, Any]) -> None:
    sentences = victories(told)
    assert [one.split(":")[0] for one in sentences] == [
        "tiny against other", "tiny against gray", "tiny against random", "other against gray", "other against random",
    ]  # fmt: skip
    assert all("paired bootstrap" in one for one in sentences)


def test_results_are_read_back_and_anything_else_is_refused(report: Path, told: dict[str, Any], tmp_path: Path) -> None:
    assert read_json(report / "results.json") == told
    (tmp_path / "other.json").write_text("[1, 2]")
    with pytest.raises(EvaluationError, match="holds no results"):
        read_json(tmp_path / "other.json")


def test_what_is_stored_for_the_page_tells_nothing_of_the_machine(told: dict[str, Any]) -> None:
    full = copy.deepcopy(told)
    full["command"] = "photochrom evaluate A=/home/me/models/a.onnx --data /home/me/album -o /tmp/report"
    kept = stored(full, "album")
    text = json.dumps(kept)
    assert "/home" not in text
    assert "/tmp" not in text
    assert "truth/0" not in text  # names of photographs
    assert kept["command"] == "photochrom evaluate A=a.onnx --data album -o report"
    assert kept["systems"]["tiny"]["figures"] == told["systems"]["tiny"]["figures"]


def test_a_table_comes_between_the_markers_and_replaces_the_one_before(told: dict[str, Any]) -> None:
    page = "# Title\n\n<!-- leaderboard: begin -->\nof yesterday\n<!-- leaderboard: end -->\n\nrest\n"
    once = in_page(page, [table(stored(told, "album"))])
    assert "yesterday" not in once
    assert "### album: 6 photographs" in once
    assert "| **tiny 7** | " in once
    assert "| gray | " in once
    assert once.startswith("# Title\n")
    assert once.endswith("\n\nrest\n")
    assert in_page(once, [table(stored(told, "album"))]) == once
    with pytest.raises(EvaluationError, match="no place for the leaderboard"):
        in_page("# Title\n", [])
