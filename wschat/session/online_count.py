"""How many people are in a room, for a badge: a number that only rooms open to everybody show (docs/decisions/0033)."""

from __future__ import annotations

from ..errors import RedisUnavailable, Refused
from ..model import room_name
from ..protocol import Hello
from ..room import Room
from .client import ClientAddress
from .limits.address_share import AddressShare
from .session_services import Services


class _Reader:
    """Keeps a room open while its number is being read."""

    def on_removed(self, refused: Refused) -> None:
        """Do nothing: nobody reads for a person."""


async def online_count(
    services: Services, raw_room: str, hello: Hello, address: ClientAddress, share: AddressShare | None
) -> int | None:
    """The number of people online in a room, on all nodes; None if the room is locked or has a password.

    Redis is asked only if the room isn't open on this node. Raises Refused, also for a chat with a password or JWT;
    RedisUnavailable.
    """
    name = room_name(raw_room)
    if share is not None:
        share.take_command(Hello)
    person = services.access.admit(hello, name, address.network, services.tokens).person
    room = services.rooms.open(name, address.limit_key)
    reader = _Reader()
    room.observe(reader, person)
    try:
        return await _count(services, room)
    finally:
        room.stop_observing(reader, None)


async def _count(services: Services, room: Room) -> int | None:
    if not services.is_up(room.keys):
        raise RedisUnavailable("the link is down")
    await room.ready()
    rules = room.rules.current
    return None if rules.locked or rules.password else room.people_count
