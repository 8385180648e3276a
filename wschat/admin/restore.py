"""Replaces the rooms in Redis by those of a backup, whether or not servers are running.

Each room is prepared beside the present one, and takes its place in one step, with a new epoch: connected clients are
told once that the history has changed. Prepared keys expire on their own if the restore is interrupted.

Remembered answers are as in the backup, too: one about a post that came after the backup would be wrong.

Hooks are added: those that were made since stay. One that is revoked in Redis or in the backup is revoked after it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from ..access import key_rank
from ..broker import add_hooked_room, keys_like, replace_room, tell_hooks_changed
from ..errors import RedisRejected
from ..redis_link import ALL_KEYS, MODERATORS_KEY, TOKEN_KEY, Call, RedisLink, RoomKeys
from .archive import Archive, ArchivedRoom
from .backup import Progress, remembered
from .moderation_backup import put_moderation
from .portions import portions

READY_FOR = 3600  # s after its last portion when a prepared key expires
_OUTGOING = '"to":"'  # in an outgoing hook; in its name, a backslash would precede the quotation marks
_PREPARED = re.compile(r"(log|amended|reactions):restoring(:\d+)?")  # the end of its name (RoomKeys.beside)


async def restore(link: RedisLink, archive: Archive, progress: Progress = lambda done, total: None) -> None:
    """Restore all rooms of a backup. Raises RedisUnavailable: the rooms before the one that failed are restored, the
    others are unchanged.
    """
    others = await _other_answers(link, archive)
    for done, room in enumerate(archive.rooms):
        progress(done, len(archive.rooms))
        await _restore_room(link, room, others[room.room])
    await _restore_key(link, archive.header.key.encode())
    if archive.header.moderators:  # unless these links were revoked since
        await link.execute(Call.command("SET", MODERATORS_KEY, archive.header.moderators, "NX"))
    progress(len(archive.rooms), len(archive.rooms))


async def prepared_keys(link: RedisLink) -> list[str]:
    """The keys that were prepared for any room by a restore which is going on, or was interrupted; logs first, then
    forms. Raises RedisUnavailable.
    """
    found = [pair async for pair in keys_like(link, f"{ALL_KEYS}:restoring*") if _PREPARED.fullmatch(pair[1])]
    found.sort(key=lambda pair: ("log", "amended", "reactions").index(pair[1].partition(":")[0]))
    return [link.keys(room).own(rest) for room, rest in found]


async def erase_prepared(link: RedisLink) -> None:
    """Erase what was prepared for any room. A restore that is going on fails then, as if the room had been cleared.

    Raises RedisUnavailable.
    """
    await _delete(link, await prepared_keys(link))


async def _other_answers(link: RedisLink, archive: Archive) -> dict[str, list[str]]:
    """The keys of remembered answers that aren't in the backup, by room."""
    now = int(time.time() * 1000)
    known = {room.room: {one.name for one in room.memories if one.until > now} for room in archive.rooms}
    found: dict[str, list[str]] = {room: [] for room in known}
    for room, rest in await remembered(link, known):
        if rest not in known[room]:
            found[room].append(link.keys(room).own(rest))
    return found


async def _restore_room(link: RedisLink, room: ArchivedRoom, other_answers: list[str]) -> None:
    keys = link.keys(room.room)
    reactions = {number: f"{keys.beside('reactions')}:{number}" for number in room.forms}
    prepared = (keys.beside("log"), keys.beside("amended"), *reactions.values())
    await _delete(link, prepared)  # keys that an interrupted restore has left
    try:
        await _prepare(link, room, keys, reactions)
        if room.moderation:  # before the messages, so that people who were removed don't read them
            await put_moderation(link, room.room, room.moderation)
        await replace_room(link, keys, room.seq, len(room.entries), len(room.forms))
    except RedisRejected:
        await _delete(link, prepared)  # by somebody who erases, and has erased what was prepared by then
        raise
    await _run(link, (_adding(keys, field, hook) for field, hook in room.hooks.items()))
    if any(_OUTGOING in hook for hook in room.hooks.values()):
        await add_hooked_room(link, room.room)
        await tell_hooks_changed(link)
    await _delete(link, other_answers)
    now = int(time.time() * 1000)
    known = [(one, one.until - now) for one in room.memories if one.until > now]
    await _run(link, (Call.command("SET", keys.own(one.name), one.value, "PX", left) for one, left in known))


async def _prepare(link: RedisLink, room: ArchivedRoom, keys: RoomKeys, reactions: dict[int, str]) -> None:
    """Prepare the log, the forms and, by the message's number, the keys of its reactions. Raises RedisRejected if any
    of it was erased meanwhile.
    """
    log, forms = keys.beside("log"), keys.beside("amended")
    entries = (Call.command("XADD", log, f"{number}-0", "m", text) for number, text in room.entries.items())
    await _make_ready(link, log, entries)
    changed = (Call.command("HSET", forms, number, form.text) for number, form in room.forms.items())
    await _make_ready(link, forms, changed)
    for number, form in room.forms.items():
        members = (Call.command("ZADD", reactions[number], f"{score:.0f}", member) for member, score in form.reactions)
        await _make_ready(link, reactions[number], members)
    if await link.execute(Call.command("XLEN", log)) != len(room.entries):  # before anything is replaced
        raise RedisRejected("the room was cleared, or restored by somebody else, meanwhile")  # as replace.lua says it


async def _restore_key(link: RedisLink, key: bytes) -> None:
    """Restore the token key, so that tokens stay valid, unless it was replaced since, or the key in Redis is older."""
    found = await link.execute(Call.command("GET", TOKEN_KEY))
    if key and (found is None or key_rank(key) < key_rank(found)):
        await link.execute(Call.command("SET", TOKEN_KEY, key))


async def _make_ready(link: RedisLink, key: str, calls: Iterable[Call]) -> None:
    """Fill a prepared key, which expires from the moment that it exists."""
    for first, *others in portions(calls):
        await _send(link, [first, Call.command("EXPIRE", key, READY_FOR), *others])


def _adding(keys: RoomKeys, field: str, hook: str) -> Call:
    """Add a hook if there is nothing under its field; a revoked one, which is empty, in any case."""
    return Call.command("HSETNX" if hook else "HSET", keys.hooks, field, hook)


async def _delete(link: RedisLink, keys: Iterable[str]) -> None:
    await _run(link, (Call.command("DEL", key) for key in keys))


async def _run(link: RedisLink, calls: Iterable[Call]) -> None:
    for portion in portions(calls):
        await _send(link, portion)


async def _send(link: RedisLink, calls: list[Call]) -> None:
    for reply in await link.pipeline(calls):
        reply.result()
