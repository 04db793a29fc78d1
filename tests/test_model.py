"""What a model promises: any photograph in, a prediction on its grid out; and what is no model is refused."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom import model_session
from photochrom.color import in_gamut
from photochrom.errors import HintError, ModelError
from photochrom.hints import Hint
from photochrom.model import LONGEST, PATCH, Model, Plane, evened, working_size
from photochrom.resample import resize
from tiny_model import BINS, BLUE, CARD, GREEN, ORANGE, with_card, with_changes, write_tiny_model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model.load(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


def flat(height: int, width: int, level: float) -> np.ndarray:
    return np.full((height, width), level, np.float32)


def test_a_model_knows_its_card_and_what_its_numbers_mean(tiny: Model) -> None:
    assert tiny.card == CARD
    assert tiny.representation == BINS
    assert tiny.readout.temperature == 0.38


@pytest.mark.parametrize(("level", "one"), [(0, BLUE), (100, ORANGE)])
def test_lightness_reaches_the_network_in_its_own_units(tiny: Model, level: float, one: int) -> None:
    ab = tiny.predict(flat(64, 64, level)).ab()
    assert np.allclose(ab, BINS.centers[one], atol=1e-2)


SIZES = [(1, 1), (1, 700), (37, 3000), (64, 64), (65, 64), (250, 170), (17, 23), (3000, 37)]


@pytest.mark.parametrize("size", SIZES)
def test_any_size_gives_a_prediction_whose_grid_covers_the_photograph(tiny: Model, size: tuple[int, int]) -> None:
    prediction = tiny.predict(flat(*size, 100))
    height, width = (side // CARD.stride_out for side in working_size(*size, CARD))
    assert prediction.logits.shape == (313, height, width)
    assert prediction.guide.shape == (height, width)
    assert prediction.features is not None
    assert prediction.features.shape == (1, height, width)
    assert prediction.size == size
    assert np.allclose(prediction.guide, 100, atol=1e-3)
    assert np.allclose(prediction.ab(), BINS.centers[ORANGE], atol=1e-2)


def test_the_grid_lies_where_the_photograph_does(tiny: Model) -> None:
    """Left half black, right half white, with a width that is no multiple of the stride in."""
    lightness = flat(200, 300, 0)
    lightness[:, 150:] = 100
    prediction = tiny.predict(lightness)
    half = prediction.logits.shape[2] // 2
    assert np.all(prediction.logits[:, :, : half - 1].argmax(axis=0) == BLUE)
    assert np.all(prediction.logits[:, :, half + 1 :].argmax(axis=0) == ORANGE)
    assert np.allclose(prediction.guide[:, : half - 1], 0, atol=1e-3)


@given(st.integers(1, 20000), st.integers(1, 20000), st.sampled_from([64, 256, 300]))
def test_the_working_copy_is_of_a_size_the_network_likes(height: int, width: int, size: int) -> None:
    card = with_card(working_size=size)
    small = working_size(height, width, card)
    stride = card.stride_out
    assert all(side % stride == 0 for side in small)
    assert size // 2 - stride <= min(small) <= size + stride
    assert max(small) <= LONGEST * min(small) + stride * LONGEST
    if min(height, width) >= size and max(height, width) <= 3 * min(height, width):
        assert max(small) / min(small) == pytest.approx(
            max(height, width) / min(height, width), rel=2.5 * stride / size
        )
    assert working_size(width, height, card) == small[::-1]


def test_the_working_copy_of_a_photograph_of_working_size_is_that_photograph() -> None:
    assert working_size(256, 256, with_card(working_size=256)) == (256, 256)
    assert working_size(200, 200, with_card(working_size=256)) == (200, 200)
    assert working_size(10, 10, with_card(working_size=256)) == (128, 128)


def test_another_photograph_can_set_the_mood(tiny: Model) -> None:
    assert tiny.predict(flat(64, 64, 0)).logits[GREEN].max() < 0
    mooded = tiny.predict(flat(64, 64, 0), style=flat(31, 500, 100))
    assert np.allclose(mooded.ab(), BINS.centers[GREEN], atol=1e-2)


def test_without_one_the_photograph_is_its_own_style(tiny: Model, rng: np.random.Generator) -> None:
    lightness = rng.uniform(0, 100, (90, 70)).astype(np.float32)
    assert np.array_equal(tiny.predict(lightness).logits, tiny.predict(lightness, style=lightness).logits)


def test_a_network_without_style_is_not_fed_one_and_refuses_one(tmp_path: Path) -> None:
    plain = Model.load(write_tiny_model(tmp_path / "plain.onnx", inputs=("lightness",)))
    assert np.allclose(plain.predict(flat(64, 64, 100)).ab(), BINS.centers[ORANGE], atol=1e-2)
    with pytest.raises(ModelError, match="tiny takes no style photograph"):
        plain.predict(flat(64, 64, 100), style=flat(8, 8, 0))


def test_a_network_that_takes_hints_gets_none(tmp_path: Path) -> None:
    hinted = Model.load(write_tiny_model(tmp_path / "hinted.onnx", inputs=("lightness", "style", "hints")))
    assert np.allclose(hinted.predict(flat(50, 90, 100)).ab(), BINS.centers[ORANGE], atol=1e-2)


class Listening:
    """A session that keeps what it is fed."""

    def __init__(self, session: Any) -> None:
        self.session, self.fed = session, {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    def run(self, outputs: None, feed: dict[str, np.ndarray]) -> Any:
        self.fed = feed
        return self.session.run(outputs, feed)


def test_a_network_that_takes_hints_sees_them_as_squares_at_its_own_scale(tmp_path: Path) -> None:
    """As training shows them: ab and a mask of 1 in a square around the place, nothing elsewhere."""
    plain = Model.load(write_tiny_model(tmp_path / "hinted.onnx", inputs=("lightness", "style", "hints")))
    listening = Listening(plain.session)
    model = dataclasses.replace(plain, session=listening)
    predicted = model.predict(flat(640, 1000, 60), hints=[Hint(500, 320, (90, 140, 70)), Hint(999, 639, (0, 0, 255))])
    a, b, mask = listening.fed["hints"][0]
    assert listening.fed["hints"].shape[2:] == (64, 112)  # of 64 x 100, padded to multiples of 16
    assert mask.sum() == PATCH**2 + (PATCH // 2 + 1) ** 2  # the corner cuts the second one, and its mirror is none
    assert mask[32 - PATCH // 2 : 33 + PATCH // 2, 50 - PATCH // 2 : 51 + PATCH // 2].all()
    assert np.allclose([a[32, 50], b[32, 50]], Hint(0, 0, (90, 140, 70)).ab, atol=1e-3)
    assert np.abs([a, b])[:, mask == 0].max() == 0
    assert in_gamut(np.array([60, a[63, 99], b[63, 99]]), tolerance=2e-3)
    assert len(predicted.notes) == 1
    assert predicted.hints == ()  # they did their work: nothing is carried over regions as well
    assert model.takes_hints


def test_of_any_other_network_hints_are_carried_over_their_regions(tiny: Model) -> None:
    assert not tiny.takes_hints
    lightness = flat(640, 640, 10)
    lightness[:, 320:] = 60
    hint = Hint(500, 320, (90, 140, 70))
    predicted = tiny.predict(lightness, hints=[hint])
    assert np.allclose(predicted.ab()[:, 9:], hint.ab, atol=2)
    assert np.array_equal(predicted.ab()[:, :7], tiny.predict(lightness).ab()[:, :7])
    assert np.array_equal(predicted.ab(), tiny.predict(lightness).hinted([hint]).ab())


def test_a_hint_outside_of_the_photograph_is_refused_by_every_network(tmp_path: Path, tiny: Model) -> None:
    takes = Model.load(write_tiny_model(tmp_path / "hinted.onnx", inputs=("lightness", "style", "hints")))
    for model in (tiny, takes):
        with pytest.raises(
            HintError, match="The hint at 90,10 lies outside of the photograph, which has 90 x 50 pixels"
        ):
            model.predict(flat(50, 90, 50), hints=[Hint(90, 10, (90, 140, 70))])


def test_a_network_that_sees_intensity_still_joins_by_lightness(tmp_path: Path) -> None:
    seeing = Model.load(write_tiny_model(tmp_path / "intensity.onnx", with_changes(lightness="intensity")))
    guide = seeing.predict(flat(64, 64, 0.5)).guide
    assert np.allclose(guide, 53.389, atol=1e-2)  # L* of the sRGB gray 0.5


def test_the_same_photograph_gives_the_same_numbers(tiny: Model, rng: np.random.Generator) -> None:
    lightness = rng.uniform(0, 100, (123, 77)).astype(np.float32)
    assert np.array_equal(tiny.predict(lightness).logits, tiny.predict(lightness).logits)


def test_a_file_without_a_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"is no photochrom model: it has no card \(photochrom_card\)"):
        Model.load(write_tiny_model(tmp_path / "bare.onnx", card=""))


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        ("{", "cannot be used: the card is not JSON"),
        (with_changes(working_size=None), "cannot be used: the card lacks working_size"),
        (with_changes(representation={"name": "oil"}), "cannot be used: unknown representation 'oil'"),
        (with_changes(readout={"kind": "guess"}), "cannot be used: unknown read-out 'guess'"),
        (with_changes(readout={"kind": "mean", "tempo": 1}), "cannot be used: unknown read-out setting 'tempo'"),
    ],
)
def test_a_file_with_a_wrong_card_is_refused(tmp_path: Path, card: str, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        Model.load(write_tiny_model(tmp_path / "wrong.onnx", card))


@pytest.mark.parametrize("content", [b"", b"no model at all, just text\n" * 99, b"\x89PNG\r\n\x1a\n" + bytes(999)])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "no.onnx"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"no\.onnx is not a model that onnxruntime can open"):
        Model.load(file)


def test_a_network_with_inputs_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="this one takes lightness, style, surprise"):
        Model.load(write_tiny_model(tmp_path / "odd.onnx", inputs=("lightness", "style", "surprise")))


def test_a_card_that_contradicts_the_network_is_noticed(tmp_path: Path) -> None:
    coarse = Model.load(write_tiny_model(tmp_path / "coarse.onnx", with_changes(stride_out=2)))
    with pytest.raises(ModelError, match="not what its card says"):
        coarse.predict(flat(64, 64, 50))


def test_a_failure_inside_the_network_is_a_sentence(tmp_path: Path) -> None:
    network = onnx.load(str(write_tiny_model(tmp_path / "whole.onnx")))
    network.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 2  # a batch of two, which it never gets
    onnx.save(network, str(tmp_path / "broken.onnx"))
    with pytest.raises(ModelError, match=r"broken\.onnx failed while it ran"):
        Model.load(tmp_path / "broken.onnx").predict(flat(64, 64, 50))


def test_a_provider_that_is_not_there_is_an_error_and_never_another_one(tmp_path: Path) -> None:
    file = write_tiny_model(tmp_path / "tiny.onnx")
    assert Model.load(file, provider="cpu").session.get_providers() == ["CPUExecutionProvider"]
    with pytest.raises(ModelError, match="no provider 'quantum'; choose auto, cpu, cuda"):
        Model.load(file, provider="quantum")


def test_a_provider_that_is_known_but_not_installed_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(model_session.PROVIDERS, "cuda", "NoSuchExecutionProvider")
    with pytest.raises(ModelError, match="This onnxruntime has no provider 'cuda'; it has cpu"):
        Model.load(write_tiny_model(tmp_path / "tiny.onnx"), provider="cuda")


def test_a_model_says_where_it_runs(tmp_path: Path) -> None:
    file = write_tiny_model(tmp_path / "tiny.onnx")
    assert Model.load(file, provider="cpu").provider == "cpu"
    auto = Model.load(file, threads=1)
    assert auto.provider in ("cuda", "cpu")
    assert auto.session.get_providers()[0] == model_session.PROVIDERS[auto.provider]


class Fallen:
    """A session that went on without the provider that was asked for, as onnxruntime does."""

    def __init__(self, providers: list[str], nodes: dict[str, int]) -> None:
        self._providers, self._nodes = providers, nodes

    def get_providers(self) -> list[str]:
        return self._providers

    def get_provider_graph_assignment_info(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(ep_name=name, get_nodes=lambda n=n: [0] * n) for name, n in self._nodes.items()]


CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


@pytest.mark.parametrize(
    ("fallen", "provider"),
    [
        (Fallen([CPU], {CPU: 9}), None),  # its library did not load
        (Fallen([CUDA, CPU], {CPU: 9}), None),  # it took no part of the network
        (Fallen([CUDA, CPU], {CUDA: 8, CPU: 1}), "cuda"),
    ],
)
def test_a_provider_that_silently_gives_way_is_an_error(
    fallen: Fallen, provider: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr("onnxruntime.InferenceSession", lambda *args, providers, **kwargs: fallen)
    if provider:
        assert model_session.open_session(b"", "a.onnx", "cuda") == (fallen, "cuda")
    else:
        with pytest.raises(ModelError, match="The provider 'cuda' did not start on this machine"):
            model_session.open_session(b"", "a.onnx", "cuda")


def test_auto_goes_on_with_the_cpu_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = {CUDA: Fallen([CPU], {CPU: 1}), CPU: Fallen([CPU], {CPU: 1})}
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr("onnxruntime.InferenceSession", lambda *args, providers, **kwargs: sessions[providers[0]])
    assert model_session.open_session(b"", "a.onnx") == (sessions[CPU], "cpu")


@pytest.mark.parametrize("provider", ["tensorrt", "coreml", "directml", "openvino"])
def test_every_provider_has_a_name_and_none_is_replaced(provider: str, tmp_path: Path) -> None:
    if provider in model_session.available():
        return
    with pytest.raises(ModelError, match=f"This onnxruntime has no provider '{provider}'; it has .*cpu"):
        Model.load(write_tiny_model(tmp_path / "tiny.onnx"), provider)


@pytest.mark.parametrize("size", [32, 48, 128])
def test_the_working_copy_can_be_of_another_size(tiny: Model, size: int) -> None:
    prediction = tiny.predict(flat(400, 600, 100), size=size)
    assert prediction.guide.shape == (size // 4, size * 6 // 16)


@pytest.mark.parametrize("size", [31, 1025, 0, -5])
def test_an_impossible_working_size_is_refused(tiny: Model, size: int) -> None:
    with pytest.raises(ModelError, match="A working size lies between 32 and 1024 pixels"):
        tiny.predict(flat(64, 64, 50), size=size)


def test_contrast_is_evened_for_the_network_alone(tiny: Model) -> None:
    """A faded scan: what is darkest becomes dark for the network, and the guide stays as the photograph is."""
    faded = flat(64, 64, 45)
    faded[:, 32:] = 60
    plain, even = tiny.predict(faded), tiny.predict(faded, contrast=True)
    assert np.array_equal(plain.guide, even.guide)
    sure = [np.abs(one.logits[ORANGE] - one.logits[BLUE]).mean() for one in (plain, even)]
    assert sure[1] > 2 * sure[0]


def test_a_good_print_is_not_evened(rng: np.random.Generator) -> None:
    print_ = rng.uniform(0, 100, (60, 80)).astype(np.float32)
    assert np.allclose(evened(print_), print_, atol=1e-4)
    assert np.allclose(evened(print_ / 100, "intensity"), print_ / 100, atol=1e-6)
    assert np.ptp(evened(flat(9, 9, 40))) == 0


def test_a_large_photograph_is_read_once_for_all_that_the_network_sees(tiny: Model, rng: np.random.Generator) -> None:
    class Counted(Plane):
        asked = 0

        def shrunk_lightness(self, height: int, width: int, kind: str = "lab") -> np.ndarray:
            Counted.asked += 1
            return super().shrunk_lightness(height, width, kind)

    lightness = rng.uniform(0, 100, (700, 900)).astype(np.float32)
    prediction = tiny.predict(Counted(lightness))
    assert Counted.asked == 1
    assert np.allclose(prediction.guide, resize(lightness, *prediction.guide.shape), atol=1e-3)
