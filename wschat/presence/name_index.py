"""People sorted by name, and found by a part of it. Names are compared in their `folded` form."""

from __future__ import annotations

from bisect import bisect_left, insort

from ..model import Person
from ..names import RAW_MAX, folded

_Key = tuple[str, str]  # folded name, id


class NameIndex:
    """An index that stays sorted while people come and go, so that a page of the list costs little in a crowd.

    Names may be of any length, since they come from Redis.
    """

    def __init__(self) -> None:
        self._people: dict[_Key, Person] = {}
        self._order: list[_Key] = []
        self._keys: dict[str, _Key] = {}

    def put(self, person: Person) -> None:
        """Add a person, or update their name."""
        self.discard(person.id)
        key = folded(person.name[:RAW_MAX]), person.id
        insort(self._order, key)
        self._people[key] = person
        self._keys[person.id] = key

    def discard(self, person: str) -> None:
        key = self._keys.pop(person, None)
        if key is not None:
            del self._people[key]
            del self._order[bisect_left(self._order, key)]

    def has(self, name: str) -> bool:
        """Whether somebody has a name that is equal when folded."""
        key = folded(name)
        at = bisect_left(self._order, (key, ""))
        return at < len(self._order) and self._order[at][0] == key

    def page(self, query: str, offset: int, limit: int) -> tuple[list[Person], int]:
        """(at most `limit` people, from `offset` on, whose name contains `query`; the number of all of them)."""
        wanted = folded(query)
        found = [key for key in self._order if wanted in key[0]] if wanted else self._order
        return [self._people[key] for key in found[offset : offset + limit]], len(found)
