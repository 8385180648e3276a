"""Dependencies that all rooms of a node share."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from ..broker import EDIT_WINDOW, Indexes, OnDeleted, Publisher, Slices
from ..concurrency import Group
from ..counters import Counters
from ..fan_out import FanOut
from ..presence import Leases, Renewer
from ..redis_link import RedisLink


class RoomServices(Struct, frozen=True):
    """Dependencies of a room. `on_delivered` is called when a message has reached somebody on this node; `edit_window`
    is how long people may edit their messages, in s. `on_deleted` is called with a room and a message, as it was, that
    this node has deleted.
    """

    link: RedisLink
    publisher: Publisher
    leases: Leases
    renewer: Renewer
    tasks: Group
    clock: Callable[[], float]
    on_delivered: Callable[[], None]
    edit_window: float = EDIT_WINDOW
    counters: Counters = field(default_factory=Counters)
    fan_out: FanOut = field(default_factory=FanOut)
    indexes: Indexes = field(default_factory=Indexes)
    slices: Slices = field(default_factory=Slices)
    on_deleted: OnDeleted | None = None
