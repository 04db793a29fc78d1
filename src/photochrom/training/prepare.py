"""From folders of photographs to shards for training: list, screen and shrink, drop duplicates, shuffle, write.

Every picture is decoded once. Its verdict and its small copy go into a journal (`SHARDS/.partial`), so that an
interrupted run goes on where it stopped; what comes out depends on the pictures and the settings alone, never on the
number of workers or on interruptions. The disk needs room for the small copies twice until the run ends.
"""

import json
import shutil
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from photochrom.cores import cores
from photochrom.errors import DataError
from photochrom.listing import Listed, digest_of, list_pictures
from photochrom.training.journal import Journal
from photochrom.training.outcome import REASONS, Outcome, decide, sample_key
from photochrom.training.shards import Sample, shard_name, share_out, write_shard, write_text
from photochrom.training.shrinking import Shrunk, shrink

__all__ = ["MANIFEST", "REASONS", "Prepared", "Progress", "Settings", "prepare"]

MANIFEST = "manifest.json"
_FATES = "pictures.jsonl"
_PARTIAL = ".partial"
_RULES = 1  # counts up when the rules of dropping change: old and new verdicts must not mix in one journal

Progress = Callable[[str, int, int], None]  # what is being done, how many are done, of how many


@dataclass(frozen=True)
class Settings:
    """What decides the result, apart from the pictures."""

    size: int = 256  # shorter side of the copies at most, pixels; training crops from them
    smallest: int = 96  # originals with a shorter side below are dropped
    suffix: str = "webp"  # or "jpg": larger at the same look, quicker to write and read
    quality: int = 80  # 1..100
    labels: bool = False  # keep class folders as KEY.cls
    shard_mb: float = 64.0  # megabytes (10^6) of a shard, about
    seed: int = 0  # of the shuffled order


@dataclass(frozen=True)
class Prepared:
    """What a run left in its folder."""

    folder: Path
    manifest: Mapping[str, Any]
    was_there: bool  # finished by an earlier run; this one had nothing to do


def prepare(
    inputs: Sequence[Path | str],
    output: Path | str,
    settings: Settings | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Turn folders, tars and single pictures into WebDataset shards and a manifest in the folder `output`.

    An interrupted run goes on when it is called again with the same arguments; a finished one is left alone. DataError
    when no picture can be used, when `output` was made from other pictures or settings, and when it cannot be written.
    """
    output = Path(output)
    pictures = list_pictures([Path(path) for path in inputs], output)
    if not pictures:
        places = ", ".join(map(str, inputs))
        raise DataError(f"there are no pictures in {places}; name folders or tars of JPEG, PNG, WebP or TIFF files.")
    run = _Run(pictures, output, settings or Settings(), workers or cores(), progress or _silent)
    try:
        return run.finished_before() or run.finish()
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(
            f"{output} cannot be written ({reason}); set that right and run the same again, it goes on from here."
        ) from error


@dataclass(frozen=True)
class _Run:
    pictures: list[Listed]
    output: Path
    settings: Settings
    workers: int
    progress: Progress

    @property
    def options(self) -> dict[str, Any]:
        return {"rules": _RULES, **asdict(self.settings)}

    @property
    def partial(self) -> Path:
        return self.output / _PARTIAL

    def finished_before(self) -> Prepared | None:
        """The result of an earlier run, if there is one; DataError if it is another one's."""
        path = self.output / MANIFEST
        if path.exists():
            try:
                manifest = json.loads(path.read_text(encoding="utf-8"))
                options, digest = manifest["options"], manifest["inputs"]["pictures"]
            except (ValueError, KeyError, TypeError):
                raise DataError(f"{path} is none of photochrom's; choose another folder for the shards.") from None
            self.refuse_another(options, digest)
            if self.partial.exists():  # killed between the manifest and tidying up
                shutil.rmtree(self.partial)
            return Prepared(self.output, manifest, True)
        if not self.partial.exists() and any(self.output.glob("photochrom-*.tar")):
            raise DataError(f"{self.output} holds shards without a manifest; choose another folder or empty this one.")
        return None

    def refuse_another(self, options: Mapping[str, Any], digest: str) -> None:
        """DataError unless the output was begun with these options and pictures."""
        now = self.options
        differ = [f"{name} {options.get(name)}, not {now[name]}" for name in now if options.get(name) != now[name]]
        differ += ["other pictures"] if digest != digest_of(self.pictures) else []
        if differ:
            told = "; ".join(differ)
            raise DataError(f"{self.output} was begun with {told}; choose another folder or delete this one.")

    def finish(self) -> Prepared:
        """Begin, or go on with what was begun."""
        new = not self.output.exists()
        self.partial.mkdir(parents=True, exist_ok=True)
        with Journal(self.partial / "journal.sqlite") as journal:
            self.refuse_another(
                json.loads(journal.fact("options", json.dumps(self.options))),
                journal.fact("pictures", digest_of(self.pictures)),
            )
            self.screen(journal)
            outcome = decide(self.pictures, journal.verdicts(), self.settings.labels, self.settings.seed)
            manifest = self.write(outcome, journal) if len(outcome.order) else None
        shutil.rmtree(self.partial)
        if manifest is not None:
            return Prepared(self.output, manifest, False)
        if new:
            self.output.rmdir()
        told = ", ".join(f"{count} {reason}" for reason, count in outcome.dropped.items() if count)
        count = len(self.pictures)
        raise DataError(f"none of the {count} pictures can be used ({told}); name folders of color photographs.")

    def screen(self, journal: Journal) -> None:
        """Give each picture that has none its verdict; a few pictures for each worker are in memory at a time.

        Threads, because nearly all the time passes inside libvips, which releases the interpreter's lock.
        """
        seen = journal.seen()
        done, total = len(seen), len(self.pictures)
        waiting = (number for number in range(total) if number not in seen)
        self.progress("looking at pictures", done, total)
        pool = ThreadPoolExecutor(self.workers)
        try:
            for number, shrunk in _windowed(pool, self.look, waiting, 4 * self.workers):
                journal.note(number, shrunk)
                done += 1
                self.progress("looking at pictures", done, total)
        finally:
            pool.shutdown(cancel_futures=True)
            journal.save()

    def look(self, number: int) -> tuple[int, Shrunk]:
        """The verdict on one picture."""
        try:
            data = self.pictures[number].read()
        except OSError:
            return number, Shrunk("broken")
        settings = self.settings
        return number, shrink(data, settings.size, settings.smallest, settings.suffix, settings.quality)

    def write(self, outcome: Outcome, journal: Journal) -> dict[str, Any]:
        """Write the shards that are not there yet, then the manifest, which makes the output a finished one."""

        def sample(position: int) -> Sample:
            number = int(outcome.order[position])
            return Sample(sample_key(position), journal.picture(number), self.settings.suffix, outcome.label(number))

        finished, shards = journal.shards(), list[dict[str, object]]()
        for count, positions in enumerate(share_out(outcome.sizes, int(self.settings.shard_mb * 1e6))):
            name = shard_name(count)
            path = self.output / name
            if name not in finished or not path.exists():
                finished[name] = write_shard(path, map(sample, positions), self.partial)
                journal.note_shard(name, finished[name])
            size = path.stat().st_size
            shards.append({"name": name, "samples": len(positions), "bytes": size, "sha256": finished[name]})
            self.progress("writing shards", positions.stop, len(outcome.order))
        manifest = outcome.manifest(self.options, digest_of(self.pictures), shards)
        write_text(self.output / _FATES, outcome.fates(), self.partial)
        write_text(self.output / MANIFEST, json.dumps(manifest, indent=1) + "\n", self.partial)
        return manifest


def _windowed(
    pool: ThreadPoolExecutor, look: Callable[[int], tuple[int, Shrunk]], numbers: Iterator[int], window: int
) -> Iterator[tuple[int, Shrunk]]:
    """Results in the order of the numbers, with at most `window` of them under way."""
    running: deque[Future[tuple[int, Shrunk]]] = deque(pool.submit(look, number) for number in islice(numbers, window))
    while running:
        yield running.popleft().result()
        running.extend(pool.submit(look, number) for number in islice(numbers, 1))


def _silent(what: str, done: int, total: int) -> None:
    pass
