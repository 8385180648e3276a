"""A client's visit to a room: what joining it, the commands there and their answers share."""

from __future__ import annotations

from msgspec import Struct

from ..model import Person
from ..room import Room
from .client import Client
from .limits.post_pace import PostPace
from .session_services import Services


class Visit(Struct, eq=False):
    """From the moment that the room has let the client in.

    `person` under the name that they have now. `epoch`: the one in which the client was told a position, by `welcome`
    or by a `reset` on its way to the audience; None before.
    """

    client: Client
    services: Services
    room: Room
    person: Person
    pace: PostPace
    epoch: str | None = None

    @property
    def is_welcomed(self) -> bool:
        """Commands are accepted from then on."""
        return self.epoch is not None

    @property
    def told_epoch(self) -> str:
        """The epoch that the client was told last: its commands mean the numbers of that one."""
        is_live = self.room.is_live(self.client.transport)  # then it gets a `reset` with each epoch
        return self.room.feed.log.epoch if is_live else self.epoch or ""
