"""What all sessions of a node share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..access import Access
from ..broker import EDIT_WINDOW
from ..identity import Identity
from ..model import NAME_MAX, TEXT_MAX
from ..protocol import HISTORY_MAX
from ..protocol import Limits as WireLimits
from ..room import Rooms


@dataclass(frozen=True)
class Limits:
    """What one session may do. `typing_every` and `edit_window` are in seconds."""

    text: int = TEXT_MAX
    posts_waiting: int = 32
    typing_every: float = 3.0
    edit_window: float = EDIT_WINDOW

    def on_the_wire(self) -> WireLimits:
        return WireLimits(self.text, NAME_MAX, HISTORY_MAX, self.posts_waiting, self.edit_window)


@dataclass
class Services:
    """`on_activity` is called when somebody joins, posts, or asks the server to keep running.

    `is_up` says whether Redis answers; `identity` is replaced when the nodes agree on another key.
    """

    rooms: Rooms
    identity: Identity
    access: Access
    limits: Limits
    on_activity: Callable[[], None]
    is_up: Callable[[], bool]
    greeting: str
    version: str
