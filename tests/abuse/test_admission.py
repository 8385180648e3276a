"""How many may be connected, from where and how quickly; and what becomes of those who are too many."""

from __future__ import annotations

import asyncio
import resource

import pytest

from wschat.rate_limit import Rate
from wschat.web import admission
from wschat.web.admission import AdmissionControl, AdmissionLimits

from ..support import Nodes
from .raw import Raw, command


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_connections_are_counted_in_all_and_by_address() -> None:
    """One that leaves makes room, and an address without limits counts in the total only."""
    admission_control = AdmissionControl(AdmissionLimits(sockets=5, per_address=2, rate=Rate(0, 0)), Clock())
    for address in ("a", "a", "b", ""):
        assert admission_control.refuses(address) is None
        admission_control.enter(address)
    assert admission_control.refuses("a") == "too many connections from one address"
    assert admission_control.refuses("c") is None
    admission_control.enter("")
    assert admission_control.refuses("c") == "too many connections"
    admission_control.leave("a")
    assert admission_control.refuses("a") is None


def test_new_connections_are_limited_by_address() -> None:
    """An address may open some at once, and then so many a second."""
    clock = Clock()
    admission_control = AdmissionControl(AdmissionLimits(rate=Rate(2, 3)), clock)
    assert [admission_control.refuses("a") is None for _ in range(5)] == [True, True, True, False, False]
    assert admission_control.refuses("b") is None
    clock.now = 0.5
    assert admission_control.refuses("a") is None
    assert admission_control.refuses("a") is not None


def test_the_memory_for_addresses_is_bounded() -> None:
    """A million addresses don't fill the memory."""
    admission_control = AdmissionControl(AdmissionLimits(), Clock())
    for number in range(10_100):
        admission_control.refuses(str(number))
    assert len(admission_control._buckets) == 10_000
    assert not admission_control._open


async def half_requests(port: int, count: int) -> list[Raw]:
    """Connections that have said one byte: those that say nothing stay with the system, where it can keep them."""
    halves = [Raw(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]
    for raw in halves:
        raw.send(b"G")
    await asyncio.sleep(0.1)
    return halves


def is_cut(raw: Raw) -> bool:
    return raw.reader.at_eof() or raw.reader.exception() is not None


async def test_too_many_sockets_get_503_before_the_upgrade(nodes: Nodes) -> None:
    """The answer says when to come back, and other addresses still get in."""
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
    await asyncio.sleep(0.05)
    assert (await comes_from("203.0.113.9")).status == 101


async def test_joins_from_one_address_have_a_pace(nodes: Nodes) -> None:
    """Those beyond it are rejected, and somebody from elsewhere isn't."""
    await nodes.start(1, sockets_per_address=10, socket_rate=5.0, trusted_proxy=("127.0.0.1",))
    port = nodes.nodes[0].edge.port
    statuses = []
    for _ in range(15):
        raw = await Raw.connect(port, {"X-Forwarded-For": "203.0.113.1"})
        statuses.append(raw.status)
        await raw.close()
    assert statuses.count(101) in (10, 11)
    assert (await Raw.connect(port, {"X-Forwarded-For": "203.0.113.2"})).status == 101


async def test_connections_without_a_request_are_bounded(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those beyond the bound are closed at once, and the others get their time."""
    monkeypatch.setattr(admission, "REQUESTS_MOST", 20)
    await nodes.start(1)
    port = nodes.nodes[0].edge.port
    halves = await half_requests(port, 25)
    assert sum(map(is_cut, halves)) == 5
    for raw in halves:
        await raw.close()
    await asyncio.sleep(0.05)
    assert (await Raw.connect(port)).status == 101


async def test_running_out_of_file_descriptors_turns_people_away(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets and requests together stay below what the process may open; who is there isn't harmed."""
    monkeypatch.setattr(admission, "connection_capacity", lambda: 6)
    await nodes.start(1)
    port = nodes.nodes[0].edge.port
    anna = await Raw.join(port, "Анна")
    halves = await half_requests(port, 12)
    assert sum(map(is_cut, halves)) == 7
    anna.send(command("post", id="1", text="я здесь"))
    await anna.event("ack")
    for raw in halves:
        await raw.close()
    await asyncio.sleep(0.05)
    await Raw.join(port, "Борис")


def test_the_process_helps_itself_to_all_descriptors_that_it_may_have() -> None:
    """Some systems give 1,024 unless one asks."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        capacity = admission.connection_capacity()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == capacity + admission.SPARE > 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
