"""Malformed input: each piece gets the documented error or close code, and costs the server nothing."""

from __future__ import annotations

import asyncio
import json
import os
import random

import psutil
import pytest

from ..support.frames import CLOSE, CONTINUATION, PING, TEXT, frame
from .report import Row
from .wire import Wire, connect
from .world import Scale, World


def text(payload: bytes) -> bytes:
    return frame(TEXT, payload)


def post(fields: str) -> bytes:
    return text(b'{"type":"post",' + fields.encode() + b"}")


REFUSED = {
    "not JSON": (text(b"hello?"), "bad_json"),
    "half of JSON": (text(b'{"type":"post","id":"a'), "bad_json"),
    "a number too big for anything": (text(b'{"type":"history","before":1e999}'), "bad_json bad_field"),
    "NaN": (text(b'{"type":"history","before":NaN}'), "bad_json"),
    "a huge number": (text(b'{"type":"history","before":' + b"9" * 5000 + b"}"), "bad_json bad_field"),
    "deep nesting": (text(b'{"type":"typing","x":' + b"[" * 30000 + b"]" * 30000 + b"}"), "bad_json"),
    "deep objects": (text(b'{"a":' * 10000 + b"1" + b"}" * 10000), "bad_json bad_field"),
    "an array": (text(b"[1, 2, 3]"), "bad_json bad_field"),
    "null": (text(b"null"), "bad_json bad_field"),
    "no type": (text(b"{}"), "bad_field"),
    "a type that is a number": (text(b'{"type":1}'), "bad_field"),
    "an unknown command": (text(b'{"type":"sudo"}'), "unknown_command"),
    "a text that is a number": (post('"id":"a","text":1'), "bad_field"),
    "an id with spaces": (post('"id":"a b","text":"x"'), "bad_field"),
    "an id that is too long": (post(f'"id":"{"a" * 65}","text":"x"'), "bad_field"),
    "no id": (post('"text":"x"'), "bad_field"),
    "white space": (post('"id":"a","text":" \\n "'), "text_empty"),
    "a text that is too long": (post(f'"id":"a","text":"{"x" * 4001}"'), "text_too_long"),
    "a lone surrogate": (post('"id":"a","text":"\\ud800"'), "text_invalid bad_json"),
    "NUL": (post('"id":"a","text":"a\\u0000b"'), "text_invalid"),
    "a second hello": (text(b'{"type":"hello","name":"Ann"}'), "hello_again"),
    "a negative limit": (text(b'{"type":"history","before":5,"limit":-1}'), "bad_field"),
    "a name of nothing": (text(b'{"type":"rename","name":"\\u200b"}'), "name_invalid"),
}
CLOSED = {
    "bad UTF-8": (text(b'{"type":"post\xff\xfe"}'), 1007),
    "over the size limit": (text(b"x" * 70000), 1009),
    "a size of eight bytes": (b"\x81\xff" + b"\x7f" + b"\xff" * 7 + b"\0\0\0\0", 1009),
    "reserved bits": (frame(TEXT, b"x", reserved=4), 1002),
    "an unknown opcode": (frame(0x3, b"x"), 1002),
    "a fragmented ping": (frame(PING, b"x", final=False), 1002),
    "a ping that is too long": (frame(PING, b"x" * 126), 1002),
    "no mask": (frame(TEXT, b"x", mask=None), 1002),
    "a continuation of nothing": (frame(CONTINUATION, b"x"), 1002),
    "a close code of 1005": (frame(CLOSE, (1005).to_bytes(2, "big")), 1002),
    "a close code of 999": (frame(CLOSE, (999).to_bytes(2, "big")), 1002),
    "half a close code": (frame(CLOSE, b"\x03"), 1002),
    "a close reason that isn't UTF-8": (frame(CLOSE, b"\x03\xe8\xff\xff"), 1007),
}


class Offender:
    """Somebody with a bare socket."""

    def __init__(self) -> None:
        self.events: list[dict[str, object]] = []
        self.code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.wire: Wire | None = None

    async def come(self, url: str, name: str) -> None:
        self.wire = await connect(url, lambda data: self.events.append(json.loads(data)), self._ended)
        self.wire.send(json.dumps({"type": "hello", "name": name}).encode())
        await self.gets("welcome")

    def _ended(self, code: int) -> None:
        if not self.code.done():
            self.code.set_result(code)

    async def gets(self, type_: str) -> dict[str, object]:
        end = asyncio.get_running_loop().time() + 5.0
        while asyncio.get_running_loop().time() < end:
            for event in self.events:
                if event["type"] == type_:
                    self.events.clear()
                    return event
            await asyncio.sleep(0.005)
        raise TimeoutError(type_)

    def sends(self, data: bytes) -> None:
        assert self.wire is not None
        self.wire.send_raw(data)


async def close_code(world: World, number: int, data: bytes) -> int:
    client = Offender()
    await client.come(world.nodes[0].ws, f"client {number}")
    client.sends(data)
    return await asyncio.wait_for(client.code, 5.0)


@pytest.mark.slow
@pytest.mark.scenario("17", "wrong frames, wrong JSON, wrong fields")
async def test_malformed_input_is_answered_as_documented(tmp_path: object, a_world, row: Row, seed: int) -> None:  # type: ignore[no-untyped-def]
    """Each malformed input gets its error or close code; no traceback appears, and memory and others are unaffected."""
    async with a_world(Scale(nodes=1, visitors=20, rate=20.0)) as world:
        await world.calm()
        process = psutil.Process(world.nodes[0].process.pid)
        before = process.memory_info().rss
        for number, (what, (data, expected)) in enumerate(REFUSED.items()):
            client = Offender()
            await client.come(world.nodes[0].ws, f"client {number}")
            client.sends(data)
            assert (await client.gets("error"))["code"] in expected.split(), what
            client.sends(text(b'{"type":"ping"}'))
            await client.gets("pong")  # the conversation goes on
            assert client.wire is not None
            client.wire.cut()
        for number, (what, (data, code)) in enumerate(CLOSED.items(), len(REFUSED)):
            assert await close_code(world, number, data) == code, what
        await noise(world, random.Random(seed))
        grown = process.memory_info().rss - before
        row.note(f"{len(REFUSED) + len(CLOSED)} kinds; memory + {max(0, grown) / (1 << 20):.1f} MiB")
        assert grown < 5 << 20
        row.judged(await world.settle())


async def noise(world: World, chance: random.Random) -> None:
    """Random bytes: whatever they mean, the server must live."""
    for number in range(20):
        client = Offender()
        await client.come(world.nodes[0].ws, f"noise {number}")
        client.sends(os.urandom(chance.randrange(1, 2000)))
        await asyncio.sleep(0.01)
        assert client.wire is not None
        client.wire.cut()
