"""Several processes train one network: the command in two of them on the CPU, started in both ways, `make slow`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import photochrom
import tiny_training as tiny
from photochrom.training import checkpoint
from photochrom.training.checkpoint import averaged_weights
from photochrom.training.start import build

TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "photochrom", "train"]
DEVICES = ["-m", "photochrom", "train", "--devices", "2"]
HELD: dict[str, Any] = {"objective": {"classify": 0.1}}
STREAMED: dict[str, Any] = {"data": {"memory_gb": 1e-6}}


def train(start: list[str], recipe: Path, *words: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *start, str(recipe), *map(str, words), "--out", str(recipe.with_name("run"))]
    paths = os.pathsep.join([str(Path(photochrom.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [*command, "--device", "cpu", "--threads", "1"],
        capture_output=True, text=True, env=environment, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("start", [TORCHRUN, DEVICES], ids=["torchrun", "--devices"])
@pytest.mark.parametrize("changes", [HELD, STREAMED], ids=["held", "streamed"])
def test_two_processes_train_one_network(start: list[str], changes: dict[str, Any], tmp_path: Path) -> None:
    recipe = tiny.toml(tmp_path / "tiny.toml", steps=3, schedule={"batch": 4}, **changes)
    run, shards = tmp_path / "run", [tiny.write_shard(tmp_path / f"{n}.tar") for n in range(2)]
    done = train(start, recipe, *shards)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{run} is finished. Next: photochrom export {run} -o MODEL.onnx\n"
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [(entry["step"], entry["photographs"]) for entry in log if "loss" in entry] == [(1, 4), (3, 12)]
    assert [entry["step"] for entry in log if "val_auc" in entry] == [1, 2, 3]  # each is told by one process alone
    assert "warn" not in done.stderr.lower()
    state, numbers = averaged_weights(run)
    assert numbers["step"] == 3
    tiny_recipe = tiny.recipe(steps=3, schedule={"batch": 4}, **changes)
    start_state = build(tiny_recipe).state_dict()
    assert not torch.equal(state["logits.weight"], start_state["logits.weight"])
    assert all(value.isfinite().all() for value in state.values())
    again = train(start, recipe, *shards)
    assert (again.returncode, again.stdout.count("was finished before")) == (0, 1)
    (run / checkpoint.NAME).unlink()  # 60 MB
