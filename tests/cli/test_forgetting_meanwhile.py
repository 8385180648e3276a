"""What others do while a person is forgotten stays: acts of moderators, which don't have the name either, and messages
under the numbers of those that were found.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.admin import Eraser, RoomBars
from wschat.admin.moderation_erase import ModerationEraser
from wschat.broker import Log, Rewrite, clear_room
from wschat.cli import erasing
from wschat.cli.failure import Failure
from wschat.cli.operator import Operator
from wschat.errors import RedisRejected
from wschat.model import Person
from wschat.moderation import BarTerms
from wschat.redis_link import Call, RedisLink

from ..support import Client, Nodes, join
from ..support.client import PATIENCE
from ..support.config import settings_of
from ..support.foreign import put
from ..support.moderation import act, id_of, moderator
from ..support.program import Program
from ..support.server import ROOT


async def reacts(client: Client, seq: int) -> None:
    await client.send("react", ref="r", seq=seq, emoji="👍")
    await client.gets("done", ref="r")


async def texts(node: Nodes, room: str = "chat") -> list[str | None]:
    """As somebody who comes sees the messages; None for a tombstone."""
    (eve,) = await node.join("Eve", room=room)
    return [message.get("text") for message in eve.welcome["messages"]]


ANN, BOB, OPERATOR = Person("ann", "Ann Smith"), Person("bob", "Bob"), Person("operator", "Mia")
Meanwhile = Callable[[Callable[[], Awaitable[object]]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Have something done between each look at what there is of the person, and what is done about it."""
    calls = ModerationEraser.calls

    def do(work: Callable[[], Awaitable[object]]) -> None:
        async def found(eraser: ModerationEraser) -> list[Call]:
            todo = await calls(eraser)
            await work()
            return todo

        monkeypatch.setattr(ModerationEraser, "calls", found)

    return do


def once(work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
    """Do it the first time."""
    todo = [work]

    async def do() -> None:
        if todo:
            await todo.pop()()

    return do


@pytest.mark.parametrize("then", ["mute", "let_in"])
async def test_acts_that_come_while_a_person_is_forgotten_stay(
    node: Nodes, redis: Redis, link: RedisLink, meanwhile: Meanwhile, then: str
) -> None:
    """They are recorded, and in force: a bar that was lifted meanwhile doesn't come back."""
    mia, ann = await moderator(node), await join(node.ws(), "Ann Smith")
    await act(mia, "topic", text="before")
    await act(mia, "mute", person=id_of(ann), seconds=600)
    terms = {"seconds": 900} if then == "mute" else {}
    meanwhile(once(lambda: act(mia, then, person=id_of(ann), **terms)))
    assert await Eraser(link, id_of(ann)).forget_in_moderation("chat", {id_of(ann)})
    lists = await act(mia, "barred")
    assert [one["act"] for one in lists["acts"]] == [then, "mute", "topic"]
    assert [one["person"]["name"] for one in lists["acts"][:2]] == ["—", "—"]
    assert [one["person"]["name"] for one in lists["barred"]] == (["—"] if then == "mute" else [])
    assert "Smith" not in str([await redis.xrange("{chat}:acts"), await redis.hgetall("{chat}:barred")])
    assert await redis.ttl("{chat}:acts") == -1


async def test_what_another_program_wrote_among_the_acts_loses_none_of_them(
    node: Nodes, redis: Redis, link: RedisLink
) -> None:
    """An entry may have more fields than a script can copy."""
    mia, ann = await moderator(node), await join(node.ws(), "Ann Smith")
    await act(mia, "mute", person=id_of(ann), seconds=600)
    await redis.xadd("{chat}:acts", {f"field {number}": "" for number in range(5000)})
    await act(mia, "topic", text="after")
    assert await Eraser(link, id_of(ann)).forget_in_moderation("chat", {id_of(ann)})
    assert [one["act"] for one in (await act(mia, "barred"))["acts"]] == ["topic", "mute"]
    assert "Smith" not in str(await redis.xrange("{chat}:acts"))


async def test_a_bar_of_somebody_else_from_the_same_address_stays(
    redis: Redis, link: RedisLink, meanwhile: Meanwhile
) -> None:
    """Also one that comes between the look and the step: whoever is removed doesn't come in under another name."""
    bars, terms = RoomBars(link, "chat", OPERATOR), BarTerms("remove", 0, address="digest")
    await bars.bar(ANN, terms)
    meanwhile(once(lambda: bars.bar(BOB, terms)))
    assert await Eraser(link, "ann").forget_in_moderation("chat", set())
    assert await redis.hexists("{chat}:barred", "address:remove:digest")
    assert await redis.hget("{chat}:rules", "bars") == b"2"
    assert await bars.barred_with("digest") == [BOB]


async def test_a_bar_of_an_address_ends_with_the_last_person_who_is_barred_with_it(
    redis: Redis, link: RedisLink
) -> None:
    """In the step that forgets the person; the bar of the person stays."""
    bars = RoomBars(link, "chat", OPERATOR)
    await bars.bar(ANN, BarTerms("remove", 0, address="digest"))
    assert await Eraser(link, "ann").forget_in_moderation("chat", set())
    assert await redis.hkeys("{chat}:barred") == [b"remove:ann"]
    assert b"digest" not in (await redis.hget("{chat}:barred", "remove:ann") or b"")


async def test_a_person_on_whom_moderators_keep_acting_is_not_said_to_be_forgotten(
    redis: Redis,
    link: RedisLink,
    meanwhile: Meanwhile,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command fails, after it has done what could be done, and says where, and what became of the file."""
    bars, numbers = RoomBars(link, "chat", OPERATOR), itertools.count()
    await bars.bar(ANN, BarTerms("remove", 0, reason="first"))
    meanwhile(lambda: bars.bar(ANN, BarTerms("remove", 0, reason=f"again {next(numbers)}")))
    loop, outcomes = asyncio.get_running_loop(), [Rewrite.NO_FILE, Rewrite.DONE]

    def run(operator: Operator, work: Callable[[RedisLink], Coroutine[Any, Any, Any]]) -> Any:
        return asyncio.run_coroutine_threadsafe(work(link), loop).result()

    monkeypatch.setattr(Operator, "run", run)
    rewrite_files = "wschat.broker.erasing.file_rewriting.rewrite_files"
    monkeypatch.setattr(rewrite_files, lambda link: asyncio.sleep(0, outcomes.pop(0)))
    for message in ("Erased from Redis, but Redis keeps no append-only file", "Everything else was erased"):
        with pytest.raises(Failure, match=message):
            await asyncio.to_thread(erasing._forget_person, Operator(settings_of()), "ann", yes=True, as_json=True)
        output, errors = capsys.readouterr()
        assert json.loads(output)["rooms"] == 1
        assert "The name is still in moderators' acts, because they keep acting on the person: chat" in errors
    assert b"Smith" in (await redis.hget("{chat}:barred", "remove:ann") or b"")


async def test_what_others_write_after_a_room_was_cleared_is_not_forgotten(node: Nodes, redis_server: str) -> None:
    """While the command asks, Bob's messages get the numbers of the operator's. It says so, and does the other room."""
    (bob,) = await node.join("Bob")
    for room in ("chat", "kitchen"):
        for text in ("one", "two"):
            await Program(redis_server)("say", room, text)
    await bob.hears("two")
    words = [sys.executable, "-m", "wschat", "--redis", redis_server, "forget", "--person", "operator"]
    command = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=ROOT)
    assert command.stderr is not None
    question = await command.stderr.readuntil(b"[y/N]: ")
    assert b"Erase 4 messages and 0 reactions in 2 rooms?" in question
    await Program(redis_server)("clear", "chat", "--yes")
    await bob.gets("reset")
    await bob.posts_many(["mine", "as well"])
    output, errors = await asyncio.wait_for(command.communicate(b"y\n"), PATIENCE)
    assert command.returncode == 2, errors
    assert b"Erased 2 messages and 0 reactions in 1 room" in output
    assert b"Nothing was erased in rooms that were cleared or restored meanwhile: chat" in errors
    assert await texts(node) == ["mine", "as well"]
    assert await texts(node, "kitchen") == [None, None]


@pytest.mark.parametrize("when", ["before", "between"])
async def test_only_what_was_found_is_erased(
    node: Nodes, link: RedisLink, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The room is cleared before the erasure, or between two of its steps: what is written after that stays, whoever
    wrote it.
    """
    ann, bob = await node.join("Ann", "Bob")
    await ann.posts_many(["a1", "a2"])
    await bob.posts("b3")
    await reacts(ann, 3)
    eraser, messages_at, todo = Eraser(link, id_of(ann)), Log.messages_at, [when]
    found = await eraser.find("chat")

    async def clear() -> None:
        await clear_room(link, "chat")
        await bob.gets("reset")
        await ann.posts("anew")
        await bob.posts_many(["mine", "as well"])

    async def late(log: Log, numbers: list[int]) -> dict[int, bytes]:
        forms = await messages_at(log, numbers)
        if todo.pop() == "between":
            await clear()
        return forms

    if when == "before":
        await clear()
    monkeypatch.setattr(Log, "messages_at", late)
    assert not await eraser.erase(found)
    assert await texts(node) == ["anew", "mine", "as well"]


async def test_nobody_else_is_erased_under_a_wrong_number(node: Nodes, link: RedisLink) -> None:
    """A log that went back may have given it out again in the same epoch."""
    ann, bob = await node.join("Ann", "Bob")
    await ann.posts("a1")
    await bob.posts("b2")
    eraser = Eraser(link, id_of(ann))
    found = await eraser.find("chat")
    found.messages.append(2)
    assert await eraser.erase(found)
    assert await texts(node) == [None, "b2"]


async def test_bars_that_were_replaced_meanwhile_keep_the_acts_as_they_are(redis: Redis, link: RedisLink) -> None:
    """By a key of another type: the name is replaced in both, or in neither."""
    bars, ann = RoomBars(link, "chat", Person("operator", "Operator")), Person("ann", "Ann")
    await bars.bar(ann, BarTerms("remove", 0))
    eraser = ModerationEraser(link, "chat", lambda person: person == ann, [], "—")
    calls = await eraser.calls()
    await put(redis, "{chat}:barred", "string")
    before = await redis.dump("{chat}:acts")
    with pytest.raises(RedisRejected):
        (await link.pipeline(calls))[0].result()
    assert await redis.dump("{chat}:acts") == before
