"""Finding the primaries among answers that contradict each other, and which caller waits for which."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from wschat.broker.storing.lanes import Lanes
from wschat.config.redis_url import Address, parse_engine_url
from wschat.redis_link.cluster import ClusterTopology, claims_of, layout_of, missing_slots
from wschat.redis_link.sentinel import SentinelTopology
from wschat.redis_link.topology import LayoutUnknown

A, B = Address("10.0.0.1", 7000), Address("::1", 7001)


def test_of_two_claims_to_a_slot_the_newer_one_is_true() -> None:
    """A node that was frozen answers with what was true before; keys on their way count where they come from."""
    new = (
        "id1 10.0.0.1:7000@17000 myself,master - 0 0 5 connected 0-99 200-16383 [50->-id2]\n"
        "id2 [::1]:7001@17001,name master - 0 0 7 connected 100 101-199\n"
        "id3 10.0.0.3:7002@17002 slave id1 0 0 5 connected\n"
    )
    old = "id1 :7000@17000 myself,master - 0 0 5 connected 0-16383\n"
    claims = [*claims_of(old, A, prefers_names=False), *claims_of(new, A, prefers_names=False)]
    assert layout_of(claims) == {A: [range(100), range(200, 16384)], B: [range(100, 200)]}


def test_a_certificate_needs_the_name_that_a_node_announces() -> None:
    """With TLS the name stands for the address, if there is one."""
    line = "id2 10.0.0.2:7001@17001,redis-2 master - 0 0 7 connected 0-16383\n"
    (claim,) = claims_of(line, A, prefers_names=True)
    assert claim.address == Address("redis-2", 7001)


def test_a_node_without_an_address_is_skipped() -> None:
    """Nobody can connect to it; its slots have no primary then."""
    line = "id2 :0@0 master,noaddr - 0 0 7 disconnected 0-99\nid1 10.0.0.1:7000@1 master - 0 0 1 connected 100-16383\n"
    layout = layout_of(claims_of(line, A, prefers_names=False))
    assert missing_slots(layout) == [range(100)]
    assert missing_slots({A: [range(16384)]}) == []


Telling = Callable[[Mapping[Address, Any]], None]


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> Telling:
    """`telling(replies)`: each server answers with these."""

    def tell(replies: Mapping[Address, Any]) -> None:
        async def query(url: str, *_: object) -> Any:
            (host,) = [address for address in replies if address.host in url]
            return replies[host]

        monkeypatch.setattr("wschat.redis_link.topology.query", query)

    return tell


def sentinels() -> SentinelTopology:
    return SentinelTopology(parse_engine_url("redis+sentinel://10.0.0.7,10.0.0.8,10.0.0.9/main"))


def told(address: Address, epoch: int) -> list[Any]:
    """A sentinel's reply."""
    others = [b"name", b"other", b"config-epoch", b"99"]
    mine = [b"name", b"main", b"config-epoch", str(epoch).encode()]
    return [[address.host.encode(), str(address.port).encode()], [others, mine]]


async def test_of_sentinels_that_disagree_the_newest_failover_counts(telling: Telling) -> None:
    """A sentinel that was cut off still names the former primary; one that knows no such set says nothing."""
    topology = sentinels()
    stale, fresh, empty = topology.url.hosts
    telling({stale: told(A, 9), fresh: told(B, 10), empty: [None, []]})
    assert await topology.find() == {B: [range(16384)]}


@pytest.mark.parametrize(
    "nonsense",
    [
        [[b"10.0.0.1", b"x"], [[b"name", b"main", b"config-epoch", b"99"]]],
        [[b"10.0.0.1", b"7000"], [[b"name", b"main", b"config-epoch", b"x"]]],
        [[b"\xff", b"7000"], [[b"name", b"main", b"config-epoch", b"99"]]],
        [[b"10.0.0.1"], []],
        [b"OK", b"OK"],
        [1, 1],
    ],
)
async def test_a_sentinel_that_talks_nonsense_keeps_nobody_from_the_others(telling: Telling, nonsense: Any) -> None:
    """It is as one that doesn't answer; where it is alone, the trouble says what was asked."""
    topology = sentinels()
    liar, honest, away = topology.url.hosts
    telling({liar: nonsense, honest: told(B, 10), away: [None, []]})
    assert await topology.find() == {B: [range(16384)]}
    telling(dict.fromkeys(topology.url.hosts, nonsense))
    with pytest.raises(LayoutUnknown, match="unexpected reply to SENTINEL GET-MASTER-ADDR-BY-NAME"):
        await topology.find()


@pytest.mark.parametrize(
    "nonsense",
    [b"two words", b"\xff", 1, None, [b"a"], b"id :q@1 master - 0 0 1 connected 0", b"id :7@1 master - 0 0 x c"],
)
async def test_a_cluster_node_that_talks_nonsense_keeps_nobody_from_the_others(telling: Telling, nonsense: Any) -> None:
    """The same for a node of a cluster."""
    topology = ClusterTopology(parse_engine_url("redis+cluster://10.0.0.7,10.0.0.8"))
    liar, honest = topology.url.hosts
    telling({liar: [nonsense], honest: [b"id1 10.0.0.1:7000@1 master - 0 0 1 connected 0-16383\n"]})
    assert await topology.find() == {A: [range(16384)]}


class Thing(NamedTuple):
    """Something to be stored."""

    room: str
    number: int
    size: int = 1


async def test_a_primary_that_does_not_answer_holds_up_only_its_own_rooms() -> None:
    """Room b is stored while room a waits; a room that moved meanwhile goes on elsewhere, in its order."""
    primaries = {"a": 1, "b": 2}
    stored: list[Thing] = []
    answers = asyncio.Event()

    async def store(items: list[Thing]) -> list[Thing]:
        if any(primaries[item.room] == 1 for item in items):
            await answers.wait()
            return items
        stored.extend(items)
        return []

    lanes = Lanes(primaries.__getitem__, store)
    lanes.start()
    for number in range(2):
        lanes.add(Thing("a", number))
        await asyncio.sleep(0)
    lanes.add(Thing("b", 0))
    await asyncio.sleep(0.01)
    assert stored == [("b", 0, 1)]
    primaries["a"] = 2
    answers.set()
    lanes.add(Thing("a", 2))
    while len(lanes):
        await asyncio.sleep(0.01)
    assert [thing.number for thing in stored if thing.room == "a"] == [0, 1, 2]
    assert lanes.size == 0
    await lanes.stop()


async def test_nothing_is_left_of_a_primary_that_was_replaced() -> None:
    """Each failover to another address would leave a task behind, in a node that runs for months."""
    before = len(asyncio.all_tasks())
    current = 0

    async def store(items: list[Thing]) -> list[Thing]:
        return []

    lanes = Lanes(lambda room: current, store)
    lanes.start()
    for current in range(10):
        lanes.add(Thing("a", current))
        while len(lanes):
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == before
    await lanes.stop()
