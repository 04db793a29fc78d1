"""The wheel's compiled part: built where there is a compiler, and no obstacle where there is none."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(shutil.which("cc") is None, reason="No C compiler is installed here.")
def test_a_compiler_makes_a_library_that_knows_its_source(build: ModuleType, tmp_path: Path) -> None:
    assert build.compiled(ROOT / build.SOURCE, tmp_path / "libkernel.so") == ""
    assert (tmp_path / "libkernel.so").stat().st_size > 10_000


def test_without_a_compiler_there_is_a_reason_and_no_library(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr("sysconfig.get_config_var", lambda name: "gcc-of-somebody-else")
    (tmp_path / "libkernel.so").write_bytes(b"of another state")
    assert build.compiled(ROOT / build.SOURCE, tmp_path / "libkernel.so") == "No C compiler."
    assert not (tmp_path / "libkernel.so").exists()


@pytest.mark.skipif(shutil.which("cc") is None, reason="No C compiler is installed here.")
def test_the_compiler_of_the_environment_is_asked_first(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    mine.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path / "asked"}\nexec cc "$@"\n')
    mine.chmod(0o755)
    monkeypatch.setenv("CC", f"{mine} -DMINE")
    assert build.compiled(ROOT / build.SOURCE, tmp_path / "libkernel.so") == ""
    assert "-DMINE" in (tmp_path / "asked").read_text()


@pytest.mark.skipif(shutil.which("cc") is None, reason="No C compiler is installed here.")
def test_a_source_that_does_not_compile_leaves_nothing(build: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "kernel.c").write_text("int half(")
    assert build.compiled(tmp_path / "kernel.c", tmp_path / "libkernel.so").startswith("The compiler failed: ")
    assert not (tmp_path / "libkernel.so").exists()
