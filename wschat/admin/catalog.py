"""Which rooms Redis has, and what is to be said of each."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from msgspec import Struct

from ..errors import RedisRejected, RedisUnavailable
from ..model import MAIN_ROOM, Person
from ..presence import Leases, LeaseTimes
from ..protocol import read_message
from ..redis_link import Call, RedisLink, Reply

SCANNED = 1000  # keys looked at in one call
ENDS = 20  # entries at each end of a log among which there is a message, most of the time
ROOM_KEY = re.compile(rf"\{{{MAIN_ROOM}(?::([^}}]+))?\}}:(.+)")


class RoomFacts(Struct):
    """A room in Redis. `first` and `last` are the times of its oldest and newest message (RFC 3339), where it has any;
    `entries` counts messages and changes; `bytes` are those of its log, None where Redis doesn't say.
    """

    room: str
    entries: int
    seq: int
    online: int
    first: str | None
    last: str | None
    bytes: int | None


async def keys_like(link: RedisLink, pattern: str) -> AsyncIterator[tuple[str, str]]:
    """(room, the rest of the key) for each key of a room that matches. Raises RedisUnavailable."""
    for primary in link.primaries():
        async for key in _keys_at(primary, pattern):
            found = ROOM_KEY.fullmatch(key.decode(errors="replace"))
            if found is not None:
                yield found[1] or MAIN_ROOM, found[2]


async def _keys_at(primary: RedisLink, pattern: str) -> AsyncIterator[bytes]:
    cursor = 0
    while True:
        cursor, keys = await primary.execute(Call.command("SCAN", cursor, "MATCH", pattern, "COUNT", SCANNED))
        for key in keys:
            yield key
        if not cursor:
            return


async def room_names(link: RedisLink) -> list[str]:
    """All rooms that Redis has messages or people of, in the order of their names. Raises RedisUnavailable."""
    found = {room async for room, rest in keys_like(link, f"{{{MAIN_ROOM}*}}:*") if rest in ("meta", "log")}
    return sorted(found, key=lambda room: (room != MAIN_ROOM, room))


async def room_facts(link: RedisLink, room: str) -> RoomFacts:
    """Raises RedisUnavailable."""
    keys = link.keys(room)
    length, seq, first, last, size = await link.pipeline(
        [
            Call.command("XLEN", keys.log),
            Call.command("HGET", keys.meta, "seq"),
            Call.command("XRANGE", keys.log, "-", "+", "COUNT", ENDS),
            Call.command("XREVRANGE", keys.log, "+", "-", "COUNT", ENDS),
            Call.command("MEMORY", "USAGE", keys.log),
        ]
    )
    number = seq.result()
    return RoomFacts(
        room,
        int(length.result()),
        int(number) if number and number.isdigit() else 0,
        len(await everyone_in(link, room)),
        _time(first.result()),
        _time(last.result()),
        _size(size),
    )


def oldest_and_newest(rooms: list[RoomFacts]) -> tuple[str | None, str | None]:
    """The times of the oldest and the newest message that any room keeps."""
    first = min((room.first for room in rooms if room.first), default=None)
    return first, max((room.last for room in rooms if room.last), default=None)


async def everyone_in(link: RedisLink, room: str) -> list[Person]:
    """The people online in a room, in the order of their names. Raises RedisUnavailable."""
    people, _ = await Leases(link, LeaseTimes()).everyone(link.keys(room))
    return sorted(people.values(), key=lambda person: (person.name.casefold(), person.id))


def _time(entries: list[tuple[bytes, dict[bytes, bytes] | None]]) -> str | None:
    """The time of the first of these entries that is a message."""
    for entry_id, fields in entries:
        message = read_message((fields or {}).get(b"m", b""), int(entry_id.partition(b"-")[0]))
        if message is not None:
            return message.time
    return None


def _size(reply: Reply) -> int | None:
    try:
        return int(reply.result() or 0)
    except (RedisRejected, RedisUnavailable):  # this user may not ask
        return None
