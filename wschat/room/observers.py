"""The observers of a room on this node: programs that read it over HTTP, and aren't among its people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..errors import Refused


class Observer(Protocol):
    """The interface of an observer to its room."""

    def on_removed(self, refused: Refused) -> None:
        """Called when a moderator has removed the person for whom the program reads: it no longer observes the room."""


class Observers:
    """The observers that are being let in, or have been. `on_left` is called after one has left."""

    def __init__(self, on_left: Callable[[], None]) -> None:
        self._on_left = on_left
        self._people: dict[Observer, str] = {}  # with the id of the person for whom each reads

    def __len__(self) -> int:
        return len(self._people)

    def people(self) -> set[str]:
        """The ids of the people for whom the observers read."""
        return set(self._people.values())

    def add(self, observer: Observer, person: str) -> None:
        """Count an observer; the room is followed at least until it leaves."""
        self._people[observer] = person

    def leave(self, observer: Observer) -> None:
        if self._people.pop(observer, None) is not None:
            self._on_left()

    def expel(self, person: str, refused: Refused) -> None:
        """Remove the observers that read for a person whom a moderator has removed."""
        for observer in [one for one, of in self._people.items() if of == person]:
            self.leave(observer)
            observer.on_removed(refused)
