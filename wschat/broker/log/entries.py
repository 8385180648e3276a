"""Part of a log in memory: what stands under each number, with every message as it is now.

A change is kept without the message that it is about, which stands here once, however often it was changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...protocol import Change, amended_event, is_change, revision, split_amended

HOLE = b""


class Entries:
    """Messages and changes as `message` and `amended` events, by number; HOLE where nothing is."""

    __slots__ = ("_forms", "_rows", "_uses", "messages", "size")

    def __init__(self, events: Iterable[tuple[int, bytes]] = ()) -> None:
        self._rows: dict[int, bytes | Change] = {}
        self._forms: dict[int, bytes] = {}  # of messages that changes here are about
        self._uses: dict[int, int] = {}  # how many changes are about each
        self.size = 0  # bytes
        self.messages = 0  # how many of the entries are messages
        for number, event in events:
            self.put(number, event)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __contains__(self, number: int) -> bool:
        return number in self._rows

    def put(self, number: int, event: bytes) -> None:
        """Add what stands under a number; a change also changes its message here."""
        split = is_change(event) and split_amended(event)
        if not split:
            self._rows[number] = event
            self.size += len(event)
            self.messages += event != HOLE
            return
        change, form = split
        self._rows[number] = change
        self._uses[change.of] = self._uses.get(change.of, 0) + 1
        self.size += len(change.head)
        if change.of not in self._forms:
            self._forms[change.of] = form
            self.size += len(form)
        self.amend(change.of, form)

    def discard(self, number: int) -> bytes:
        """Forget what stands under a number; returns what `message` would have."""
        row = self._rows.pop(number)
        if isinstance(row, bytes):
            self.size -= len(row)
            self.messages -= row != HOLE
            return row
        self.size -= len(row.head)
        self._uses[row.of] -= 1
        if not self._uses[row.of]:
            del self._uses[row.of]
            self.size -= len(self._forms.pop(row.of))
        return HOLE

    def amend(self, of: int, form: bytes) -> None:
        """From now on message number `of` is as `form` says, unless a later form of it is here already."""
        for forms in (self._rows, self._forms):
            was = forms.get(of)
            if isinstance(was, bytes) and was != HOLE and revision(form) > revision(was):
                forms[of] = form
                self.size += len(form) - len(was)

    def amend_all(self, forms: Mapping[int, bytes]) -> None:
        """The same for messages by number."""
        for of, form in forms.items():
            self.amend(of, form)

    def event(self, number: int) -> bytes:
        """The entry with this number."""
        row = self._rows.get(number, HOLE)
        return row if isinstance(row, bytes) else amended_event(row, self._forms[row.of])

    def newest_messages(self) -> Iterator[bytes]:
        """The messages, newest first."""
        return (row for row in reversed(self._rows.values()) if isinstance(row, bytes) and row != HOLE)

    def message(self, number: int) -> bytes:
        """The message with this number; HOLE where there is none, or a change."""
        row = self._rows.get(number, HOLE)
        return row if isinstance(row, bytes) else HOLE
