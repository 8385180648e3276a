"""What the clients of one address read from Redis, in turns."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from wschat.broker import MessageSearch, SearchResult
from wschat.errors import RedisUnavailable
from wschat.limits import Rate
from wschat.session.limits.address_share import READS_AT_ONCE, AddressLimits, AddressShare

from ..support.room import until
from .conversation import Node


async def test_a_primary_that_is_away_holds_up_no_room_on_another(
    session_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More people of one address than read at once come back to a room that can't be read; others read in theirs."""
    await session_node.fill(600)
    feed, share = session_node.feed, AddressShare(AddressLimits.of(Rate(5, 20), 10))
    next_events, tried = feed.next_events, 0

    async def away(*_: Any) -> Any:
        nonlocal tried
        tried += 1
        raise RedisUnavailable("away")

    monkeypatch.setattr(feed, "next_events", away)
    session_node.is_up = False  # so they wait for as long as that takes
    waiting = [session_node.connect(share) for _ in range(READS_AT_ONCE + 1)]
    for number, client in enumerate(waiting):
        client.says("hello", name=f"P{number}", resume={"epoch": feed.log.epoch, "seq": 1})
    await until(lambda: tried > READS_AT_ONCE)
    ann = session_node.connect(share)
    await ann.joins("Ann", room="team")
    ann.says("history", before=1, ref="a")
    assert (await ann.gets("history"))["ref"] == "a"
    assert not any(client.transport.got("welcome") for client in waiting)
    monkeypatch.setattr(feed, "next_events", next_events)
    for client in waiting:
        assert (await client.gets("welcome"))["messages"][0]["seq"] == 2
        client.session.closed()


async def test_a_search_is_paid_for_by_its_time_and_holds_up_no_reader(
    session_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Searches that wait for something leave both places for reads of their address."""
    share = AddressShare(AddressLimits.of(Rate(5, 20), 10))
    ann = session_node.connect(share)
    await ann.joins("Ann")
    ends = asyncio.Event()

    async def search(*_: Any) -> SearchResult:
        await ends.wait()
        return SearchResult("e", [], [], has_more=False, seconds=5.0)

    monkeypatch.setattr(MessageSearch, "find", search)
    for number in range(READS_AT_ONCE):
        ann.says("search", text="x", ref=f"s{number}")
    ann.says("history", before=1, ref="a")
    assert (await ann.gets("history"))["ref"] == "a"
    assert not share._processor.debt(time.monotonic())
    ends.set()
    await ann.gets("found")
    assert share._processor.debt(time.monotonic()) > 20
