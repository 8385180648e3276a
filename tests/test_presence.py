"""Who is in a room: leases in Redis, and every node's view of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.errors import RedisUnavailable, RedisWriteRefused
from wschat.hub import Hub
from wschat.model import Person
from wschat.presence import Presence, leases
from wschat.presence.leases import GRACE, PRESENCE_RENEWAL, PRESENCE_TTL, portions
from wschat.redis_link import Call, RedisLink
from wschat.tasks import cancel_all

from .support.room import until

ANN, BOB = Person("ann", "Ann"), Person("bob", "Bob")


class Place:
    """Presence on one node."""

    def __init__(self, link: RedisLink) -> None:
        self.presence = Presence(link, Hub())
        self.presence.start()

    async def lets_in(self, person: Person, room: str = "chat") -> str:
        """'' or the id of who has the name."""
        answered = asyncio.get_running_loop().create_future()

        def answer(holder: str) -> None:
            if not holder:
                self.presence.entered(room, person)
            answered.set_result(holder)

        self.presence.enter(room, person, answer)
        return str(await asyncio.wait_for(answered, 5))

    def lists(self, room: str = "chat") -> list[str]:
        return sorted(person.name for person in self.presence.roster(room).people.values())


@pytest.fixture
async def places(redis: Redis, redis_server: str) -> AsyncIterator[Callable[[], object]]:
    """Makes places; each has its own link, as if on its own node."""
    links: list[RedisLink] = []
    made: list[Place] = []

    async def make() -> Place:
        link = RedisLink(redis_server)
        links.append(link)
        await link.start()
        made.append(Place(link))
        return made[-1]

    yield make
    for place in made:
        await place.presence.stop()
    for link in links:
        await link.stop()


Places = Callable[[], "asyncio.Future[Place]"]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases of 600 ms and a grace of 200, so that nobody waits for 15 s."""
    monkeypatch.setattr(leases, "PRESENCE_TTL", 0.6)
    monkeypatch.setattr(leases, "GRACE", 0.2)
    monkeypatch.setitem(Presence._keep_watch.__globals__, "TICK", 0.05)
    monkeypatch.setitem(Presence._keep_watch.__globals__, "PRESENCE_RENEWAL", 0.2)


def test_a_lease_survives_two_lost_renewals() -> None:
    """And the grace is shorter than a lease."""
    assert PRESENCE_RENEWAL * 3 <= PRESENCE_TTL
    assert GRACE < PRESENCE_TTL


async def test_whoever_enters_is_on_every_nodes_list(places: Places) -> None:
    """At once on this node, a moment later on the other."""
    here, there = await places(), await places()
    there.presence.roster("chat")
    assert await here.lets_in(ANN) == ""
    assert here.lists() == ["Ann"]
    await until(lambda: there.lists() == ["Ann"])


async def test_a_node_that_starts_later_reads_the_whole_list(places: Places) -> None:
    """When it begins to listen to the room."""
    here = await places()
    await here.lets_in(ANN)
    await here.lets_in(BOB)
    there = await places()
    roster = there.presence.roster("chat")
    await asyncio.wait_for(roster.known.wait(), 5)
    assert there.lists() == ["Ann", "Bob"]


async def test_a_name_belongs_to_one_person_at_a_time(places: Places) -> None:
    """Also of two who ask in the same moment on two nodes: one gets it."""
    here, there = await places(), await places()
    answers = await asyncio.gather(here.lets_in(Person("a", "Ann")), there.lets_in(Person("b", "ANN")))
    assert sorted(answers) in (["", "a"], ["", "b"])


async def test_whoever_leaves_is_gone_after_the_grace(places: Places, short: None) -> None:
    """And their name is free."""
    here, there = await places(), await places()
    there.presence.roster("chat")
    await here.lets_in(ANN)
    here.presence.leave("chat", ANN.id)
    await until(lambda: here.lists() == [] and there.lists() == [])
    assert await there.lets_in(Person("other", "Ann")) == ""


async def test_whoever_is_back_within_the_grace_was_never_gone(places: Places, short: None) -> None:
    """A reload of the page isn't told to anyone."""
    here = await places()
    await here.lets_in(ANN)
    roster = here.presence.roster("chat")
    await until(lambda: roster.version > 0)
    version = roster.version
    here.presence.leave("chat", ANN.id)
    assert await here.lets_in(ANN) == ""
    await asyncio.sleep(0.5)
    assert (here.lists(), roster.version) == (["Ann"], version)


async def test_a_person_stays_while_one_of_their_sessions_does(places: Places, short: None) -> None:
    """On the same node or on another one."""
    here, there = await places(), await places()
    await here.lets_in(ANN)
    await here.lets_in(ANN)
    await there.lets_in(ANN)
    here.presence.leave("chat", ANN.id)
    here.presence.leave("chat", ANN.id)
    await asyncio.sleep(0.5)
    assert here.lists() == there.lists() == ["Ann"]
    there.presence.leave("chat", ANN.id)
    await until(lambda: here.lists() == [])


async def test_the_people_of_a_node_that_died_are_let_go(places: Places, short: None, redis_server: str) -> None:
    """Nobody renews their leases; those of the others stay."""
    here = await places()
    await here.lets_in(BOB)
    link = RedisLink(redis_server)
    await link.start()
    dying = Place(link)
    await dying.lets_in(ANN)
    await until(lambda: here.lists() == ["Ann", "Bob"])
    await cancel_all(dying.presence._tasks)
    await link.stop()
    await until(lambda: here.lists() == ["Bob"])


async def test_a_redis_that_came_back_empty_gets_everyone_again(places: Places, short: None, redis: Redis) -> None:
    """Their sessions are still here."""
    here, there = await places(), await places()
    await here.lets_in(ANN)
    await there.lets_in(BOB)
    await until(lambda: here.lists() == there.lists() == ["Ann", "Bob"])
    await redis.flushall()
    await until(lambda: here.lists() == there.lists() == ["Ann", "Bob"])
    for _ in range(100):
        if await redis.zcard("{chat}:online") == 2:
            break
        await asyncio.sleep(0.05)
    assert await redis.zcard("{chat}:online") == 2


async def test_another_name_frees_the_old_one(places: Places) -> None:
    """And is refused where somebody has it."""
    here, there = await places(), await places()
    await here.lets_in(ANN)
    await there.lets_in(BOB)
    assert await here.lets_in(Person(ANN.id, "bob")) == BOB.id
    assert await here.lets_in(Person(ANN.id, "Anna")) == ""
    await until(lambda: "Anna" in there.lists())
    assert await there.lets_in(Person("new", "Ann")) == ""


async def test_rooms_have_their_own_people(places: Places) -> None:
    """One name may be in two rooms."""
    here = await places()
    assert await here.lets_in(ANN, "chat") == ""
    assert await here.lets_in(Person("x", "Ann"), "team") == ""
    assert here.lists("chat") == here.lists("team") == ["Ann"]


async def test_signals_that_are_none_are_ignored(places: Places, redis: Redis) -> None:
    """Whatever anybody publishes there."""
    here = await places()
    await here.lets_in(ANN)
    for data in (b"", b"nonsense", b"[]", b"\xff", b'{"version":"x"}'):
        await redis.publish("{chat}:signals", data)
    await here.lets_in(BOB)
    await until(lambda: here.lists() == ["Ann", "Bob"])


async def test_a_missed_signal_is_noticed(places: Places, redis: Redis) -> None:
    """The subscription was cut while somebody came: the list is read anew."""
    here, there = await places(), await places()
    await here.lets_in(ANN)
    await until(lambda: there.presence.roster("chat").known.is_set())
    for _ in range(3):
        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await asyncio.sleep(0.02)
    await here.lets_in(BOB)
    await until(lambda: there.lists() == ["Ann", "Bob"])


async def test_a_forgotten_room_is_no_longer_listened_to(places: Places, redis: Redis) -> None:
    """Whoever is leaving still does."""
    here = await places()
    await here.lets_in(ANN)
    while not await redis.hget("{chat}:meta", "looked"):  # the first look begins all leases anew
        await asyncio.sleep(0.01)
    here.presence.leave("chat", ANN.id)
    here.presence.forget("chat")
    here.presence.forget("never was")
    for _ in range(200):
        if not await redis.pubsub_channels("{chat}:signals"):
            break
        await asyncio.sleep(0.01)
    assert await redis.pubsub_channels("{chat}:signals") == []
    for _ in range(200):
        if await redis.zscore("{chat}:online", ANN.id) < _now_ms(await redis.time()) + GRACE * 1000 + 100:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the lease wasn't cut")


def _now_ms(time: tuple[int, int]) -> float:
    return time[0] * 1000 + time[1] / 1000


async def test_a_change_heard_while_leases_are_renewed_is_no_reason_to_read_the_list(
    places: Callable[[], Awaitable[Place]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a busy crowd one comes all the time, and the list is long."""
    here, there = await places(), await places()
    await here.lets_in(ANN)
    await until(lambda: here.lists() == ["Ann"])
    pipeline = here.presence._link.pipeline

    async def overtaken(calls: Sequence[Call]) -> list[Any]:
        replies = await pipeline(calls)
        await there.lets_in(BOB)
        await until(lambda: here.lists() == ["Ann", "Bob"])
        return replies

    room = here.presence._room("chat")
    monkeypatch.setattr(here.presence._link, "pipeline", overtaken)
    await here.presence._renew([room])
    assert room.loading is None


async def test_whoever_never_had_a_lease_is_gone_when_they_leave(
    places: Callable[[], Awaitable[Place]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis was full when they came: no lease of theirs can end, so nobody tells of their going."""

    async def full(*_: object) -> list[str]:
        raise RedisWriteRefused("OOM")

    here = await places()
    await here.lets_in(BOB)
    monkeypatch.setattr(here.presence._leases, "enter", full)
    assert await here.lets_in(ANN) == ""
    assert here.lists() == ["Ann", "Bob"]
    here.presence.leave("chat", ANN.id)
    await until(lambda: here.lists() == ["Bob"])


async def test_whoever_withdraws_is_not_waited_for(
    places: Callable[[], Awaitable[Place]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis is away, and people come and go: those who have gone aren't let in when it is back."""
    here = await places()
    enter = here.presence._leases.enter

    async def away(*_: object) -> list[str]:
        raise RedisUnavailable("gone")

    monkeypatch.setattr(here.presence._leases, "enter", away)
    answers: list[str] = []
    withdraw = here.presence.enter("chat", ANN, answers.append)
    here.presence.enter("chat", BOB, answers.append)
    withdraw()
    withdraw()
    assert [entry.person for entry in here.presence._room("chat").entering] == [BOB]
    monkeypatch.setattr(here.presence._leases, "enter", enter)
    await until(lambda: answers == [""])
    await until(lambda: here.lists() == ["Bob"])


def test_leases_are_renewed_in_portions() -> None:
    """Many rooms with few people go together, a room full of people goes in parts, and each is looked at once."""
    crowd = [str(number) for number in range(1100)]
    sent = list(portions([("a", ["ann"]), ("empty", []), ("crowd", crowd), ("b", ["bob"])]))
    assert [[(room, len(people), first) for room, people, first in portion] for portion in sent] == [
        [("a", 1, True), ("empty", 0, True)],
        [("crowd", 500, True)],
        [("crowd", 500, False)],
        [("crowd", 100, False), ("b", 1, True)],
    ]
    assert [person for portion in sent for room, people, _ in portion if room == "crowd" for person in people] == crowd
    assert list(portions([])) == []


async def test_every_lease_of_a_crowd_is_renewed(places: Callable[[], Awaitable[Place]], redis: Redis) -> None:
    """Also of the last portion; whoever Redis has lost comes back, and the list isn't read again for it."""
    here = await places()
    people = [Person(f"p{number}", f"Guest {number}") for number in range(1, 1203)]
    await asyncio.gather(*map(here.lets_in, people))
    room = here.presence._room("chat")
    online, entries, _, _ = room.keys.presence
    await until(lambda: len(here.lists()) == len(people))
    lost = people[1100]
    ends = _now_ms(await redis.time()) + 5000
    await redis.zadd(online, {person.id: ends for person in people})
    await redis.hdel(entries, lost.id)
    room.renewed = 0.0
    await here.presence._renew([room])
    soon = _now_ms(await redis.time()) + 10_000
    assert await redis.zcount(online, "-inf", soon) <= 1, "all but the lost one have their whole lease"
    assert room.loading is None
    while not await redis.hexists(entries, lost.id):
        await asyncio.sleep(0.01)


async def test_a_change_on_its_way_between_two_portions_is_no_sign_of_deafness(
    places: Callable[[], Awaitable[Place]], redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They follow each other in milliseconds; only what is still missing at the next round was missed."""
    here = await places()
    monkeypatch.setattr(leases, "PORTION", 1)
    for person in (ANN, BOB, Person("cem", "Cem")):
        await here.lets_in(person)
    room = here.presence._room("chat")
    await until(lambda: room.roster.version == 3)
    pipeline = here.presence._link.pipeline
    asked = 0

    async def with_a_change(calls: Sequence[Call]) -> list[Any]:
        nonlocal asked
        asked += 1
        if asked == 2:
            await redis.hincrby(room.keys.presence[-1], "people", 1)
        return await pipeline(calls)

    monkeypatch.setattr(here.presence._link, "pipeline", with_a_change)
    room.renewed = 0.0
    await here.presence._renew([room])
    assert (asked, room.loading) == (3, None)
    await here.presence._renew([room])
    await here.presence._renew([room])
    assert room.loading is not None


async def test_a_list_that_went_back_is_read_again(places: Callable[[], Awaitable[Place]], redis: Redis) -> None:
    """Redis came back with an older list, say: the changes since are told to nobody."""
    here = await places()
    await here.lets_in(ANN)
    room = here.presence._room("chat")
    await until(lambda: room.roster.version == 1)
    await redis.hset(room.keys.presence[-1], "people", 0)
    await here.presence._renew([room])
    assert room.loading is not None
