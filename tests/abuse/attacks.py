"""Attacks of a stranger at one address, as fast as the limits allow: each runs in a process of its own.

python -m tests.abuse.attacks NAME PORT SECONDS     attacks 127.0.0.1:PORT from 127.0.0.66, and prints what came back
python -m tests.abuse.attacks --serve OPTIONS       runs server.py with this machine for a network of strangers
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import resource
import runpy
import secrets
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ..support.frames import CONTINUATION, PING, TEXT, frame
from ..support.server import ROOT
from .raw import command, request
from .strangers import ADDRESS, CONNECTIONS, Attack, Stranger, any_certificate, now

FILE = b"GET /static/vendor/vendor.js HTTP/1.1\r\nHost: x\r\n\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
LOG_EPOCH, LOG_LENGTH = "costs", 4000
LONG = "x" + "\u0001" * 3998 + "x"  # 24 KB in JSON
Run = Callable[[Attack], Awaitable[None]]


async def requests(attack: Attack) -> None:
    """A file after the other on fifty connections, ten asked for at once."""

    async def work() -> None:
        stranger = await attack.connect(FILE * 10)
        while attack.goes_on and not stranger.gone.done():
            before = Stranger.received
            await asyncio.sleep(0.02)
            if Stranger.received - before < 200_000:
                stranger.send(FILE * 10)

    await attack.many(work, 50)


async def connections(attack: Attack) -> None:
    """A connection after the other, each with one request."""

    async def work() -> None:
        stranger = await attack.connect(HEALTH)
        await asyncio.wait_for(stranger.first, 5)
        stranger.cut()

    await attack.many(work, 50)


async def tls_handshakes(attack: Attack) -> None:
    """A TLS handshake after the other (to a server that speaks TLS)."""
    context = any_certificate()

    async def work() -> None:
        _, writer = await asyncio.wait_for(
            asyncio.open_connection("127.0.0.1", attack.port, ssl=context, local_addr=(ADDRESS, 0)), 5
        )
        writer.transport.abort()

    await attack.many(work, 50)


async def names_taken(attack: Attack) -> None:
    """Sockets that ask again and again for a name that somebody has."""
    sockets = [await attack.connect(request(attack.port)) for _ in range(CONNECTIONS)]
    await attack.all_say(lambda: command("hello", name="Гость 1"), 0.5, sockets)


async def deaf(attack: Attack) -> None:
    """People who ask for history and read nothing."""
    people = await attack.crowd(reads=False, history=200)
    await attack.all_say(lambda: command("history", before=1 << 40, limit=200), 1, people)


def says(data: bytes | Callable[[], bytes], per_second: float, people: int = CONNECTIONS) -> Run:
    """So many people of the address say this, so often each."""
    make = data if callable(data) else lambda: data

    async def attack(attack: Attack) -> None:
        await attack.all_say(make, per_second, await attack.crowd(people))

    return attack


def stays(data: Callable[[Attack], bytes], *, reads: bool = True, pause: float = 0.0) -> Run:
    """Connections that say this and stay; those that are cut come back, `pause` s after they came at the earliest."""
    longest = None if reads else 30  # s: one that doesn't read doesn't notice its end

    async def run(attack: Attack) -> None:
        async def work() -> None:
            stranger = await attack.connect(data(attack), reads=reads)
            await asyncio.sleep(pause)
            await asyncio.wait_for(stranger.gone, longest)

        await asyncio.wait([asyncio.ensure_future(attack.many(work, CONNECTIONS))], timeout=attack.end - now())

    return run


def joins(hello: Callable[[Attack], dict[str, Any]] = lambda _: {}) -> Run:
    """People who join with these fields of `hello`, and leave at once, fifty at a time."""

    async def run(attack: Attack) -> None:
        async def work() -> None:
            stranger = await attack.join(**hello(attack))
            await asyncio.sleep(0.2)
            stranger.cut()

        await attack.many(work, 50)

    return run


def post_id() -> str:
    """An id that no other post has."""
    return secrets.token_hex(8)


@dataclass(frozen=True)
class Kind:
    """One row of the table."""

    name: str
    run: Run
    needs_log: bool = False  # a long one, before anybody comes


HALF = frame(TEXT, b"x" * 65_000)[:-10_000]
KINDS = {
    "requests": Kind("requests for files, on 50 connections", requests),
    "connections": Kind("connections, each with a request", connections),
    "half-requests": Kind("half a request on 500 connections", stays(lambda _: b"GET / HTTP/1.1\r\nHost")),
    "never-read": Kind(
        "500 connections that ask for files and never read", stays(lambda _: FILE * 20, reads=False, pause=1.0)
    ),
    "tls": Kind("TLS handshakes", tls_handshakes),
    "silent": Kind("500 WebSockets without a `hello`", stays(lambda attack: request(attack.port))),
    "come-and-go": Kind("joining and leaving", joins()),
    "positions": Kind("joining with a false position", joins(lambda _: {"resume": {"epoch": "never", "seq": 5}})),
    "rooms": Kind("joining new rooms", joins(lambda attack: {"room": f"r{next(attack.numbers)}"})),
    "names": Kind("`hello` with a name that is taken, 500 connections", names_taken),
    "ping": Kind("`ping`, 500 connections", says(command("ping"), 95)),
    "pings": Kind("WebSocket pings of 125 bytes, 500 connections", says(frame(PING, b"*" * 125), 95)),
    "fragments": Kind("fragments of a byte, 500 connections", says(frame(CONTINUATION, b"x", final=False), 95)),
    "post": Kind("short `post`s, 100 people", says(lambda: command("post", id=post_id(), text="слово и дело"), 5, 100)),
    "long-post": Kind("`post`s of 24 KB, 100 people", says(lambda: command("post", id=post_id(), text=LONG), 2, 100)),
    "typing": Kind("`typing`, 500 people", says(command("typing"), 5)),
    "rename": Kind("`rename`, 500 people", says(lambda: command("rename", name=f"Иной {post_id()}"), 0.2)),
    "history": Kind("`history` of 200 messages, 500 people", says(command("history", before=1 << 40, limit=200), 10)),
    "old-history": Kind(
        "`history` of 200 old messages of 2 KB, 500 people",
        says(lambda: command("history", before=secrets.randbelow(LOG_LENGTH), limit=200), 10),
        needs_log=True,
    ),
    "resume": Kind(
        "resuming from the beginning of 4,000 messages of 2 KB",
        joins(lambda _: {"resume": {"epoch": LOG_EPOCH, "seq": 1}}),
        needs_log=True,
    ),
    "people": Kind("`people` with a query, 500 people", says(command("people", query="о", limit=200), 5)),
    "errors": Kind("unknown commands, 500 people", says(command("fly"), 1)),
    "junk": Kind("60 KB of JSON that isn't a command, 500 people", says(frame(TEXT, b"[" + b"1," * 30_000 + b"1]"), 1)),
    "surrogates": Kind(
        "60 KB with a lone surrogate, 500 people",
        says(frame(TEXT, b'{"type":"post","id":"1","z":[' + b"1," * 29_000 + b'1],"text":"\\ud800"}'), 1),
    ),
    "half-messages": Kind("half of a 64 KB message on 500 connections", says(HALF, 0.1)),
    "deaf": Kind("500 people who ask for history and read nothing", deaf),
}


async def main(name: str, port: int, seconds: float) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    logging.disable()  # asyncio's, about connections that were cut
    attack = Attack(port, seconds)
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(KINDS[name].run(attack), seconds + 2)
    print(json.dumps({"received": Stranger.received}), flush=True)


def serve(options: list[str]) -> None:
    """The server, for which loopback addresses are strangers like all others."""
    from wschat.web.client_address import Proxies

    Proxies.exempt = lambda self, peer: False  # type: ignore[method-assign]
    sys.argv = [str(ROOT / "server.py"), *options]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(sys.argv[2:])
    else:
        asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
