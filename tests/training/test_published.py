"""What `photochrom convert` promises, without the authors' files: files of the same layout give the same network."""

import io
import pickle
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import save_file
from torch import Tensor

from photochrom.cli import main
from photochrom.errors import ModelError
from photochrom.hints import Hint
from photochrom.model import Model
from photochrom.networks import Iizuka2016, Larsson2016, Network, Zhang2016, Zhang2017
from photochrom.representations import Readout
from photochrom.training.published import CONVERSIONS, Wanted, convert
from photochrom.training.published.weights_file import read_weights
from published_files import (
    WIDTH,
    caffe_of_larsson2016,
    caffe_of_zhang2016,
    caffemodel,
    pth_of_zhang2016,
    same_logits,
    settled,
    write_hdf5,
)

NARROW = Wanted(width=WIDTH)


def lightness(*shape: int) -> Tensor:
    return 100 * torch.rand(shape, generator=torch.Generator().manual_seed(1))


def light(*shape: int) -> Tensor:
    return lightness(*shape) / 100


def read(name: str, path: Path, wanted: Wanted = NARROW) -> Network:
    return CONVERSIONS[name].make(read_weights(path), path, wanted)


@pytest.fixture(scope="module")
def zhang() -> Network:
    return settled(Zhang2016(width=WIDTH))


def saved(path: Path, state: object) -> Path:
    torch.save(state, path)
    return path


def test_zhang2016_of_pytorch_has_its_temperature_taken_out(zhang: Network, tmp_path: Path) -> None:
    """Logits at temperature 1, so that --temperature means the same for every model."""
    path = saved(tmp_path / "a.pth", pth_of_zhang2016(zhang))
    assert same_logits(read("zhang2016", path), zhang, lightness) < 1e-5
    assert CONVERSIONS["zhang2016"].readout == Readout("annealed", 1 / 2.606)
    unfolded = saved(tmp_path / "b.pth", pth_of_zhang2016(zhang, folded=1))
    assert same_logits(read("zhang2016", unfolded, Wanted(folded=False, width=WIDTH)), zhang, lightness) < 1e-5


@pytest.mark.parametrize("old", [False, True])
def test_zhang2016_of_caffe_has_another_unit_of_lightness_and_sums_in_its_batchnorm(
    zhang: Network, tmp_path: Path, old: bool
) -> None:
    layers = caffe_of_zhang2016(zhang) | {"class8_ab": [torch.zeros(2, 313, 1, 1)]}
    path = tmp_path / "a.caffemodel"
    path.write_bytes(caffemodel(layers, old))
    assert same_logits(read("zhang2016", path), zhang, lightness) < 1e-4


def test_zhang2017_has_the_keys_of_the_release(tmp_path: Path) -> None:
    network = settled(Zhang2017(width=WIDTH))
    path = saved(tmp_path / "a.pth", network.state_dict())
    made = read("zhang2017", path)
    assert same_logits(made, network, lightness) < 1e-6
    assert torch.equal(made(lightness(1, 1, 32, 32)).palette, network(lightness(1, 1, 32, 32)).palette)
    centered = read("zhang2017", path, Wanted(mask_center=0.5, width=WIDTH))
    assert same_logits(centered, network, lightness) > 1e-3


def test_the_full_networks_have_the_published_keys_and_shapes() -> None:
    """FACTS of the papers' releases: how many entries, and where the first, the transposed and the last layers are."""
    with torch.device("meta"):
        state16, state17 = Zhang2016().state_dict(), Zhang2017().state_dict()
    assert len(state16) + 1 == 82
    assert len(state17) == 107
    shapes = {key: tuple(value.shape) for key, value in (state16 | state17).items()}
    assert shapes["model1.0.weight"] == (64, 4, 3, 3)
    assert tuple(state16["model1.0.weight"].shape) == (64, 1, 3, 3)
    assert shapes["model8.0.weight"] == (512, 256, 4, 4)
    assert shapes["model8.6.weight"] == (313, 256, 1, 1)
    assert shapes["model_class.0.weight"] == (529, 256, 1, 1)
    assert shapes["model_out.0.weight"] == (2, 128, 1, 1)


@pytest.fixture(scope="module")
def larsson() -> Larsson2016:
    network = settled(Larsson2016(width=WIDTH))
    assert isinstance(network, Larsson2016)
    return network


def test_larsson2016_of_hdf5_has_matrices_for_convolutions_and_two_heads(larsson: Larsson2016, tmp_path: Path) -> None:
    path = write_hdf5(tmp_path / "a.caffemodel.h5", caffe_of_larsson2016(larsson))
    assert same_logits(read("larsson2016", path), larsson, light) < 1e-6


def test_larsson2016_of_caffe_is_the_same(larsson: Larsson2016, tmp_path: Path) -> None:
    path = tmp_path / "a.caffemodel"
    path.write_bytes(caffemodel(caffe_of_larsson2016(larsson)))
    assert same_logits(read("larsson2016", path), larsson, light) < 1e-6


@pytest.mark.parametrize(("norm", "fusion"), [(True, 3), (False, 1)])
@pytest.mark.parametrize("format", ["pth", "safetensors"])
def test_iizuka2016_says_itself_what_it_is_like(tmp_path: Path, norm: bool, fusion: int, format: str) -> None:
    network = settled(Iizuka2016(width=WIDTH / 2, norm=norm, fusion=fusion, mean=0.44))
    state = {key: value for key, value in network.state_dict().items() if "classifier" not in key or norm}
    state["mean"] = torch.tensor([0.44])
    path = tmp_path / f"a.{format}"
    save_file(state, path) if format == "safetensors" else torch.save(state, path)
    assert same_logits(read("iizuka2016", path, Wanted(width=WIDTH / 2)), network, light) < 1e-6


def test_iizuka2016_takes_its_mean_off_photograph_and_style() -> None:
    plain = settled(Iizuka2016(width=WIDTH / 2))
    shifted = Iizuka2016(width=WIDTH / 2, mean=0.44).eval()
    shifted.load_state_dict(plain.state_dict())
    photo, style = light(1, 1, 64, 64), light(1, 1, 224, 224)
    torch.testing.assert_close(
        shifted(photo + 0.44, style + 0.44).logits, plain(photo, style).logits, atol=1e-4, rtol=1e-4
    )


Spoil = Callable[[dict[str, Tensor]], object]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda state: state.pop("model3.2.bias"), "it lacks model3.2.bias."),
        (lambda state: state.update({"fc.weight": torch.zeros(1)}), "it has fc.weight, which zhang2016 does not know."),
        (
            lambda state: state.update({"net.0": state.pop("model1.0.weight"), "net.1": state.pop("model1.0.bias")}),
            "it lacks model1.0.weight and has net.0, which zhang2016 does not know.",
        ),
        (lambda state: state.update({"model1.0.bias": torch.zeros(9)}), "model1.0.bias is 9, and in zhang2016 8."),
        (lambda state: state["model_out.weight"].mul_(2), "has other colors than the 313 bins"),
        (lambda state: state.update({"model_out.weight": torch.zeros(2, 5)}), "model_out.weight is 2 x 5, and in"),
    ],
)
def test_a_wrong_checkpoint_names_the_first_missing_and_the_first_unexpected_key(
    zhang: Network, tmp_path: Path, spoil: Spoil, sentence: str
) -> None:
    state = pth_of_zhang2016(zhang)
    spoil(state)
    path = saved(tmp_path / "a.pth", state)
    with pytest.raises(ModelError) as told:
        read("zhang2016", path)
    assert str(told.value).startswith(str(path))
    assert sentence in str(told.value)


@pytest.mark.parametrize("name", CONVERSIONS)
def test_the_weights_of_another_network_are_refused(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path / "a.pth", {"layer.weight": torch.zeros(3)})
    with pytest.raises(ModelError, match=rf"does not hold the weights of {name}.*: it lacks "):
        read(name, path)


class Harmful:
    """What a pickle may do to who reads it."""

    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("harm",))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is neither a PyTorch, a safetensors, a Caffe nor an HDF5 file, or it is damaged"),
        (b"\x0a\xff\xff\xff", "is neither a PyTorch"),
        (b"<html>not found</html>", "is neither a PyTorch"),
        (b"PK\x03\x04 and then nothing", "is no PyTorch file of plain weights"),
        (pickle.dumps({"a": Harmful()}), "is no PyTorch file of plain weights"),
        (b"\x89HDF\r\n\x1a\n and then nothing", "is no Caffe file in HDF5"),
        (b"\x10\0\0\0\0\0\0\0{broken", "is no safetensors file"),
    ],
)
def test_files_of_other_kinds_get_a_sentence_and_are_not_run(
    tmp_path: Path, data: bytes, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.bin").write_bytes(data)
    with pytest.raises(ModelError, match=sentence):
        read_weights(tmp_path / "a.bin")
    assert capsys.readouterr().out == ""


def test_weights_that_would_run_a_program_are_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path / "a.pth", {"a": Harmful()})
    with pytest.raises(ModelError, match="is no PyTorch file of plain weights"):
        read_weights(path)
    assert capsys.readouterr().out == ""


def test_a_state_dict_within_a_checkpoint_is_no_state_dict(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds something else than a state dict"):
        read_weights(saved(tmp_path / "a.pth", {"state_dict": {"a": torch.zeros(1)}}))


def test_a_file_with_another_checksum_is_refused_unless_any_file_will_do(zhang: Network, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", pth_of_zhang2016(zhang))
    result = CliRunner().invoke(main, ["convert", "zhang2016", str(path), "-o", str(tmp_path / "a.onnx")])
    assert result.exit_code == 1
    assert f"Error: {path} is not the authors' file: its SHA-256 begins with " in result.stderr
    assert "theirs with 9b330a0b; download it again, or convert it as it is with --any-file.\n" in result.stderr
    anyway = CliRunner().invoke(main, ["convert", "zhang2016", str(path), "-o", str(tmp_path / "a.onnx"), "--any-file"])
    assert "model1.0.weight is 8 x 1 x 3 x 3, and in zhang2016 64 x 1 x 3 x 3." in anyway.stderr  # now for its shapes


def test_bad_words_get_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "there.onnx").write_text("mine")
    for words, sentence in {
        ("none.pth", "-o", str(tmp_path / "a.onnx")): "none.pth cannot be read (No such file or directory)",
        ("none.pth", "-o", str(tmp_path / "there.onnx")): "exists: choose another name, or --overwrite",
        ("none.pth", "-o", str(tmp_path / "no" / "a.onnx")): "give the name of a file in an existing folder",
    }.items():
        result = CliRunner().invoke(main, ["convert", "zhang2016", *words])
        assert result.exit_code == 1
        assert sentence in result.stderr
        assert result.stderr.count("\n") == 1
    with pytest.raises(ModelError, match="There are no published weights of 'vgg'"):
        convert("vgg", tmp_path / "a", tmp_path / "b")


def converted(name: str, file: Path, path: Path, wanted: Wanted) -> Model:
    told = io.StringIO()
    with redirect_stdout(told), redirect_stderr(told):
        done = convert(name, file, path, wanted)
    assert done.difference < 1e-2
    return Model.load(path, provider="cpu")


def test_the_model_colors_as_the_release_does_and_its_card_says_whose_it_is(zhang: Network, tmp_path: Path) -> None:
    """Annealed at the release's temperature, our logits at 1 give softmax(their logits) times the centers."""
    state = pth_of_zhang2016(zhang)
    file = saved(tmp_path / "a.pth", state)
    model = converted("zhang2016", file, tmp_path / "a.onnx", Wanted(any_file=True, width=WIDTH, half=False))
    assert model.card.licence == "BSD-2-Clause"
    assert "richzhang/colorization" in model.card.provenance["source"]
    assert model.card.provenance["file"] == "a.pth"
    assert len(model.card.provenance["sha256"]) == 64
    photo = lightness(256, 256)
    theirs = torch.softmax(2.606 * zhang(photo[None, None]).logits, 1)
    ab = 110 * torch.nn.functional.conv2d(theirs, state["model_out.weight"])[0].permute(1, 2, 0)
    np.testing.assert_allclose(model.predict(photo.numpy()).ab(), ab.numpy(), atol=0.02)


def test_the_user_guided_model_answers_hints_and_has_a_palette(tmp_path: Path) -> None:
    network = settled(Zhang2017(width=WIDTH))
    file = saved(tmp_path / "a.pth", network.state_dict())
    model = converted("zhang2017", file, tmp_path / "a.onnx", Wanted(any_file=True, width=WIDTH))
    assert model.takes_hints
    photo = lightness(130, 90).numpy()
    plain, hinted = (model.predict(photo, size=64, hints=hints) for hints in ((), [Hint(45, 65, (200, 60, 60))]))
    change = np.abs(hinted.ab() - plain.ab()).max(axis=-1)
    assert change[46, 32] > 0
    assert hinted.choices is not None
    assert hinted.choices.shape == (529, -(-hinted.guide.shape[0] // 4), 16)
    assert len(hinted.palette(89, 129)) >= 1


@pytest.mark.slow
def test_every_system_at_full_size_goes_the_whole_way(tmp_path: Path) -> None:
    networks = {
        "zhang2016": settled(Zhang2016()),
        "zhang2017": settled(Zhang2017()),
        "larsson2016": settled(Larsson2016()),
        "iizuka2016": settled(Iizuka2016()),
    }
    for name, network in networks.items():
        file = tmp_path / name
        if name == "larsson2016":
            assert isinstance(network, Larsson2016)
            write_hdf5(file, caffe_of_larsson2016(network))
        else:
            mean = {"mean": torch.zeros(1)} if name == "iizuka2016" else {}
            torch.save(pth_of_zhang2016(network) if name == "zhang2016" else network.state_dict() | mean, file)
        model = converted(name, file, tmp_path / f"{name}.onnx", Wanted(any_file=True, half=False))
        given = lightness(1, 1, 64, 96) / (1 if network.lightness == "lab" else 100)
        prediction = model.predict(given[0, 0].numpy(), size=64)
        assert np.isfinite(prediction.ab()).all()
        assert "ommercial" in model.card.intended_use or model.card.licence != "CC-BY-NC-SA-4.0"
        file.unlink()
