"""Real trainings of a few steps: what a run leaves, and that it goes on after anything as if nothing had happened."""

import functools
import json
import math
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pyvips
import torch
from safetensors.torch import save_file

import tiny_training as tiny
from photochrom.errors import DataError, TrainingError
from photochrom.training import checkpoint, loop
from photochrom.training.loop import train
from photochrom.training.recipe import Recipe
from photochrom.training.run import finished
from photochrom.training.schedule import Clock
from photochrom.training.stream import Stream

STEPS = 6


class Steps:
    """What `train` reported: losses and validations by step; asks for a stop after the step `until`."""

    def __init__(self, until: int = 10**9) -> None:
        self.until, self.losses, self.looks = until, {}, {}

    def __call__(self, entry: dict[str, Any], clock: Clock) -> None:
        if "loss" in entry:
            self.losses[entry["step"]] = entry["loss"]
        else:
            self.looks[entry["step"]] = entry["val_plain"]

    def stop(self) -> bool:
        return max(self.losses, default=0) >= self.until


def run(recipe: Recipe, folder: Path, until: int = 10**9) -> Steps:
    seen = Steps(until)
    done = train(recipe, tiny.corpus(), folder, tiny.fabric(), report=seen, stop=seen.stop)
    assert done == (max(seen.losses, default=recipe.schedule.steps) == recipe.schedule.steps)
    return seen


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return checkpoint.read(folder)[0]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Steps]]:
    """A run that was never interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    yield folder, run(tiny.recipe(steps=STEPS), folder)
    (folder / checkpoint.NAME).unlink()  # 60 MB


@pytest.fixture(autouse=True, scope="module")
def few_validations() -> Iterator[None]:
    """Half-way and at the end, for speed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "LOOK_EVERY", 0.5)
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where a run goes; its checkpoint of 60 MB is removed after the test."""
    yield tmp_path / "run"
    (tmp_path / "run" / checkpoint.NAME).unlink(missing_ok=True)


def test_a_run_leaves_its_recipe_log_curves_contact_sheet_and_checkpoint(whole: tuple[Path, Steps]) -> None:
    folder, _ = whole
    files = {path.name for path in folder.iterdir()}
    assert files == {"recipe.json", "log.jsonl", "curves.png", "contact.png", "checkpoint.safetensors"}
    assert Recipe.from_dict(json.loads((folder / "recipe.json").read_text())) == tiny.recipe(steps=STEPS)
    curves, contact = (pyvips.Image.new_from_file(str(folder / name)) for name in ("curves.png", "contact.png"))
    assert (curves.width, curves.height) == (900, 450)
    assert (contact.width, contact.height) == (2 * 3 * (32 + 4), 32 + 4)  # two photographs, gray | ours | true


def test_the_log_tells_of_steps_and_validations(whole: tuple[Path, Steps]) -> None:
    folder, seen = whole
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in log if "loss" in entry] == [1, STEPS]
    assert {entry["step"]: entry["val_plain"] for entry in log if "val_plain" in entry} == seen.looks
    assert STEPS in seen.looks
    for entry in log:
        assert entry["photographs"] == 2 * entry["step"]
        assert all(math.isfinite(value) for value in entry.values())


def test_a_finished_run_is_not_trained_again(whole: tuple[Path, Steps]) -> None:
    folder, _ = whole
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir() if path.name != "recipe.json"}
    log = (folder / "log.jsonl").read_text()
    again = run(tiny.recipe(steps=STEPS), folder)
    assert (again.losses, again.looks) == ({}, {})
    assert (folder / "log.jsonl").read_text() == log
    assert before["checkpoint.safetensors"] == (folder / checkpoint.NAME).stat().st_mtime_ns


@pytest.mark.parametrize("stops", [(4,), (2, 3)])
def test_a_run_that_was_stopped_goes_on_to_the_bit(
    stops: tuple[int, ...], whole: tuple[Path, Steps], folder: Path
) -> None:
    losses: dict[int, float] = {}
    for until in stops:
        losses |= run(tiny.recipe(steps=STEPS), folder, until).losses
        assert max(losses) == until
        assert not finished(folder, tiny.recipe(steps=STEPS))
    last = run(tiny.recipe(steps=STEPS), folder)
    assert min(last.losses) == stops[-1] + 1
    assert losses | last.losses == whole[1].losses
    assert last.looks[STEPS] == whole[1].looks[STEPS]
    ours, theirs = weights(folder), weights(whole[0])
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    assert finished(folder, tiny.recipe(steps=STEPS))


CHILD = """
import sys
from pathlib import Path
import tiny_training as tiny
from photochrom.training import loop
loop.SAVE_EVERY = 0.0  # a checkpoint after every step
loop.LOOK_EVERY = 0.5
report = lambda entry, clock: print(entry.get("loss", ""), flush=True)
loop.train(tiny.recipe(steps=int(sys.argv[2])), tiny.corpus(), Path(sys.argv[1]), tiny.fabric(), report=report)
"""


def test_a_run_killed_at_an_arbitrary_moment_goes_on_to_the_bit(whole: tuple[Path, Steps], folder: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", CHILD, str(folder), str(STEPS)]
    paths = [str(Path(tiny.__file__).parent), str(Path(loop.__file__).parents[2])]
    environment = {"PYTHONPATH": ":".join(paths), "OMP_NUM_THREADS": str(torch.get_num_threads())}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None
    with child.stdout as out:
        for _ in range(2):  # steps; the third is under way, or the checkpoint of the second
            assert out.readline()
        child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    seen = run(tiny.recipe(steps=STEPS), folder)
    assert seen.losses == {step: loss for step, loss in whole[1].losses.items() if step in seen.losses}
    assert max(seen.losses) == STEPS
    ours, theirs = weights(folder), weights(whole[0])
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_the_log_of_steps_that_are_done_again_has_no_line_twice(folder: Path) -> None:
    run(tiny.recipe(steps=STEPS), folder, until=1)
    with (folder / "log.jsonl").open("a") as log:  # what a run wrote after its last checkpoint before it was killed
        log.write(json.dumps({"step": 4, "loss": 99.0}) + "\n" + '{"step": 5, "lo')
    run(tiny.recipe(steps=STEPS), folder)
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in log if "loss" in entry] == [1, STEPS]


def test_another_recipe_in_the_same_folder_is_refused(whole: tuple[Path, Steps]) -> None:
    with pytest.raises(DataError, match="holds a run of another recipe or length: choose another --out, or remove it"):
        run(tiny.recipe(steps=STEPS + 1), whole[0])


def test_other_photographs_in_the_same_folder_are_refused(whole: tuple[Path, Steps]) -> None:
    with pytest.raises(DataError, match="was begun with 6 photographs, the shards now give 7"):
        train(tiny.recipe(steps=STEPS), tiny.corpus(9), whole[0], tiny.fabric())


def test_as_many_photographs_of_other_names_or_sizes_are_refused(folder: Path) -> None:
    recipe, corpus = tiny.recipe(steps=2), tiny.corpus()
    run(recipe, folder, until=1)
    renamed = replace(corpus, names=[name.replace("shard", "other") for name in corpus.names])
    resized = replace(corpus, photographs=[photograph[:, 1:] for photograph in corpus.photographs])
    for other in (renamed, resized):
        with pytest.raises(DataError, match="run was begun with other photographs: name the same shards, or choose"):
            train(recipe, other, folder, tiny.fabric())
    run(recipe, folder)


def test_a_run_from_before_its_photographs_were_noted_goes_on(folder: Path) -> None:
    run(tiny.recipe(steps=2), folder, until=1)
    tensors, numbers = checkpoint.read(folder)
    del numbers["digest"]
    save_file(tensors, folder / checkpoint.NAME, metadata={"run": json.dumps(numbers)})
    assert list(run(tiny.recipe(steps=2), folder).losses) == [2]


@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_a_loss_that_is_no_number_stops_the_run_with_the_batch_named(
    where: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tiny.recipe(steps=STEPS), folder, until=2)
    before = weights(folder)
    true, names = loop.losses, []

    def broken(*arguments: Any) -> loop.Losses:
        found = true(*arguments)
        value = found.total * math.nan if where == "loss" else found.total.clone()
        if where == "gradient":
            value.register_hook(lambda gradient: gradient * math.nan)
        return found._replace(total=value)

    batch = loop.Held.batch
    monkeypatch.setattr(loop.Held, "batch", lambda self, step: (names.append(step), batch(self, step))[1])
    monkeypatch.setattr(loop, "losses", broken)
    with pytest.raises(TrainingError) as caught:
        run(tiny.recipe(steps=STEPS), folder)
    told = str(caught.value)
    assert names == [2]
    assert f"the {where} is nan at step 2, on the batch shard.tar/0000" in told
    assert "\n" not in told
    after = weights(folder)
    assert all(torch.equal(after[key], before[key]) for key in before)


def test_a_run_in_minutes_ends_in_time_with_a_finished_schedule(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wall = [1000.0]
    monkeypatch.setattr(loop, "Clock", functools.partial(Clock, now=lambda: wall[0]))
    recipe = tiny.recipe(schedule={"steps": 0, "minutes": 0.1})
    rates: list[float] = []

    def report(entry: dict[str, Any], clock: Clock) -> None:
        if "rate" in entry:
            wall[0] += 1.0  # of the next step
            rates.append(entry["rate"])

    assert train(recipe, tiny.corpus(), folder, tiny.fabric(), report=report, began=wall[0] - 2.0)
    assert wall[0] - 998 == 7  # two seconds of loading, and a report after the last step
    numbers = checkpoint.numbers_of(folder)
    assert numbers is not None
    assert numbers["spent"] == 2
    assert numbers["seconds"] + numbers["spent"] <= 6
    assert max(rates) > 5 * rates[-1] > 0
    assert finished(folder, recipe)


def test_minutes_that_loading_used_up_are_one_sentence(folder: Path) -> None:
    recipe = tiny.recipe(schedule={"steps": 0, "minutes": 0.5})
    with pytest.raises(TrainingError, match=r"loading the photographs took .* minutes, all of the run's 0.5"):
        train(recipe, tiny.corpus(), folder, tiny.fabric(), began=time.monotonic() - 60)


def test_a_streamed_corpus_trains_and_goes_on(tmp_path: Path, folder: Path) -> None:
    shards = [tiny.write_shard(tmp_path / f"{number}.tar", range(5)) for number in range(2)]
    recipe = tiny.recipe(steps=3, objective={"classify": 0.1})
    for until in (1, 10):
        seen, photographs = Steps(until), Stream(shards, tiny.SIDE, 2, 2, recipe.seed)
        if until > 1:
            with pytest.raises(DataError, match="was begun with other photographs"):
                train(recipe, Stream(shards[:1], tiny.SIDE, 2, 2, recipe.seed), folder, tiny.fabric())
        train(recipe, photographs, folder, tiny.fabric(), report=seen, stop=seen.stop)
    assert sorted(seen.losses) == [2, 3]
    assert finished(folder, recipe)


def test_the_class_head_learns_only_if_it_is_asked_to(folder: Path, whole: tuple[Path, Steps]) -> None:
    recipe = tiny.recipe(steps=1, objective={"classify": 0.1})
    start = loop.build(recipe).state_dict()
    assert train(recipe, tiny.corpus(), folder, tiny.fabric())
    key = "classifier.linear.weight"
    assert not torch.equal(weights(folder)[f"network.{key}"], start[key])
    assert torch.equal(weights(whole[0])[f"network.{key}"], start[key])
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert log[0]["classes"] > 0
    assert log[0]["loss"] == pytest.approx(log[0]["color"] + 0.1 * log[0]["classes"], rel=1e-5)


def test_a_full_disk_is_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(run: Path, entry: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loop.record, "append", full)
    with pytest.raises(DataError, match=r"^cannot write the run to .*run: No space left on device$"):
        run(tiny.recipe(), folder)


def test_a_disk_that_fills_up_leaves_recipe_and_log_as_they_were(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        path.open("wb").close()  # the name is there, and not one byte fits
        raise OSError(28, "No space left on device")

    folder.mkdir()
    loop.settle(folder, tiny.recipe(steps=4))
    loop.record.append(folder, {"step": 1, "loss": 5.0})
    loop.record.append(folder, {"step": 9, "loss": 4.0})
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        loop.settle(folder, tiny.recipe(steps=4))
        with pytest.raises(OSError, match="No space left"):
            loop.record.trim_log(folder, 4)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    loop.record.trim_log(folder, 4)
    assert [entry["step"] for entry in loop.record.read_log(folder)] == [1]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot write the run to"):
        run(tiny.recipe(), tmp_path / "file" / "run")
