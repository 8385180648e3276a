"""Search in a room's messages: brings the room's index up to date, then looks through it, the newest messages first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from ...concurrency import outlasting
from ...protocol import text_of
from ..indexing.indexes import Indexes
from ..indexing.words import Query
from ..log.redis_log import BLOCK
from ..log.room_log import Log
from .slices import Slices

SEARCHED_MAX = 50_000  # entries of the log: older messages aren't found, however many are kept
PART = 50  # messages that are looked through between two looks at the clock: 30 µs, if they are short
CHARACTER = 4  # bytes, at most


class SearchResult(NamedTuple):
    """Messages that a search has found, newest first, numbered in `epoch`; the words in their texts that were looked
    for; whether older messages may match, too. It took `seconds` of processor time.
    """

    epoch: str
    messages: list[bytes]
    words: list[str]
    has_more: bool
    seconds: float


class _Hit(NamedTuple):
    number: int
    message: bytes
    words: list[str]

    @property
    def size(self) -> int:
        """The bytes that it takes in an answer, at most."""
        return len(self.message) + CHARACTER * sum(map(len, self.words))


class _Hits(NamedTuple):
    """The newest messages that match. `is_all`: there are no older ones."""

    hits: list[_Hit]
    is_all: bool
    seconds: float


class MessageSearch:
    """Searches the messages in a room's log."""

    def __init__(self, log: Log, indexes: Indexes, slices: Slices) -> None:
        self._log = log
        self._index = log.index
        self._indexes = indexes
        self._slices = slices
        self._reading: asyncio.Future[int] | None = None
        self._is_closed = False

    async def find(self, text: str, before: int, limit: int, size: int) -> SearchResult:
        """At most `limit` messages, in `size` bytes, before number `before` with all words of the text, newest first.

        Raises RedisUnavailable.
        """
        query, seconds = Query(text), 0.0
        while query:
            restarts = await self._read_on()
            with self._log.changing() as changed:
                found, is_all, spent = await self._collect(query, before, limit + 1)
            # Nothing is awaited from here to the answer, so it has no text that was deleted before.
            seconds += spent
            hits = [now for hit in found if (now := self._as_now(query, hit, changed))]
            if restarts == self._index.restarts and (hits or is_all):
                count = sum(total <= size for total in accumulate(hit.size for hit in hits[:limit]))
                words = dict.fromkeys(word for hit in hits[:count] for word in hit.words)
                messages = [hit.message for hit in hits[:count]]
                has_more = not is_all or count < len(hits)
                return SearchResult(self._log.epoch, messages, list(words), has_more, seconds)
        return SearchResult(self._log.epoch, [], [], has_more=False, seconds=seconds)

    def close(self) -> None:
        """Forget the index for good, since the log is no longer followed."""
        self._is_closed = True
        self._indexes.forget(self._index)

    # -- within ------------------------------------------------------------------

    async def _read_on(self) -> int:
        """Bring the index up to date; returns its `restarts`. All who search at the same time share the work, and its
        failure.
        """
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read_to_end())
            self._reading.add_done_callback(self._on_read)
        return await outlasting(self._reading)

    def _on_read(self, reading: asyncio.Future[int]) -> None:
        self._reading = None
        if not reading.cancelled():
            reading.exception()  # those who waited for it may all be gone

    async def _read_to_end(self) -> int:
        log, index = self._log, self._index
        await self._tokenize()  # what an earlier reading may have left
        while index.seq < log.seq and not self._is_closed:
            await asyncio.sleep(self._indexes.debt())
            restarts = index.restarts
            first = max(index.seq + 1, log.oldest, log.seq - SEARCHED_MAX + 1)
            last = min(first + BLOCK - 1, log.seq)
            events = await log.events(first, last)
            if restarts == index.restarts:  # else the log was lost, or the room left, meanwhile
                index.add(events, last)  # at once: what changes from now on changes there, too
                index.forget_before(max(log.oldest, log.seq - SEARCHED_MAX + 1))
                await self._tokenize()
        return index.restarts

    async def _tokenize(self) -> None:
        self._indexes.spend(await self._slices.run(self._index.tokenize()))
        if not self._is_closed:
            self._indexes.use(self._index)

    def _as_now(self, query: Query, hit: _Hit, changed: dict[int, bytes]) -> _Hit | None:
        """The hit after these changes; None if it doesn't match or isn't kept any more."""
        if hit.number < self._log.oldest:
            return None
        return _hit(query, hit.number, changed[hit.number]) if hit.number in changed else hit

    async def _collect(self, query: Query, before: int, wanted: int) -> _Hits:
        """The newest messages before this number that match, at most as many as wanted."""
        hits: list[_Hit] = []
        seconds, is_all = 0.0, False
        while len(hits) < wanted and not is_all:
            numbers: list[int] = []
            missing = wanted - len(hits)
            seconds += await self._slices.run(self._look_through(query, before, numbers, missing))
            is_all = len(numbers) < missing
            messages = await self._log.messages_at(numbers)
            seconds += await self._slices.run(_confirm(query, messages, hits))
            before = numbers[-1] if numbers else 0
        return _Hits(hits, is_all, seconds)

    def _look_through(self, query: Query, before: int, found: list[int], wanted: int) -> Iterator[None]:
        """Add the numbers of the newest messages that match to `found`, as many as wanted."""
        numbers = self._index.numbers_before(before)  # some may be forgotten meanwhile
        for at in range(0, len(numbers), PART):
            found += query.matching(numbers[at : at + PART], self._index.terms)
            if len(found) >= wanted:
                del found[wanted:]
                return
            yield


def _confirm(query: Query, messages: dict[int, bytes], hits: list[_Hit]) -> Iterator[None]:
    """Add those of the messages to `hits` that match as they are now."""
    for number, message in messages.items():
        hit = _hit(query, number, message)
        if hit:
            hits.append(hit)
        yield


def _hit(query: Query, number: int, message: bytes) -> _Hit | None:
    words = query.matched_words(text_of(message))
    return _Hit(number, message, words) if words else None
