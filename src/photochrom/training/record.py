"""What a run leaves for people: a JSONL log, a loss curve, a contact sheet (gray | ours | true)."""

import json
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyvips

from photochrom.color import fit_to_gamut, lab_to_srgb

GAP = 4  # pixels between pictures of a contact sheet


def write_whole(path: Path, data: bytes) -> None:
    """Write a file complete or not at all: under a hidden name first, then renamed. OSError leaves nothing behind."""
    partial = path.with_name(f".{path.name}")
    try:
        partial.write_bytes(data)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def append(run: Path, entry: dict[str, Any]) -> None:
    """One line of `log.jsonl`."""
    with (run / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(entry) + "\n")


def read_log(run: Path) -> list[dict[str, Any]]:
    """All complete lines of the log; a half-written last one is left out."""
    entries = []
    for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines():
        try:
            entries.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return entries


def trim_log(run: Path, step: int) -> None:
    """Forget what was logged after `step`: a run that goes on from there will log it again."""
    path = run / "log.jsonl"
    if path.exists():
        kept = [entry for entry in read_log(run) if entry["step"] <= step]
        write_whole(path, "".join(json.dumps(entry) + "\n" for entry in kept).encode())


def draw_curves(run: Path) -> None:
    """Losses and learning rate of the log as `curves.png`."""
    from matplotlib.figure import Figure  # half a second; only where a run is recorded

    entries = read_log(run)
    training = [e for e in entries if "loss" in e]
    validation = [e for e in entries if "val_plain" in e]
    if not training:
        return
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    seen = [e["photographs"] / 1000 for e in training]
    left.plot(seen, [e["color"] for e in training], label="rebalanced", color="tab:orange", lw=1)
    left.plot(seen, [e["plain"] for e in training], label="plain", color="tab:blue", lw=1)
    if validation:
        at = [e["photographs"] / 1000 for e in validation]
        left.plot(at, [e["val_plain"] for e in validation], "o-", label="plain, validation", color="tab:green", ms=3)
        right.plot(at, [e["val_auc"] for e in validation], "o-", label="plain AuC, validation", color="tab:green", ms=3)
        right.plot(at, [e["val_auc_gray"] for e in validation], "--", label="all gray", color="gray", lw=1)
        right.legend()
    left.set(xlabel="thousand photographs seen", ylabel="cross-entropy, nats per pixel")
    right.set(xlabel="thousand photographs seen", ylabel="%")
    left.legend()
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=100)
    write_whole(run / "curves.png", picture.getvalue())


def contact_sheet(path: Path, lightness: np.ndarray, ours: np.ndarray, true: np.ndarray, columns: int = 2) -> None:
    """Triples gray | ours | true on one picture.

    `lightness` [N, H, W]; `ours` and `true` ab [N, h, w, 2], enlarged to H x W by repetition.
    """
    rows: list[np.ndarray] = []
    height, width = lightness.shape[1:]
    for gray, one, two in zip(lightness, ours, true, strict=True):
        rows.append(np.concatenate([_picture(gray, ab) for ab in (np.zeros_like(one), one, two)], axis=1))
    blank = np.full((height + GAP, 3 * (width + GAP), 3), 255, np.uint8)
    cells = rows + [blank] * (-len(rows) % columns)
    sheet = np.concatenate([np.concatenate(cells[i : i + columns], 1) for i in range(0, len(cells), columns)])
    write_whole(path, pyvips.Image.new_from_array(sheet).write_to_buffer(path.suffix))


def _picture(lightness: np.ndarray, ab: np.ndarray) -> np.ndarray:
    height, width = lightness.shape
    full = ab.repeat(height // ab.shape[0], 0).repeat(width // ab.shape[1], 1)
    lab = fit_to_gamut(np.concatenate([lightness[..., None], full], -1).astype(np.float32))
    rgb = np.rint(np.clip(lab_to_srgb(lab), 0, 1) * 255).astype(np.uint8)
    return np.pad(rgb, ((0, GAP), (0, GAP), (0, 0)), constant_values=255)
