"""A corpus larger than memory: samples streamed from its shards by WebDataset, shuffled as they pass."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import webdataset
from torch import Tensor

from photochrom.errors import DataError
from photochrom.training.data import PICTURES, Batch, Corpus, decode, read_shard

BUFFER = 2000  # samples shuffled at a time; shards hold one shuffled order already
HANDLER = webdataset.warn_and_continue


class Stream:
    """Batches from shards that never lie in memory as a whole.

    Every epoch reads the shards in a new seeded order, each process and each of its `workers` a part of them. The first
    `validation` pictures of the first shard are kept aside. A stream can't jump: a resumed run goes on with a new order
    drawn from the step at which it resumes.
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
        workers: int = 0,
    ) -> None:
        if len(shards) < world * max(1, workers):
            raise DataError(f"{len(shards)} shards can't be split over {world} processes with {workers} readers each")
        self.shards, self.shorter_side, self.size = sorted(shards), shorter_side, size // world
        self.seed, self.rank, self.world, self.workers = seed, rank, world, workers
        aside = [one for _, one in zip(range(validation), read_shard(self.shards[0]), strict=False)]
        self.aside = {one.name.partition("/")[2] for one in aside}
        pairs = [(one, decode(one.data, shorter_side)) for one in aside]
        kept = [(one, pixels) for one, pixels in pairs if pixels is not None]
        if not kept:
            raise DataError(f"no photographs in {self.shards[0]}")
        labels = torch.tensor([one.label for one, _ in kept])
        self.validation = Corpus([one.name for one, _ in kept], [pixels for _, pixels in kept], labels)
        self._samples: Iterator[tuple[str, Tensor, int]] | None = None

    def batch(self, step: int) -> Batch:
        """The next photographs; the first call decides the order by its step."""
        if self._samples is None:
            self._samples = self._endless(step)
        names, photographs, labels = zip(*(next(self._samples) for _ in range(self.size)), strict=True)
        return Batch(list(names), list(photographs), torch.tensor(labels), None)

    def sample(self, count: int) -> list[Tensor]:
        """`count` photographs for statistics, from the beginning of a pass of their own."""
        samples = self._endless(0)
        return [pixels for _, (_, pixels, _) in zip(range(count), samples, strict=False)]

    def _endless(self, step: int) -> Iterator[tuple[str, Tensor, int]]:
        epoch = 0
        while True:
            found = False
            for name, pixels, label in self._pass((self.seed, step, epoch)):
                found = True
                yield name, pixels, label
            if not found:
                raise DataError(f"no photographs in {', '.join(map(str, self.shards))} but those kept for validation")
            epoch += 1

    def _pass(self, seed: tuple[int, int, int]) -> Iterator[tuple[str, Tensor, int]]:
        order = torch.randperm(len(self.shards), generator=torch.Generator().manual_seed(hash(seed) % 2**31)).tolist()
        mine = [str(self.shards[i]) for i in order[self.rank :: self.world]]
        pipeline = (
            webdataset.WebDataset(mine, shardshuffle=False, nodesplitter=None, empty_check=False, handler=HANDLER)
            .select(lambda sample: sample["__key__"] not in self.aside)
            .map(self._decoded, handler=HANDLER)
            .select(lambda sample: sample[1] is not None)
            .shuffle(BUFFER, seed=hash(seed) % 2**31)
        )
        loader: Any = torch.utils.data.DataLoader(pipeline, batch_size=None, num_workers=self.workers)
        yield from loader

    def _decoded(self, sample: dict[str, Any]) -> tuple[str, Tensor | None, int]:
        data = next((sample[suffix] for suffix in PICTURES if suffix in sample), b"")
        return sample["__key__"], decode(data, self.shorter_side), int(sample.get("cls", b"-1"))
