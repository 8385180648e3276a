"""Replaces a room's log by another one, in one step: a new epoch begins, and every client is told once."""

from __future__ import annotations

from contextlib import suppress

from ...errors import RedisUnavailable
from ...model import new_epoch
from ...protocol import LOG_REPLACED, PicturesGone
from ...redis_link import Call, RedisLink, RoomKeys, load_script
from ..erasing.picture_signal import tell_pictures_gone


async def replace_room(link: RedisLink, keys: RoomKeys, seq: int, entries: int, forms: int) -> None:
    """Replace a room's log by the one prepared beside it: `entries` entries, the newest with the number `seq`, and
    `forms` of its messages.

    Raises RedisRejected if what was prepared was erased or put in place meanwhile, RedisUnavailable.
    """
    await link.execute(_call(keys, seq, [entries, forms], by_moderator=False))
    await _tell_nodes(link, keys)


async def clear_room(link: RedisLink, room: str, *, by_moderator: bool = False) -> None:
    """Erase all messages of a room, including a log that is being prepared for it. The people in the room stay, and are
    told once. Raises RedisUnavailable.
    """
    keys = link.keys(room)
    await link.execute(_call(keys, 0, [], by_moderator=by_moderator))
    await _tell_nodes(link, keys)
    await tell_pictures_gone(link, PicturesGone(room))


async def _tell_nodes(link: RedisLink, keys: RoomKeys) -> None:
    """Have the nodes read the room again. One that doesn't hear of it finds out by its next poll."""
    with suppress(RedisUnavailable):
        await link.execute(Call.command(keys.publish_signal, keys.signals, LOG_REPLACED))


def _call(keys: RoomKeys, seq: int, prepared: list[int], *, by_moderator: bool) -> Call:
    names = [keys.log, keys.meta, keys.amended, keys.log_copy, keys.beside("log"), keys.beside("amended")]
    script = load_script("replace")
    return Call.of(script, names, [new_epoch(), seq, keys.kept, int(by_moderator), *prepared])
