"""Puts another log in the place of a room's, in one step: a new epoch begins, and everyone is told once."""

from __future__ import annotations

from ...model import new_epoch
from ...redis_link import Call, RedisLink, RoomKeys, load_script


async def replace_room(link: RedisLink, keys: RoomKeys, seq: int, entries: int) -> None:
    """Put what was made ready beside a room in its place: `entries`, of which the newest has the number `seq`.

    Raises RedisRejected where that was erased or put in its place meanwhile, RedisUnavailable.
    """
    await link.execute(_call(keys, seq, str(entries), by_moderator=False))


async def clear_room(link: RedisLink, room: str, *, by_moderator: bool = False) -> None:
    """Erase all messages of a room, also those that are being made ready for it; the people who are in it stay, and are
    told once. Raises RedisUnavailable.
    """
    await link.execute(_call(link.keys(room), 0, "", by_moderator=by_moderator))


def _call(keys: RoomKeys, seq: int, entries: str, *, by_moderator: bool) -> Call:
    names = [keys.log, keys.meta, keys.amended, keys.log_copy, keys.beside("log"), keys.beside("amended")]
    script = load_script("replace")
    return Call.of(script, names, [new_epoch(), seq, keys.kept, int(by_moderator), entries])
