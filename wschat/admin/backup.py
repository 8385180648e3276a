"""Copies all rooms out of Redis while people talk: each room as it is at one moment.

A room is read in portions. A change that comes meanwhile has a later number, so it comes in a later portion, and with
it the message that it is about; the last portion, which is not full, therefore makes the copy whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .. import __version__
from ..broker import SCANNED, keys_like, room_names
from ..redis_link import MODERATORS_KEY, TOKEN_KEY, Call, RedisLink, load_script
from .archive import Archive, ArchivedRoom, Form, Header, Memory
from .order import copy_order
from .pairs import pairs

PORTION = 500  # entries in one call: it holds up Redis for about a millisecond
MEMORIES = ("sent:", "changed:")  # keys by which an answer is given again to whoever asks again

Progress = Callable[[int, int], None]
"""Is called with how many rooms are copied, and how many there are."""


async def backup(link: RedisLink, progress: Progress = lambda done, whole: None) -> Archive:
    """Everything that the chat couldn't make again. Raises RedisUnavailable."""
    found = [await link.execute(Call.command("GET", name)) or b"" for name in (TOKEN_KEY, MODERATORS_KEY)]
    key, moderators = (one.decode(errors="replace") for one in found)
    header = Header(int(time.time() * 1000), __version__, key=key, moderators=moderators)
    names = await room_names(link)
    rooms = {}
    for done, name in enumerate(names):
        progress(done, len(names))
        rooms[name] = await _Copy(link, name).whole()
        rooms[name].order = await copy_order(link, name)
    await _remember(link, rooms)
    progress(len(names), len(names))
    return Archive(header, [room for room in rooms.values() if room.seq or room.order.rules])


class _Copy:
    """One room on its way out."""

    def __init__(self, link: RedisLink, room: str) -> None:
        self._link = link
        self._name = room
        self._keys = link.keys(room)
        self._script = load_script("snapshot")
        self._epoch = b""
        self._last = 0
        self._room = ArchivedRoom(room, 0)

    async def whole(self) -> ArchivedRoom:
        while not (await self._to_the_end() and await self._forms() and await self._to_the_end()):
            self._last, self._room = 0, ArchivedRoom(self._name, 0)  # the log was lost meanwhile: once more
        self._drop_deleted()
        return self._room

    async def _to_the_end(self) -> bool:
        """Read on until nothing follows; False where another epoch has begun."""
        while True:
            epoch, seq, entries, forms = await self._portion()
            if self._last and epoch != self._epoch:
                return False
            self._epoch, self._room.seq = epoch, seq
            for number, text in zip(entries[::2], entries[1::2], strict=True):
                self._last = number
                self._room.entries[number] = text.decode(errors="replace")
            for number, form, reactions in zip(forms[::3], forms[1::3], forms[2::3], strict=True):
                self._put_form(number, form, reactions)
            if len(entries) < 2 * PORTION:
                return True

    async def _portion(self) -> Any:
        keys = [self._keys.log, self._keys.meta, self._keys.amended]
        return await self._link.execute(Call.of(self._script, keys, [self._last, PORTION]))

    async def _forms(self) -> bool:
        """The messages that were changed before: their last change may not be in the log any more."""
        cursor = 0
        while True:
            cursor, found = await self._link.execute(
                Call.command("HSCAN", self._keys.amended, cursor, "COUNT", PORTION)
            )
            numbered = [(int(number), form) for number, form in pairs(found) if number.isdigit()]
            calls = [
                Call.command("ZRANGE", self._keys.reactions(number), 0, -1, "WITHSCORES") for number, _ in numbered
            ]
            replies = await self._link.pipeline(calls) if calls else []
            for (number, form), reply in zip(numbered, replies, strict=True):
                self._put_form(number, form, reply.result())
            if not cursor:
                return True

    def _put_form(self, number: int, form: bytes, reactions: Any) -> None:
        members = [(member.decode(errors="replace"), float(score)) for member, score in pairs(reactions)]
        self._room.forms[number] = Form(number, form.decode(errors="replace"), members)

    def _drop_deleted(self) -> None:
        """A message that was deleted after it had been read."""
        for number, form in self._room.forms.items():
            if ',"deleted":true' in form.text:
                self._room.entries.pop(number, None)


async def _remember(link: RedisLink, rooms: dict[str, ArchivedRoom]) -> None:
    """The answers that clients may ask for again. One for a number after the copy would be a lie after a restore."""
    names = [
        (room, rest) async for room, rest in keys_like(link, "{chat*}:*") if rest.startswith(MEMORIES) and room in rooms
    ]
    for at in range(0, len(names), SCANNED):
        portion = names[at : at + SCANNED]
        keys = [link.keys(room).own(rest) for room, rest in portion]
        calls = [call for key in keys for call in (Call.command("GET", key), Call.command("PTTL", key))]
        replies = await link.pipeline(calls)
        now = int(time.time() * 1000)
        for (room, rest), value, left in zip(portion, replies[::2], replies[1::2], strict=True):
            text = (value.result() or b"").decode(errors="replace")
            _put_memory(rooms[room], Memory(rest, text, now + left.result()))


def _put_memory(room: ArchivedRoom, memory: Memory) -> None:
    number = memory.value.partition(" ")[0]
    if number.isdigit() and int(number) <= room.seq:
        room.memories.append(memory)
