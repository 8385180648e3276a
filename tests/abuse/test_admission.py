"""How many may be connected, from where and how quickly."""

from __future__ import annotations

import asyncio

from wschat.limits import Rate
from wschat.web.admission import AdmissionControl, AdmissionLimits
from wschat.web.http_connections import HttpConnections

from ..support import Nodes
from ..support.http import Stream
from ..support.room import until
from .raw import Raw


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_connections_are_counted_in_all_and_by_address() -> None:
    """A closed connection frees its place; one without limits counts only towards the total."""
    admission_control = AdmissionControl(AdmissionLimits(sockets=5, per_address=2, rate=Rate(0, 0)), Clock())
    for address in ("a", "a", "b", ""):
        assert admission_control.rejects(address) is None
        admission_control.enter(address)
    assert admission_control.rejects("a") == "too many connections from one address"
    assert admission_control.rejects("c") is None
    admission_control.enter("")
    assert admission_control.rejects("c") == "too many connections"
    admission_control.leave("a")
    assert admission_control.rejects("a") is None


def test_new_connections_are_limited_by_address() -> None:
    """An address may open a burst of connections, then a number per second."""
    clock = Clock()
    admission_control = AdmissionControl(AdmissionLimits(rate=Rate(2, 3)), clock)
    assert [admission_control.rejects("a") is None for _ in range(5)] == [True, True, True, False, False]
    assert admission_control.rejects("b") is None
    clock.now = 0.5
    assert admission_control.rejects("a") is None
    assert admission_control.rejects("a") is not None


def test_to_look_at_the_limits_of_an_address_counts_nothing() -> None:
    """It tells what `rejects` would, but for a node that is full."""
    clock = Clock()
    admission_control = AdmissionControl(AdmissionLimits(sockets=4, per_address=2, rate=Rate(1, 3)), clock)
    for _ in range(2):
        assert [admission_control.is_within_limits("a") for _ in range(9)] == [True] * 9
        assert admission_control.rejects("a") is None
        admission_control.enter("a")
    assert not admission_control.is_within_limits("a")
    admission_control.leave("a")
    assert admission_control.rejects("a") is None
    assert not admission_control.is_within_limits("a")
    clock.now = 1.0
    assert admission_control.is_within_limits("a")
    for _ in range(3):
        admission_control.enter("")
    assert admission_control.is_within_limits("a")
    assert admission_control.rejects("a") == "too many connections"
    assert admission_control.is_within_limits("")


def test_the_memory_for_addresses_is_bounded() -> None:
    """A million addresses don't fill the memory."""
    admission_control = AdmissionControl(AdmissionLimits(), Clock())
    for number in range(10_100):
        admission_control.rejects(str(number))
    assert len(admission_control._buckets) == 10_000
    assert not admission_control._open


async def test_too_many_sockets_get_503_before_the_upgrade(nodes: Nodes) -> None:
    """The limits per address and in total answer with Retry-After, and other addresses can still connect."""
    await nodes.start(1, sockets_per_address=3, sockets=5, trusted_proxy=("127.0.0.1",))
    port = nodes.nodes[0].edge.port

    async def comes_from(address: str) -> Raw:
        return await Raw.connect(port, {"X-Forwarded-For": address})

    first = [await comes_from("203.0.113.1") for _ in range(4)]
    assert [raw.status for raw in first] == [101, 101, 101, 503]
    assert "Retry-After: 5" in first[3].head
    assert [(await comes_from(f"2a00::{n}")).status for n in (1, 2)] == [101, 101]
    assert (await comes_from("203.0.113.9")).status == 503
    await first[0].close()

    async def is_let_in() -> bool:
        return (await comes_from("203.0.113.9")).status == 101

    await until(is_let_in)


async def test_joins_from_one_address_have_a_pace(nodes: Nodes) -> None:
    """Clients beyond the rate wait, and clients from another address don't."""
    await nodes.start(1, sockets_per_address=10, socket_rate=5.0, trusted_proxy=("127.0.0.1",))
    port = nodes.nodes[0].edge.port
    statuses = []
    started = asyncio.get_running_loop().time()
    for _ in range(15):
        raw = await Raw.connect(port, {"X-Forwarded-For": "203.0.113.1"})
        statuses.append(raw.status)
        await raw.close()
    assert 10 <= statuses.count(101) <= 11 + 5 * (asyncio.get_running_loop().time() - started)
    assert (await Raw.connect(port, {"X-Forwarded-For": "203.0.113.2"})).status == 101


def test_an_address_that_opens_too_many_loses_its_own() -> None:
    """The address that has the most connections makes room, not one that has a single idle one."""
    connections = HttpConnections(Clock())
    streams = {key: [Stream() for _ in range(size)] for key, size in (("a", 1), ("b", 5), ("", 3))}
    for key, those in streams.items():
        for stream in those:
            connections.add(stream, key)
    connections.request(streams["b"][0], "b")
    assert connections.drop_oldest()
    assert [stream.closed() for stream in streams["b"]] == [False, True, False, False, False]
    assert connections.drop_oldest("a")
    assert streams["a"][0].closed()
    assert (len(connections), connections.count("a"), connections.count("b")) == (7, 0, 4)
    connections.close()
    assert len(connections) == 0


def test_one_address_never_gets_all_places() -> None:
    """Where few connections fit, one address gets three quarters of them at most."""
    assert AdmissionLimits(20_000, 500).within(30) == AdmissionLimits(30, 22)
    assert AdmissionLimits(20_000, 500).within(100_000) == AdmissionLimits(20_000, 500)
    assert AdmissionLimits(1, 1).within(1) == AdmissionLimits(1, 1)
