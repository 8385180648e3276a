"""Commands that keep people out: bar, unbar, bars."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from itertools import chain

import click
from msgspec import UNSET, Struct

from ..admin import RoomBars
from ..broker import room_names
from ..errors import ErrorCode, Refused
from ..model import Person, timestamp
from ..moderation import OPERATOR_ID, BarTerms
from ..protocol import BAR_MAX, Bar
from ..redis_link import RedisLink
from .arguments import TEXT, check_room, json_option, room_of
from .bar_length import Moment, for_address, seconds_of
from .failure import Failure
from .find_people import address_hint, address_of, barred_people, each_of, names_of, network_of, person_called
from .operator import Operator
from .output import (
    NOT_SEARCHED,
    NOTHING_DONE,
    REST_DONE,
    REST_LISTED,
    fail_if_left_out,
    print_json,
    print_table,
    readable_time,
    remark,
    sentence,
    with_zone,
)
from .terminal import printable

REASON_MAX = 200  # characters
BARS = "python -m wschat bars"

all_rooms_option = click.option("--all-rooms", is_flag=True, help="Also in every other existing room.")


class BarRow(Struct):
    """What the commands print of a person who is barred, or whom `unbar` has let in (`act` is then "let_in"). `until`
    is in UTC; None: for good.
    """

    room: str
    name: str
    id: str
    act: str
    until: str | None
    by: str | None = None
    reason: str | None = None


class _Outcome(Struct):
    """What `bar` did: the bars made, the rooms where one was refused, and foreign keys that kept it from a room."""

    done: list[BarRow] = []
    refused: list[tuple[str, Refused]] = []
    foreign: list[str] = []


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
    name, network = room_of(room), network_of(operator, who)
    if network:
        terms = terms._replace(seconds=for_address(terms.seconds))

    async def work(link: RedisLink) -> _Outcome:
        bars = await _rooms(operator, link, name, all_rooms=all_rooms)
        if network:
            address, digest = await address_of(operator, link, network)
            return await _bar(link, bars, terms, lambda one: one.bar_address(address, digest, terms))
        person, foreign = await person_called(link, bars, who)
        return await _bar(link, bars, terms, lambda one: _bar_person(one, person, terms), foreign)

    outcome = operator.run(work, name)
    if outcome.done:
        _print(outcome.done, as_json, "Muted" if mute else "Removed")
    refusals = "\n".join(_sentence(operator, one, where if all_rooms else "") for where, one in outcome.refused)
    if refusals and outcome.foreign:
        remark(refusals)
    fail_if_left_out(outcome.foreign, REST_DONE if outcome.done else NOTHING_DONE)
    if refusals:
        raise Failure(refusals)


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
    name, network = room_of(room), network_of(operator, who)

    async def work(link: RedisLink) -> tuple[list[BarRow], list[str]]:
        rooms = await _rooms(operator, link, name, all_rooms=all_rooms)
        found, foreign = await barred_people(operator, link, rooms, who, network)
        if not found:
            fail_if_left_out(foreign, NOT_SEARCHED)
            hint = address_hint(who)
            raise Failure(f"Nobody with the name, id or address {who} is barred there.{hint} To list who is: {BARS}")

        async def let_in(bars: RoomBars) -> list[BarRow]:
            for person in found[bars.room]:
                await bars.let_in(person)
            return [BarRow(bars.room, person.name, person.id, "let_in", None) for person in found[bars.room]]

        done, others = await each_of(link, [one for one in rooms if one.room in found], let_in)
        return list(chain(*done)), list(dict.fromkeys([*foreign, *others]))

    done, foreign = operator.run(work, name)
    _print(done, as_json, "Let in")
    fail_if_left_out(foreign, REST_DONE if done else NOTHING_DONE)


@click.command("bars")
@click.argument("room", required=False)
@json_option
@click.pass_obj
def bars_command(operator: Operator, room: str | None, as_json: bool) -> None:
    """List who is muted or removed, in ROOM or in all rooms."""

    async def work(link: RedisLink) -> tuple[list[BarRow], list[str]]:
        names = await room_names(link)
        if room is not None:
            check_room(room_of(room), names)
            names = [room_of(room)]

        async def listed(bars: RoomBars) -> list[BarRow]:
            return [_listed(bars.room, bar) for bar in await bars.barred()]

        found, foreign = await each_of(link, [RoomBars(link, name, _operator(operator)) for name in names], listed)
        return list(chain(*found)), foreign

    found, foreign = operator.run(work)
    if as_json:
        print_json(found)
    else:
        _print_bars(found, empty="" if foreign else "Nobody is muted or removed.")
    fail_if_left_out(foreign, "Nothing was listed." if room else REST_LISTED)


def _print_bars(found: list[BarRow], *, empty: str) -> None:
    rows = [
        (one.room, one.name, one.id, one.act, readable_time(one.until) if one.until else "for good", one.by, one.reason)
        for one in found
    ]
    head = ("room", "name", "id", "act", with_zone("until"), "by", "reason")
    print_table(head, rows, empty=empty)


# -- barring, and the output ---------------------------------------------------------------


async def _rooms(operator: Operator, link: RedisLink, room: str, *, all_rooms: bool) -> list[RoomBars]:
    names = await room_names(link)
    check_room(room, names)
    others = [name for name in names if name != room] if all_rooms else []
    return [RoomBars(link, name, _operator(operator)) for name in (room, *others)]


async def _bar(
    link: RedisLink,
    rooms: list[RoomBars],
    terms: BarTerms,
    bar: Callable[[RoomBars], AsyncIterator[Person]],
    foreign: Iterable[str] = (),
) -> _Outcome:
    """Bar in each room; one where that is impossible doesn't affect the others. `foreign`: keys met before."""
    outcome = _Outcome()

    async def bar_in(room: RoomBars) -> None:
        try:
            async for person in bar(room):
                outcome.done.append(_barred(room.room, person, terms))
        except Refused as problem:
            outcome.refused.append((room.room, problem))

    _, more = await each_of(link, rooms, bar_in)
    outcome.foreign = list(dict.fromkeys([*foreign, *more]))
    return outcome


async def _bar_person(room: RoomBars, person: Person, terms: BarTerms) -> AsyncIterator[Person]:
    await room.bar(person, terms)
    yield person


def _sentence(operator: Operator, refused: Refused, room: str) -> str:
    """The refusal as a sentence. `room`: "" if only one room is meant."""
    begin = f"Not in {room}: " if room else ""
    if refused.code is ErrorCode.NOT_ALLOWED:
        link = f"python -m wschat link {room or 'ROOM'} --moderator --revoke"
        link += "\nor, if it is a link for all rooms: python -m wschat link --moderator --all-rooms --revoke"
        if operator.settings.auth == "jwt":
            link += "\nIf the site's token gives them the role, have it taken away there."
        return f"{begin}Moderators can't be barred. Revoke their links first: {link}"
    if refused.code is ErrorCode.RATE_LIMITED:
        return f"{begin}Too many acts at once. Try again in {refused.facts['retry_after']:.0f} s."
    return f"{begin}{sentence(refused)}"


def _operator(operator: Operator) -> Person:
    return Person(OPERATOR_ID, names_of(operator)[0])


def _barred(room: str, person: Person, terms: BarTerms) -> BarRow:
    until = timestamp(time.time() + terms.seconds) if terms.seconds else None
    return BarRow(room, person.name, person.id, terms.act, until, reason=terms.reason or None)


def _listed(room: str, bar: Bar) -> BarRow:
    until = timestamp(time.time() + bar.seconds) if 0 < bar.seconds <= BAR_MAX else None  # longer is foreign
    reason = None if bar.reason is UNSET else bar.reason
    return BarRow(room, bar.person.name, bar.person.id, bar.act, until, bar.by.name, reason)


def _print(found: list[BarRow], as_json: bool, done: str) -> None:
    if as_json:
        print_json(found)
        return
    for one in found:
        end = f", until {with_zone(readable_time(one.until))}" if one.until else ", for good"
        click.echo(printable(f"{done}: {one.name} ({one.id}) in {one.room}{'' if one.act == 'let_in' else end}"))
