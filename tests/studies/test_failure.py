"""The darkest, the most uncertain, the most bled, the most mistaken: sorted by what is measured of each."""

from pathlib import Path

import numpy as np
import pytest

from flat_pictures import flat, save
from photochrom.studies.failure import Case, Pictures, rank_correlation, without_pictures, worst


def case(name: str, uncertainty: float | None, lightness: float = 0.0) -> Case:
    return Case(name, Pictures(flat(0, 0, 0), flat(0, 0, 0), None), lightness, uncertainty, 0.0, None)


def test_the_worst_come_first_and_the_unknown_not_at_all() -> None:
    cases = [case("a", 1.0), case("b", None), case("c", 3.0), case("d", 2.0)]
    assert [one.name for one in worst(cases, lambda one: one.uncertainty)] == ["c", "d", "a"]


def test_pictures_are_kept_of_the_worst_alone() -> None:
    cases = [case("a", 3.0, 50), case("b", 2.0, 60), case("c", 1.0, 10), case("d", None, 70)]
    kept = {one.name: one.pictures is not None for one in without_pictures(cases, show=1)}
    assert kept == {"a": True, "b": False, "c": True, "d": False}
    assert [one.name for one in without_pictures(cases, show=1)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2, 3], [10, 20, 21], 1.0),
        ([1, 2, 3], [3, 2, 1], -1.0),
        ([1, 2, 3, 4], [1, 2, 4, 3], 0.8),
        ([1, 1, 2], [1, 2, 3], np.sqrt(3) / 2),  # a tie has the mean of its ranks
    ],
)
def test_rank_correlation_is_spearmans(one: list[float], other: list[float], expected: float) -> None:
    assert rank_correlation(one, other) == pytest.approx(expected)


def test_no_correlation_without_differences() -> None:
    assert np.isnan(rank_correlation([1, 1, 1], [1, 2, 3]))


def test_from_the_command_to_figures(study, album: Path, tiny: Path) -> None:
    save(album / "d-undecided.png", flat(118, 118, 118))  # L* 50: blue and orange are as likely, and it is gray
    done = study("failure", album, "--model", tiny, "--show", 2)
    assert done.status == 0, done.output
    figures = done.results["figures"]
    assert figures["worst"]["darkest"] == ["album/a-dark.png", "album/d-undecided.png"]
    assert figures["worst"]["most uncertain"][0] == "album/d-undecided.png"
    assert "album/d-undecided.png" not in figures["worst"]["most mistaken"]
    by_name = {one["name"]: one for one in figures["photographs"]}
    assert by_name["album/d-undecided.png"]["error"] is None
    assert by_name["album/d-undecided.png"]["entropy"] == pytest.approx(np.log(2), abs=0.05)
    assert set(figures["correlation_with_error"]) == {"lightness", "bleeding", "entropy"}
    kinds = ("darkest", "most-uncertain", "most-bled", "most-mistaken")
    assert {f"failure-{kind}.png" for kind in kinds} <= done.files


def test_a_model_without_distributions_has_no_uncertainty(study, album: Path, regression: Path) -> None:
    done = study("failure", album, "--model", regression)
    assert done.status == 0, done.output
    assert "The model predicts no distributions" in done.output
    assert "most uncertain" not in done.results["figures"]["worst"]
    assert "failure-most-uncertain.png" not in done.files
    assert set(done.results["figures"]["correlation_with_error"]) == {"lightness", "bleeding"}
