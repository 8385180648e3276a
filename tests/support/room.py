"""A room's broker without the web around it: for tests of the log, the feed and the broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from wschat.broker import Broker, Feed
from wschat.errors import Refused
from wschat.hub import Hub
from wschat.model import Person
from wschat.rate_limit import UNLIMITED, Rate
from wschat.redis_link import RedisLink

from .recording import RecordingMember

ANN = Person("ann", "Ann")


class Poster:
    """Posts, and hears what became of it."""

    def __init__(self) -> None:
        self.acks: list[tuple[str, int]] = []
        self.refused: dict[str, Refused] = {}

    def stored(self, acks: list[tuple[str, int]]) -> None:
        self.acks.extend(acks)

    def not_stored(self, post: str, refused: Refused) -> None:
        self.refused[post] = refused


class Room:
    """The main room on a node of its own: a link, a hub, a broker."""

    def __init__(self, link: RedisLink, *, keep: int = 10_000, rate: Rate = UNLIMITED) -> None:
        self.hub = Hub()
        self.delivered = 0
        self.broker = Broker(link, self.hub, keep=keep, clock=lambda: 0.0, delivered=self._count, rate=rate)
        self.poster = Poster()

    async def open(self) -> Room:
        self.broker.start()
        await self.feed.opened()
        return self

    @property
    def feed(self) -> Feed:
        return self.broker.feed("chat")

    def listen(self) -> RecordingMember:
        ear = RecordingMember()
        self.hub.audience("chat").add(ear)
        return ear

    async def fill(self, count: int, *, size: int = 1) -> None:
        """Post so many messages, `m1`, `m2` and so on, and wait until they are delivered here."""
        start = self.feed.log.seq
        for number in range(start + 1, start + count + 1):
            self.broker.post("chat", ANN, f"p{number}", f"m{number}".ljust(size, "."), self.poster)
        await until(lambda: self.feed.log.seq == start + count)

    def _count(self) -> None:
        self.delivered += 1


async def until(true: Callable[[], object], seconds: float = 8.0) -> None:
    """Wait for it."""
    end = asyncio.get_running_loop().time() + seconds
    while not true():
        assert asyncio.get_running_loop().time() < end, "it didn't come true"
        await asyncio.sleep(0.005)


def seqs(messages: list[bytes]) -> list[int]:
    return [json.loads(message)["seq"] for message in messages]
