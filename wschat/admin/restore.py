"""Puts the rooms of a backup in the place of those in Redis, while servers run or not.

Each room is made ready beside the one that is there, and takes its place in one step, with a new epoch: whoever is
connected is told once that the history has changed. What is made ready disappears on its own if that is broken off.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from ..broker import replace_room
from ..errors import RedisRejected
from ..identity import key_rank
from ..redis_link import MODERATORS_KEY, TOKEN_KEY, Call, RedisLink
from .archive import Archive, ArchivedRoom
from .backup import PORTION, Progress
from .order import put_order

READY_FOR = 3600  # s that a room may take to be made ready

T = TypeVar("T")


async def restore(link: RedisLink, archive: Archive, progress: Progress = lambda done, whole: None) -> None:
    """Raises RedisUnavailable: the rooms before the one that failed are restored, the others are as they were."""
    for done, room in enumerate(archive.rooms):
        progress(done, len(archive.rooms))
        await _restore_room(link, room)
    await _restore_key(link, archive.header.key.encode())
    if archive.header.moderators:  # unless these links were revoked since
        await link.execute(Call.command("SET", MODERATORS_KEY, archive.header.moderators, "NX"))
    progress(len(archive.rooms), len(archive.rooms))


async def _restore_room(link: RedisLink, room: ArchivedRoom) -> None:
    keys = link.keys(room.room)
    log, forms, reactions = (keys.beside(kind) for kind in ("log", "amended", "reactions"))
    await _run(link, [Call.command("DEL", log, forms)])
    await _run(link, (Call.command("XADD", log, f"{number}-0", "m", text) for number, text in room.entries.items()))
    await _run(link, (Call.command("HSET", forms, number, form.text) for number, form in room.forms.items()))
    for number, form in room.forms.items():
        await _run(link, _reactions(f"{reactions}:{number}", form.reactions))
    await _run(link, [Call.command("EXPIRE", key, READY_FOR) for key in (log, forms)])
    if await link.execute(Call.command("XLEN", log)) != len(room.entries):  # before anything is as in the backup
        raise RedisRejected("the room was cleared, or restored by somebody else, meanwhile")  # as replace.lua says it
    if room.order.rules:  # before its messages: whoever was removed doesn't read them
        await put_order(link, room.room, room.order)
    await replace_room(link, keys, room.seq, len(room.entries))
    now = int(time.time() * 1000)
    known = [(one, one.until - now) for one in room.memories if one.until > now]
    await _run(link, (Call.command("SET", keys.own(one.name), one.value, "PX", left) for one, left in known))


def _reactions(key: str, members: Sequence[tuple[str, float]]) -> Iterator[Call]:
    if members:
        yield Call.command("DEL", key)
        for member, score in members:
            yield Call.command("ZADD", key, f"{score:.0f}", member)
        yield Call.command("EXPIRE", key, READY_FOR)


async def _restore_key(link: RedisLink, key: bytes) -> None:
    """People stay who they are, unless the key was replaced since, or another one has been in use for longer."""
    found = await link.execute(Call.command("GET", TOKEN_KEY))
    if key and (found is None or key_rank(key) < key_rank(found)):
        await link.execute(Call.command("SET", TOKEN_KEY, key))


async def _run(link: RedisLink, calls: Iterable[Call]) -> None:
    for portion in _portions(calls):
        for reply in await link.pipeline(portion):
            reply.result()


def _portions(items: Iterable[T]) -> Iterator[list[T]]:
    source = iter(items)
    while portion := list(islice(source, PORTION)):
        yield portion
