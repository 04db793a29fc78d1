"""What a run stands on: processes and precision for the machine it is on, photographs in memory or streamed."""

import logging
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch
from lightning_fabric import Fabric

from photochrom.cores import cores
from photochrom.errors import DataError
from photochrom.training.data import Corpus, find_shards, gigabytes, load_corpus
from photochrom.training.recipe import Recipe
from photochrom.training.stream import Stream

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "bf16-mixed", "32-true"]

CPU_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # x86 and Arm; without them bf16 is emulated, slower than fp32


def make_fabric(
    device: Device = "auto", devices: int = 1, precision: Precision = "auto", threads: int | None = None
) -> Fabric:
    """Lightning Fabric for this machine, launched; under torchrun its environment says how many processes there are.

    "auto": a GPU where torch sees one; bf16-mixed on GPUs, and on CPUs with instructions for it. `threads` are those of
    torch in this process; without a number the processes share the cores. DataError when CUDA is asked for and not
    there.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise DataError("torch sees no CUDA device here: use --device cpu, or install a torch with CUDA")
    accelerator = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    if precision == "auto":
        precision = "bf16-mixed" if accelerator == "cuda" or cpu_has_bf16() else "32-true"
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", devices))  # torchrun has started them already
    torch.set_num_threads(threads or max(1, cores() // processes))
    nodes = int(os.environ.get("WORLD_SIZE", processes)) // processes
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)  # it announces the precision
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    # it tells of 1 x 1 kernels, for which channels last and channels first are the same
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
    fabric = Fabric(accelerator=accelerator, devices=processes, num_nodes=nodes, precision=precision)
    fabric.launch()
    return fabric


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bf16 by itself, as far as Linux tells."""
    try:
        words = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    except OSError:
        return False
    return bool(CPU_FLAGS & words)


def open_photographs(recipe: Recipe, paths: Sequence[Path], fabric: Fabric) -> Corpus | Stream:
    """The photographs of shards: decoded into memory if they take at most `data.memory_gb`, else streamed.

    As many are decoded at a time as torch has threads. DataError, one sentence, for what is no shard and for shards
    without photographs.
    """
    shards = find_shards(paths)
    data, threads = recipe.data, torch.get_num_threads()
    size = gigabytes(shards, data.shorter_side)
    if size == 0:
        raise DataError(f"no photographs in {', '.join(map(str, shards))}")
    if size <= data.memory_gb:
        return load_corpus(shards, data.shorter_side, threads)
    rank, world = fabric.global_rank, fabric.world_size
    return Stream(shards, data.shorter_side, recipe.schedule.batch, data.validation, recipe.seed, rank, world, threads)
