"""What happens to a person whose client waits for its welcome: the welcome says it, and nothing before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from wschat.model import MODERATOR, Person
from wschat.moderation import ALL_ROOMS, GlobalLinkGeneration, sign_link
from wschat.redis_link import RedisLink
from wschat.session import ModerationServices
from wschat.session.join import Join

from ..support.room import LocalNode, until
from .conversation import Node


@pytest.fixture
def has_list(session_node: Node, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Clients that enter wait for the list of people, and so for their welcome, until this is set."""
    event = asyncio.Event()
    at_once = Join.try_now
    monkeypatch.setattr(Join, "try_now", lambda it: event.is_set() and at_once(it))
    monkeypatch.setattr(session_node.presence, "loaded", event.wait)
    return event


async def entered(node: Node) -> str:
    """The id of the one who is in the room, by now."""
    await until(lambda: node.room.occupants.entered())
    return node.room.occupants.entered()[0][1]


@pytest.mark.parametrize("role", [{}, {"role": MODERATOR}], ids=["anybody", "a moderator"])
async def test_a_name_that_is_lost_before_the_welcome_is_in_the_welcome(
    session_node: Node, local_nodes: Callable[[], Awaitable[LocalNode]], redis: Redis, has_list: asyncio.Event,
    role: dict[str, str],
) -> None:  # fmt: skip
    """The room gave the person another name while the client waited for the list of people: it is told that one."""
    await redis.hset("{chat}:rules", "generation", "valid")
    link = sign_link(session_node.services.tokens.key, "chat", "valid") if role else None
    ann = session_node.connect()
    ann.says("hello", name="Ann", mod=link)
    id_ = await entered(session_node)
    await redis.delete("{chat}:online", "{chat}:people", "{chat}:names")
    await (await local_nodes()).enter(Person("other", "Ann"))
    session_node.room.occupants.enter_again(Person(id_, "Ann"))
    await until(lambda: session_node.room.current_person(Person(id_, "")).name == "Ann 2")
    has_list.set()
    assert (await ann.gets("welcome"))["you"] == {"id": id_, "name": "Ann 2", **role}
    assert not ann.transport.got("renamed")


async def test_a_name_from_another_tab_before_the_welcome_is_in_the_welcome(
    session_node: Node, has_list: asyncio.Event
) -> None:
    """It says the same name as the list of people in it."""
    ann = session_node.connect()
    ann.says("hello", name="Ann")
    id_ = await entered(session_node)
    renamed = asyncio.Event()
    session_node.room.rename(Person(id_, "Anna"), lambda _: renamed.set())
    await renamed.wait()
    has_list.set()
    assert (await ann.gets("welcome"))["you"] == {"id": id_, "name": "Anna"}


async def test_a_mute_before_the_welcome_is_in_the_welcome_alone(session_node: Node, has_list: asyncio.Event) -> None:
    """A bot that waits for its first event gets the welcome."""
    ann = session_node.connect()
    ann.says("hello", name="Ann")
    id_ = await entered(session_node)
    for seconds in (60.0, None, 600.0):
        session_node.room.moderation.on_barred("mute", id_, seconds)
    has_list.set()
    assert (await ann.gets("welcome"))["muted"] == 600
    assert not ann.transport.got("muted")
    session_node.room.moderation.on_barred("mute", id_, None)
    assert [event["seconds"] for event in ann.transport.got("muted")] == [None]


async def test_a_role_that_ends_before_the_welcome_is_not_in_the_welcome(
    session_node: Node, redis: Redis, has_list: asyncio.Event
) -> None:
    """Nor does an event say that it has ended: the client never had it."""
    await redis.hset("{chat}:rules", "generation", "valid")
    ann = session_node.connect()
    ann.says("hello", name="Ann", mod=sign_link(session_node.services.tokens.key, "chat", "valid"))
    id_ = await entered(session_node)
    assert session_node.room.current_person(Person(id_, "")).role == MODERATOR
    for session, _ in session_node.room.occupants.roles.authorities():
        session.on_role_lost()
    await until(lambda: not session_node.room.current_person(Person(id_, "")).role)
    has_list.set()
    welcome = await ann.gets("welcome")
    assert "role" not in welcome
    assert "role" not in welcome["you"]
    assert not ann.transport.got("role")


async def test_a_link_for_all_rooms_that_is_revoked_before_the_answer_gives_no_role(
    session_node: Node, link: RedisLink
) -> None:
    """The scripts can't check it, and those in the room lost it before this client was one of them.

    What Redis published of it may be in the list of people for a moment.
    """
    global_links = GlobalLinkGeneration(link)
    global_links.generation = "valid"
    session_node.services.moderation = ModerationServices(global_links=global_links)
    ann = session_node.connect()
    ann.says("hello", name="Ann", mod=sign_link(session_node.services.tokens.key, ALL_ROOMS, "valid"))
    global_links.generation = "another"
    session_node.room.moderation.revoke("another")
    welcome = await ann.gets("welcome")
    assert "role" not in welcome
    assert not session_node.room.occupants.roles.authorities()
    await until(lambda: not session_node.room.presence.roster.people[session_node.room.occupants.entered()[0][1]].role)
    assert not ann.transport.got("role")
    ann.says("moderate", act="lock", on=True, ref="l")
    assert (await ann.gets("error"))["code"] == "not_allowed"


async def test_a_client_that_is_gone_joins_no_audience(
    session_node: Node, has_list: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a library swallows the end of the task that leads it there, as some do in the turn of an answer."""
    swallowed = asyncio.Event()

    async def loaded() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.set()

    monkeypatch.setattr(session_node.presence, "loaded", loaded)
    ann = session_node.connect()
    ann.says("hello", name="Ann")
    await entered(session_node)
    has_list.set()
    await asyncio.sleep(0)
    ann.transport.close(1001)
    ann.session.closed()
    await swallowed.wait()
    await asyncio.sleep(0.01)
    assert not session_node.room.is_live(ann.transport)
