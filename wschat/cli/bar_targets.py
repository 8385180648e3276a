"""Whom `bar` and `unbar` mean: somebody with an id or a name, an address, and in which rooms."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from ..admin import RoomBars, address_bar
from ..broker import room_names
from ..model import Person
from ..moderation import Terms
from ..redis_link import RedisLink
from .operator import Failure, Operator, check_room
from .say import OPERATOR_ID

NAMES = {"en": ("Operator", "Address")}  # in the moderators' lists: who did it, and who stands for an address
RUSSIAN = ("Оператор", "Адрес")


def bar_names(operator: Operator) -> tuple[str, str]:
    return NAMES.get(operator.settings.lang, RUSSIAN)


def acting_person(operator: Operator) -> Person:
    return Person(OPERATOR_ID, bar_names(operator)[0])


def network_of(operator: Operator, who: str) -> str:
    """The address as bars count it; "" for what is none."""
    try:
        ip_address(who)
    except ValueError:
        return ""
    from ..web.addresses import Proxies  # it needs Tornado, which no other command does

    if operator.settings.bar_addresses == "off":
        raise Failure(f"{operator.settings.source('bar_addresses')} is off: bars don't hold for addresses.")
    network = Proxies(operator.settings.trusted_proxy).identify(who, {}).bar_key
    if not network:
        raise Failure(f"{who} can't be barred: it is this machine, or a proxy, behind which everyone is.")
    return network


async def person_called(bars: RoomBars, who: str) -> Person:
    found = await bars.people_called(who)
    if len(found) > 1:
        ids = ", ".join(sorted(one.id for one in found))
        raise Failure(f"Several people are or were called {who}; name one of the ids: {ids}")
    if not found:
        known = "Known are those who are online, are barred or wrote lately"
        raise Failure(f"Nobody in the room {bars.room} has the name or id {who}. {known}.")
    return found[0]


async def people_to_let_in(
    operator: Operator, link: RedisLink, bars: RoomBars, who: str, network: str
) -> Iterable[Person]:
    if network:
        _, digest = await _address(operator, link, network)
        return await bars.barred_with(digest)
    barred = {bar.person.id: bar.person for bar in await bars.barred()}
    found = [one for one in await bars.people_called(who) if one.id in barred]
    if len(found) > 1:
        raise Failure(f"Several people are called {who}; name one of the ids: {', '.join(one.id for one in found)}")
    return found


async def bar_address(
    operator: Operator, link: RedisLink, rooms: list[RoomBars], network: str, terms: Terms
) -> list[tuple[str, Person]]:
    address, digest = await _address(operator, link, network)
    done = []
    for one in rooms:
        people = await one.bar_address(address, digest, terms)
        done += [(one.room, person) for person in (address, *people)]
    return done


async def _address(operator: Operator, link: RedisLink, network: str) -> tuple[Person, str]:
    found = await address_bar(link, network, bar_names(operator)[1])
    if found is None:
        raise Failure("The chat has no key yet, which its first server makes: nobody has come from any address.")
    return found


async def rooms_of(operator: Operator, link: RedisLink, room: str, *, all_rooms: bool) -> list[RoomBars]:
    names = await room_names(link)
    check_room(room, names)
    others = [name for name in names if name != room] if all_rooms else []
    return [RoomBars(link, name, acting_person(operator)) for name in (room, *others)]
