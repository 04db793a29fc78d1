"""An evaluation from photographs to report: the same whatever interrupts it, however many processes."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from albums import COUNT, SETTINGS, TIMES, album, colorful
from albums import evaluated as run
from photochrom.errors import EvaluationError
from photochrom.evaluation import bench
from photochrom.evaluation.baselines import gray as gray_of
from photochrom.evaluation.bootstrap import Drawing, draw, intervals, paired
from photochrom.evaluation.measures import PhotoSums, measure, summarize
from photochrom.evaluation.photographs import find_photographs
from photochrom.evaluation.run import RULES, Settings, evaluate, write_frames
from photochrom.evaluation.systems import gather
from pictures import saved
from tiny_model import write_tiny_model


@pytest.fixture
def without_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the numbers: drawing takes longer than measuring photographs this small."""
    monkeypatch.setattr("photochrom.evaluation.run.gallery", lambda *task: {})
    monkeypatch.setattr("photochrom.evaluation.run.write_report", lambda *task: None)


def rows(result: str) -> Iterator[PhotoSums]:
    for number in range(COUNT):
        truth = colorful(number)
        made = {"truth": truth, "other": truth[..., ::-1].copy()}[result]
        yield measure(truth, made, f"truth/{number:02}.png")


def test_figures_are_those_of_the_measures(told: dict[str, Any]) -> None:
    expected, spread = summarize(list(rows("other"))), intervals(list(rows("other")), TIMES)
    for name, figure in told["systems"]["other"]["figures"].items():
        wanted = (expected[name], *spread[name])
        got = [np.nan if figure[key] is None else figure[key] for key in ("value", "low", "high")]
        assert np.allclose(got, wanted, rtol=1e-5, atol=1e-5, equal_nan=True), name


def test_differences_are_those_of_the_paired_bootstrap(told: dict[str, Any]) -> None:
    pair = next(one for one in told["paired"] if (one["a"], one["b"]) == ("other", "gray"))
    gray = [measure(colorful(n), gray_of(colorful(n)), f"truth/{n:02}.png") for n in range(COUNT)]
    expected = paired(list(rows("other")), gray, TIMES)
    for name in ("auc", "psnr", "chroma_w1", "colorful_ratio"):
        got = [pair["measures"][name][key] for key in ("difference", "low", "high", "p")]
        assert np.allclose(got, list(expected[name]), rtol=1e-5, atol=1e-5), name


def test_the_originals_score_best_and_gray_has_no_color(told: dict[str, Any]) -> None:
    figures = {name: one["figures"] for name, one in told["systems"].items()}
    assert list(figures) == ["tiny", "other", "gray", "random", "truth"]
    assert figures["truth"]["auc"]["value"] == 100
    assert figures["truth"]["ciede2000"]["value"] == 0
    assert figures["gray"]["colorful_ratio"]["value"] == pytest.approx(0, abs=1e-9)
    assert figures["tiny"]["drift"]["value"] < 0.2


def test_every_number_names_its_protocol_command_versions_and_hashes(told: dict[str, Any], place: Path) -> None:
    assert told["protocol"]["name"] == "folder"
    assert told["protocol"]["photographs"] == COUNT
    assert told["command"] == "photochrom evaluate tiny.onnx"
    assert {"photochrom", "python", "numpy", "onnxruntime", "libvips"} <= set(told["versions"])
    assert len(told["systems"]["tiny"]["facts"]["sha256"]) == 64
    assert told["bootstrap"] == {"level": 95, "times": TIMES, "seed": 0, "over": "photographs"}
    assert any("auc_bins" in one for one in told["warnings"])


def test_figures_of_each_photograph_stand_in_a_table(report: Path, told: dict[str, Any]) -> None:
    with (report / "photographs.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == COUNT * 5
    mine = [float(row["auc"]) for row in table if row["system"] == "tiny"]
    assert np.mean(mine) == pytest.approx(told["systems"]["tiny"]["figures"]["auc"]["value"], abs=1e-3)


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return json.dumps([one["systems"], one["paired"]]) == json.dumps([other["systems"], other["paired"]])


@pytest.mark.usefixtures("without_page")
def test_an_interrupted_run_goes_on_where_it_stopped(
    place: Path, told: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    plain = bench.Bench.measure

    def stopping(self: bench.Bench, photograph: int, systems: list[str]) -> bench.Measured:
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(photograph)
        return plain(self, photograph, systems)

    monkeypatch.setattr(bench.Bench, "measure", stopping)
    with pytest.raises(KeyboardInterrupt):
        run(place, tmp_path)
    assert seen == [0, 1, 2]
    monkeypatch.setattr(bench.Bench, "measure", lambda *task: (seen.append(task[1]), plain(*task))[1])
    assert same(run(place, tmp_path), told)
    assert seen == [0, 1, 2, 3, 4, 5]


@pytest.mark.usefixtures("without_page")
def test_another_system_joins_without_the_others_being_measured_again(
    place: Path, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in report.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    write_tiny_model(place / "second.onnx", inputs=("lightness",))
    asked: list[list[str]] = []
    plain = bench.Bench.measure
    monkeypatch.setattr(bench.Bench, "measure", lambda *task: (asked.append(list(task[2])), plain(*task))[1])
    results = run(place, tmp_path, ("tiny.onnx", "second.onnx"))
    assert list(results["systems"]) == ["tiny", "second", "other", "gray", "random", "truth"]
    assert asked == [[results["systems"]["second"]["identity"]]] * COUNT


@pytest.mark.usefixtures("without_page")
def test_several_processes_give_the_same(place: Path, told: dict[str, Any], tmp_path: Path) -> None:
    settings = Settings(workers=2, provider="cpu", times=TIMES, command=SETTINGS.command)
    assert same(run(place, tmp_path, settings=settings), told)


def test_a_report_of_other_photographs_is_left_alone(place: Path, report: Path) -> None:
    others = find_photographs([album(place / "others", 2)], "folder", report)
    with pytest.raises(EvaluationError, match="belongs to another evaluation"):
        evaluate(gather([], [], ["gray"], others), others, report, SETTINGS)


def test_a_report_without_its_measurements_is_not_overwritten(place: Path, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("somebody's")
    with pytest.raises(EvaluationError, match=r"holds report\.html without the measurements"):
        run(place, tmp_path)
    assert (tmp_path / "report.html").read_text() == "somebody's"


@pytest.mark.usefixtures("without_page")
def test_an_original_that_cannot_be_read_is_left_out_of_every_system_and_named(tmp_path: Path) -> None:
    album(tmp_path / "truth", 5)
    (tmp_path / "truth" / "02.png").write_bytes(saved(colorful(2), "png")[:150])
    photographs = find_photographs([tmp_path / "truth"], "folder", tmp_path)
    results = evaluate(gather([], [], ["gray", "truth"], photographs), photographs, tmp_path / "out", SETTINGS)
    assert results["protocol"]["photographs"] == 4
    assert list(results["left_out"]) == ["truth/02.png"]
    assert any("1 photograph" in one and "left out" in one for one in results["warnings"])
    assert results["systems"]["gray"]["photographs"]["name"] == [f"truth/0{one}.png" for one in (0, 1, 3, 4)]


@pytest.mark.usefixtures("without_page")
def test_gray_originals_bring_a_warning_that_says_what_auc_then_means(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    for number in range(3):
        (tmp_path / "truth" / f"{number}.png").write_bytes(saved(colorful(number)[..., 0], "png"))
    photographs = find_photographs([tmp_path / "truth"], "folder", tmp_path)
    results = evaluate(gather([], [], ["gray", "truth"], photographs), photographs, tmp_path / "out", SETTINGS)
    assert "3 of 3 originals are gray" in results["warnings"][0]
    assert "how little color a result has, not how right it is" in results["warnings"][0]


def extractor(path: Path, channels: int = 3) -> Path:
    """A network with one map of features; a foreseeable one."""
    weights = np.random.default_rng(0).normal(size=(4, channels, 3, 3)).astype(np.float32)
    shape = [["N", channels, 16, 16], ["N", 4, "h", "w"]]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in zip("xy", shape, strict=True)]
    node = helper.make_node("Conv", ["x", "w"], ["y"], strides=[2, 2])
    graph = helper.make_graph([node], "features", ends[:1], ends[1:], [numpy_helper.from_array(weights, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))
    return path


@pytest.mark.usefixtures("without_page")
def test_an_extractor_gives_distances_named_by_its_hash(tmp_path: Path) -> None:
    photographs = find_photographs([album(tmp_path / "truth", 40, 16, 16)], "folder", tmp_path)
    settings = Settings(workers=1, times=TIMES, extractor=extractor(tmp_path / "small.onnx"))
    results = evaluate(gather([], [], ["gray", "truth"], photographs), photographs, tmp_path / "out", settings)
    name = f"small, {results['extractor']['sha256'][:8]}"
    gray, truth = (results["systems"][one]["figures"] for one in ("gray", "truth"))
    assert truth[f"frechet({name})"]["value"] == pytest.approx(0, abs=1e-6)
    assert truth[f"perceptual({name})"]["value"] == 0
    assert gray[f"frechet({name})"]["value"] > 0.1
    assert (
        gray[f"perceptual({name})"]["low"] < gray[f"perceptual({name})"]["value"] < gray[f"perceptual({name})"]["high"]
    )
    assert "FID" not in json.dumps(results)


def test_an_extractor_of_another_input_shape_is_refused_before_anything_is_measured(
    place: Path, tmp_path: Path
) -> None:
    settings = Settings(workers=1, extractor=extractor(tmp_path / "two.onnx", channels=2))
    with pytest.raises(EvaluationError, match="no feature extractor"):
        run(place, tmp_path / "out", settings=settings)
    assert not (tmp_path / "out").exists()


def test_distances_in_features_need_enough_photographs(place: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="need 40 photographs at least, not 6"):  # before the work
        run(place, tmp_path / "out", settings=Settings(workers=1, extractor=extractor(tmp_path / "small.onnx")))


def test_frames_are_gray_and_fit(place: Path, tmp_path: Path) -> None:
    photographs = find_photographs([place / "truth"], "folder", tmp_path)
    assert write_frames(photographs, tmp_path / "frames") == COUNT
    folder = find_photographs([tmp_path / "frames"], "folder", Path("/nowhere"))
    pixels = folder.read(3)
    assert pixels.shape == colorful(3).shape
    assert np.array_equal(pixels[..., 0], pixels[..., 2])


def test_nothing_is_measured_where_nothing_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "a.png").write_bytes(b"no picture")
    photographs = find_photographs([tmp_path / "truth"], "folder", tmp_path)
    with pytest.raises(EvaluationError, match=r"None of the 1 photographs can be read; the first: truth/a\.png"):
        evaluate(gather([], [], ["gray"], photographs), photographs, tmp_path / "out", SETTINGS)


# Of `colorful(n + 1)` as results for `colorful(n)`, n = 0..4, under the rules named by run.RULES.
RULED = {
    "auc": 62.085, "auc_bins": 62.726, "auc_rebalanced": 56.304, "rmse_alpha_beta": 0.51119, "psnr": 11.768,
    "ssim": 0.094497, "ciede2000": 35.419, "ciede2000_p95": 63.683, "colorful": 87.953, "colorful_abs": 69.783,
    "delta_cf_photo": 7.9145, "chroma_w1": 1.0848, "cast": 0.82338, "drift": 13.467, "bleeding": 1.1908, "gamut": 0.0,
}  # fmt: skip


def test_measures_that_change_count_up_the_rules_so_that_old_rows_are_refused() -> None:
    figures = summarize([measure(colorful(one), colorful(one + 1)) for one in range(5)])
    assert {name: figures[name] for name in RULED} == pytest.approx(RULED, rel=1e-3, abs=1e-9)
    assert RULES == "1"


def test_figures_and_draws_are_the_same_however_the_rows_are_parted() -> None:
    every = [measure(colorful(one), colorful(one + 1), str(one)) for one in range(9)]
    at_once, parted = draw(every, 30), Drawing(9, 30)
    for part in (every[:4], every[4:5], every[5:]):
        parted.add(part)
    told = parted.finish()
    assert told.names == at_once.names
    assert told.figures == pytest.approx(at_once.figures, rel=1e-12, nan_ok=True)
    assert all(np.allclose(told.draws[name], at_once.draws[name], equal_nan=True) for name in told.draws)
    unfinished = Drawing(9, 30)
    unfinished.add(every[:4])
    with pytest.raises(EvaluationError, match="rows of 4 of 9 photographs"):
        unfinished.finish()
