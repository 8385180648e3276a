"""Commands that keep people out: bar, unbar, bars."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import click
from msgspec import UNSET, Struct

from ..admin import RoomBars
from ..broker import room_names
from ..errors import ErrorCode, Refused
from ..model import Person, timestamp
from ..moderation import BarTerms
from ..protocol import BAR_MAX, Bar
from ..redis_link import RedisLink
from .bar_length import Moment, for_address, seconds_of
from .operator import Failure, Operator, check_room, room_of, sentence
from .output import TEXT, json_option, print_json, print_table, readable_time, with_zone
from .say import OPERATOR_ID
from .terminal import printable
from .whom import address_of, barred_people, names_of, network_of, person_called

REASON_MAX = 200  # characters
BARS = "python -m wschat bars"

all_rooms_option = click.option("--all-rooms", is_flag=True, help="Also in every other existing room.")

Refusal = tuple[str, Refused]
"""A room, and why the person can't be barred there."""


class Barred(Struct):
    """A bar in the form that the commands print; `until` is in UTC, None: for good."""

    room: str
    name: str
    id: str
    act: str
    until: str | None
    by: str | None = None
    reason: str | None = None


@click.command("bar")
@click.argument("room")
@click.argument("who", type=TEXT)
@click.option(
    "--minutes", metavar="NUMBER", type=click.IntRange(1, BAR_MAX // 60), help="How long; by default for good."
)
@click.option(
    "--until", metavar="TIME", type=Moment(), help="End, such as '2026-12-31 18:00', by this machine's clock."
)
@click.option("--mute", is_flag=True, help="Mute: they may stay and read, but not write.")
@click.option("--reason", type=TEXT, default="", help=f"For the moderators' list, up to {REASON_MAX} characters.")
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
    """Remove somebody from ROOM and keep them out. WHO is an id, a name, or an address, which is barred for a week at
    most.
    """
    if len(reason) > REASON_MAX:
        raise Failure(f"The reason is longer than {REASON_MAX} characters.")
    terms = BarTerms("mute" if mute else "remove", seconds_of(minutes, until), reason=reason)
    network = network_of(operator, who)
    if network:
        terms = terms._replace(seconds=for_address(terms.seconds))

    async def work(link: RedisLink) -> tuple[list[Barred], list[Refusal]]:
        bars = await _rooms(operator, link, room_of(room), all_rooms=all_rooms)
        if network:
            address, digest = await address_of(operator, link, network)
            return await _bar(bars, terms, lambda one: one.bar_address(address, digest, terms))
        person = await person_called(bars[0], who)
        return await _bar(bars, terms, lambda one: _bar_person(one, person, terms))

    found, refused = operator.run(work)
    if found:
        _print(found, as_json, "Muted" if mute else "Removed")
    if refused:
        raise Failure("\n".join(_sentence(operator, one, where if all_rooms else "") for where, one in refused))


@click.command("unbar")
@click.argument("room")
@click.argument("who", type=TEXT)
@all_rooms_option
@json_option
@click.pass_obj
def unbar_command(operator: Operator, room: str, who: str, all_rooms: bool, as_json: bool) -> None:
    """Let somebody into ROOM again, and let them write. WHO is an id, a name, or an address: then everyone who was
    barred with it.
    """
    network = network_of(operator, who)

    async def work(link: RedisLink) -> list[Barred]:
        rooms = await _rooms(operator, link, room_of(room), all_rooms=all_rooms)
        found = await barred_people(operator, link, rooms, who, network)
        if not found:
            raise Failure(f"Nobody with the name, id or address {who} is barred there. To list who is: {BARS}")
        for bars, person in found:
            await bars.let_in(person)
        return [Barred(bars.room, person.name, person.id, "let_in", None) for bars, person in found]

    _print(operator.run(work), as_json, "Let in")


@click.command("bars")
@click.argument("room", required=False)
@json_option
@click.pass_obj
def bars_command(operator: Operator, room: str | None, as_json: bool) -> None:
    """List who is muted or removed, in ROOM or in all rooms."""

    async def work(link: RedisLink) -> list[Barred]:
        names = await room_names(link)
        if room is not None:
            check_room(room_of(room), names)
            names = [room_of(room)]
        rooms = [RoomBars(link, name, _operator(operator)) for name in names]
        return [_listed(one.room, bar) for one in rooms for bar in await one.barred()]

    found = operator.run(work)
    if as_json:
        print_json(found)
        return
    rows = [
        (one.room, one.name, one.id, one.act, readable_time(one.until) if one.until else "for good", one.by, one.reason)
        for one in found
    ]
    head = ("room", "name", "id", "act", with_zone("until"), "by", "reason")
    print_table(head, rows, empty="Nobody is muted or removed.")


# -- barring, and the output ---------------------------------------------------------------


async def _rooms(operator: Operator, link: RedisLink, room: str, *, all_rooms: bool) -> list[RoomBars]:
    names = await room_names(link)
    check_room(room, names)
    others = [name for name in names if name != room] if all_rooms else []
    return [RoomBars(link, name, _operator(operator)) for name in (room, *others)]


async def _bar(
    rooms: list[RoomBars], terms: BarTerms, bar: Callable[[RoomBars], AsyncIterator[Person]]
) -> tuple[list[Barred], list[Refusal]]:
    """(the bars made, the rooms where one was impossible): such a room doesn't affect the others."""
    done, refused = [], []
    for one in rooms:
        try:
            async for person in bar(one):
                done.append(_barred(one.room, person, terms))
        except Refused as problem:
            refused.append((one.room, problem))
    return done, refused


async def _bar_person(room: RoomBars, person: Person, terms: BarTerms) -> AsyncIterator[Person]:
    await room.bar(person, terms)
    yield person


def _sentence(operator: Operator, refused: Refused, room: str) -> str:
    """The refusal as a sentence. `room`: "" if only one room is meant."""
    begin = f"Not in {room}: " if room else ""
    if refused.code is ErrorCode.NOT_ALLOWED:
        link = f"python -m wschat link {room or 'ROOM'} --moderator --revoke"
        if operator.settings.auth == "jwt":
            link += "\nIf the site's token gives them the role, have it taken away there."
        return f"{begin}Moderators can't be barred. Revoke their links first: {link}"
    if refused.code is ErrorCode.RATE_LIMITED:
        return f"{begin}Too many acts at once. Try again in {refused.facts['retry_after']:.0f} s."
    return f"{begin}{sentence(refused)}"


def _operator(operator: Operator) -> Person:
    return Person(OPERATOR_ID, names_of(operator)[0])


def _barred(room: str, person: Person, terms: BarTerms) -> Barred:
    until = timestamp(time.time() + terms.seconds) if terms.seconds else None
    return Barred(room, person.name, person.id, terms.act, until, reason=terms.reason or None)


def _listed(room: str, bar: Bar) -> Barred:
    until = timestamp(time.time() + bar.seconds) if 0 < bar.seconds <= BAR_MAX else None  # longer is foreign
    reason = None if bar.reason is UNSET else bar.reason
    return Barred(room, bar.person.name, bar.person.id, bar.act, until, bar.by.name, reason)


def _print(found: list[Barred], as_json: bool, done: str) -> None:
    if as_json:
        print_json(found)
        return
    for one in found:
        end = f", until {with_zone(readable_time(one.until))}" if one.until else ", for good"
        click.echo(printable(f"{done}: {one.name} ({one.id}) in {one.room}{'' if one.act == 'let_in' else end}"))
