"""Copies all rooms out of Redis while people talk: each room as it is at one moment.

A room is read in portions. A change that is made meanwhile has a later number, so it comes in a later portion, together
with the message that it changes; therefore the last portion, which isn't full, completes the copy.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Container
from functools import partial
from typing import Any

from .. import __version__
from ..broker import keys_like, room_names
from ..protocol import is_deleted
from ..redis_link import (
    ALL_KEYS,
    MODERATORS_KEY,
    SCANNED,
    TOKEN_KEY,
    Call,
    RedisLink,
    load_script,
    pairs,
    whole,
)
from .archive import Archive, ArchivedRoom, Form, Header, Memory
from .foreign import COPIED, foreign_keys, unless_foreign
from .moderation_backup import copy_moderation
from .portions import form_portions, portions, text, text_hash

PORTION = 50  # entries in one call, each of up to 16 KB: it holds up Redis for about a millisecond
MEMORIES = ("sent:", "changed:")  # keys of answers that are given again when a client sends the same again

Progress = Callable[[int, int], None]
"""Called with the number of rooms copied so far, and the total."""


async def backup(
    link: RedisLink, progress: Progress = lambda done, total: None, skip: Callable[[str], None] = lambda key: None
) -> Archive:
    """Copy all data that the chat couldn't make again. `skip` is called with each key that is left out, since it has
    another type than the chat's. Raises RedisUnavailable.
    """
    key, moderators = [text(await _value(link, name, skip)) for name in (TOKEN_KEY, MODERATORS_KEY)]
    header = Header(int(time.time() * 1000), __version__, key=key, moderators=moderators)
    names = await room_names(link, with_hooks=True)
    rooms = {}
    for done, name in enumerate(names):
        progress(done, len(names))
        foreign = await foreign_keys(link, link.keys(name), COPIED)
        for one in foreign:
            skip(one)
        rooms[name] = await _Copy(link, name, skip).copy()
        rooms[name].moderation = await copy_moderation(link, name, foreign)
        if (hooks := link.keys(name).hooks) not in foreign:
            rooms[name].hooks = await text_hash(link, hooks)
    await _remember(link, rooms, skip)
    progress(len(names), len(names))
    return Archive(header, list(filter(None, rooms.values())))


async def _value(link: RedisLink, name: str, skip: Callable[[str], None]) -> bytes:
    (reply,) = await link.pipeline([Call.command("GET", name)])
    return unless_foreign(reply, lambda: skip(name)) or b""


class _Copy:
    """Copies one room."""

    def __init__(self, link: RedisLink, room: str, skip: Callable[[str], None]) -> None:
        self._link = link
        self._skip = skip
        self._name = room
        self._keys = link.keys(room)
        self._script = load_script("snapshot")
        self._epoch = b""
        self._last = 0
        self._room = ArchivedRoom(room, 0)

    async def copy(self) -> ArchivedRoom:
        while not (await self._to_the_end() and await self._forms() and await self._to_the_end()):
            self._last, self._room = 0, ArchivedRoom(self._name, 0)  # the log was lost meanwhile: once more
        self._drop_deleted()
        return self._room

    async def _to_the_end(self) -> bool:
        """Read on until nothing follows; False if another epoch has begun."""
        while True:
            epoch, seq, entries, forms = await self._portion()
            if self._last and epoch != self._epoch:
                return False
            self._epoch, self._room.seq = epoch, max([seq, *entries[-2::2]])  # entries: in case meta is lost
            for number, entry in zip(entries[::2], entries[1::2], strict=True):
                self._last = number
                self._room.entries[number] = text(entry)
            for number, form, reactions in zip(forms[::3], forms[1::3], forms[2::3], strict=True):
                self._put_form(number, form, reactions)
            if len(entries) < 2 * PORTION:
                return True

    async def _portion(self) -> Any:
        keys = [self._keys.log, self._keys.meta, self._keys.amended]
        return await self._link.execute(Call.of(self._script, keys, [self._last, PORTION]))

    async def _forms(self) -> bool:
        """Copy the messages that were changed earlier: their last change may no longer be in the log."""
        async for numbered in form_portions(self._link, self._keys):
            names = [self._keys.reactions(number) for number, _ in numbered]
            calls = [Call.command("ZRANGE", name, 0, -1, "WITHSCORES") for name in names]
            replies = await self._link.pipeline(calls) if calls else []
            for (number, form), name, reply in zip(numbered, names, replies, strict=True):
                self._put_form(number, form, unless_foreign(reply, partial(self._skip, name)) or ())
        return True

    def _put_form(self, number: int, form: bytes, reactions: Any) -> None:
        members = [(text(member), float(score)) for member, score in pairs(reactions).items()]
        finite = [(member, score) for member, score in members if math.isfinite(score)]  # JSON has no infinity
        self._room.forms[number] = Form(number, text(form), finite)

    def _drop_deleted(self) -> None:
        """Drop the entries of messages that were deleted after they had been read."""
        for number, form in self._room.forms.items():
            if is_deleted(form.text):
                self._room.entries.pop(number, None)


async def remembered(link: RedisLink, rooms: Container[str]) -> list[tuple[str, str]]:
    """(room, the rest of the key) of the answers that are remembered for clients in these rooms.

    Raises RedisUnavailable.
    """
    found = keys_like(link, ALL_KEYS)
    return [(room, rest) async for room, rest in found if rest.startswith(MEMORIES) and room in rooms]


async def _remember(link: RedisLink, rooms: dict[str, ArchivedRoom], skip: Callable[[str], None]) -> None:
    """Copy the remembered answers, except for numbers after the copy, since these would be wrong after a restore."""
    names = await remembered(link, rooms)
    for portion in portions(names, SCANNED):
        keys = [link.keys(room).own(rest) for room, rest in portion]
        calls = [call for key in keys for call in (Call.command("GET", key), Call.command("PTTL", key))]
        replies = await link.pipeline(calls)
        now = int(time.time() * 1000)
        for (room, rest), key, value, left in zip(portion, keys, replies[::2], replies[1::2], strict=True):
            answer = text(unless_foreign(value, partial(skip, key)) or b"")
            _put_memory(rooms[room], Memory(rest, answer, now + left.result()))


def _put_memory(room: ArchivedRoom, memory: Memory) -> None:
    number = whole(memory.value.partition(" ")[0])
    if number is not None and number <= room.seq:
        room.memories.append(memory)
