"""Commands that keep people out: bar, unbar, bars."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from ipaddress import ip_address
from typing import Any

import click
from msgspec import UNSET, Struct

from ..admin import RoomBars, address_bar
from ..broker import room_names
from ..errors import ErrorCode, Refused
from ..model import Person, timestamp
from ..moderation import ADDRESS_BARRED, Terms
from ..protocol import BAR_MAX, Bar
from ..redis_link import RedisLink
from .operator import Failure, Operator, room_of
from .output import json_option, print_json, print_table, printable, readable_time
from .say import OPERATOR_ID

NAMES = {"en": ("Operator", "Address")}  # in the moderators' lists: who did it, and who stands for an address
RUSSIAN = ("Оператор", "Адрес")
TIMES = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
REASON_MAX = 200  # characters

all_rooms_option = click.option("--all-rooms", is_flag=True, help="In every other room that there is, too.")


class Barred(Struct):
    """A bar as the commands print it; `until` is in UTC, None: for good."""

    room: str
    name: str
    id: str
    act: str
    until: str | None
    by: str | None = None
    reason: str | None = None


@click.command("bar")
@click.argument("room")
@click.argument("who")
@click.option("--minutes", type=click.IntRange(1, BAR_MAX // 60), help="For so long; by default for good.")
@click.option("--until", type=click.DateTime(TIMES), help="Until then, by this machine's clock.")
@click.option("--mute", is_flag=True, help="They may stay and read, but not write.")
@click.option("--reason", default="", help=f"For the moderators' list, up to {REASON_MAX} characters.")
@all_rooms_option
@json_option
@click.pass_obj
def bar_command(
    operator: Operator,
    room: str,
    who: str,
    minutes: int | None,
    until: datetime | None,
    mute: bool,
    reason: str,
    all_rooms: bool,
    as_json: bool,
) -> None:
    """Remove WHO from ROOM and keep them out: an id, a name, or an address, which is barred for a week at most."""
    if len(reason) > REASON_MAX:
        raise Failure(f"The reason is longer than {REASON_MAX} characters.")
    terms = Terms("mute" if mute else "remove", _seconds(minutes, until), reason=reason)
    network = _network(operator, who)
    if network:
        terms = terms._replace(seconds=_for_address(terms.seconds))

    async def work(link: RedisLink) -> list[Barred]:
        bars = await _rooms(operator, link, room_of(room), all_rooms=all_rooms)
        if network:
            done = await _bar_address(operator, link, bars, network, terms)
        else:
            person = await _person(bars[0], who)
            for one in bars:
                await one.bar(person, terms)
            done = [(one.room, person) for one in bars]
        return [_barred(where, person, terms) for where, person in done]

    found = _run(operator, work)
    _print(found, as_json, "Muted" if mute else "Removed")


@click.command("unbar")
@click.argument("room")
@click.argument("who")
@all_rooms_option
@json_option
@click.pass_obj
def unbar_command(operator: Operator, room: str, who: str, all_rooms: bool, as_json: bool) -> None:
    """Let WHO into ROOM again, and write there: an id, a name, or an address with everyone barred from there."""
    network = _network(operator, who)

    async def work(link: RedisLink) -> list[Barred]:
        done = []
        for bars in await _rooms(operator, link, room_of(room), all_rooms=all_rooms):
            for person in await _whom_to_let_in(operator, link, bars, who, network):
                await bars.let_in(person)
                done.append(Barred(bars.room, person.name, person.id, "let_in", None))
        if not done:
            raise Failure(f"Nobody is barred who is {who}. Those who are: python -m wschat bars")
        return done

    _print(_run(operator, work), as_json, "Let in")


@click.command("bars")
@click.argument("room", required=False)
@json_option
@click.pass_obj
def bars_command(operator: Operator, room: str | None, as_json: bool) -> None:
    """List who is muted or removed in ROOM, without ROOM in all rooms."""

    async def work(link: RedisLink) -> list[Barred]:
        names = await room_names(link) if room is None else [room_of(room)]
        return [
            _listed(name, bar) for name in names for bar in await RoomBars(link, name, _operator(operator)).barred()
        ]

    found = _run(operator, work)
    if as_json:
        print_json(found)
        return
    rows = [
        (one.room, one.name, one.id, one.act, readable_time(one.until) if one.until else "for good", one.by, one.reason)
        for one in found
    ]
    print_table(("room", "name", "id", "act", "until (UTC)", "by", "reason"), rows)


# -- whom, and for how long --------------------------------------------------------------


def _seconds(minutes: int | None, until: datetime | None) -> int:
    """0: for good."""
    if minutes and until:
        raise click.UsageError("Expected --minutes or --until, not both.")
    if until is None:
        return 60 * (minutes or 0)
    left = math.ceil(until.timestamp() - time.time())
    if not 0 < left <= BAR_MAX:
        raise Failure(f"{until:%Y-%m-%d %H:%M} isn't within a year from now.")
    return left


def _for_address(seconds: int) -> int:
    if seconds > ADDRESS_BARRED:
        raise Failure("An address can be barred for a week at most: it will be somebody else's.")
    return seconds or ADDRESS_BARRED


def _network(operator: Operator, who: str) -> str:
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


async def _person(bars: RoomBars, who: str) -> Person:
    found = await bars.people_called(who)
    if len(found) > 1:
        ids = ", ".join(sorted(one.id for one in found))
        raise Failure(f"Several people are or were called {who}; name one of the ids: {ids}")
    if not found:
        raise Failure(f"Nobody in {bars.room} is {who}: nobody online, barred, or who wrote lately.")
    return found[0]


async def _whom_to_let_in(
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


async def _bar_address(
    operator: Operator, link: RedisLink, rooms: list[RoomBars], network: str, terms: Terms
) -> list[tuple[str, Person]]:
    address, digest = await _address(operator, link, network)
    done = []
    for one in rooms:
        people = await one.bar_address(address, digest, terms)
        done += [(one.room, person) for person in (address, *people)]
    return done


async def _address(operator: Operator, link: RedisLink, network: str) -> tuple[Person, str]:
    found = await address_bar(link, network, _names(operator)[1])
    if found is None:
        raise Failure("The chat has no key yet, which its first server makes: nobody has come from any address.")
    return found


async def _rooms(operator: Operator, link: RedisLink, room: str, *, all_rooms: bool) -> list[RoomBars]:
    others = [name for name in await room_names(link) if name != room] if all_rooms else []
    return [RoomBars(link, name, _operator(operator)) for name in (room, *others)]


# -- doing it, and what is printed --------------------------------------------------------


def _run(operator: Operator, work: Callable[[RedisLink], Coroutine[Any, Any, list[Barred]]]) -> list[Barred]:
    try:
        return operator.run(lambda link, source: work(link))
    except Refused as refused:
        raise Failure(_sentence(refused)) from None


def _sentence(refused: Refused) -> str:
    if refused.code is ErrorCode.NOT_ALLOWED:
        return "Moderators can't be barred. Revoke their links first: python -m wschat link ROOM --moderator --revoke"
    if refused.code is ErrorCode.RATE_LIMITED:
        return f"Too many acts at once. Try again in {refused.facts['retry_after']:.0f} s."
    return f"{refused}."


def _names(operator: Operator) -> tuple[str, str]:
    return NAMES.get(operator.settings.lang, RUSSIAN)


def _operator(operator: Operator) -> Person:
    return Person(OPERATOR_ID, _names(operator)[0])


def _barred(room: str, person: Person, terms: Terms) -> Barred:
    until = timestamp(time.time() + terms.seconds) if terms.seconds else None
    return Barred(room, person.name, person.id, terms.act, until, reason=terms.reason or None)


def _listed(room: str, bar: Bar) -> Barred:
    until = timestamp(time.time() + bar.seconds) if bar.seconds else None
    reason = None if bar.reason is UNSET else bar.reason
    return Barred(room, bar.person.name, bar.person.id, bar.act, until, bar.by.name, reason)


def _print(found: list[Barred], as_json: bool, done: str) -> None:
    if as_json:
        print_json(found)
        return
    for one in found:
        until = f", until {readable_time(one.until)} UTC" if one.until else ", for good" if one.act != "let_in" else ""
        click.echo(printable(f"{done}: {one.name} ({one.id}) in {one.room}{until}"))
