"""Bodies of requests: forms with a file, and short JSON. Every byte is counted when it comes, and nothing is on a disk.

What is too long is read to its end all the same, up to a point, and thrown away: a client that is still sending
would not hear the answer.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from photochrom.serve.limits import Limits
from photochrom.serve.memory import Memory
from photochrom.serve.photographs import plain_name
from photochrom.serve.problems import Problem

JSON = 1_000_000  # bytes of a body that is no form
THROWN = 4  # times the limit that is read and thrown away
FIELD = 100_000  # bytes of a field that is no file
FIELDS = 250


@dataclass(frozen=True)
class File:
    """A file of a form."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Form:
    """Fields as they came; of one that came twice, all values."""

    files: Mapping[str, File]
    fields: Mapping[str, list[str]]


class _InMemory(MultiPartParser):
    """Starlette's, which would move a file of more than a megabyte to a disk."""

    spool_max_size = 1 << 40


class Uploads:
    """Reads bodies: so many at a time, and within what memory there is."""

    def __init__(self, limits: Limits, memory: Memory) -> None:
        self._limits, self._memory = limits, memory
        self.under_way = 0

    @asynccontextmanager
    async def form(self, request: Request, refuse: Callable[[], None] = lambda: None) -> AsyncIterator[Form]:
        """The form that a request brings; its bytes count as taken until the context ends.

        `refuse` raises the Problem for which nobody has to look at the form at all.
        """
        meter = _Meter(request, self._limits.upload, self._limits.silence, self._memory)
        async with meter.heard():
            refuse()
            if self.under_way >= self._limits.uploads:
                raise Problem(
                    "busy", f"{self._limits.uploads} uploads are under way already; try again in a few seconds."
                )
            self.under_way += 1
            try:
                form = await _parsed(request, meter)
            finally:
                self.under_way -= 1
        try:
            yield form
        finally:
            meter.give()

    async def json(self, request: Request) -> object:
        """The JSON that a request brings."""
        meter = _Meter(request, JSON, self._limits.silence, self._memory)
        try:
            async with meter.heard():
                data = b"".join([chunk async for chunk in meter.stream()])
            return json.loads(data)
        except (ValueError, RecursionError):
            raise Problem("not-possible", "The body is no JSON.") from None
        finally:
            meter.give()


class _Meter:
    """Chunks of a body, counted; Problem for one that is too long, too slow, or does not fit into memory."""

    def __init__(self, request: Request, limit: int, silence: float, memory: Memory) -> None:
        self._request, self._limit, self._silence, self._memory = request, limit, silence, memory
        self._taken, self._ended = 0, False

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body."""
        announced = self._request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._limit:
            raise self._too_large()
        total = 0
        async for chunk in self._timed():
            total += len(chunk)
            if total > self._limit:
                raise self._too_large()
            self._memory.take(len(chunk))
            self._taken += len(chunk)
            yield chunk

    @asynccontextmanager
    async def heard(self) -> AsyncIterator[None]:
        """See to it that a refusal in this context is heard, and that nothing counts after it."""
        try:
            yield
        except BaseException as error:
            self.give()
            if isinstance(error, Problem) and not self._ended:
                await self._throw_away()
            raise

    def give(self) -> None:
        """Count what was read as free again."""
        self._memory.give(self._taken)
        self._taken = 0

    async def _throw_away(self) -> None:
        if self._request.headers.get("expect", "").lower() == "100-continue":
            return  # such a client asks before it sends
        left = self._limit * THROWN
        with suppress(Problem, ClientDisconnect, RuntimeError):  # the last: Starlette's, when all of it was read
            async for chunk in self._timed():
                left -= len(chunk)
                if left < 0:
                    return

    async def _timed(self) -> AsyncIterator[bytes]:
        chunks = self._request.stream()
        while True:
            try:
                chunk = await asyncio.wait_for(anext(chunks, None), self._silence)
            except TimeoutError:
                self._ended = True
                raise Problem(
                    "silence", f"Nothing came for {self._silence:g} seconds; send it again, and faster."
                ) from None
            if chunk is None:
                self._ended = True
                return
            yield chunk

    def _too_large(self) -> Problem:
        return Problem(
            "upload-too-large",
            f"The upload is larger than the {self._limit / 10**6:g} MB that this server takes; send a smaller file.",
        )


async def _parsed(request: Request, meter: _Meter) -> Form:
    kind, options = parse_options_header(request.headers.get("content-type"))
    try:
        if kind == b"multipart/form-data" and options.get(b"boundary"):
            parser = _InMemory(request.headers, meter.stream(), max_files=2, max_fields=FIELDS, max_part_size=FIELD)
            return await _read(await parser.parse())
        if kind == b"application/x-www-form-urlencoded":
            plain = FormParser(request.headers, meter.stream(), max_fields=FIELDS)
            return await _read(await plain.parse())
    except MultiPartException as error:
        raise Problem("not-possible", f"The form can't be read: {error.message}") from None
    raise Problem("not-a-form", "A form is expected, multipart/form-data with a field named file.")


async def _read(form: FormData) -> Form:
    files: dict[str, File] = {}
    fields: dict[str, list[str]] = {}
    try:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                fields.setdefault(name, []).append(value)
            elif name in files:
                raise Problem(
                    "not-possible", f"The form has more than one {name[:40]!r}; send one photograph at a time."
                )
            else:
                files[name] = File(plain_name(value.filename), value.file.read())
    finally:
        await form.close()
    return Form(files, fields)
