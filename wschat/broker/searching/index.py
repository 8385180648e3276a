"""The words of a room's messages in memory, in which a search looks. docs/decisions/0028.

The log tells it of everything that changes or goes, so it holds no word of a deleted message; what is new comes with
the next search.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from msgspec import UNSET

from ...protocol import is_change, read_message
from ...semaphore import Semaphore
from .words import Entries

MESSAGE_SIZE = 100  # characters that a message takes besides its words


class Index:
    """The `entries` of messages by number, in the order of the log, up to number `seq`.

    `size` is in characters. `turn`: only one search at a time uses the index.
    """

    __slots__ = ("_coming", "entries", "seq", "size", "turn")

    def __init__(self) -> None:
        self.turn = Semaphore(1)
        self.seq = 0
        self.size = 0
        self.entries: dict[int, str] = {}
        self._coming: dict[int, bytes] = {}  # events that are being added

    def numbers_before(self, number: int) -> list[int]:
        """The numbers of the messages before this one, the newest first."""
        return [each for each in reversed(self.entries) if each < number]

    def additions(self, events: dict[int, bytes], last: int) -> Iterator[None]:
        """Adds the messages among these events, which go up to number `last`, one in each step.

        Ends early if everything is forgotten meanwhile.
        """
        self._coming = events
        known = Entries()
        try:
            for number in list(events):
                if self._coming is not events:
                    return
                if not is_change(events[number]):
                    self._put(number, events[number], known)
                yield
            self.seq = last
        finally:
            self._coming = {}

    def amend(self, number: int, message: bytes) -> None:
        """Take over the present form of a message, if it is here."""
        if number in self._coming:
            self._coming[number] = message
        if number in self.entries:
            self._put(number, message, Entries())

    def forget(self) -> None:
        """Forget everything."""
        self.entries.clear()
        self._coming = {}
        self.seq = self.size = 0

    def forget_before(self, number: int) -> None:
        """Forget the messages before this number."""
        for old in list(takewhile(number.__gt__, self.entries)):
            self._remove(old)

    def shrink(self, size: int) -> None:
        """Forget the oldest messages until the rest takes at most `size` characters."""
        for oldest in list(self.entries):
            if self.size <= size:
                return
            self._remove(oldest)

    # -- within ------------------------------------------------------------------

    def _put(self, number: int, message: bytes, known: Entries) -> None:
        read = read_message(message, number)
        if read is None or read.text is UNSET:
            self._remove(number)
            return
        entries = known.of(read.text)
        former = self.entries.get(number)
        self.size += len(entries) + MESSAGE_SIZE if former is None else len(entries) - len(former)
        self.entries[number] = entries

    def _remove(self, number: int) -> None:
        former = self.entries.pop(number, None)
        if former is not None:
            self.size -= len(former) + MESSAGE_SIZE
