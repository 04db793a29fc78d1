"""What tests of the server share: the tiny model, and a server with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving import Client, serving
from tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture(scope="session")
def hinted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose network takes hints."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "hinted.onnx", inputs=("lightness", "hints"))


@pytest.fixture(scope="module")
def client(tiny: Path) -> Iterator[Client]:
    with serving({"tiny": tiny}) as found:
        yield found
