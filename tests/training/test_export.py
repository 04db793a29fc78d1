"""A run becomes a file that stands for it: the same logits, the card inside, its weights to start from again."""

import copy
import io
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import ModelProto
from torch import nn

import tiny_training as tiny
from photochrom.card import PROPERTY, Card
from photochrom.errors import DataError, ModelError, RecipeError
from photochrom.model import Model
from photochrom.networks import Photochrom
from photochrom.representations import Readout
from photochrom.representations.ab_bins import class_weights
from photochrom.training import checkpoint
from photochrom.training import export as exporting
from photochrom.training.checkpoint import averaged_weights
from photochrom.training.export import Finish, export
from photochrom.training.loop import train
from photochrom.training.start import build, weights_of_model

RECIPE = tiny.recipe(steps=2)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("export") / "run"
    train(RECIPE, tiny.corpus(), folder, tiny.fabric())
    yield folder
    (folder / checkpoint.NAME).unlink()  # 60 MB


@pytest.fixture(scope="module")
def network(run: Path) -> nn.Module:
    """What the run has learned, as torch has it."""
    return build(RECIPE, averaged_weights(run)[0], published=False).eval()


@pytest.fixture(scope="module")
def files(run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[bool, Path], ModelProto]:
    """The run as files with fp16 weights (True) and fp32 weights (False), and the traced graph: tracing takes long."""
    folder = tmp_path_factory.mktemp("files")
    paths = {half: folder / f"half-{half}.onnx" for half in (True, False)}
    traced: list[ModelProto] = []
    trace = exporting._trace
    told = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting, "_trace", lambda network: traced.append(trace(network)) or copy.deepcopy(traced[0]))
        with redirect_stdout(told), redirect_stderr(told):
            export(
                run, paths[True], Finish(Readout("annealed", 0.5), saturation=1.25, working_size=64), {"version": "9"}
            )
        patch.setattr(exporting, "_trace", lambda network: copy.deepcopy(traced[0]))
        export(run, paths[False], half=False)
    assert told.getvalue() == ""  # torch's exporter is talkative
    return paths, traced[0]


@pytest.mark.parametrize("half", [True, False], ids=["fp16", "fp32"])
@pytest.mark.parametrize(("count", "height", "width"), [(1, 32, 32), (1, 96, 64), (2, 32, 160), (3, 64, 96)])
def test_torch_and_onnxruntime_agree_at_any_size(
    half: bool, count: int, height: int, width: int, files: tuple[dict[bool, Path], ModelProto], network: nn.Module
) -> None:
    torch.manual_seed(count)
    lightness, style = torch.rand(count, 1, height, width) * 100, torch.rand(count, 1, 224, 224) * 100
    session = onnxruntime.InferenceSession(files[0][half], providers=["CPUExecutionProvider"])
    logits, features = session.run(["logits", "features"], {"lightness": lightness.numpy(), "style": style.numpy()})
    with torch.no_grad():
        expected = network(lightness, style)
    assert logits.shape == (count, 313, height // 4, width // 4)
    assert logits.dtype == features.dtype == np.float32
    assert np.abs(logits - expected.logits.numpy()).max() < (1e-2 if half else 1e-4)
    assert np.abs(features - expected.features.numpy()).max() < (1e-2 if half else 1e-4)


def test_the_style_input_matters(files: tuple[dict[bool, Path], ModelProto]) -> None:
    session = onnxruntime.InferenceSession(files[0][False], providers=["CPUExecutionProvider"])
    lightness = np.full((1, 1, 32, 32), 50, np.float32)
    waves = np.sin(np.arange(224 * 224, dtype=np.float32)).reshape(1, 1, 224, 224)
    dark, wavy = (
        session.run(["logits"], {"lightness": lightness, "style": 50 + 49 * x})[0] for x in (0 * waves, waves)
    )
    assert np.abs(dark - wavy).max() > 1e-3


def test_the_card_is_inside_and_says_where_the_model_comes_from(files: tuple[dict[bool, Path], ModelProto]) -> None:
    card = Model.load(files[0][True]).card
    assert (card.name, card.version, card.licence) == ("tiny", "9", "unstated")
    assert (card.saturation, card.working_size) == (1.25, 64)
    assert (card.stride_in, card.stride_out) == (32, 4)
    assert card.readout == Readout("annealed", 0.5).to_card()
    assert card.representation == RECIPE.color.to_card()
    assert card.network == tiny.NETWORK
    assert card.provenance["recipe"]["schedule"]["steps"] == 2
    assert card.provenance["photographs"] == 6
    assert card.provenance["crops_seen"] == 4


def test_model_opens_it_and_predicts(files: tuple[dict[bool, Path], ModelProto]) -> None:
    prediction = Model.load(files[0][True]).predict(np.linspace(0, 100, 70 * 50, dtype=np.float32).reshape(70, 50))
    ab = prediction.ab()
    assert ab.ndim == 3
    assert np.isfinite(ab).all()


def test_fp16_weights_halve_the_file(files: tuple[dict[bool, Path], ModelProto]) -> None:
    half, full = (files[0][kind].stat().st_size for kind in (True, False))
    assert half < 0.6 * full


@pytest.mark.parametrize("encoder", ["lite0", "lite1", "lite2"])
def test_the_full_network_takes_less_than_16_megabytes(encoder: str) -> None:
    network = Photochrom(encoder=encoder)
    kept = [value for key, value in network.state_dict().items() if not key.startswith("classifier.")]
    bytes_ = sum(value.numel() * (2 if value.numel() >= exporting.SMALL else 4) for value in kept)
    assert bytes_ + 1e6 < 16e6  # and less than a megabyte for graph and card


def test_the_file_brings_its_weights_back_rounded_to_fp16(
    files: tuple[dict[bool, Path], ModelProto], network: nn.Module
) -> None:
    for half in (True, False):
        back = weights_of_model(files[0][half])
        own = {key: value for key, value in network.state_dict().items() if key in back}
        left_out = network.state_dict().keys() - back.keys()
        assert all(key.startswith("classifier.") or key.endswith("num_batches_tracked") for key in left_out)
        for key, value in own.items():
            rounded = value.half().float() if half and value.numel() >= exporting.SMALL else value
            assert torch.equal(back[key], rounded), key


def test_a_run_starts_from_the_file(files: tuple[dict[bool, Path], ModelProto], network: nn.Module) -> None:
    started = build(RECIPE, weights_of_model(files[0][False])).eval()
    lightness = torch.rand(1, 1, 32, 32) * 100
    with torch.no_grad():
        assert torch.equal(started(lightness).logits, network(lightness).logits)


def test_weights_of_another_network_are_refused_with_the_key_named(network: nn.Module) -> None:
    state = {key: value for key, value in network.state_dict().items() if not key.startswith("classifier.")}
    lacking = {key: value for key, value in state.items() if key != "embed.0.weight"}
    with pytest.raises(RecipeError, match=r"network photochrom: it lacks embed\.0\.weight$"):
        build(RECIPE, lacking, published=False)
    with pytest.raises(RecipeError, match=r"network photochrom: it has an unknown colors\.weight$"):
        build(RECIPE, state | {"colors.weight": torch.zeros(1)}, published=False)
    with pytest.raises(RecipeError, match=r"^embed\.1\.bias is \(7,\) in the weights to start from, \(8,\) here$"):
        build(RECIPE, state | {"embed.1.bias": torch.zeros(7)}, published=False)


def test_a_last_layer_of_another_representation_is_left_as_it_is(network: nn.Module) -> None:
    state = network.state_dict() | {"logits.weight": torch.zeros(2, 8, 1, 1), "logits.bias": torch.zeros(2)}
    started = build(RECIPE, state, published=False)
    assert torch.equal(started.state_dict()["embed.0.weight"], state["embed.0.weight"])
    assert started.head.weight.shape == (313, 8, 1, 1)
    assert started.head.weight.abs().sum() > 0


def test_only_our_own_models_can_be_started_from(tmp_path: Path, files: tuple[dict[bool, Path], ModelProto]) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(ModelError, match=r"other\.onnx is no ONNX model"):
        weights_of_model(path)
    onnx.save(files[1], str(path))
    with pytest.raises(ModelError, match=r"other\.onnx has no photochrom card"):
        weights_of_model(path)


def test_rebalancing_moves_the_bias_by_the_logarithm_of_the_weights_ratio_and_a_wrong_file_is_not_written(
    run: Path, files: tuple[dict[bool, Path], ModelProto], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[nn.Module] = []
    unmoved = copy.deepcopy(files[1])  # whose bias is the trained one
    monkeypatch.setattr(exporting, "_trace", lambda network: moved.append(network) or unmoved)
    with pytest.raises(ModelError, match=r"the exported network's logits differ by .* from the trained one's"):
        export(run, tmp_path / "moved.onnx", Finish(rebalance=0.4))
    assert list(tmp_path.iterdir()) == []
    state, numbers = averaged_weights(run)
    prior = np.array(numbers["prior"])
    shift = moved[0].get_parameter("logits.bias").detach().numpy() - state["logits.bias"].numpy()
    occurs = prior > 0
    expected = np.log(class_weights(prior, 0.4)[occurs] / class_weights(prior, RECIPE.objective.rebalance)[occurs])
    np.testing.assert_allclose(shift[occurs], expected, atol=1e-5)
    assert (shift[~occurs] == 0).all()
    assert 0 < occurs.sum() < 313


def test_a_folder_without_a_run_and_one_that_cannot_be_written_are_one_sentence(
    run: Path, files: tuple[dict[bool, Path], ModelProto], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="holds no run"):
        export(tmp_path, tmp_path / "model.onnx")

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "_trace", lambda network: copy.deepcopy(files[1]))
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ModelError, match=r"^cannot write .*model\.onnx: No space left on device$"):
        export(run, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_where_no_file_can_be_is_refused_before_the_work(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_trace", lambda network: pytest.fail("the work was done"))
    with pytest.raises(ModelError, match=r"^cannot write .*model\.onnx: .*nowhere is not an existing folder$"):
        export(run, tmp_path / "nowhere" / "model.onnx")
    with pytest.raises(ModelError, match=r"is a folder: give the name of a file to write$"):
        export(run, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_card_can_be_read_by_onnx_alone(files: tuple[dict[bool, Path], ModelProto]) -> None:
    properties = {one.key: one.value for one in onnx.load(str(files[0][True])).metadata_props}
    assert Card.from_json(properties[PROPERTY]).version == "9"


def test_runs_are_averaged_weight_by_weight(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    train(tiny.recipe(seed=4), tiny.corpus(), other, tiny.fabric())
    exported = export(run, tmp_path / "mean.onnx", half=False, others=[other])
    one, two, mean = averaged_weights(run), averaged_weights(other), weights_of_model(tmp_path / "mean.onnx")
    for key in ("embed.0.weight", "encoder.stem.0.weight", "logits.bias"):
        torch.testing.assert_close(mean[key], (one[0][key] + two[0][key]) / 2)
    crops = (one[1]["step"] + two[1]["step"]) * one[1]["recipe"]["schedule"]["batch"]
    assert exported.card.provenance["crops_seen"] == crops


def test_runs_of_other_networks_are_not_averaged(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    train(tiny.recipe(network={"embedding": 16}, steps=1), tiny.corpus(), other, tiny.fabric())
    with pytest.raises(ModelError, match="other is a run of another network or representation"):
        export(run, tmp_path / "mean.onnx", others=[other])
    assert not (tmp_path / "mean.onnx").exists()
