"""Pace: answers are sent in pieces, each within some seconds. Who does not read is left, and holds no memory."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photochrom.serve.memory import Memory

PIECE = 1 << 18  # bytes


class _Gone(Exception):
    """Nobody reads what is sent."""


class Paced:
    """ASGI middleware, the outermost. Bytes that wait to be sent count in `memory`."""

    def __init__(self, app: ASGIApp, memory: Memory, silence: float) -> None:
        self.app, self._memory, self._silence = app, memory, silence

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; a client that takes nothing for too long is left with half an answer, and the connection closed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def paced(message: Message) -> None:
            body = message.get("body", b"")
            with self._memory.borrowed(len(body)):
                for start in range(0, max(len(body), 1), PIECE):
                    more = message.get("more_body", False) or start + PIECE < len(body)
                    part = {"body": body[start : start + PIECE], "more_body": more} if body else {}
                    await self._sent(send, {**message, **part})

        try:
            await self.app(scope, receive, paced)
        except _Gone:
            return

    async def _sent(self, send: Send, message: Message) -> None:
        try:
            await asyncio.wait_for(send(message), self._silence)
        except TimeoutError:
            raise _Gone from None
