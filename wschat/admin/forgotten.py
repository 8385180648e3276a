"""What the rules of a room keep of a person: who is barred, the acts of moderators, addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ..model import Person
from ..protocol import Act, encode, read
from ..redis_link import Call, RedisLink


async def forget_in_order(link: RedisLink, room: str, is_person: Callable[[Person], bool], name: str) -> None:
    """Put `name` in the place of the person's in the acts and bars of a room; their addresses go. The bars stay.

    Raises RedisUnavailable.
    """
    keys = link.keys(room)
    _, barred, acts = keys.moderation
    calls: list[Call] = []
    found: Any = await link.execute(Call.command("XRANGE", acts, "-", "+"))
    people: set[str] = set()

    def renamed(person: Any) -> Any:
        if not isinstance(person, Person) or not is_person(person):
            return person
        people.add(person.id)
        return Person(person.id, name)

    recorded = []
    for _, fields in found:
        act = _read((fields or {}).get(b"a", b""), Act)
        if act is not None:
            act.by, act.person = renamed(act.by), renamed(act.person)
            recorded.append(encode(act))
    if people:
        calls += [Call.command("DEL", acts), *(Call.command("XADD", acts, "*", "a", act) for act in recorded)]
        calls += [Call.command("EXPIRE", acts, keys.kept)] if keys.kept else []
    calls += await _bars(link, barred, renamed)
    calls += [Call.command("DEL", keys.own(f"address:{person}")) for person in people]
    if calls:
        await link.transaction(calls)


async def _bars(link: RedisLink, barred: str, renamed: Callable[[Any], Any]) -> list[Call]:
    calls: list[Call] = []
    for field in await link.execute(Call.command("HKEYS", barred)):
        value = await link.execute(Call.command("HGET", barred, field)) or b""
        head, brace, rest = value.partition(b"{")
        bar = _read(brace + rest, _Bar)
        if bar is not None:
            bar.person, bar.by = renamed(bar.person), renamed(bar.by)
            calls.append(Call.command("HSET", barred, field, head + encode(bar)))
    return calls


class _Bar(msgspec.Struct):
    person: Person
    act: str
    by: Person
    time: str


def _read(data: bytes, kind: Any) -> Any:
    try:
        return read(data, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
