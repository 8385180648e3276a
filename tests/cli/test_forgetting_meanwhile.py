"""What moderators do while a person is forgotten stays, in its order, and doesn't have the name either."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from wschat.admin import Eraser, RoomBars
from wschat.admin.forgotten import Forgetting
from wschat.cli import erasing
from wschat.cli.operator import Failure
from wschat.model import Person
from wschat.moderation import Terms
from wschat.redis_link import Call, RedisLink

from ..support import Nodes, join
from ..support.moderation import act, id_of, moderator

ANN, BOB, OPERATOR = Person("ann", "Ann Smith"), Person("bob", "Bob"), Person("operator", "Mia")
Meanwhile = Callable[[Callable[[], Awaitable[object]]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Have something done between each look at what there is of the person, and what is done about it."""
    calls = Forgetting.calls

    def do(work: Callable[[], Awaitable[object]]) -> None:
        async def found(forgetting: Forgetting) -> list[Call]:
            todo = await calls(forgetting)
            await work()
            return todo

        monkeypatch.setattr(Forgetting, "calls", found)

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
    assert await Eraser(link, id_of(ann)).forget_in_order("chat", {id_of(ann)})
    lists = await act(mia, "barred")
    assert [one["act"] for one in lists["acts"]] == [then, "mute", "topic"]
    assert [one["person"]["name"] for one in lists["acts"][:2]] == ["—", "—"]
    assert [one["person"]["name"] for one in lists["barred"]] == (["—"] if then == "mute" else [])
    assert "Smith" not in str([await redis.xrange("{chat}:acts"), await redis.hgetall("{chat}:barred")])
    assert await redis.ttl("{chat}:acts") == -1


async def test_a_bar_of_somebody_else_from_the_same_address_stays(
    redis: Redis, link: RedisLink, meanwhile: Meanwhile
) -> None:
    """Also one that comes between the look and the step: whoever is removed doesn't come in under another name."""
    bars, terms = RoomBars(link, "chat", OPERATOR), Terms("remove", 0, address="digest")
    await bars.bar(ANN, terms)
    meanwhile(once(lambda: bars.bar(BOB, terms)))
    assert await Eraser(link, "ann").forget_in_order("chat", set())
    assert await redis.hexists("{chat}:barred", "address:remove:digest")
    assert await redis.hget("{chat}:rules", "bars") == b"2"
    assert await bars.barred_with("digest") == [BOB]


async def test_a_bar_of_an_address_ends_with_the_last_person_who_is_barred_with_it(
    redis: Redis, link: RedisLink
) -> None:
    """In the step that forgets the person; the bar of the person stays."""
    bars = RoomBars(link, "chat", OPERATOR)
    await bars.bar(ANN, Terms("remove", 0, address="digest"))
    assert await Eraser(link, "ann").forget_in_order("chat", set())
    assert await redis.hkeys("{chat}:barred") == [b"remove:ann"]
    assert b"digest" not in (await redis.hget("{chat}:barred", "remove:ann") or b"")


async def test_a_person_on_whom_moderators_keep_acting_is_not_said_to_be_forgotten(
    redis: Redis, link: RedisLink, meanwhile: Meanwhile
) -> None:
    """The command fails, after it has done what could be done, and says where."""
    bars, numbers = RoomBars(link, "chat", OPERATOR), itertools.count()
    await bars.bar(ANN, Terms("remove", 0, reason="first"))
    meanwhile(lambda: bars.bar(ANN, Terms("remove", 0, reason=f"again {next(numbers)}")))
    found = await Eraser(link, "ann").find("chat")
    with pytest.raises(Failure, match="Erased, but moderators keep acting on the person in chat: run it once more"):
        await erasing._erase(link, "ann", [found])
    assert b"Smith" in (await redis.hget("{chat}:barred", "remove:ann") or b"")
