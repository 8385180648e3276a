"""Limits for one address over all its connections to a node: processor time, posts, answers, costly commands.

These limits bound an address that has many connections or persons; a single session is bounded by its own quotas.
None of them applies to this machine, nor if limits are switched off (docs/decisions/0018).
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

from msgspec import Struct

from ...broker import charging_reads
from ...concurrency import Semaphore
from ...errors import ErrorCode, Refused
from ...limits import Rate, Recent, TokenBucket
from ...protocol import AnyCommand, Hello, History, Messages, People, Rename, Search, Upload

PEOPLE = 40  # people that an address may stand for: a class behind one router
BYTES_A_POST = 320  # a longer post counts as several: four short sentences
NEWCOMERS_RESERVE = 0.5  # of an address's posts are out of reach of new people
PROCESSOR = Rate(0.2, 0.04)  # s of processor time per second, and at once: others wait at most so long
ANSWERS = Rate(2 << 20, 32 << 20)  # bytes of pages, history, missed events, and lists of people
READS_AT_ONCE = 2  # reads of old messages: their cost is known only afterwards
READ_COST = 4e-9  # s of processor time for each byte that is read from Redis
LONG_ANSWERS: dict[type[AnyCommand], float] = {  # with the s of processor time that they take later, unmeasured
    History: 0.001,
    Messages: 0.001,
    People: 0.0,
    Search: 0.0,  # it is measured
}
COMMANDS: dict[type[AnyCommand], Rate] = {
    Hello: Rate(20, 500),  # each asks Redis for a name
    Rename: Rate(2, 40),  # each goes to everyone
    Upload: Rate(1, 60),  # each occupies another core for up to some seconds
}

Work = Callable[[], float | None]
"""Is charged the time it takes, or the seconds that it returns if these are more. Work whose client has gone returns
None and costs nothing, so it doesn't delay the rest of the queue."""


class AddressLimits(Struct, frozen=True):
    """Rates for one address. `posts` counts messages; a message of more than BYTES_A_POST bytes counts as several.

    `processor` is in seconds of processor time, `answers` in bytes.
    """

    posts: Rate
    processor: Rate = PROCESSOR
    answers: Rate = ANSWERS

    @classmethod
    def of(cls, person: Rate, connections: int) -> AddressLimits:
        """The limits for an address with at most `connections`, if each person may post at the rate `person`."""
        people = max(PEOPLE, connections * PEOPLE // 500)
        return cls(Rate(person.per_second * people, person.burst * people * 2))


class AddressShare:
    """One address's share of this node."""

    def __init__(self, limits: AddressLimits) -> None:
        self._processor = TokenBucket(*limits.processor)
        self._posts = TokenBucket(*limits.posts)
        self._answers = TokenBucket(*limits.answers)
        self._commands = {kind: TokenBucket(*rate) for kind, rate in COMMANDS.items()}
        self._reads = Semaphore(READS_AT_ONCE)
        self._waiting: list[tuple[float, int, Work]] = []  # a heap
        self._counter = count()
        self._timer: asyncio.TimerHandle | None = None

    # -- processor time ----------------------------------------------------------------

    def run(self, work: Work, *, rank: float = 0.0) -> bool:
        """Do some work for the address. True: it is done. False: it waits until the processor time that the address has
        used is paid for; the work with the lowest `rank` goes first.
        """
        if self._waiting or self._processor.debt(time.monotonic()):
            heapq.heappush(self._waiting, (rank, next(self._counter), work))
            self._wait()
            return False
        self._do(work)
        return True

    def spend(self, seconds: float) -> None:
        """Count processor time that was used for the address."""
        self._processor.spend(time.monotonic(), seconds)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """A context in which the address reads old messages. It waits until fewer than READS_AT_ONCE are going on, and
        the reads before are paid for.
        """
        async with self._reads:
            paid = asyncio.Event()
            self.run(paid.set, rank=-1.0)
            await paid.wait()
            await asyncio.sleep(self.answer_debt())
            with charging_reads(lambda size: self.spend(size * READ_COST)):
                yield

    def _do(self, work: Work) -> None:
        started = time.perf_counter()
        cost = None
        try:
            cost = work()
        finally:
            self._processor.spend(time.monotonic(), max(cost or 0.0, time.perf_counter() - started))

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._processor.debt(time.monotonic()), self._go_on)

    def _go_on(self) -> None:
        self._timer = None
        try:
            while self._waiting and not self._processor.debt(time.monotonic()):
                _, _, work = heapq.heappop(self._waiting)
                self._do(work)
        finally:  # even if some work failed
            if self._waiting:
                self._wait()

    # -- posts, commands, answers --------------------------------------------------------

    def take_post(self, size: int, *, is_new: bool) -> float:
        """The seconds until a post of `size` bytes is allowed; 0.0: it is, and counts."""
        reserve = self._posts.burst * NEWCOMERS_RESERVE if is_new else 0.0
        return self._posts.take(time.monotonic(), cost_of_post(size), reserve)

    def post_usage(self, *, is_new: bool) -> float:
        """The used part of the address's allowance for posts: 0.0: none, 1.0: all of it. Attempts count, too."""
        return min(1.0, (1.0 - self._posts.level(time.monotonic())) / (NEWCOMERS_RESERVE if is_new else 1.0))

    def take_command(self, kind: type[AnyCommand]) -> None:
        """Count a command. Raises Refused(rate_limited)."""
        now = time.monotonic()
        bucket = self._commands.get(kind)
        wait = bucket.take(now) if bucket else 0.0
        if kind in LONG_ANSWERS:
            self._processor.spend(now, LONG_ANSWERS[kind])
            wait = self._answers.debt(now)
        if wait:
            raise Refused(ErrorCode.RATE_LIMITED, "too many commands from this address", retry_after=wait)

    def answer_debt(self) -> float:
        """The seconds until the address may have more answers."""
        return self._answers.debt(time.monotonic())

    def spend_answer(self, size: int) -> None:
        """Count an answer of `size` bytes."""
        self._answers.spend(time.monotonic(), size)


class AddressShares:
    """The share of each address that was seen lately."""

    def __init__(self, limits: AddressLimits | None = None) -> None:
        self._limits = limits
        self._shares: Recent[str, AddressShare] = Recent()

    def of(self, limit_key: str) -> AddressShare | None:
        """The share of the address; None where it has no limits."""
        if self._limits is None or not limit_key:
            return None
        share = self._shares.get(limit_key) or AddressShare(self._limits)
        self._shares.touch(limit_key, share)
        return share


def cost_of_post(size: int) -> float:
    """The number of messages that a post of this size in bytes counts as."""
    return max(1.0, size / BYTES_A_POST)
