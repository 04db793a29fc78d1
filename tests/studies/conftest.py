"""What tests of studies share: a model with foreseeable colors, a small album, the way from a command to its files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper

from flat_pictures import flat, save
from photochrom.card import PROPERTY
from photochrom.cli import main
from photochrom.studies import figures
from tiny_model import with_changes, write_tiny_model


class Done(NamedTuple):
    """What a command left behind."""

    status: int
    output: str
    folder: Path

    @property
    def results(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "results.json").read_text(encoding="utf-8"))
        return found

    @property
    def files(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}


Study = Callable[..., Done]


@pytest.fixture(autouse=True)
def _coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of few pixels: what is tested of them is not their beauty."""
    monkeypatch.setattr(figures, "DPI", 40)
    monkeypatch.setitem(figures.STYLE, "savefig.dpi", 40)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny.onnx")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Run `photochrom study WORDS... -o FOLDER`; its status, output and folder."""

    def run(*words: object, out: str = "out") -> Done:
        folder = tmp_path / out
        done = CliRunner().invoke(main, ["study", *map(str, words), "-o", str(folder)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Done(done.exit_code, done.output, folder)

    return run


@pytest.fixture
def album(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Three photographs in color, darker to brighter, with a gradient and some grain."""
    folder = tmp_path / "album"
    ramp = np.linspace(-40, 40, 64)[None, :, None]
    for name, color in (("a-dark", (60, 40, 90)), ("b-middle", (90, 140, 100)), ("c-bright", (220, 200, 150))):
        pixels = flat(*color) + ramp + rng.normal(0, 4, (48, 64, 3))
        save(folder / f"{name}.png", np.clip(pixels, 0, 255).astype(np.uint8))
    return folder


@pytest.fixture(scope="session")
def regression(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that predicts one color a pixel and no distribution: a = 10, b = L* - 50."""
    tensors = {"slopes": np.array([0, 1], "f4").reshape(2, 1, 1, 1), "offsets": np.array([10, -50], "f4")}
    nodes = [
        helper.make_node("AveragePool", ["lightness"], ["features"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Conv", ["features", "slopes", "offsets"], ["logits"]),
    ]
    shapes = {"lightness": ["N", 1, "H", "W"], "logits": ["N", 2, "h", "w"], "features": ["N", 1, "h", "w"]}
    values = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()}
    graph = helper.make_graph(
        nodes,
        "regression",
        [values["lightness"]],
        [values["logits"], values["features"]],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    card = with_changes(
        name="plain", representation={"name": "regression"}, readout={"kind": "mean", "temperature": 0.38}
    )
    helper.set_model_props(model, {PROPERTY: card})
    path = tmp_path_factory.mktemp("models") / "regression.onnx"
    onnx.save(model, str(path))
    return path
