"""Commands that only show something: rooms, people, stats."""

from __future__ import annotations

import re
from typing import Any

import click

from ..admin import RoomFacts, each_room, everyone_in, oldest_and_newest, room_facts
from ..broker import room_names
from ..model import Person, timestamp
from ..redis_link import Call, RedisLink, RedisSource
from .arguments import check_room, json_option, room_of
from .operator import Operator
from .output import (
    REST_LISTED,
    fail_if_left_out,
    print_facts,
    print_json,
    print_table,
    readable_size,
    readable_time,
    with_zone,
)

MOMENT = re.compile(rb"[1-9]\d{0,12}")  # ms since 1970
MOMENTS = ("oldest_message", "newest_message", "last_search_for_old_messages")


@click.command()
@json_option
@click.pass_obj
def rooms(operator: Operator, as_json: bool) -> None:
    """List the rooms: what each keeps, and how many people are online."""

    async def work(link: RedisLink, source: RedisSource) -> tuple[list[RoomFacts], list[str], str]:
        return *await _all_rooms(link), source.title

    found, foreign, where = operator.run_with_source(work)
    if as_json:
        print_json(found)
    else:
        _print_rooms(found, empty="" if foreign else f"No rooms yet: nobody has been in this chat. Looked in: {where}")
    fail_if_left_out(foreign, REST_LISTED)


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
    name = room_of(room)

    async def work(link: RedisLink) -> list[Person]:
        check_room(name, await room_names(link))
        return await everyone_in(link, name)

    found = operator.run(work, name)
    if as_json:
        print_json(found)
    else:
        rows = [(person.name, person.id, person.role or None) for person in found]
        print_table(("name", "id", "role"), rows, empty=f"Nobody is online in {name}.")


@click.command()
@json_option
@click.pass_obj
def stats(operator: Operator, as_json: bool) -> None:
    """Show what the chat keeps, and the state of its Redis."""
    facts, foreign = operator.run_with_source(_stats)
    facts["history_days"] = operator.settings.history_days
    if as_json:
        print_json(facts)
    else:
        print_facts(_readable(facts))
    fail_if_left_out(foreign, "Everything else was counted.")


def _readable(facts: dict[str, Any]) -> list[tuple[str, object]]:
    """The facts in a form for people, as (name, value)."""
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
    """(facts about all rooms, foreign keys because of which a room isn't among them). Raises RedisUnavailable."""
    return await each_room(link, await room_names(link), lambda room: room_facts(link, room))


async def _stats(link: RedisLink, source: RedisSource) -> tuple[dict[str, Any], list[str]]:
    """(the facts for `stats`, foreign keys because of which a room isn't counted). Raises RedisUnavailable."""
    found, foreign = await _all_rooms(link)
    first, last = oldest_and_newest(found)
    primaries = link.primaries()
    heard = [await one.execute(Call.command("PUBSUB", "NUMSUB", link.node_channel)) for one in primaries]
    infos = [await one.execute(Call.command("INFO")) for one in primaries]
    info = infos[0]
    facts = {
        "redis": source.title,
        "redis_version": info.get("valkey_version") or info.get("redis_version"),
        "memory_bytes": sum(int(one.get("used_memory", 0)) for one in infos),
        "memory_limit_bytes": sum(int(one.get("maxmemory", 0)) for one in infos),
        "append_only_file": all(one.get("aof_enabled") for one in infos),
        "nodes": max(count for _, count in heard) - 1,  # this command listens, too
        "rooms": len(found),
        "entries": sum(one.entries for one in found),
        "online": sum(one.online for one in found),
        "oldest_message": first,
        "newest_message": last,
        "last_search_for_old_messages": await _last_search(link, found),
    }
    return facts, foreign


async def _last_search(link: RedisLink, rooms: list[RoomFacts]) -> str | None:
    """When a server last searched all of these rooms for messages older than HISTORY_DAYS; None: not in all of them."""
    if not rooms:
        return None
    replies = await link.pipeline([Call.command("HGET", link.keys(one.room).meta, "retained") for one in rooms])
    times = [reply.result() or b"" for reply in replies]
    if not all(map(MOMENT.fullmatch, times)):  # one wasn't searched, or its value isn't a time
        return None
    return timestamp(min(map(int, times)) / 1000)
