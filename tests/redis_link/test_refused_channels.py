"""A Redis that refuses commands of a subscription: what that says of the link, and of the other channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from redis.asyncio import ConnectionPool

from wschat.redis_link import probe
from wschat.redis_link.primary import NO_RETRY
from wschat.redis_link.subscriber import Subscriber

from ..support.room import until

REFUSED = b"-NOPERM not allowed\r\n"


class Script:
    """A Redis that takes down what it is asked, and answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[list[bytes]] = []
        self.states: list[bool] = []  # of the link, as its watcher is told
        self._writer: asyncio.StreamWriter

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        with closing(writer):
            while beginning := await reader.readline():
                words = []
                for _ in range(int(beginning[1:])):
                    await reader.readline()
                    words.append((await reader.readline())[:-2])
                self.asked.append(words)

    def answer(self, *replies: bytes) -> None:
        self._writer.write(b"".join(replies))

    def of(self, *names: bytes) -> list[list[bytes]]:
        """The commands with these names, with their channels in the order of the alphabet."""
        return [[words[0], *sorted(words[1:])] for words in self.asked if words[0] in names]


def subscribed(channel: bytes) -> bytes:
    return b"*3\r\n$9\r\nsubscribe\r\n$%d\r\n%s\r\n:1\r\n" % (len(channel), channel)


@pytest.fixture
async def script(tmp_path: Path) -> AsyncIterator[Script]:
    script = Script()
    async with await asyncio.start_unix_server(script.serve, tmp_path / "script"):
        yield script


@pytest.fixture
async def subscriber(script: Script, tmp_path: Path) -> AsyncIterator[Subscriber]:
    """One that will listen to `a`, `b` and `home`."""

    async def restart() -> None:
        """Whatever is there is all that there is."""

    pool = ConnectionPool.from_url(f"unix://{tmp_path}/script", retry=NO_RETRY, socket_timeout=None, **probe.PLAIN)
    subscriber = Subscriber(pool.make_connection, restart, script.states.append, home="home")
    for channel in ("a", "b"):
        subscriber.subscribe(channel, lambda data: None)
    yield subscriber
    await subscriber.stop()


async def leaves_b(script: Script, subscriber: Subscriber) -> None:
    """The link begins, and is done with a channel before Redis has answered anything."""
    subscriber.start()
    await until(lambda: script.of(b"subscribe") == [[b"subscribe", b"a", b"b", b"home"]])
    subscriber.unsubscribe("b")
    await until(lambda: script.of(b"unsubscribe"))


async def test_a_refused_end_of_a_subscription_is_no_pong(
    script: Script, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster refuses it where a slot has moved: the link stands only when its ping is answered, here late."""
    may_ping = asyncio.Event()
    watch = Subscriber._watch

    async def watch_late(subscriber: Subscriber) -> None:
        await may_ping.wait()
        await watch(subscriber)

    monkeypatch.setattr(Subscriber, "_watch", watch_late)
    await leaves_b(script, subscriber)
    script.answer(*map(subscribed, (b"a", b"b", b"home")), REFUSED)
    await asyncio.sleep(0.05)
    assert script.states == []
    may_ping.set()
    await until(lambda: script.of(b"ping"))
    script.answer(b"+PONG\r\n")
    await until(lambda: script.states == [True])


async def test_of_a_refused_part_only_what_is_still_wanted_is_asked_for(script: Script, subscriber: Subscriber) -> None:
    """Whoever left a channel meanwhile would be subscribed to it until the next link, which stands all the same."""
    await leaves_b(script, subscriber)
    script.answer(REFUSED, b"+PONG\r\n", b"*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:0\r\n")
    await until(lambda: len(script.of(b"subscribe")) > 2)
    await asyncio.sleep(0.05)
    asked = script.of(b"subscribe")[1:]
    assert sorted(asked) == [[b"subscribe", b"a"], [b"subscribe", b"home"]]
    script.answer(*(subscribed(channel) for _, channel in asked))
    await until(lambda: script.states == [True])
