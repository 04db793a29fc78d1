"""Against the road of the 2016 demo: the same file, in and out, and the networks alone.

    python benchmarks/peer.py --peer SCRIPT [--megapixels 12] [--rounds 3] [PHOTO...]

The peer is called as `SCRIPT IN.jpg OUT.jpg --repeat 3` and prints "network SECONDS s  whole SECONDS s". Runs
alternate, peer and photochrom, each in a process of its own with its model loaded; figures are medians over rounds of
what each run tells, and a run tells the median of three, ours of thirty for the network. The network alone is: small
lightness in, small ab out.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from scene import scenes

OURS = """
import statistics, sys, time
from photochrom import Colorizer, Photo
from photochrom.model import Plane, working_size

colorizer = Colorizer(sys.argv[3])
model, photo = colorizer.model, Photo.read(sys.argv[1])
small = Plane(photo.shrunk_lightness(*working_size(*photo.size, model.card), model.card.lightness))

def seconds(work, repeats):
    work()
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)

network = seconds(lambda: model.predict(small).ab(), 30)  # as long as the peer's three
whole = seconds(lambda: colorizer(sys.argv[1]).write(sys.argv[2], overwrite=True), 3)
print(f"network {network} s  whole {whole} s")
"""


def told(words: list[str]) -> dict[str, float]:
    output = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True).stdout
    return {name: float(re.search(rf"{name} ([\d.e-]+) s", output).group(1)) for name in ("network", "whole")}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("photographs", nargs="*", type=Path)
    ask.add_argument("--peer")
    ask.add_argument("--megapixels", type=float, default=12)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--model", default="photochrom")
    said = ask.parse_args()
    if said.peer is None:
        print("Name the peer's script with --peer.")
        return
    with tempfile.TemporaryDirectory() as room:
        made = {} if said.photographs else scenes(Path(room), said.megapixels)
        for name, path in (made or {str(path): path for path in said.photographs}).items():
            out = str(Path(room) / "out.jpg")
            theirs, ours = [], []
            for _ in range(said.rounds):
                theirs.append(told([said.peer, str(path), out, "--repeat", "3"]))
                ours.append(told(["-c", OURS, str(path), out, said.model]))
            print(name)
            for part in ("network", "whole"):
                slow, fast = (statistics.median(run[part] for run in runs) for runs in (theirs, ours))
                print(f"  {part:8} peer {slow:7.3f} s   photochrom {fast:7.3f} s   {slow / fast:5.1f} times faster")


if __name__ == "__main__":
    main()
