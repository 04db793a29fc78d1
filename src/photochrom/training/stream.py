"""A corpus larger than memory: samples streamed from its shards by WebDataset, shuffled as they pass."""

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
import webdataset
from torch import Tensor

from photochrom.errors import DataError
from photochrom.training.data import PICTURES, Batch, Corpus, Encoded, decode, files_of, label_of, read_shard

BUFFER = 2000  # samples shuffled at a time, still encoded: 50 MB. Shards hold one shuffled order already
AHEAD = 2  # batches that are being decoded while the network learns from one

_group = webdataset.pipelinefilter(webdataset.tariterators.group_by_keys)


class Stream:
    """Batches from shards that never lie in memory as a whole.

    Every epoch reads the shards in a new seeded order, each process a part of them, and `threads` decode ahead of the
    network. The first `validation` pictures of the first shard are kept aside. A stream can't jump: a resumed run goes
    on with a new order drawn from the step at which it resumes.
    """

    def __init__(
        self,
        shards: Sequence[Path],
        shorter_side: int,
        size: int,
        validation: int,
        seed: int,
        rank: int = 0,
        world: int = 1,
        threads: int = 2,
    ) -> None:
        if len(shards) < world:
            raise DataError(f"{len(shards)} shards can't be shared by {world} processes: prepare smaller ones")
        self.shards, self.shorter_side, self.size = sorted(shards), shorter_side, size // world
        self.seed, self.rank, self.world = seed, rank, world
        self.pool = ThreadPoolExecutor(threads)
        aside = list(islice(read_shard(self.shards[0]), validation))
        self.aside = {_key(one.name) for one in aside}
        pairs = [(one, decode(one.data, shorter_side)) for one in aside]
        kept = [(one, pixels) for one, pixels in pairs if pixels is not None]
        if not kept:
            raise DataError(f"no photographs in {self.shards[0]}")
        labels = torch.tensor([one.label for one, _ in kept])
        self.validation = Corpus([one.name for one, _ in kept], [pixels for _, pixels in kept], labels)
        self._samples: Iterator[tuple[Encoded, Tensor]] | None = None

    @property
    def digest(self) -> str:
        """A SHA-256 over names and sizes of the shards: tells whether these are the same photographs."""
        told = (f"{shard.name}\0{shard.stat().st_size}\n" for shard in self.shards)
        return hashlib.sha256("".join(told).encode("utf-8", "surrogateescape")).hexdigest()

    def batch(self, step: int) -> Batch:
        """The next photographs; the first call decides the order by its step."""
        if self._samples is None:
            self._samples = self._decoded(self._endless(step))
        found = list(islice(self._samples, self.size))
        labels = torch.tensor([one.label for one, _ in found])
        return Batch([one.name for one, _ in found], [pixels for _, pixels in found], labels, None)

    def sample(self, count: int) -> list[Tensor]:
        """Up to `count` photographs for statistics, from the beginning of a pass of their own."""
        found = [pixels for _, pixels in self._decoded(islice(self._epoch((self.seed, 0, 0)), count))]
        if not found:
            raise DataError(self._nothing())
        return found

    def _decoded(self, samples: Iterator[Encoded]) -> Iterator[tuple[Encoded, Tensor]]:
        """Decoded in the same order by all threads at once, some batches ahead; what can't be decoded is left out."""
        waiting: deque[tuple[Encoded, Future[Tensor | None]]] = deque()
        for one in samples:
            waiting.append((one, self.pool.submit(decode, one.data, self.shorter_side)))
            if len(waiting) > AHEAD * self.size:
                yield from self._ready(waiting)
        while waiting:
            yield from self._ready(waiting)

    @staticmethod
    def _ready(waiting: deque[tuple[Encoded, Future[Tensor | None]]]) -> Iterator[tuple[Encoded, Tensor]]:
        one, future = waiting.popleft()
        pixels = future.result()
        if pixels is not None:
            yield one, pixels

    def _endless(self, step: int) -> Iterator[Encoded]:
        for epoch in count():
            found = False
            for one in self._epoch((self.seed, step, epoch)):
                found = True
                yield one
            if not found:
                raise DataError(self._nothing())

    def _epoch(self, seed: tuple[int, int, int]) -> Iterator[Encoded]:
        """This process's part; everybody's, where its own shards hold nothing but what is kept for validation."""
        found = False
        for one in self._pass(seed, slice(self.rank, None, self.world)):
            found = True
            yield one
        if not found:
            yield from self._pass(seed, slice(None))

    def _pass(self, seed: tuple[int, int, int], part: slice) -> Iterator[Encoded]:
        rng = np.random.default_rng(seed)
        mine = [self.shards[i] for i in rng.permutation(len(self.shards))[part]]
        # not the class WebDataset, which leaves every shard open and tells of a broken one in its own words
        shuffled = webdataset.DataPipeline(
            lambda: _files(mine), _group(handler=_tell), webdataset.shuffle(BUFFER, seed=int(rng.integers(2**31)))
        )
        return (one for one in map(_encoded, shuffled) if one is not None and _key(one.name) not in self.aside)

    def _nothing(self) -> str:
        return f"no photographs in {', '.join(map(str, self.shards))} but those kept for validation"


def _files(shards: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """The files of tars as WebDataset passes them on; an empty one tells that a tar has ended."""
    for shard in shards:
        for name, data in files_of(shard):
            yield {"fname": name, "data": data, "__url__": shard.name}
        yield {}


def _encoded(sample: dict[str, Any]) -> Encoded | None:
    """A picture out of WebDataset's dictionary, named as `read_shard` names it; None if the sample has none."""
    suffix = next((one for one in sample if one.rpartition(".")[2] in PICTURES), None)
    if suffix is None:
        return None
    name = f"{sample['__url__']}/{sample['__key__']}"
    return Encoded(name, sample[suffix], label_of(sample["cls"], name) if "cls" in sample else -1)


def _key(name: str) -> str:
    """SHARD/KEY as WebDataset sees it: a key ends at the first dot of its last part."""
    shard, _, key = name.partition("/")
    folder, slash, last = key.rpartition("/")
    return f"{shard}/{folder}{slash}{last.partition('.')[0]}"


def _tell(error: Exception) -> bool:
    """Two files of the same name end the run."""
    raise DataError(f"a shard cannot be read: {error.args[0]}") from error
