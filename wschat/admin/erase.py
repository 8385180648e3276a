"""Erases a room, or all messages and reactions of a person, as deleted messages are erased."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from functools import partial

from msgspec import UNSET, Struct

from ..broker import (
    BLOCK,
    IGNORE_PACE,
    ChangeRequest,
    Outcome,
    Publisher,
    change_calls,
    clear_room,
    keys_like,
    opened_log,
    publishing,
    remove_hooked_room,
    settled,
    tell_hooks_changed,
    tell_pictures_gone,
)
from ..errors import ErrorCode, RedisUnavailable, Refused
from ..model import MAIN_ROOM, Person, Position, random_id
from ..names import folded
from ..protocol import Message, MessageBody, PicturesGone, likeness, read_message
from ..redis_link import SCANNED, Call, RedisLink, ScriptArgs
from .foreign import foreign_keys, unless_foreign
from .moderation_erase import ModerationEraser
from .portions import form_portions, portions

FORGOTTEN = "—"  # replaces the name of a forgotten person
PEOPLE_KEYS = ("online", "people", "names", "roles")


class Found(Struct):
    """A person's traces in a room, when its log was at `position`. `messages` includes deleted ones that still have the
    name, and those that the log no longer keeps, but of which a form is left; `reactions`: the emoji, by the number of
    the message; `people`: the ids with which they wrote; `pictures`: the ids of
    those in the messages, once these are erased; `has_moderation_traces`: whether the room's acts, bars or
    remembered addresses contain anything about them.
    """

    room: str
    position: Position
    messages: list[int]
    reactions: dict[int, list[str]]
    people: set[str]
    has_moderation_traces: bool = False
    pictures: list[str] = []

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
    for portion in portions(others, SCANNED):
        await link.execute(Call.command("DEL", *map(keys.own, portion)))
    await link.execute(Call.command("HDEL", keys.meta, "rules"))
    await remove_hooked_room(link, room)
    await tell_hooks_changed(link)


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
        found = Found(room, log.position, [], {}, {self._id})
        kept = set[tuple[int, str]]()  # numbers and ids: another message may have the number of a lost one by now
        async for read in log.walk():
            kept.update((one.seq, one.id) for one in read if one.rev)  # only these have a form
            await self._add(found, read)
        async for forms in form_portions(self._link, self._link.keys(room)):
            others = [message for number, form in forms if (message := read_message(form, number))]
            await self._add(found, [one for one in others if (one.seq, one.id) not in kept])
        found.has_moderation_traces = bool(await self._in_moderation(room, found.people).calls())
        return found

    async def erase(self, found: Found) -> bool:
        """Erase what was found, but for the bytes, which are purged when the file is rewritten (DueRewrite). False: the
        room was cleared or restored since then; the messages that have these numbers now are left alone, even the
        person's. Raises RedisUnavailable, Refused.
        """
        log = await opened_log(self._link, found.room)
        async with publishing(self._link) as publisher:
            for part in portions(found.reactions, BLOCK):
                forms = await self._forms(found.room, part)
                await _done(self._take_back(publisher, found, *each) for each in forms.items())
            for part in portions(found.messages, BLOCK):
                kept, forms = await log.messages_at(part), await self._forms(found.room, part)
                both = {*kept.items(), *forms.items()}  # a form may be left over from a lost log
                await _done(self._delete(publisher, found, *each) for each in both)
        for portion in portions(found.pictures, BLOCK):
            await tell_pictures_gone(self._link, PicturesGone(found.room, portion))
        head = await log.fetch_head()
        return head.epoch == found.position.epoch and head.seq >= found.position.seq

    async def forget_in_moderation(self, room: str, people: set[str]) -> bool:
        """Remove the person's name from the acts and bars of a room, which stay, and the person's addresses. False:
        moderators keep acting on the person, and their acts contain the name.

        `people` are the ids with which they wrote. Raises RedisUnavailable.
        """
        return await self._in_moderation(room, people).forget()

    # -- within ------------------------------------------------------------------

    def _in_moderation(self, room: str, people: set[str]) -> ModerationEraser:
        return ModerationEraser(self._link, room, self._is, people, FORGOTTEN)

    def _is(self, person: Person) -> bool:
        return person.id == self._id or (person.name != FORGOTTEN and folded(person.name) == self._name)

    def _wrote(self, message: Message) -> bool:
        return self._is(message.sender)

    async def _add(self, found: Found, messages: list[Message]) -> None:
        """Add what the person has among these messages. Raises RedisUnavailable."""
        written = [one for one in messages if self._wrote(one)]
        found.people.update(one.sender.id for one in written)
        found.messages += [one.seq for one in written if not _is_forgotten(one)]
        reacted = [one.seq for one in messages if one.reactions]
        keys = self._link.keys(found.room)
        calls = [Call.command("ZRANGE", keys.reactions(number), 0, -1) for number in reacted]
        for number, reply in zip(reacted, await self._link.pipeline(calls) if calls else [], strict=True):
            pairs = [member.decode(errors="replace").partition("\t") for member in unless_foreign(reply) or ()]
            if own := [emoji for emoji, _, person in pairs if person == self._id]:
                found.reactions[number] = own

    async def _forms(self, room: str, numbers: list[int]) -> dict[int, bytes]:
        """The forms that Redis has of these messages. Raises RedisUnavailable."""
        (reply,) = await self._link.pipeline([Call.command("HMGET", self._link.keys(room).amended, *numbers)])
        forms = unless_foreign(reply) or [None] * len(numbers)
        return {number: form for number, form in zip(numbers, forms, strict=True) if form}

    async def _take_back(self, publisher: Publisher, found: Found, number: int, form: bytes) -> Outcome | None:
        """Take back the person's reactions to a message. None: there is nothing to take back any more."""
        off = [(self._id, emoji, False) for emoji in found.reactions[number]]
        target = change_calls.Target(found.position, likeness(form), 0)
        verdict = await self._change(
            publisher, found.room, number, [self._id] * len(off), change_calls.react(target, off)
        )
        match verdict:
            case change_calls.Made([outcome, *_]) | (Refused() as outcome):
                return outcome
            case _:
                return None

    async def _delete(self, publisher: Publisher, found: Found, number: int, form: bytes) -> Outcome | None:
        """Replace a message, or its tombstone, by a tombstone without a name; try again when somebody else changes the
        message.

        Only a message of the person is deleted: another one may have the number by now. None: nothing to delete.
        """
        message = read_message(form, number)
        if message is None or not self._wrote(message) or _is_forgotten(message):
            return None
        target = change_calls.Target(found.position, likeness(form), message.rev)
        args = change_calls.delete(target, _tombstone(message))
        verdict = await self._change(publisher, found.room, number, [message.sender.id], args)
        match verdict:
            case change_calls.Conflict(form):
                return await self._delete(publisher, found, number, form)
            case change_calls.Made([outcome]):
                found.pictures += [picture.id for picture in message.pictures]
                return outcome
            case Refused() as outcome:
                return outcome
            case _:
                return None

    async def _change(
        self, publisher: Publisher, room: str, number: int, people: list[str], args: ScriptArgs
    ) -> change_calls.Verdict:
        args = change_calls.forgetting(args)
        request = partial(ChangeRequest, room, number, random_id(), tuple(people), args, IGNORE_PACE)
        verdict: change_calls.Verdict = await settled(lambda answer: publisher.change(request(answer)))
        return verdict


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
