"""What `photochrom train` promises: it trains, tells, stops, goes on, and answers mistakes in a sentence."""

import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result

import tiny_training as tiny
from photochrom.cli import main, train
from photochrom.training import checkpoint, data, setup
from photochrom.training.recipe import Schedule, builtin_recipes
from photochrom.training.schedule import Clock


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    return tiny.toml(tmp_path / "tiny.toml", steps=3)


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    return tiny.write_shard(tmp_path / "shard.tar")


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["train", *map(str, words)])


def trained(recipe: Path, shard: Path, *words: object) -> Result:
    """A run of the tiny recipe next to it, with as many threads as the other tests."""
    out = recipe.with_name("run")
    return run(recipe, shard, "--out", out, "--device", "cpu", "--threads", torch.get_num_threads(), *words)


def test_a_run_is_trained_told_of_and_not_trained_again(recipe: Path, shard: Path) -> None:
    out = recipe.with_name("run")
    result = trained(recipe, shard, "--steps", "2", "--seed", "9")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{out} is finished. Next: photochrom export {out} -o MODEL.onnx\n"
    heading, *lines = result.stderr.splitlines()
    assert heading == f"Reading {shard} ..."
    assert lines[-1].startswith("step 2, 4 photographs, 0.")
    assert "AuC" in lines[-1]
    assert all(line.startswith("step ") for line in lines)  # libraries have nothing to add
    chosen = json.loads((out / "recipe.json").read_text())
    assert (chosen["schedule"]["steps"], chosen["seed"]) == (2, 9)
    again = trained(recipe, shard, "--steps", "2", "--seed", "9")
    assert again.exit_code == 0
    assert again.stdout == f"{out} was finished before. Next: photochrom export {out} -o MODEL.onnx\n"
    assert again.stderr == ""
    other = trained(recipe, shard, "--steps", "3", "--seed", "9")
    assert other.exit_code == 1
    assert "holds a run of another recipe or length" in other.stderr


def test_ctrl_c_saves_and_the_same_command_goes_on(recipe: Path, shard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, before = data.Held.batch, signal.getsignal(signal.SIGINT)

    def interrupted(self: data.Held, step: int) -> data.Batch:
        if step == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return batch(self, step)

    with monkeypatch.context() as patch:
        patch.setattr(data.Held, "batch", interrupted)
        stopped = trained(recipe, shard)
    assert stopped.exit_code == 130
    assert stopped.stderr.endswith("Stopped. Run the same again to go on from here.\n")
    assert signal.getsignal(signal.SIGINT) is before
    numbers = checkpoint.numbers_of(recipe.with_name("run"))
    assert numbers is not None
    assert numbers["step"] == 2  # the step that was under way is complete
    resumed = trained(recipe, shard)
    assert resumed.exit_code == 0
    assert "step 3, 6 photographs" in resumed.stderr


def test_ctrl_c_while_photographs_are_read_is_no_traceback(
    recipe: Path, shard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(setup, "open_photographs", interrupted)
    result = trained(recipe, shard)
    assert result.exit_code == 130
    assert "Stopped." in result.stderr


def test_a_second_ctrl_c_stops_at_once() -> None:
    with train._interrupts() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_built_in_recipes_are_listed() -> None:
    result = run("--list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(builtin_recipes())


def test_an_unknown_recipe_is_answered_with_where_they_are_listed(shard: Path, tmp_path: Path) -> None:
    result = run("fotochrom", shard, "--out", tmp_path / "run")
    assert result.exit_code == 1
    assert "neither a file nor a built-in (photochrom train --list)" in result.stderr
    assert not (tmp_path / "run").exists()


def test_an_unknown_key_is_answered_with_the_nearest(shard: Path, tmp_path: Path) -> None:
    recipe = tiny.toml(tmp_path / "r.toml", schedule={"rat": 1.0})
    result = run(recipe, shard, "--out", tmp_path / "run")
    assert result.exit_code == 1
    assert result.stderr == "Error: unknown key schedule.rat in the recipe; did you mean schedule.rate?\n"


def test_shards_that_are_none_are_one_sentence(recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("no tar" * 99)
    (tmp_path / "folder").mkdir()
    tiny.write_tar(tmp_path / "notes.tar", {"a.txt": b"text"})
    for name, message in (
        ("nowhere", "no such file or folder"),
        ("folder", "no .tar shards in"),
        ("text.tar", "is no tar shard that can be read"),
        ("notes.tar", "no photographs in"),
    ):
        result = run(recipe, tmp_path / name, "--out", tmp_path / "run")
        assert result.exit_code == 1
        assert message in result.stderr.splitlines()[-1]


def test_what_to_start_from_must_be_a_model(recipe: Path, shard: Path, tmp_path: Path) -> None:
    result = trained(recipe, shard, "--init", tmp_path / "nowhere.onnx")
    assert result.exit_code == 1
    assert "nowhere.onnx is no ONNX model" in result.stderr


def test_a_gpu_that_is_not_there_is_one_sentence(
    recipe: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    result = run(recipe, shard, "--out", tmp_path / "run", "--device", "cuda")
    assert result.exit_code == 1
    assert "torch sees no CUDA device here" in result.stderr


def test_minutes_and_steps_are_wrong_usage_together(recipe: Path, shard: Path) -> None:
    assert trained(recipe, shard, "--minutes", "1", "--steps", "1").exit_code == 2


def test_threads_wait_without_spinning_unless_the_user_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    train._calm_threads()
    assert (os.environ["OMP_WAIT_POLICY"], os.environ["GOMP_SPINCOUNT"]) == ("passive", "7")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_loss_pace_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "200")
    recipe = tiny.recipe(steps=4)
    seen = {"step": 1, "photographs": 2, "minutes": 0.1}
    with train._watched(recipe, first=True) as report:
        for step in (1, 2):
            report(seen | {"loss": 2.5}, Clock(Schedule(steps=4), step=step, seconds=0.5 * step))
        report(seen | {"val_plain": 3.0, "val_auc": 88.5, "val_auc_gray": 87.0}, Clock(Schedule(steps=4), 2, 40.0))
    text = terminal.getvalue()
    for told in ("tiny", "50%", "loss 2.500", "4 photographs/s", "0:00:01 left", "AuC 88.50 (all gray 87.00)"):
        assert told in text


def test_other_processes_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with train._watched(tiny.recipe(), first=False) as report:
        report({"loss": 1.0, "val_auc": 1.0}, Clock(Schedule(steps=4)))
    assert capsys.readouterr() == ("", "")
