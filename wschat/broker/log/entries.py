"""Part of a log in memory: the entry with each number, and every message in its present form.

A change is kept without the message that it changes; that message is kept once, however often it was changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...protocol import Change, amended_event, is_change, revision, split_amended

HOLE = b""


class Entries:
    """Messages and changes as `message` and `amended` events, by number; HOLE where there is no entry."""

    __slots__ = ("_forms", "_rows", "_uses", "messages", "size")

    def __init__(self, events: Iterable[tuple[int, bytes]] = ()) -> None:
        self._rows: dict[int, bytes | Change] = {}
        self._forms: dict[int, bytes] = {}  # of the messages that changes here refer to
        self._uses: dict[int, int] = {}  # how many changes here refer to each
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
        """Add the entry with this number; a change also changes its message here."""
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
        """Forget the entry with this number; return it if it was a message, else HOLE."""
        row = self._rows.pop(number)
        if isinstance(row, bytes):
            self.size -= len(row)
            self.messages -= row != HOLE
            return row
        self._release(row)
        return HOLE

    def forget_changes_before(self, number: int) -> None:
        """Forget changes of messages before this number, with the forms of these: holes take their places."""
        for at, row in self._rows.items():
            if isinstance(row, Change) and row.of < number:
                self._rows[at] = HOLE
                self._release(row)

    def amend(self, of: int, form: bytes) -> None:
        """Replace message number `of` by `form`, unless a later form of it is already here."""
        for forms in (self._rows, self._forms):
            was = forms.get(of)
            if isinstance(was, bytes) and was != HOLE and revision(form) > revision(was):
                forms[of] = form
                self.size += len(form) - len(was)

    def amend_all(self, forms: Mapping[int, bytes]) -> None:
        """Replace messages by these forms (by number), unless a later form is already here."""
        for of, form in forms.items():
            self.amend(of, form)

    def event(self, number: int) -> bytes:
        """The entry with this number, as an event; HOLE where there is none."""
        row = self._rows.get(number, HOLE)
        return row if isinstance(row, bytes) else amended_event(row, self._forms[row.of])

    def newest_messages(self) -> Iterator[bytes]:
        """The messages, newest first."""
        return (row for row in reversed(self._rows.values()) if isinstance(row, bytes) and row != HOLE)

    def message(self, number: int) -> bytes:
        """The message with this number; HOLE if there is none, or a change."""
        row = self._rows.get(number, HOLE)
        return row if isinstance(row, bytes) else HOLE

    # -- within ------------------------------------------------------------------

    def _release(self, change: Change) -> None:
        """Let go of what is kept for a change that was here: the form of its message goes with the last change."""
        self.size -= len(change.head)
        self._uses[change.of] -= 1
        if not self._uses[change.of]:
            del self._uses[change.of]
            self.size -= len(self._forms.pop(change.of))
