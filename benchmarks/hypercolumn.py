"""Larsson 2016's network at every pixel: its 1 x 1 layer per level before enlarging, against the hypercolumn itself.

    python benchmarks/hypercolumn.py [SIDE] [--width 1] [--threads 1]      default: 768 px, the paper's width

Both ways see the same levels of the VGG, of the same square picture and the same random weights. Each runs in a process
of its own, where the kernel's mark of the peak memory (VmHWM, Linux) is set back once the levels are there: what is
added from there on is what the way itself needs. The last line compares their values.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from photochrom.networks.larsson2016 import Larsson2016, hypercolumn

TIMES = 3
Levels = dict[str, Tensor]


def per_level(network: Larsson2016, levels: Levels) -> Tensor:
    """As the network does it."""
    return network.everywhere(levels)


def dense(network: Larsson2016, levels: Levels) -> Tensor:
    """The same from 12,417 numbers for each place."""
    out: Tensor = network.fc1(hypercolumn(levels))
    return out


WAYS = {"per level": per_level, "dense": dense}


def made(side: int, width: float) -> tuple[Larsson2016, Levels]:
    """A network and the levels of a picture, the same in every process."""
    torch.manual_seed(0)
    network = Larsson2016(width=width).eval()
    for layer in network.backbone.modules():
        if isinstance(layer, torch.nn.Conv2d):  # random layers as torch makes them let a signal fade; not so these
            layer.weight.mul_(6**0.5)
    return network, network.levels(torch.rand(1, 1, side, side))


def status(field: str) -> float:
    """A line of this process's memory, MB."""
    with open("/proc/self/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1000


def measure(way: str, side: int, width: float) -> None:
    """Print the memory before, the peak, MB, and the median of three runs in seconds of processor time."""
    network, levels = made(side, width)
    WAYS[way](network, network.levels(torch.rand(1, 1, 32, 32)))  # kernels are built at their first use
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # VmHWM begins again at what is in use now
    before = status("VmRSS")
    WAYS[way](network, levels)
    peak, seconds = status("VmHWM"), []
    for _ in range(TIMES):
        begun = time.process_time()
        WAYS[way](network, levels)
        seconds.append(time.process_time() - begun)
    print(before, peak, float(np.median(seconds)))


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("side", nargs="?", type=int, default=768)
    ask.add_argument("--width", type=float, default=1.0)
    ask.add_argument("--threads", type=int, default=1)
    ask.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    said = ask.parse_args()
    torch.set_num_threads(said.threads)
    torch.set_grad_enabled(False)
    if said.way:
        measure(said.way, said.side, said.width)
        return
    adds, costs = {}, {}
    print(f"{'':10} {'before, MB':>11} {'peak, MB':>9} {'adds, MB':>9} {'seconds':>8}")
    for way in WAYS:
        words = [sys.executable, __file__, str(said.side), "--width", str(said.width), "--threads", str(said.threads)]
        told = subprocess.run([*words, "--way", way], capture_output=True, text=True, check=True).stdout.split()
        before, peak, costs[way] = map(float, told)
        adds[way] = peak - before
        print(f"{way:10} {before:11.0f} {peak:9.0f} {adds[way]:9.0f} {costs[way]:8.2f}")
    memory, seconds = (one["dense"] / one["per level"] for one in (adds, costs))
    print(f"the hypercolumn takes {memory:.1f} times the memory and {seconds:.1f} times the time")
    network, levels = made(min(said.side, 256), said.width)
    one, other = per_level(network, levels), dense(network, levels)
    print(f"largest difference {(one - other).abs().max():.1e}, of values up to {other.abs().max():.2g}")


if __name__ == "__main__":
    main()
