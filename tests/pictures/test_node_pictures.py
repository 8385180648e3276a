"""Nodes delete pictures together: all of them hear what was erased, and one of them sweeps."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.app import node_pictures
from wschat.app.node import Node
from wschat.errors import RedisUnavailable
from wschat.pictures import Pictures, Sweeper
from wschat.redis_link import SWEPT_KEY

from ..support import Nodes
from ..support.program import Program
from ..support.redis import needs_embedded
from ..support.room import until
from .logs import keep, kept, post

ONE, TWO = "1" * 22, "2" * 22
FOREIGN = (b"", b"{}", b'{"room":1}', b"\xff", b"[" * 10_000)


@pytest.fixture
async def with_pictures(nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nodes:
    """Two nodes that keep pictures in one folder."""
    monkeypatch.setattr(node_pictures, "GATHERED", 0.25)
    return await nodes.start(2, pictures=str(tmp_path / "pictures"))


def opened(node: Node) -> Pictures:
    assert node.pictures is not None
    return node.pictures


async def test_a_node_opens_its_pictures_when_somebody_uses_them(with_pictures: Nodes, node: Nodes) -> None:
    """A node without any says so."""
    first, _, without = with_pictures.nodes
    assert (first.takes_pictures, without.takes_pictures, without.pictures) == (True, False, None)
    assert first._pictures._opened is None
    assert opened(first) is opened(first)


@needs_embedded  # the command says that another Redis has no append-only file
async def test_the_pictures_of_a_cleared_room_go_at_once(with_pictures: Nodes, redis: Redis, program: Program) -> None:
    """Also one that wasn't sent yet; those of other rooms stay."""
    store = opened(with_pictures.nodes[0]).store
    await post(redis, "kitchen", 1, "one")
    await keep(store, "kitchen", "one", "unsent")
    await keep(store, "attic", "unsent")
    await program("clear", "kitchen", "--yes")
    await until(lambda: _is_empty(store, "kitchen"))
    assert await kept(store, "attic") == {"unsent"}


async def test_one_node_follows_all_signals_about_a_room(
    with_pictures: Nodes, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the last of those that come at once; a later one leads to another sweep."""
    sweeps: list[str] = []

    async def sweep_room(_: Sweeper, room: str, moment: float) -> int:
        assert 0 < time.time() - moment < 2 * node_pictures.GATHERED
        sweeps.append(room)
        return 0

    monkeypatch.setattr(Sweeper, "sweep_room", sweep_room)
    for wanted in (["kitchen"], ["kitchen"] * 2):
        for _ in range(3):
            await redis.publish("wschat:node", b'pictures {"room":"kitchen"}')
        assert len(sweeps) == len(wanted) - 1
        await asyncio.sleep(2 * node_pictures.GATHERED)
        assert sweeps == wanted


async def test_a_picture_that_comes_after_a_room_was_cleared_stays(with_pictures: Nodes, redis: Redis) -> None:
    """Somebody uploads it before the room is swept, and sends it then."""
    store = opened(with_pictures.nodes[0]).store
    await keep(store, "kitchen", "before")
    await asyncio.sleep(0.02)  # a file's time may be that much too early
    await redis.publish("wschat:node", b'pictures {"room":"kitchen"}')
    await asyncio.sleep(0.1)
    await keep(store, "kitchen", "after")
    await until(lambda: _has(store, "kitchen", {"after"}))


@needs_embedded  # the command says that another Redis has no append-only file
async def test_the_pictures_of_a_forgotten_person_go_at_once(
    with_pictures: Nodes, redis: Redis, program: Program
) -> None:
    """Those of the person's messages; the command says so."""
    store = opened(with_pictures.nodes[0]).store
    await post(redis, "kitchen", 1, ONE, TWO)
    await keep(store, "kitchen", ONE, TWO, "of-others")
    done = await program("forget", "--person", "Ann", "--yes")
    assert "Running servers delete the pictures now" in done.errors
    await until(lambda: _has(store, "kitchen", {"of-others"}))


@needs_embedded  # the command says that another Redis has no append-only file
async def test_a_forgotten_room_takes_its_pictures_with_it(
    with_pictures: Nodes, redis: Redis, program: Program
) -> None:
    """All of them; the command says so."""
    store = opened(with_pictures.nodes[0]).store
    await post(redis, "kitchen", 1, "one")
    await keep(store, "kitchen", "one", "unsent")
    done = await program("forget", "--room", "kitchen", "--yes")
    assert "Running servers delete the pictures now" in done.errors
    await until(lambda: _is_empty(store, "kitchen"))


async def test_tail_shows_the_sizes_of_pictures(redis: Redis, program: Program) -> None:
    """After the text of the message."""
    await post(redis, "kitchen", 1, ONE, TWO)
    done = await program("tail", "kitchen", "--no-follow")
    assert "Ann: hello [picture 8×4] [picture 8×4]" in done.output


async def test_a_signal_of_another_program_deletes_nothing(
    with_pictures: Nodes, redis: Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does it disturb anybody."""
    store = opened(with_pictures.nodes[0]).store
    await keep(store, "chat", "one")
    for data in FOREIGN:
        await redis.publish("wschat:node", b"pictures " + data)
    await redis.publish("wschat:node", b'pictures {"room":"../..","pictures":["../../one"]}')
    await redis.publish("wschat:node", b'pictures {"room":"attic"}')
    outside = tmp_path / ".profile"
    outside.touch()
    os.utime(outside, (0, 0))
    await redis.publish("wschat:node", b'pictures {"room":".."}')
    await asyncio.sleep(0.5)
    assert await kept(store, "chat") == {"one"}
    assert outside.exists()
    assert [record for record in caplog.records if record.exc_info] == []


async def test_one_node_sweeps_in_six_hours(
    with_pictures: Nodes, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless that failed: then the next check tries again."""
    outcomes: list[Any] = [RedisUnavailable("away"), 0, 0]

    async def sweep(_: Sweeper) -> int:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return int(outcome)

    monkeypatch.setattr(Sweeper, "sweep", sweep)
    first, second = (node._pictures for node in with_pictures.nodes)
    with pytest.raises(RedisUnavailable):
        await first.sweep_if_due()
    for one in (second, first, second):
        await one.sweep_if_due()
    assert outcomes == [0]
    assert 6 * 3600 - 60 < await redis.ttl(SWEPT_KEY) <= 6 * 3600
    await redis.delete(SWEPT_KEY)
    await first.sweep_if_due()
    assert outcomes == []


async def test_the_first_sweep_comes_soon_after_the_start(
    nodes: Nodes, tmp_path: Path, redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that nobody uses stops after minutes. A failure is no end."""
    monkeypatch.setattr(node_pictures, "CHECK_FIRST", 0.05)
    monkeypatch.setattr(node_pictures, "CHECK_EVERY", 0.05)
    swept = 0

    async def fails(_: Sweeper) -> int:
        nonlocal swept
        swept += 1
        raise OSError("the disk is away")

    monkeypatch.setattr(Sweeper, "sweep", fails)
    await nodes.start(1, pictures=str(tmp_path / "pictures"))
    await until(lambda: swept >= 3)
    assert "Could not delete pictures without a message, will retry: the disk is away" in caplog.messages


async def _has(store: Any, room: str, pictures: set[str]) -> bool:
    return await kept(store, room) == pictures


async def _is_empty(store: Any, room: str) -> bool:
    return await _has(store, room, set())
