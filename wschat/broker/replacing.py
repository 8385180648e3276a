"""Puts another log in the place of a room's, in one step: a new epoch begins, and everyone is told once."""

from __future__ import annotations

from ..model import new_epoch
from ..redis_link import Call, RedisLink, RoomKeys, load_script


async def replace_room(link: RedisLink, keys: RoomKeys, seq: int, *, by_moderator: bool = False) -> None:
    """Put what was made ready beside a room in its place; without that the room is empty. Raises RedisUnavailable."""
    names = [keys.log, keys.meta, keys.amended, keys.log_copy, keys.beside("log"), keys.beside("amended")]
    script = load_script("replace", "values", "losses")
    await link.execute(Call.of(script, names, [new_epoch(), seq, keys.kept, int(by_moderator)]))


async def clear_room(link: RedisLink, room: str, *, by_moderator: bool = False) -> None:
    """Erase all messages of a room; the people who are in it stay, and are told once. Raises RedisUnavailable."""
    await link.execute(Call.command("DEL", *map(link.keys(room).beside, ("log", "amended"))))
    await replace_room(link, link.keys(room), 0, by_moderator=by_moderator)
