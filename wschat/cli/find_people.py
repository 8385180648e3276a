"""Finds the person that `bar` keeps out and `unbar` lets in: by id or name, or by address, in each room."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from itertools import chain
from typing import TypeVar

from ..admin import RoomBars, address_bar, each_room
from ..model import Person
from ..redis_link import RedisLink
from .failure import Failure
from .operator import Operator
from .output import NOTHING_DONE, fail_if_left_out, remark

NAMES = {"ru": ("Оператор", "Адрес"), "en": ("Operator", "Address")}  # in the moderators' lists
NEARLY_ADDRESS = re.compile(r"[\s\[]*(\d+(\.\d+){3}|[\da-f]*:[\da-f]*:[\da-f:.]*)[\]\s]*([/:%]\S*)?", re.IGNORECASE)

T = TypeVar("T")

Choice = Callable[[RoomBars, list[Person]], Awaitable[list[Person]]]
"""Those among the people of a room with a name who can be meant by it."""


def network_of(operator: Operator, who: str) -> str:
    """The address as bars count it; "" if `who` isn't an address. Raises Failure."""
    try:
        ip_address(who)
    except ValueError:
        return ""
    from ..web.client_address import Proxies  # it needs Tornado, which no other command does

    if operator.settings.bar_addresses == "off":
        raise Failure(f"{operator.settings.source('bar_addresses')} is off: bars don't hold for addresses.")
    network = Proxies(operator.settings.trusted_proxy).identify(who, {}).bar_key
    if not network:
        raise Failure(f"{who} can't be barred: it is this machine, or a proxy, behind which everyone is.")
    return network


def address_hint(who: str) -> str:
    """How to write an address, as a sentence, if `who` is nearly one: a network, or with a port or brackets."""
    hint = " Write an address like 203.0.113.7 or 2001:db8::1, which stands for its /64."
    return hint if NEARLY_ADDRESS.fullmatch(who) else ""


async def person_called(link: RedisLink, rooms: list[RoomBars], who: str) -> tuple[Person, list[str]]:
    """(the person with this id in one of these rooms, or with this name in the first; foreign keys because of which
    somebody may have been overlooked). Raises Failure, RedisUnavailable.
    """
    nobody = f"Nobody in the room {rooms[0].room} has the name or id {who}"
    person, foreign = await _search(link, rooms, who, _anybody, nobody)
    if person is None:
        fail_if_left_out(foreign, NOTHING_DONE)
        known = "Known are those who are online, are barred or wrote lately"
        raise Failure(f"{nobody}. {known}.{address_hint(who)}")
    return person, foreign


async def _search(
    link: RedisLink, rooms: list[RoomBars], who: str, choice: Choice, nobody: str
) -> tuple[Person | None, list[str]]:
    """The person meant by `who`, and foreign keys; None: nobody is. An id counts in every room, and before any name,
    since somebody may have an id as their name. A name counts in the first room alone: who has it in another one may be
    somebody else. Raises Failure if that can't be told (`nobody` says that the first room has nobody),
    RedisUnavailable.
    """
    first, *others = rooms
    here, foreign = await _called(link, [first], who)
    if person := _with_id(here, who):
        return person, foreign
    elsewhere, more = await _called(link, others, who)
    if person := _with_id(elsewhere, who):
        return person, [*foreign, *more]
    found = await _chosen(link, here, choice, foreign)
    if len(found) > 1:
        raise Failure(f"Several people are or were called {who}; name one of the ids: {', '.join(sorted(found))}")
    if found:
        return found.popitem()[1], foreign
    foreign += more
    found = await _chosen(link, elsewhere, choice, foreign)
    if found:
        sentence = f"{nobody}. If you mean somebody in another room, name one of the ids: {', '.join(sorted(found))}"
        if foreign:
            remark(sentence)
        fail_if_left_out(foreign, NOTHING_DONE)
        raise Failure(sentence)
    return None, foreign


async def _called(link: RedisLink, rooms: list[RoomBars], who: str) -> tuple[dict[RoomBars, list[Person]], list[str]]:
    """(`RoomBars.people_called` in each of these rooms, foreign keys)"""

    async def search(room: RoomBars) -> tuple[RoomBars, list[Person], list[str]]:
        return room, *await room.people_called(who)

    searched, foreign = await each_of(link, rooms, search)
    foreign += chain(*(keys for _, _, keys in searched))
    return {room: people for room, people, _ in searched}, foreign


def _with_id(people: dict[RoomBars, list[Person]], who: str) -> Person | None:
    return next((one for one in chain(*people.values()) if one.id == who), None)


async def _chosen(
    link: RedisLink, people: dict[RoomBars, list[Person]], choice: Choice, foreign: list[str]
) -> dict[str, Person]:
    """The people who can be meant, by id; adds foreign keys because of which that can't be told in a room."""
    chosen, more = await each_of(link, people, lambda room: choice(room, people[room]))
    foreign += more
    return {one.id: one for one in chain(*chosen)}


async def _anybody(_room: RoomBars, people: list[Person]) -> list[Person]:
    return people


async def each_of(
    link: RedisLink, rooms: Iterable[RoomBars], work: Callable[[RoomBars], Awaitable[T]]
) -> tuple[list[T], list[str]]:
    """(the results of `work` for each room, the foreign keys because of which it failed for the others).

    Raises RedisUnavailable.
    """
    named = {one.room: one for one in rooms}
    return await each_room(link, named, lambda room: work(named[room]))


async def barred_people(
    operator: Operator, link: RedisLink, rooms: list[RoomBars], who: str, network: str
) -> tuple[dict[str, list[Person]], list[str]]:
    """(the people to let in, by room, foreign keys because of which some may have been overlooked). Raises Failure if
    it can't be told who is meant.
    """
    if network:
        digest = (await address_of(operator, link, network))[1]
        person, foreign = None, list[str]()
    else:
        nobody = f"Nobody with the name or id {who} is barred in the room {rooms[0].room}"
        person, foreign = await _search(link, rooms, who, _barred, nobody)
        if person is None:
            return {}, foreign

    async def search(room: RoomBars) -> tuple[str, list[Person], list[str]]:
        if person is None:
            return room.room, await room.barred_with(digest), []
        people, keys = await room.people_called(person.id)
        return room.room, await _barred(room, [one for one in people if one.id == person.id]), keys

    searched, more = await each_of(link, rooms, search)
    foreign += chain(more, *(keys for _, _, keys in searched))
    return {room: people for room, people, _ in searched if people}, foreign


async def _barred(room: RoomBars, people: list[Person]) -> list[Person]:
    """Those of these people who are removed or muted, or else those muted because of their address."""
    barred = {bar.person.id for bar in await room.barred()}
    return [one for one in people if one.id in barred] or await room.muted_with_address(people)


async def address_of(operator: Operator, link: RedisLink, network: str) -> tuple[Person, str]:
    found = await address_bar(link, network, names_of(operator)[1])
    if found is None:
        raise Failure("The chat has no key yet, which its first server makes: nobody has come from any address.")
    return found


def names_of(operator: Operator) -> tuple[str, str]:
    """The names of the operator and of a barred address, in the language of the chat."""
    return NAMES[operator.lang]
