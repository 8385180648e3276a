"""Commands that change nothing: rooms, people, tail, stats."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Any

import click
from msgspec import UNSET

from ..admin import each_room, everyone_in, oldest_and_newest, room_facts
from ..admin.catalog import RoomFacts
from ..admin.erase import KEEP_ALL
from ..admin.local_time import local_time
from ..broker import Log, room_names
from ..errors import RedisUnavailable
from ..model import Person, timestamp
from ..protocol import HISTORY_MAX, Message, event_position, read_message, read_outside, split_amended
from ..redis_link import Call, RedisLink, RedisSource
from .operator import Operator, check_room, no_messages, room_of
from .output import (
    fail_if_left_out,
    json_option,
    print_facts,
    print_json,
    print_table,
    printable,
    readable_size,
    readable_time,
    with_zone,
)

LOOK_EVERY = 2.0  # s after which the log is looked at although nothing was heard
RETRY = 1.0  # s
MOMENT = re.compile(rb"[1-9]\d{0,12}")  # ms since 1970
MOMENTS = ("oldest_message", "newest_message", "last_search_for_old_messages")
MARGIN = 6  # columns before a name, and before each further line of a text: nobody can write a line of somebody else


@click.command()
@json_option
@click.pass_obj
def rooms(operator: Operator, as_json: bool) -> None:
    """List the rooms: what each keeps, and how many people are online."""

    async def work(link: RedisLink, source: RedisSource) -> tuple[list[RoomFacts], list[str], str]:
        return *await _all_rooms(link), source.title

    found, foreign, where = operator.run(work)
    if as_json:
        print_json(found)
    else:
        _print_rooms(found, empty="" if foreign else f"No rooms yet: nobody has been in this chat. Looked in: {where}")
    fail_if_left_out(foreign)


def _print_rooms(found: list[RoomFacts], *, empty: str) -> None:
    rows = [
        (one.room, one.entries, one.online, readable_time(one.first), readable_time(one.last), readable_size(one.bytes))
        for one in found
    ]
    head = ("room", "entries", "online", with_zone("oldest"), with_zone("newest"), "memory")
    print_table(head, rows, empty=empty)


@click.command()
@click.argument("room")
@json_option
@click.pass_obj
def people(operator: Operator, room: str, as_json: bool) -> None:
    """List who is online in ROOM, on all servers."""

    async def work(link: RedisLink) -> list[Person]:
        check_room(room_of(room), await room_names(link))
        return await everyone_in(link, room_of(room))

    found = operator.run(lambda link, source: work(link))
    if as_json:
        print_json(found)
    else:
        rows = [(person.name, person.id, person.role or None) for person in found]
        print_table(("name", "id", "role"), rows, empty=f"Nobody is online in {room_of(room)}.")


@click.command()
@click.argument("room")
@click.option(
    "count", "-n", default=10, show_default=True, type=click.IntRange(0, HISTORY_MAX), metavar="NUMBER",
    help=f"How many messages to begin with, up to {HISTORY_MAX}.",
)  # fmt: skip
@click.option("--no-follow", is_flag=True, help="Exit after these.")
@json_option
@click.pass_obj
def tail(operator: Operator, room: str, count: int, no_follow: bool, as_json: bool) -> None:
    """Show the newest messages of ROOM, then each as it comes. Ctrl-C ends it."""

    async def work(link: RedisLink, source: RedisSource) -> None:
        reader = _Tail(link, room_of(room), as_json)
        await reader.begin(count, source)
        if not no_follow:
            await reader.follow()

    operator.run(work)


@click.command()
@json_option
@click.pass_obj
def stats(operator: Operator, as_json: bool) -> None:
    """Show what the chat keeps, and the state of its Redis."""
    facts, foreign = operator.run(_stats)
    facts["history_days"] = operator.settings.history_days
    if as_json:
        print_json(facts)
    else:
        print_facts(_readable(facts))
    fail_if_left_out(foreign)


def _readable(facts: dict[str, Any]) -> list[tuple[str, object]]:
    """The same for people."""
    limit, days = facts["memory_limit_bytes"], facts["history_days"]
    moments = {name: with_zone(readable_time(facts[name])) if facts[name] else "never" for name in MOMENTS}
    words: dict[str, object] = {
        **facts,
        **moments,
        "memory_bytes": readable_size(facts["memory_bytes"]),
        "memory_limit_bytes": readable_size(limit) if limit else "none",
        "append_only_file": "yes" if facts["append_only_file"] else "no",
        "history_days": f"{days:g}" if days else "no limit",
    }
    return [(name.removesuffix("_bytes").replace("_", " "), value) for name, value in words.items()]


async def _all_rooms(link: RedisLink) -> tuple[list[RoomFacts], list[str]]:
    """As each_room has it."""
    return await each_room(link, await room_names(link), lambda room: room_facts(link, room))


async def _stats(link: RedisLink, source: RedisSource) -> tuple[dict[str, Any], list[str]]:
    """(facts, keys because of which a room isn't among them)."""
    found, foreign = await _all_rooms(link)
    first, last = oldest_and_newest(found)
    primaries = link.primaries()
    nodes = [_numsub(await one.execute(Call.command("PUBSUB", "NUMSUB", link.node_channel))) for one in primaries]
    infos = [await one.execute(Call.command("INFO")) for one in primaries]
    info = infos[0]
    facts = {
        "redis": source.title,
        "redis_version": info.get("valkey_version") or info.get("redis_version"),
        "memory_bytes": sum(int(one.get("used_memory", 0)) for one in infos),
        "memory_limit_bytes": sum(int(one.get("maxmemory", 0)) for one in infos),
        "append_only_file": all(one.get("aof_enabled") for one in infos),
        "nodes": max(nodes) - 1,  # this command listens too
        "rooms": len(found),
        "entries": sum(one.entries for one in found),
        "online": sum(one.online for one in found),
        "oldest_message": first,
        "newest_message": last,
        "last_search_for_old_messages": await _last_search(link, found),
    }
    return facts, foreign


async def _last_search(link: RedisLink, rooms: list[RoomFacts]) -> str | None:
    """When a server has last looked for messages older than HISTORY_DAYS in all of these rooms."""
    if not rooms:
        return None
    replies = await link.pipeline([Call.command("HGET", link.keys(one.room).meta, "retained") for one in rooms])
    times = [reply.result() or b"" for reply in replies]
    if not all(map(MOMENT.fullmatch, times)):  # in one of them nobody has, or it is no time
        return None
    return timestamp(min(map(int, times)) / 1000)


def _numsub(reply: Any) -> int:
    """From pairs or flat, as redis-py has it."""
    last = reply[-1]
    return int(last[1] if isinstance(last, (tuple, list)) else last)


class _Tail:
    """Prints a room's messages: a published one is a reason to read the log, as for a node."""

    def __init__(self, link: RedisLink, room: str, as_json: bool) -> None:
        self._link = link
        self._room = room
        self._as_json = as_json
        self._log = Log(link, link.keys(room), KEEP_ALL)
        self._heard = asyncio.Event()
        self._day = ""

    async def begin(self, count: int, source: RedisSource) -> None:
        check_room(self._room, await room_names(self._link))
        self._link.subscribe(self._link.keys(self._room).channel, self._on_publish)
        self._log.start_over(await self._log.fetch_position(HISTORY_MAX))
        for form in self._log.newest(count, 1 << 20):
            self._show(form)
        if not self._log.seq:
            click.echo(no_messages(self._room, source), err=True)

    async def follow(self) -> None:
        with suppress(asyncio.CancelledError):  # Ctrl-C: that was all
            await self._follow()

    async def _follow(self) -> None:
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._heard.wait(), LOOK_EVERY)
            self._heard.clear()
            await self._read_on()

    def _on_publish(self, data: bytes | None) -> None:
        outside = None if data is None or event_position(data) is not None else read_outside(data)
        if outside is None:
            self._heard.set()
        elif self._as_json:
            print_json({"type": "message", "outside": True, "from": {"name": outside[0]}, "text": outside[1]})
        else:
            click.echo(f"{' ' * MARGIN}{_said(outside[0] or '(outside)', outside[1])}")

    async def _read_on(self) -> None:
        try:
            fetched = await self._log.fetch_position(HISTORY_MAX)
        except RedisUnavailable as problem:
            click.echo(f"Redis doesn't answer, trying again: {problem}", err=True)
            await asyncio.sleep(RETRY)
            return
        if not fetched.follows:
            click.echo("The history of the room has changed.", err=True)
            self._log.start_over(fetched)
            return
        for event in fetched.events:
            self._log.append(event)
            self._show(event)
        if self._log.seq < fetched.position.seq:
            self._heard.set()

    def _show(self, event: bytes) -> None:
        if not event:
            return
        if self._as_json:
            click.echo(event)
            return
        split = split_amended(event)
        form = split[1] if split else event
        position = event_position(form)
        message = read_message(form, position.seq) if position else None
        if message is not None:
            self._print(message, "~" if split else " ")

    def _print(self, message: Message, mark: str) -> None:
        day, time = local_time(message.time)[:10], local_time(message.time)[11:]
        if day != self._day:
            self._day = day
            click.echo(printable(with_zone(day)))
        text = "(deleted)" if message.text is UNSET else message.text
        reactions = "".join(f"  {one.emoji} {one.count}" for one in message.reactions)
        click.echo(f"{printable(time):5}{mark}{_said(message.sender.name, text + reactions)}")


def _said(name: str, text: str) -> str:
    return printable(f"{name}: {text}").replace("\n", "\n" + " " * MARGIN)
