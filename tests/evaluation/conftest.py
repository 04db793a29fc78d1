"""One evaluation of a few small pictures, which the tests of what comes of it share."""

import json
from pathlib import Path
from typing import Any

import pytest

from albums import COUNT, album, colorful, evaluated
from pictures import saved
from tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """truth/, a model tiny.onnx, and made/: the originals with red and blue changed over."""
    folder = tmp_path_factory.mktemp("evaluation")
    album(folder / "truth", COUNT)
    write_tiny_model(folder / "tiny.onnx")
    (folder / "made").mkdir()
    for number in range(COUNT):
        (folder / "made" / f"{number:02}.png").write_bytes(saved(colorful(number)[..., ::-1].copy(), "png"))
    return folder


@pytest.fixture(scope="session")
def report(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished report's folder."""
    out = tmp_path_factory.mktemp("report")
    evaluated(place, out)
    return out


@pytest.fixture(scope="session")
def told(report: Path) -> dict[str, Any]:
    """Its results.json."""
    return dict(json.loads((report / "results.json").read_text()))
