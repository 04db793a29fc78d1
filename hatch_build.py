"""Compiles the wheel's one piece of C, `src/photochrom/kernel.c`, where there is a compiler; else NumPy does its work.

`photochrom/kernel.py` loads the shared library by ctypes: it knows nothing of Python, so one wheel does for all its
versions on a platform. It lies beside its source, so that an editable installation finds it too.
"""

import hashlib
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
        if self.target_name != "wheel":
            return
        (root / LIBRARY).unlink(missing_ok=True)
        if reason := compiled(root / SOURCE, root / LIBRARY):
            self.app.display_warning(f"{SOURCE} was not compiled; rendering will be slower. {reason}")
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
        build_data["artifacts"].append(str(LIBRARY))


def compiled(source: Path, library: Path) -> str:
    """Compile the source as a library; why that can't be done, or nothing."""
    if sys.platform == "win32":
        return "Not tried on Windows."
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    compiler = compiler if _runs(compiler[0]) else ["cc"]
    mark = hashlib.sha256(source.read_bytes()).hexdigest()
    command = [*compiler, *FLAGS, f'-DSOURCE="{mark}"', str(source), "-o", str(library)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    except OSError as error:
        return f"No C compiler: {error}."
    except subprocess.SubprocessError as error:
        library.unlink(missing_ok=True)
        return f"The compiler failed: {getattr(error, 'stderr', '') or error}"
    return ""


def _runs(program: str) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False
