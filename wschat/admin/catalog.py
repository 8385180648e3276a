"""Facts about each room in Redis, and the people online there."""

from __future__ import annotations

from msgspec import Struct

from ..broker import read_entry
from ..errors import RedisRejected, RedisUnavailable
from ..model import Person
from ..presence import Leases, LeaseTimes
from ..protocol import read_message
from ..redis_link import Call, CallResult, RedisLink, whole

ENDS = 20  # entries at each end of a log, which nearly always include a message


class RoomFacts(Struct):
    """A room in Redis. `first` and `last` are the times of its oldest and newest message (RFC 3339), None if it has
    none; `entries` counts messages and changes; `bytes` is the size of its log, None if Redis doesn't say.
    """

    room: str
    entries: int
    seq: int
    online: int
    first: str | None
    last: str | None
    bytes: int | None


async def room_facts(link: RedisLink, room: str) -> RoomFacts:
    """The facts about a room. Raises RedisUnavailable."""
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
    return RoomFacts(
        room,
        int(length.result()),
        whole(seq.result()) or 0,
        len(await everyone_in(link, room)),
        _time(first.result()),
        _time(last.result()),
        _size(size),
    )


def oldest_and_newest(rooms: list[RoomFacts]) -> tuple[str | None, str | None]:
    """(the time of the oldest message in these rooms, that of the newest); None without messages."""
    first = min((room.first for room in rooms if room.first), default=None)
    return first, max((room.last for room in rooms if room.last), default=None)


async def everyone_in(link: RedisLink, room: str) -> list[Person]:
    """The people online in a room, sorted by name. Raises RedisUnavailable."""
    people, _ = await Leases(link, LeaseTimes()).everyone(link.keys(room))
    return sorted(people.values(), key=lambda person: (person.name.casefold(), person.id))


def _time(entries: list[tuple[bytes, dict[bytes, bytes]]]) -> str | None:
    """The time of the first of these entries that is a message."""
    for entry in entries:
        number, stored = read_entry(*entry)
        message = read_message(stored, number)
        if message is not None:
            return message.time
    return None


def _size(reply: CallResult) -> int | None:
    try:
        return int(reply.result() or 0)
    except (RedisRejected, RedisUnavailable):  # this user may not ask
        return None
