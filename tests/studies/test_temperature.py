"""Mean, annealed mean, mode: figures are those of the read-outs, computed by hand."""

from pathlib import Path

import pytest

from flat_pictures import flat, save
from photochrom.colorizer import Colorizer
from photochrom.evaluation.measures import measure, summarize
from photochrom.representations import Readout
from photochrom.studies.photographs import gather


def test_from_the_command_to_figures(study, album: Path, tiny: Path) -> None:
    done = study("temperature", album, "--model", tiny, "--temperature", 1, "--temperature", 0)
    assert done.status == 0, done.output
    assert {
        f"temperature-{what}.{format}" for what in ("pictures", "curves") for format in ("png", "svg")
    } <= done.files
    figures = done.results["figures"]
    assert (figures["photographs"], figures["in_color"]) == (3, 3)
    assert "mean, T = 1" in done.output
    assert "mode, T → 0" in done.output
    colorizer = Colorizer(tiny)
    for temperature in (0.0, 1.0):
        rows = []
        for subject in gather([album], done.folder):
            colored = colorizer(subject.photo, readout=Readout("annealed", temperature))
            rows.append(measure(subject.pixels, colored.pixels))
        by_hand = summarize(rows)
        found = figures["temperatures"][str(temperature)]
        assert found["auc"]["value"] == pytest.approx(by_hand["auc"], rel=1e-5)
        assert found["colorful"]["value"] == pytest.approx(by_hand["colorful"], rel=1e-5)
        low, high = found["auc"]["interval"]
        assert low <= found["auc"]["value"] <= high


def test_gray_photographs_give_colorfulness_alone(study, tmp_path: Path, tiny: Path) -> None:
    save(tmp_path / "gray.png", flat(100, 100, 100))
    done = study("temperature", tmp_path / "gray.png", "--model", tiny)
    assert done.status == 0, done.output
    assert set(done.results["figures"]["temperatures"]["0.38"]) == {"colorful"}
    assert "None of the photographs is in color" in done.output


def test_mode_is_more_colorful_than_mean_where_two_colors_compete(study, tmp_path: Path, tiny: Path) -> None:
    save(tmp_path / "middle.png", flat(110, 110, 110))  # a little below L* 50: blue and orange are nearly as likely
    done = study("temperature", tmp_path / "middle.png", "--model", tiny, "--temperature", 1, "--temperature", 0)
    found = done.results["figures"]["temperatures"]
    assert found["0.0"]["colorful"]["value"] > found["1.0"]["colorful"]["value"]


def test_a_model_that_has_no_temperature_is_told(study, album: Path, regression: Path) -> None:
    done = study("temperature", album, "--model", regression)
    assert done.status == 1
    assert "regression is read by mean, not by annealed" in done.output
