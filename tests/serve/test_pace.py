"""Answers go out in pieces; a client that takes none of them is left, and holds no memory."""

import asyncio

from starlette.types import Message, Receive, Scope, Send

from photochrom.serve.memory import Memory
from photochrom.serve.pace import PIECE, Paced

SCOPE: Scope = {"type": "http"}
BODY = bytes(range(256)) * (3 * PIECE // 256) + b"end"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begin", "more_body": True})
    await send({"type": "http.response.body", "body": BODY})


async def nothing() -> Message:
    return {"type": "http.disconnect"}


def test_the_pieces_are_the_whole() -> None:
    memory, sent = Memory(10 * PIECE), []

    async def send(message: Message) -> None:
        sent.append(message)
        assert memory.used >= len(message.get("body", b""))

    asyncio.run(Paced(application, memory, 5)(SCOPE, nothing, send))
    bodies = sent[1:]
    assert b"".join(message["body"] for message in bodies) == b"begin" + BODY
    assert [message["more_body"] for message in bodies] == [True] * 4 + [False]
    assert max(len(message["body"]) for message in bodies) == PIECE
    assert memory.used == 0


def test_a_client_that_reads_nothing_is_left() -> None:
    memory, sent = Memory(10 * PIECE), []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 3:
            await asyncio.sleep(60)

    asyncio.run(Paced(application, memory, 0.05)(SCOPE, nothing, send))
    assert len(sent) == 3
    assert memory.used == 0
