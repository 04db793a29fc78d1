"""Where photographs are colored: networks run once for each photograph, everything that a slider changes is a decode.

Lanes, so that none waits for another: one network at a time, results at full size, previews, and palettes.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from photochrom.colorizer import Colorizer
from photochrom.cores import cores
from photochrom.hints import Hint, place
from photochrom.hints.hint import moved
from photochrom.photo import Photo
from photochrom.photo.formats import sniff, written_as
from photochrom.photo.metadata import Keep
from photochrom.prediction import Prediction, Swatch
from photochrom.serve.accept import acceptable
from photochrom.serve.lanes import Lane, stopping
from photochrom.serve.limits import Limits
from photochrom.serve.memory import Memory
from photochrom.serve.options import WIDEST, Coloring, Look, Result, Steering
from photochrom.serve.photographs import Facts, Kept, Photographs, Way
from photochrom.serve.preview import as_preview, bytes_of, in_gray, small_copy
from photochrom.serve.problems import Problem
from photochrom.serve.uploads import File as Brought

PREVIEW = 90  # quality of its JPEG: nobody keeps it


class Seen(NamedTuple):
    """What the first look at a photograph brings."""

    facts: Facts
    base: Photo
    prediction: Prediction


@dataclass(frozen=True)
class File:
    """A finished picture."""

    data: bytes
    format: str
    notes: tuple[str, ...] = ()


class _Run(NamedTuple):
    """What makes a run of a network on a photograph what it is, besides the photograph's own way."""

    model: str
    style: str | None = None
    hints: tuple[Hint, ...] = ()


class Studio:
    """Colors what `photographs` holds, by `colorizers` of which the first one is the default."""

    def __init__(
        self, colorizers: Mapping[str, Colorizer], limits: Limits, memory: Memory, photographs: Photographs
    ) -> None:
        self.colorizers, self.default = dict(colorizers), next(iter(colorizers))
        self.limits, self.memory, self.photographs = limits, memory, photographs
        self.is_closed = False
        workers = max(2, cores())
        self.network = Lane("network", 1, limits.queue, limits.seconds)
        self.results = Lane("results", workers, limits.queue, limits.seconds)
        self.previews = Lane("previews", workers, limits.queue, limits.seconds)
        self.palettes = Lane("palettes", 1, limits.queue, limits.seconds)
        self._running: dict[tuple[str, _Run], asyncio.Task[Prediction]] = {}

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """All of them."""
        return self.network, self.results, self.previews, self.palettes

    def colorizer(self, name: str) -> Colorizer:
        """The one of a model's name; Problem for a name that this server does not offer."""
        if name not in self.colorizers:
            known = ", ".join(self.colorizers)
            raise Problem("not-possible", f"There is no model {name[:80]!r} here; known are {known}.")
        return self.colorizers[name]

    def takes_style(self, name: str) -> bool:
        """Whether a model takes the mood of another photograph."""
        return "style" in {one.name for one in self.colorizer(name).model.session.get_inputs()}

    async def admit(self, name: str, data: bytes, way: Way) -> Kept:
        """Look at an upload and run the network: a photograph to be held. What can't be read is refused."""
        sniff(data[:1024], name)  # before it waits
        colorizer = self.colorizer(way.model)
        seen = await self.network.run(partial(_first_look, name, data, way, colorizer, self.limits.pixels))
        kept = Kept(name, data, seen.facts, way)
        self._keep(kept, "base", seen.base, bytes_of(seen.base))
        self._keep(kept, _Run(way.model), seen.prediction, _size(seen.prediction))
        return kept

    def hold(self, kept: Kept) -> None:
        """Keep a photograph that was admitted, until nobody has used it for long."""
        try:
            self.photographs.add(kept)
        except Problem:
            self.memory.forget(kept.id)
            raise

    def check(self, kept: Kept, asked: Result) -> None:
        """Problem or HintError for what can be known to be wrong before any work."""
        self.colorizer(asked.model or kept.way.model)
        if asked.style is not None:
            self.photographs.find(asked.style)
        place(asked.hints, (kept.facts.height, kept.facts.width), np.zeros((1, 1), np.float32))

    async def prediction(self, kept: Kept, steering: Steering, hints: tuple[Hint, ...] = ()) -> Prediction:
        """What a model says about a photograph, with the mood and the variant that are asked for.

        Hints count here for a model whose network takes them, and give another run; see `hinted` for all others.
        """
        model = steering.model or kept.way.model
        seen = hints if self.colorizer(model).model.takes_hints else ()
        whole = await self._whole(kept, _Run(model, steering.style, seen))
        return whole if steering.sample is None else whole.samples(1, steering.sample)[0]

    async def base(self, kept: Kept) -> Photo:
        """The copy that previews are made of."""
        return await self._made(kept, "base", lambda: small_copy(self._photo(kept), WIDEST))

    async def preview(self, kept: Kept, asked: Result, width: int) -> File:
        """A JPEG of the colored photograph, its longer side at most `width`."""
        hints = asked.hints
        prediction = await self.prediction(kept, asked, hints)
        small = await self._small(kept, width)
        colorizer = self.colorizer(asked.model or kept.way.model)

        def finished() -> File:
            crowded = self.previews.waiting > 0  # then threads are better spent on a preview each
            alone = Colorizer(colorizer.model, threads=1) if crowded else colorizer
            return _preview(alone, small, prediction, hints, asked)

        return await self.previews.run(finished)

    async def uncolored(self, kept: Kept, width: int, gray: bool) -> bytes:
        """A JPEG of the photograph as it came, or of its lightness alone."""
        small = await self._small(kept, width)
        return await self.previews.run(lambda: (in_gray(small) if gray else small).encode("jpeg", PREVIEW))

    async def result(self, kept: Kept, asked: Result) -> File:
        """The colored photograph at full size and depth, with its metadata: what the command line writes."""
        hints = asked.hints
        prediction = await self.prediction(kept, asked, hints)
        colorizer = self.colorizer(asked.model or kept.way.model)
        return await self.results.run(lambda: _result(colorizer, self._photo(kept), prediction, hints, asked))

    async def colorize(self, brought: Brought, mood: Brought | None, asked: Coloring, accept: str) -> File:
        """One file from its bytes to those of its result; nothing is kept."""
        format = sniff(brought.data[:1024], brought.name)
        wanted = acceptable(accept, written_as(format))
        way = asked.way(self.default)
        colorizer, hints = self.colorizer(way.model), asked.hints
        result = asked.result().model_copy(update={"format": wanted})

        def opened(file: Brought) -> Photo:
            return Photo.from_bytes(file.data, file.name, max_pixels=self.limits.pixels)

        def predicted() -> Prediction:
            style = None if mood is None else opened(mood)
            taken = hints if colorizer.model.takes_hints else ()
            whole = colorizer.predict(opened(brought), style, way.size, way.contrast, taken)
            return whole if asked.sample is None else whole.samples(1, asked.sample)[0]

        prediction = await self.network.run(predicted)  # decoded again afterwards: what waits holds no pixels
        return await self.results.run(lambda: _result(colorizer, opened(brought), prediction, hints, result))

    async def palette(self, kept: Kept, x: float, y: float, n: int, steering: Steering) -> list[Swatch]:
        """The likeliest colors at a place; Problem outside of the photograph."""
        width, height = kept.facts.width, kept.facts.height
        if not (x < width and y < height):
            raise Problem(
                "not-possible", f"{x:g},{y:g} lies outside of the photograph, which has {width} x {height} pixels."
            )
        prediction = await self.prediction(kept, steering)
        return await self.palettes.run(lambda: prediction.palette(x, y, n))

    def close(self) -> None:
        """Refuse what waits and what comes."""
        self.is_closed = True
        for lane in self.lanes:
            lane.close()

    def refuse_if_closed(self) -> None:
        """Problem when it is about to end."""
        if self.is_closed:
            raise stopping()

    async def join(self) -> None:
        """Wait for what runs, then forget everything."""
        for lane in self.lanes:
            await asyncio.to_thread(lane.join)
        self.photographs.clear()

    async def _whole(self, kept: Kept, run: _Run) -> Prediction:
        """A prediction, from what is kept or by a run; whoever asks for it meanwhile waits for the same run."""
        found: Prediction | None = self.memory.find(kept.id, run)
        if found is not None:
            return found
        mood = None if run.style is None else self.photographs.find(run.style)
        key = (kept.id, run)
        if key not in self._running:
            task = asyncio.ensure_future(self._run(kept, run, mood))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(self._running[key])

    async def _run(self, kept: Kept, run: _Run, mood: Kept | None) -> Prediction:
        way, colorizer = kept.way, self.colorizer(run.model)

        def predicted() -> Prediction:
            style = None if mood is None else self._photo(mood)
            return colorizer.predict(self._photo(kept), style, way.size, way.contrast, run.hints)

        prediction = await self.network.run(predicted)
        self._keep(kept, run, prediction, _size(prediction))
        return prediction

    async def _small(self, kept: Kept, width: int) -> Photo:
        base = await self.base(kept)
        if max(base.size) <= width:
            return base
        return await self._made(kept, ("small", width), lambda: small_copy(base, width))

    async def _made(self, kept: Kept, name: object, make: Callable[[], Photo]) -> Photo:
        found: Photo | None = self.memory.find(kept.id, name)
        if found is None:
            found = await self.previews.run(make)
            self._keep(kept, name, found, bytes_of(found))
        return found

    def _keep(self, kept: Kept, name: object, value: object, size: int) -> None:
        if not kept.is_gone:  # removed while this was made
            self.memory.keep(kept.id, name, value, size)

    def _photo(self, kept: Kept) -> Photo:
        return Photo.from_bytes(kept.data, kept.name, max_pixels=self.limits.pixels)


def _first_look(name: str, data: bytes, way: Way, colorizer: Colorizer, most: int) -> Seen:
    photo = Photo.from_bytes(data, name, max_pixels=most)
    depth = photo.dtype.itemsize * 8
    facts = Facts(photo.width, photo.height, photo.format, depth, photo.is_colored(), photo.notes)
    prediction = colorizer.predict(photo, size=way.size, contrast=way.contrast)
    return Seen(facts, small_copy(photo, WIDEST), prediction)


def _preview(colorizer: Colorizer, small: Photo, prediction: Prediction, hints: tuple[Hint, ...], look: Look) -> File:
    fitted = as_preview(prediction, small.size)
    if hints and not colorizer.model.takes_hints:
        fitted = fitted.hinted([moved(hint, prediction.size, small.size) for hint in hints])
    return File(_rendered(colorizer, small, fitted, look).encode("jpeg", PREVIEW), "jpeg", fitted.notes)


def _result(colorizer: Colorizer, photo: Photo, prediction: Prediction, hints: tuple[Hint, ...], asked: Result) -> File:
    hinted = prediction.hinted(hints) if hints and not colorizer.model.takes_hints else prediction
    format = written_as(asked.format or photo.format)
    keep = Keep(not asked.strip_gps, None if asked.no_disclose else colorizer.model.card.maker)
    return File(_rendered(colorizer, photo, hinted, asked).encode(format, asked.quality, keep), format, hinted.notes)


def _rendered(colorizer: Colorizer, photo: Photo, prediction: Prediction, look: Look) -> Photo:
    return colorizer.render(photo, prediction, look.reading, look.saturation, look.strength)


def _size(prediction: Prediction) -> int:
    features = 0 if prediction.features is None else prediction.features.nbytes
    return prediction.logits.nbytes + prediction.guide.nbytes + features
