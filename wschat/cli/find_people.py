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
from .output import NOTHING_DONE, fail_if_left_out

NAMES = {"ru": ("Оператор", "Адрес"), "en": ("Operator", "Address")}  # in the moderators' lists
NEARLY_ADDRESS = re.compile(r"[\s\[]*(\d+(\.\d+){3}|[\da-f]*:[\da-f]*:[\da-f:.]*)[\]\s]*([/:%]\S*)?", re.IGNORECASE)

T = TypeVar("T")


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


async def person_called(link: RedisLink, rooms: list[RoomBars], who: str) -> Person:
    """The person with this id or name in the first of these rooms. If that can't be searched, the only person who has
    it in the others: namesakes in two rooms are two people. Raises Failure, RedisUnavailable.
    """
    first, *others = rooms

    async def search(room: RoomBars) -> list[Person]:
        return await room.people_called(who)

    searched, broken = await each_of(link, [first], search)
    if broken:
        searched, more = await each_of(link, others, search)
        broken += more
    found = _meant(chain(*searched), who)
    if len(found) > 1:
        raise Failure(f"Several people are or were called {who}; name one of the ids: {', '.join(sorted(found))}")
    if found:
        return found.popitem()[1]
    fail_if_left_out(broken, NOTHING_DONE)
    known = "Known are those who are online, are barred or wrote lately"
    raise Failure(f"Nobody in the room {first.room} has the name or id {who}. {known}.{address_hint(who)}")


def _meant(found: Iterable[Person], who: str) -> dict[str, Person]:
    """Of the people found in several rooms, those who are meant, by id: an id is one person everywhere, and in another
    room somebody may have it as a name.
    """
    people = dict[str, Person]()
    for one in found:
        people.setdefault(one.id, one)
    return {who: people[who]} if who in people else people


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
    """(the people to let in, by room, foreign keys because of which a room couldn't be searched). Raises Failure if
    several people have the name.
    """
    digest = (await address_of(operator, link, network))[1] if network else ""

    async def search(room: RoomBars) -> tuple[str, list[Person]]:
        return room.room, await (room.barred_with(digest) if network else _barred_in(room, who))

    searched, foreign = await each_of(link, rooms, search)
    if network:
        return {room: people for room, people in searched if people}, foreign
    meant = _meant(chain(*(people for _, people in searched)), who)
    if len(meant) > 1:
        raise Failure(f"Several people are called {who}; name one of the ids: {', '.join(sorted(meant))}")
    found = {room: [one for one in people if one.id in meant] for room, people in searched}
    return {room: people for room, people in found.items() if people}, foreign


async def _barred_in(room: RoomBars, who: str) -> list[Person]:
    barred = {bar.person.id for bar in await room.barred()}
    return [one for one in await room.people_called(who) if one.id in barred] or await room.muted_with_address(who)


async def address_of(operator: Operator, link: RedisLink, network: str) -> tuple[Person, str]:
    found = await address_bar(link, network, names_of(operator)[1])
    if found is None:
        raise Failure("The chat has no key yet, which its first server makes: nobody has come from any address.")
    return found


def names_of(operator: Operator) -> tuple[str, str]:
    """The names of the operator and of a barred address, in the language of the chat."""
    return NAMES[operator.lang]
