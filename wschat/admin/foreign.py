"""Keys of rooms that are of another type than the chat makes: another program's, or a mistake. A room that has one is
left out of what is done to all rooms, and the others aren't kept from it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from ..errors import RedisRejected
from ..redis_link import Call, RedisLink, RoomKeys

COPIED = ("log", "meta", "amended", "rules", "barred", "acts")  # what a backup has of a room

# The keys of each room, by what has an answer where they are of their type.
SIZES = {
    **dict.fromkeys(("log", "acts"), "XLEN"),
    **dict.fromkeys(("meta", "amended", "people", "names", "rules", "barred"), "HLEN"),
    **dict.fromkeys(("online", "roles"), "ZCARD"),
}

T = TypeVar("T")


def is_foreign(problem: RedisRejected) -> bool:
    """Was the command rejected because of a key's type?"""
    return "WRONGTYPE" in str(problem)


async def foreign_keys(link: RedisLink, keys: RoomKeys, kinds: Iterable[str] = SIZES) -> list[str]:
    """Those among the room's keys of these kinds. Raises RedisUnavailable."""
    names = {keys.own(kind): SIZES[kind] for kind in kinds}
    replies = await link.pipeline([Call.command(size, name) for name, size in names.items()])
    found = []
    for name, reply in zip(names, replies, strict=True):
        try:
            reply.result()
        except RedisRejected as problem:
            if not is_foreign(problem):
                raise
            found.append(name)
    return found


async def each_room(
    link: RedisLink, rooms: Iterable[str], work: Callable[[str], Awaitable[T]]
) -> tuple[list[T], list[str]]:
    """The results of `work` by room, and the keys that made it fail for the other rooms. Raises RedisUnavailable."""
    done: list[T] = []
    foreign: list[str] = []
    for room in rooms:
        try:
            done.append(await work(room))
        except RedisRejected:
            reasons = await foreign_keys(link, link.keys(room))
            if not reasons:
                raise
            foreign += reasons
    return done, foreign
