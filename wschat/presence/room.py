"""What presence knows of one room on this node."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ..model import Person
from ..protocol import Signal
from ..redis_link import RoomKeys
from .roster import Roster

Answer = Callable[[str], None]
"""Hears '' (entered) or the id of who has the name."""


@dataclass(eq=False)
class Entry:
    """Somebody at the door: a session that enters, or a person who takes another name."""

    person: Person
    answer: Answer


class Room:
    """One room's presence on this node: its roster, who is about to enter, and the doorbell for changes."""

    def __init__(self, keys: RoomKeys, roster: Roster) -> None:
        self.keys = keys
        self.roster = roster
        self.entering: dict[Entry, None] = {}  # in the order in which they came
        self.leaving: set[str] = set()
        self.owed: dict[str, Person] = {}  # let in while Redis couldn't store it
        self.busy: asyncio.Task[None] | None = None
        self.loading: asyncio.Task[None] | None = None
        self.arrived: list[Signal] = []
        self.renewed = 0.0
        self.polled = -1
