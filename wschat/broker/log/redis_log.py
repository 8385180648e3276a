"""A room's log in Redis: the requests, and what the replies mean. No entries are kept here."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ...errors import RedisWriteRefused
from ...model import Position, new_epoch
from ...protocol import amended_event, is_message, read_change
from ...redis_link import Call, RedisLink, RoomKeys, ScriptArgs, load_script, whole
from ..erasing.purging import purge
from .entries import HOLE, Entries

BLOCK = 256  # entries read at once
_FIELD = b"m"

_charge: ContextVar[Callable[[int], None] | None] = ContextVar("charge", default=None)

_Read = tuple[int, list[int | bytes], list[int | bytes]]
"""The reply of read.lua."""


@contextmanager
def charging_reads(charge: Callable[[int], None]) -> Iterator[None]:
    """Call `charge` with the size in bytes of each read from a log in Redis that the task makes in the `with` block."""
    token = _charge.set(charge)
    try:
        yield
    finally:
        _charge.reset(token)


class RedisLog:
    """Reads a room's log. `oldest`: number of the oldest message kept at the last read. `reads`: how many reads."""

    def __init__(self, link: RedisLink, keys: RoomKeys) -> None:
        self._link = link
        self._keys = keys
        self._open = load_script("open")
        self._script = load_script("read")
        self._has_changes = False
        self.oldest = 1
        self.reads = 0

    def forget(self) -> None:
        """Forget that the log has changes, since another epoch has begun."""
        self._has_changes = False

    async def head(self) -> Position:
        """The log's position; changes nothing. Raises RedisUnavailable."""
        epoch, seq = await self._link.execute(Call.command("HMGET", self._keys.meta, "epoch", "seq"))
        return Position((epoch or b"").decode(errors="replace"), whole(seq) or 0)

    async def open(self, known: Position, last: bytes) -> tuple[Position, bool]:
        """(the log's position, whether its epoch began when a moderator cleared the room). Raises RedisUnavailable.

        Gives the log a new epoch if it went back, even if it has grown since: then the entry with the number of `known`
        doesn't contain the bytes `last`.
        """
        keys = self._keys
        args: ScriptArgs = [new_epoch(), *known, last, keys.kept]
        reply = await self._link.execute(Call.of(self._open, [keys.log, keys.meta, keys.amended], args))
        epoch, seq, self.oldest, is_cleared = reply
        return Position(epoch.decode(), seq), bool(is_cleared)

    async def read(self, *parts: tuple[int, int]) -> Entries:
        """The entries in these ranges (first, last), as far as Redis keeps them. Raises RedisUnavailable."""
        args = [number for part in parts if part[0] <= part[1] for number in part]
        if not args:
            return Entries()
        self.reads += 1
        reply = await self._read_unchanged(args)
        if reply is None:
            reply = await self._link.execute(Call.of(self._script, [self._keys.log, self._keys.amended], args))
        oldest, entries, forms = reply
        self.oldest = oldest or args[-1] + 1
        found = Entries(_events(_pairs(entries), dict(_pairs(forms))))
        charge = _charge.get()
        if charge is not None:
            charge(found.size)
        return found

    async def newest_before(self, number: int) -> int:
        """The number of the newest entry that Redis keeps before `number`; 0: none. For holes longer than a block.

        Raises RedisUnavailable.
        """
        call = Call.command("XREVRANGE", self._keys.log, f"({number}-0", "-", "COUNT", 1)
        found = await self._link.execute(call)
        return read_entry(*found[0])[0] if found else 0

    async def skip_hole(self, before: int) -> int:
        """The number to go on reading at: just after the newest entry before `before`. Raises RedisUnavailable."""
        return min(before, await self.newest_before(before) + 1)

    async def messages_before(self, before: int, wanted: int) -> dict[int, bytes]:
        """At least `wanted` messages before number `before`, if that many are kept, from a log full of changes there.

        Raises RedisUnavailable.
        """
        found: dict[int, bytes] = {}
        while len(found) < wanted and before > self.oldest:
            first = max(1, self.oldest, before - BLOCK)
            entries = await self.read((first, before - 1))
            found.update((number, message) for number in entries if (message := entries.message(number)))
            before = first if entries else await self.skip_hole(first)
        return found

    async def purge(self, after: float) -> None:
        """Remove the bytes of messages that were deleted more than `after` seconds ago. Raises RedisUnavailable."""
        await purge(self._link, self._keys, after)

    # -- within ------------------------------------------------------------------

    async def _read_unchanged(self, args: list[int]) -> _Read | None:
        """The result that read.lua would return, in a quarter of Redis's time. None if the room has changes, or Redis
        has no memory for a transaction.
        """
        if self._has_changes:
            return None
        calls = [
            Call.command("XRANGE", self._keys.log, f"{first}-0", f"{last}-0", "COUNT", last - first + 1)
            for first, last in zip(args[::2], args[1::2], strict=True)
        ]
        calls.append(Call.command("XRANGE", self._keys.log, "-", "+", "COUNT", 1))
        calls.append(Call.command("EXISTS", self._keys.amended))
        try:
            *parts, oldest, exists = await self._link.transaction(calls)
        except RedisWriteRefused:  # Redis 7.0 refuses a transaction when its memory is full
            return None
        if exists:
            self._has_changes = True
            return None
        entries: list[int | bytes] = []
        for entry in itertools.chain(*parts):
            entries += read_entry(*entry)
        return read_entry(*oldest[0])[0] if oldest else 0, entries, []


def read_entry(entry_id: bytes, fields: dict[bytes, bytes]) -> tuple[int, bytes]:
    """(the number of an entry, its bytes as stored, or HOLE), from a reply of XRANGE or XREVRANGE."""
    return int(entry_id.partition(b"-")[0]), fields.get(_FIELD, HOLE)


def _pairs(flat: list[int | bytes]) -> Iterator[tuple[int, bytes]]:
    return zip(flat[::2], flat[1::2], strict=True)  # type: ignore[arg-type]


def _events(entries: Iterator[tuple[int, bytes]], forms: dict[int, bytes]) -> Iterator[tuple[int, bytes]]:
    """The entries as events, without those that aren't a valid message or change of their number."""
    for number, entry in entries:
        change = read_change(entry, number)
        if change is None:
            if is_message(entry, number):
                yield number, entry
        elif is_message(form := forms.get(change.of, HOLE), change.of):
            yield number, amended_event(change, form)
