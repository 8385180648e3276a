"""Search in a room's messages: brings the room's index up to date, then looks through it, the newest messages first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import UNSET

from ...protocol import read_message
from ..log.redis_log import BLOCK
from ..log.room_log import Log
from .index import Index
from .indexes import Indexes
from .words import Query

SEARCHED_MAX = 50_000  # entries of the log: older messages aren't found, however many are kept
PART = 64  # messages that are looked through between two looks at the clock: 50 µs


class SearchResult(NamedTuple):
    """Messages that a search has found, newest first, numbered in `epoch`; the words in their texts that were looked
    for; whether older messages fit, too.
    """

    epoch: str
    messages: list[bytes]
    words: list[str]
    has_more: bool


class _Hit(NamedTuple):
    message: bytes
    words: list[str]


class MessageSearch:
    """Searches the messages in a room's log."""

    def __init__(self, log: Log, indexes: Indexes) -> None:
        self._log = log
        self._indexes = indexes

    async def find(self, text: str, before: int, limit: int) -> SearchResult:
        """At most `limit` messages before number `before` with all words of the text, newest first.

        Raises RedisUnavailable.
        """
        query = Query(text)
        if not query:  # nothing in it is a word
            return SearchResult(self._log.epoch, [], [], has_more=False)
        async with self._log.index.turn:
            while True:
                await self._read_on()
                epoch, seq = self._log.epoch, self._log.index.seq
                hits = await self._look_through(query, before, limit + 1)
                if epoch == self._log.epoch and seq <= self._log.index.seq:  # else the log was lost meanwhile
                    break
        words = dict.fromkeys(word for hit in hits[:limit] for word in hit.words)
        return SearchResult(epoch, [hit.message for hit in hits[:limit]], list(words), len(hits) > limit)

    def close(self) -> None:
        """Forget the index, since the log is no longer followed."""
        self._indexes.forget(self._log.index)

    # -- within ------------------------------------------------------------------

    async def _read_on(self) -> None:
        """Add to the index what has come into the log since the last search."""
        log, index = self._log, self._log.index
        self._indexes.use(index)
        while index.seq < log.seq:
            epoch, seq, oldest = log.epoch, index.seq, max(log.oldest, log.seq - SEARCHED_MAX + 1)
            index.forget_before(oldest)
            first = max(seq + 1, oldest)
            last = min(first + BLOCK - 1, log.seq)
            events = await log.events(first, last)
            if (epoch, seq) == (log.epoch, index.seq):  # else everything was forgotten meanwhile
                await self._indexes.slices.run(index.additions(events, last))
                self._indexes.bound(index)

    async def _look_through(self, query: Query, before: int, wanted: int) -> list[_Hit]:
        """The newest messages that fit, as they are now."""
        hits: list[_Hit] = []
        while len(hits) < wanted:
            numbers: list[int] = []
            steps = _fitting(self._log.index, query, before, numbers, wanted - len(hits))
            await self._indexes.slices.run(steps)
            if not numbers:
                break
            before = numbers[-1]
            for number, message in (await self._log.messages_at(numbers)).items():
                words = query.found_in(_text(message, number))
                if words:  # else it was changed after it was found
                    hits.append(_Hit(message, words))
        return hits


def _fitting(index: Index, query: Query, before: int, found: list[int], wanted: int) -> Iterator[None]:
    """Adds the numbers of the newest messages that fit to `found`, as many as wanted; looks at a part in each step."""
    numbers, fits = index.numbers_before(before), query.fits
    for at in range(0, len(numbers), PART):
        entries_of = index.entries.get  # messages may be forgotten meanwhile
        found += [number for number in numbers[at : at + PART] if fits(entries_of(number, ""))]
        if len(found) >= wanted:
            del found[wanted:]
            return
        yield


def _text(message: bytes, number: int) -> str:
    """The text of a message; "" if it is deleted, or isn't one."""
    read = read_message(message, number)
    return "" if read is None or read.text is UNSET else read.text
