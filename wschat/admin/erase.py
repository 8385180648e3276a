"""Erases a room, or all messages and reactions of a person, as deleted messages are erased."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterable
from functools import partial

from msgspec import UNSET, Struct

from ..broker import (
    BLOCK,
    IGNORE_PACE,
    ChangeRequest,
    Changes,
    Outcome,
    Publisher,
    ReactionRequest,
    change_calls,
    clear_room,
    keys_like,
    opened_log,
    publishing,
    settled,
)
from ..errors import ErrorCode, RedisUnavailable, Refused
from ..model import MAIN_ROOM, Person, Position, random_id
from ..names import folded
from ..protocol import Message, MessageBody, likeness, read_message
from ..redis_link import SCANNED, Call, RedisLink
from ..tasks import Group
from .foreign import foreign_keys
from .forgotten import Forgetting

FORGOTTEN = "—"  # replaces the name of a forgotten person
PEOPLE_KEYS = ("online", "people", "names", "roles")


class Found(Struct):
    """A person's traces in a room, when its log was at `position`. `messages` includes deleted ones that still have the
    name; `people`: the ids with which they wrote; `has_moderation_traces`: whether the room's acts, bars or remembered
    addresses contain anything about them.
    """

    room: str
    position: Position
    messages: list[int]
    reactions: list[tuple[int, str, str]]  # number of the message, emoji, person
    people: set[str]
    has_moderation_traces: bool = False

    def __bool__(self) -> bool:
        return bool(self.messages or self.reactions or self.has_moderation_traces)


async def forget_room(link: RedisLink, room: str) -> None:
    """Erase all data of a room in Redis, except for the list of the people who are in it. Raises RedisUnavailable."""
    keys = link.keys(room)
    foreign = await foreign_keys(link, keys)  # they may be the reason for forgetting the room
    if foreign:
        await link.execute(Call.command("DEL", *foreign))
    await clear_room(link, room)
    traces = [rest async for name, rest in keys_like(link, keys.own("*")) if name == room]
    others = [rest for rest in traces if rest not in ("meta", *PEOPLE_KEYS)]
    if not await link.execute(Call.command("ZCARD", keys.online)) and room != MAIN_ROOM:
        others += ["meta", *PEOPLE_KEYS]
    for at in range(0, len(others), SCANNED):
        await link.execute(Call.command("DEL", *map(keys.own, others[at : at + SCANNED])))
    await link.execute(Call.command("HDEL", keys.meta, "rules"))


class Eraser:
    """Finds and erases the messages and reactions of a person. `who` is their id, or a name: then of anyone who had it,
    and only under that name.
    """

    def __init__(self, link: RedisLink, who: str) -> None:
        self._link = link
        self._id = who
        self._name = folded(who)

    async def find(self, room: str) -> Found:
        """Find the person's traces in a room. Raises RedisUnavailable, LogLost."""
        log = await opened_log(self._link, room)
        found = Found(room, log.position, [], [], {self._id})
        async for read in log.walk():
            found.people.update(one.sender.id for one in read if self._wrote(one))
            found.messages += [one.seq for one in read if self._wrote(one) and not _is_forgotten(one)]
            reacted = [one.seq for one in read if one.reactions]
            found.reactions += await self._reactions(room, reacted)
        found.has_moderation_traces = bool(await self._in_moderation(room, found.people).calls())
        return found

    async def erase(self, found: Found) -> bool:
        """Erase what was found. False: the room was cleared or restored since then; the messages that have these
        numbers now are left alone, even the person's. Raises RedisUnavailable, Refused.
        """
        tasks = Group()
        log = await opened_log(self._link, found.room)
        try:
            async with publishing(self._link) as publisher:
                changes = Changes(found.room, log, publisher, tasks, clock=time.time)
                await _done(self._take_back(changes, found, *reaction) for reaction in found.reactions)
                for at in range(0, len(found.messages), BLOCK):
                    forms = await log.messages_at(found.messages[at : at + BLOCK])
                    await _done(self._delete(publisher, found, *each) for each in forms.items())
                await log.purge(0)
        finally:
            await tasks.stop()
        head = await log.fetch_head()
        return head.epoch == found.position.epoch and head.seq >= found.position.seq

    async def forget_in_moderation(self, room: str, people: set[str]) -> bool:
        """Remove the person's name from the acts and bars of a room, which stay, and the person's addresses. False:
        moderators keep acting on the person, and their acts contain the name.

        `people` are the ids with which they wrote. Raises RedisUnavailable.
        """
        return await self._in_moderation(room, people).forget()

    # -- within ------------------------------------------------------------------

    def _in_moderation(self, room: str, people: set[str]) -> Forgetting:
        return Forgetting(self._link, room, self._is, people, FORGOTTEN)

    def _is(self, person: Person) -> bool:
        return person.id == self._id or (person.name != FORGOTTEN and folded(person.name) == self._name)

    def _wrote(self, message: Message) -> bool:
        return self._is(message.sender)

    async def _reactions(self, room: str, numbers: list[int]) -> list[tuple[int, str, str]]:
        keys = self._link.keys(room)
        calls = [Call.command("ZRANGE", keys.reactions(number), 0, -1) for number in numbers]
        replies = await self._link.pipeline(calls) if calls else []
        found = []
        for number, reply in zip(numbers, replies, strict=True):
            for member in reply.result():
                emoji, _, person = member.decode(errors="replace").partition("\t")
                if person == self._id:
                    found.append((number, emoji, person))
        return found

    def _take_back(self, changes: Changes, found: Found, number: int, emoji: str, person: str) -> Awaitable[Outcome]:
        request = partial(ReactionRequest, person, emoji, on=False, share=IGNORE_PACE, epoch=found.position.epoch)
        return settled(lambda answer: changes.react(number, request(answer=answer)))

    async def _delete(self, publisher: Publisher, found: Found, number: int, form: bytes) -> Outcome | None:
        """Replace a message, or its tombstone, by a tombstone without a name; try again when somebody else changes the
        message.

        Only a message of the person is deleted: another one may have the number by now. None: nothing to delete.
        """
        message = read_message(form, number)
        if message is None or not self._wrote(message) or _is_forgotten(message):
            return None
        author = message.sender.id
        target = change_calls.Target(found.position, likeness(form), message.rev)
        args = change_calls.delete(target, _tombstone(message))
        request = partial(ChangeRequest, found.room, number, random_id(), (author,), args, 0.0)
        verdict: change_calls.Verdict = await settled(lambda answer: publisher.change(request(answer)))
        match verdict:
            case change_calls.Conflict(form):
                return await self._delete(publisher, found, number, form)
            case change_calls.Made([outcome]) | (Refused() as outcome):
                return outcome
            case _:
                return None


def _is_forgotten(message: Message) -> bool:
    return message.deleted and message.sender.name == FORGOTTEN


def _tombstone(message: Message) -> MessageBody:
    """The tombstone without a name. That of a message which was deleted before keeps when and by whom it was."""
    edited = message.edited if message.deleted else UNSET
    nobody = Person(message.sender.id, FORGOTTEN)
    return change_calls.tombstone(message, edited, sender=nobody, moderated=message.moderated)


async def _done(changes: Iterable[Awaitable[Outcome | None]]) -> None:
    """Wait until all changes are made, or have nothing to change any more. Raises RedisUnavailable."""
    for outcome in await asyncio.gather(*changes):
        if isinstance(outcome, Refused) and outcome.code is not ErrorCode.GONE:
            raise RedisUnavailable(str(outcome))
