"""What one waits for before anything happens: import, help, the first picture.

    python benchmarks/cold_start.py [PHOTO] [--rounds 9]

Each is a process of its own, from its start to its end; all in turn, round by round; medians by the clock, the
shortest, and medians of processor time, which others on the machine disturb less. `python` alone is the floor. The
picture is examples/grace-hopper.jpg unless told.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "grace-hopper.jpg"


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("photograph", nargs="?", default=str(EXAMPLE))
    ask.add_argument("--rounds", type=int, default=9)
    said = ask.parse_args()
    with tempfile.TemporaryDirectory() as room:
        out = str(Path(room) / "out.jpg")
        runs = {
            "python alone": ["-c", "pass"],
            "import photochrom": ["-c", "import photochrom"],
            "photochrom --help": ["-m", "photochrom", "--help"],
            "first picture": ["-m", "photochrom", "colorize", said.photograph, "-o", out, "--overwrite"],
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
        for _ in range(said.rounds):
            for name, words in runs.items():
                begun = time.perf_counter(), processors()
                subprocess.run([sys.executable, *words], check=True, capture_output=True)
                taken[name].append((time.perf_counter() - begun[0], processors() - begun[1]))
    print(f"{'seconds':20} {'clock':>7} {'shortest':>9} {'processors':>11}")
    for name, times in taken.items():
        clock, processor = zip(*times, strict=True)
        print(f"{name:20} {statistics.median(clock):7.3f} {min(clock):9.3f} {statistics.median(processor):11.3f}")


def processors() -> float:
    """Processor time of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
