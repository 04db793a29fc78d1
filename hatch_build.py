"""Compiles the wheel's one piece of C, `src/photochrom/kernel.c`, where there is a compiler; else NumPy does its work.

`photochrom/kernel.py` loads the shared library by ctypes: it knows nothing of Python, so one wheel does for all its
versions on a platform. It lies beside its source, so that an editable installation finds it too.
"""

import hashlib
import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("src/photochrom/kernel.c")
LIBRARY = SOURCE.with_name("libkernel.so")
FLAGS = ["-std=c99", "-O3", "-fno-math-errno", "-fno-trapping-math", "-fPIC", "-shared", "-Wall", "-Wextra"]


class Kernel(BuildHookInterface[Any]):
    """Run by hatchling before it puts a wheel together."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; a wheel with the library is one for this platform."""
        root = Path(self.root)
        if reason := compiled(root / SOURCE, root / LIBRARY):
            self.app.display_warning(f"{SOURCE} was not compiled; rendering will be slower. {reason}")
            return
        platform = self.build_config.builder.get_best_matching_tag().split("-", 2)[2]
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["artifacts"].append(str(LIBRARY))


def compiled(source: Path, library: Path) -> str:
    """Compile the source as a library; why that can't be done, or nothing. Without success there is no library."""
    if sys.platform == "win32":
        return "Not tried on Windows."
    compiler = next(filter(_runs, _compilers()), None)
    if compiler is None:
        library.unlink(missing_ok=True)
        return "No C compiler."
    partial = library.with_suffix(".partial")
    mark = hashlib.sha256(source.read_bytes()).hexdigest()
    architecture = shlex.split(os.environ.get("ARCHFLAGS", ""))  # of macOS
    command = [*compiler, *FLAGS, *architecture, f'-DSOURCE="{mark}"', str(source), "-lm", "-o", str(partial)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    except subprocess.SubprocessError as error:
        partial.unlink(missing_ok=True)
        library.unlink(missing_ok=True)
        return f"The compiler failed: {getattr(error, 'stderr', '') or error}"
    partial.replace(library)  # at once: a running process keeps the one that it has loaded
    return ""


def _compilers() -> list[list[str]]:
    """That of the environment, Python's own, and the usual names; only the first two when building for elsewhere."""
    asked = [shlex.split(os.environ.get("CC", "")), shlex.split(sysconfig.get_config_var("CC") or "")]
    usual = [] if "_PYTHON_HOST_PLATFORM" in os.environ else [["cc"], ["gcc"], ["clang"]]
    return [words for words in [*asked, *usual] if words]


def _runs(compiler: list[str]) -> bool:
    try:
        return subprocess.run([compiler[0], "--version"], capture_output=True).returncode == 0
    except OSError:
        return False
