"""Run the kernel's tests with it compiled to stop at undefined behavior, then to stop at memory that is not its own.

    python .ci/sanitize.py

With gcc on Linux, in an editable installation, whose library is put back afterwards.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "photochrom" / "kernel.c"
LIBRARY = SOURCE.with_name("libkernel.so")
TESTS = ["tests/test_rendering.py", "tests/test_photo_shrink.py", "tests/test_colorizer.py"]
KINDS = {
    "undefined": ["-fsanitize=undefined,float-cast-overflow", "-fsanitize-undefined-trap-on-error"],
    "address": ["-fsanitize=address"],
}


def main() -> None:
    """Both kinds, one after the other; the exit status is that of the first that fails."""
    mark = hashlib.sha256(SOURCE.read_bytes()).hexdigest()
    runtime = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True).stdout
    with tempfile.TemporaryDirectory(dir=SOURCE.parent) as folder:
        kept = shutil.copy(LIBRARY, folder)
        try:
            for kind, flags in KINDS.items():
                command = ["gcc", "-std=c99", "-O1", "-g", "-fPIC", "-shared", *flags, f'-DSOURCE="{mark}"']
                subprocess.run([*command, str(SOURCE), "-lm", "-o", f"{folder}/new.so"], check=True)
                os.replace(f"{folder}/new.so", LIBRARY)
                more = {"LD_PRELOAD": runtime.strip(), "ASAN_OPTIONS": "detect_leaks=0"} if kind == "address" else {}
                print(f"{kind} behavior" if kind == "undefined" else f"{kind}es", flush=True)
                subprocess.run(
                    [sys.executable, "-m", "pytest", "-q", *TESTS], check=True, cwd=ROOT, env={**os.environ, **more}
                )
        finally:
            os.replace(kept, LIBRARY)


if __name__ == "__main__":
    main()
