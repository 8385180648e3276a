"""A client's visit to a room: the state that joining, the commands there and their answers share."""

from __future__ import annotations

from msgspec import Struct

from ..model import Person
from ..room import Room
from .client import Client
from .limits.post_pace import PostPace
from .session_services import Services


class Visit(Struct, eq=False):
    """The visit begins when the room has let the client in.

    `person` has the current name. `epoch`: the epoch of the position that the client was told in its `welcome`, or in a
    `reset` on its way to the audience; None before that.
    """

    client: Client
    services: Services
    room: Room
    person: Person
    pace: PostPace
    epoch: str | None = None

    @property
    def is_welcomed(self) -> bool:
        """Whether the client has its `welcome`. From then on its commands are accepted."""
        return self.epoch is not None

    @property
    def told_epoch(self) -> str:
        """The epoch that the client was told last: numbers in its commands belong to that epoch."""
        is_live = self.room.is_live(self.client.transport)  # then it gets a `reset` for each new epoch
        return self.room.feed.log.epoch if is_live else self.epoch or ""
