"""The newest part of a room's log, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ...protocol import HISTORY_MAX, is_change, likeness, revision
from .entries import HOLE, Entries

TAIL = 500  # entries kept in memory: ten seconds of a busy room, so that a reconnect reads nothing
TAIL_BYTES = 1 << 20


class LogTail:
    """The newest entries, without a gap; before them older messages, so that HISTORY_MAX messages are here even if most
    entries are changes. Redis keeps the newest `keep` entries, and the tail has no older ones.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._most = min(TAIL, keep)
        self._entries = Entries()
        self._older = Entries()
        self._last = 0
        self._newest = HOLE  # the newest entry; its likeness once its text is to be forgotten

    @property
    def first(self) -> int:
        """The number of the first of the entries without a gap; if there are none, the number of the next entry."""
        return self._last - len(self._entries) + 1

    def start_over(self, last: int, older: dict[int, bytes]) -> None:
        """Replace everything by some messages; number `last` is the end of the log."""
        self._entries, self._older, self._last, self._newest = Entries(), Entries(), last, HOLE
        for number, message in sorted(older.items()):
            self._older.put(number, message)

    def append(self, number: int, event: bytes) -> None:
        """Add the entry that follows the last one."""
        self._last, self._newest = number, event
        entries = self._entries
        entries.put(number, event)
        while len(entries) > self._most or (entries.size > TAIL_BYTES and len(entries) > 1):
            self._shorten()
        if self._older:
            self._bound_older()

    def newest_messages(self) -> Iterator[bytes]:
        """The messages, newest first."""
        return chain(self._entries.newest_messages(), self._older.newest_messages())

    def after(self, after: int) -> list[bytes] | None:
        """The events after number `after`, oldest first, with holes; None if the tail doesn't reach back that far."""
        if after + 1 < self.first:
            return None
        return [self._entries.event(number) for number in range(after + 1, self._last + 1)]

    def event(self, number: int) -> bytes:
        """The entry with this number, which must be one of the entries without a gap."""
        return self._entries.event(number)

    def message(self, number: int) -> bytes | None:
        """The message with this number; HOLE if none is kept, None if the tail can't tell."""
        if self.first <= number <= self._last:
            return self._entries.message(number)
        return self._older.message(number) or None

    def last_likeness(self) -> bytes:
        """Bytes that tell the newest entry from any other that may have its number, even if it was forgotten."""
        newest = self._newest
        return likeness(newest) if is_change(newest) or revision(newest) else newest

    def amend(self, of: int, form: bytes) -> None:
        """Replace an older message by `form`. The entries without a gap are changed by `append`."""
        self._older.amend(of, form)

    def forget_before(self, number: int) -> None:
        """Keep nothing before this number, nor any change of what was there."""
        if number > self._last or is_change(self._newest):
            self._newest = likeness(self._newest)
        for old in [each for each in self._older if each < number]:
            self._older.discard(old)
        while self._entries and self.first < number:
            self._entries.discard(self.first)
        self._entries.forget_changes_before(number)

    # -- within ------------------------------------------------------------------

    def _shorten(self) -> None:
        first = self._last - len(self._entries) + 1
        message = self._entries.discard(first)
        if self._entries.messages < HISTORY_MAX and message != HOLE:
            self._older.put(first, message)

    def _bound_older(self) -> None:
        """Forget the older messages beyond HISTORY_MAX or TAIL_BYTES, and those that Redis no longer keeps."""
        left = HISTORY_MAX - self._entries.messages
        while self._older:
            first = next(iter(self._older))
            if len(self._older) <= left and self._older.size <= TAIL_BYTES and first > self._last - self._keep:
                break
            self._older.discard(first)
