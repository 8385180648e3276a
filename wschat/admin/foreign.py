"""Finds keys of rooms with another type than the chat's: another program's, or a mistake. A room that has one is left
out of commands for all rooms, which go on with the others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from ..errors import RedisRejected
from ..redis_link import Call, CallResult, RedisLink, RoomKeys

COPIED = ("log", "meta", "amended", "rules", "barred", "acts", "hooks")  # the keys of a room that a backup copies

# For each kind of key of a room, a command that only succeeds if the key has the right type.
SIZES = {
    **dict.fromkeys(("log", "acts"), "XLEN"),
    **dict.fromkeys(("meta", "amended", "people", "names", "rules", "barred", "hooks"), "HLEN"),
    **dict.fromkeys(("online", "roles"), "ZCARD"),
}

T = TypeVar("T")


def is_foreign(problem: RedisRejected) -> bool:
    """Whether the command was rejected because of a key's type."""
    return "WRONGTYPE" in str(problem)


def unless_foreign(reply: CallResult, skip: Callable[[], None] = lambda: None) -> Any:
    """The value in the reply; if the key has another type, call `skip` and return None. Raises RedisUnavailable."""
    try:
        return reply.result()
    except RedisRejected as problem:
        if not is_foreign(problem):
            raise
        skip()
        return None


async def foreign_keys(link: RedisLink, keys: RoomKeys, kinds: Iterable[str] = SIZES) -> list[str]:
    """The room's keys of these kinds that have another type than the chat's. Raises RedisUnavailable."""
    names = {keys.own(kind): SIZES[kind] for kind in kinds}
    replies = await link.pipeline([Call.command(size, name) for name, size in names.items()])
    found: list[str] = []
    for name, reply in zip(names, replies, strict=True):
        unless_foreign(reply, partial(found.append, name))
    return found


async def each_room(
    link: RedisLink, rooms: Iterable[str], work: Callable[[str], Awaitable[T]]
) -> tuple[list[T], list[str]]:
    """(the results of `work` for each room, the foreign keys because of which it failed for the others).

    Raises RedisUnavailable.
    """
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
