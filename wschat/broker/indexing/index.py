"""The words of a room's messages in memory, in which a search looks. docs/decisions/0028.

The log owns it, as it owns its other copies of messages, and tells it of everything that changes or goes: so it holds
no word of a deleted message. Searches add what is new.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from ...protocol import is_change, text_of
from .words import Terms

MESSAGE_SIZE = 100  # characters that a message takes besides its words


class Index:
    """The `terms` of messages by number, in the order of the log.

    It has the log up to number `seq`: some of the messages as they were read, until `tokenize` makes their terms. One
    that was deleted keeps its place, without words. `size` is in characters; `restarts`: how often it was forgotten.
    """

    __slots__ = ("_untokenized", "restarts", "seq", "size", "terms")

    def __init__(self) -> None:
        self.terms: dict[int, str] = {}
        self.seq = 0
        self.size = 0
        self.restarts = 0
        self._untokenized: dict[int, bytes] = {}  # messages without terms; they come after the others

    def add(self, events: dict[int, bytes], seq: int) -> None:
        """Add the messages among these events of the log, which come after `seq` and go up to the new one."""
        self._untokenized.update((number, event) for number, event in events.items() if not is_change(event))
        self.seq = seq

    def tokenize(self) -> Iterator[None]:
        """Make the terms of messages, of one in each step. What changes or goes meanwhile does so here, too."""
        known = Terms()
        for number in list(self._untokenized):
            message = self._untokenized.pop(number, None)
            if message is not None:
                self._put(number, known.of(text_of(message)))
            yield

    def numbers_before(self, number: int) -> list[int]:
        """The numbers of the messages before this one, the newest first."""
        return [each for each in reversed(self.terms) if each < number]

    def amend(self, number: int, message: bytes) -> None:
        """Take over the present form of a message, if it is here."""
        if number in self._untokenized:
            self._untokenized[number] = message
        elif number in self.terms:
            self._put(number, Terms().of(text_of(message)))

    def forget(self) -> None:
        """Forget everything."""
        self.terms.clear()
        self._untokenized.clear()
        self.seq = self.size = 0
        self.restarts += 1

    def forget_before(self, number: int) -> None:
        """Forget the messages before this number."""
        for old in list(takewhile(number.__gt__, self.terms)):
            self._remove(old)
        for old in list(takewhile(number.__gt__, self._untokenized)):
            del self._untokenized[old]

    def shrink(self, size: int) -> None:
        """Forget the oldest messages until the rest takes at most `size` characters."""
        for oldest in list(self.terms):
            if self.size <= size:
                return
            self._remove(oldest)

    # -- within ------------------------------------------------------------------

    def _put(self, number: int, terms: str) -> None:
        former = self.terms.get(number)
        self.size += len(terms) + MESSAGE_SIZE if former is None else len(terms) - len(former)
        self.terms[number] = terms

    def _remove(self, number: int) -> None:
        self.size -= len(self.terms.pop(number)) + MESSAGE_SIZE
