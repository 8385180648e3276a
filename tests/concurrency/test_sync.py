"""A copy of what Redis holds: listen, read, apply what came meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from wschat.concurrency import Sync, background_rank
from wschat.concurrency import sync as sync_module
from wschat.errors import RedisUnavailable

from ..support.client import PATIENCE
from ..support.room import LocalNode, until


class Source:
    """A source, as Redis is one: a number, a copy of it, and reads that wait until they are let go on."""

    def __init__(self) -> None:
        self.held = 0
        self.copy = -1
        self.reads = 0
        self.portion = 1000  # that one read fetches
        self.failures = 0
        self.problem: Exception = RedisUnavailable("away")
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.sync = Sync(self._read, self._apply, lambda: 0)

    async def _read(self) -> bool:
        self.reads += 1
        held = self.held
        await self.go_on.wait()
        if self.failures:
            self.failures -= 1
            raise self.problem
        self.copy = min(held, self.copy + self.portion)
        return self.copy == held

    def _apply(self, number: int) -> bool:
        if number < 0:
            raise ZeroDivisionError
        if number == self.copy + 1:
            self.copy = number
        return number <= self.copy

    def publish(self) -> None:
        self.held += 1
        self.sync.on_publish(self.held)


@pytest.fixture
def source() -> Source:
    return Source()


async def test_the_copy_is_ready_after_the_first_read(source: Source) -> None:
    """It is not ready before that."""
    assert not source.sync.ready.is_set()
    await source.sync.verify()
    assert (source.copy, source.sync.ready.is_set(), source.sync.is_syncing) == (0, True, False)


async def test_what_is_published_during_a_read_is_applied_after_it(source: Source) -> None:
    """In order, and without a second read."""
    source.go_on.clear()
    source.sync.resync()
    await asyncio.sleep(0)
    source.publish()
    source.publish()
    assert source.copy == -1
    source.go_on.set()
    await until(lambda: not source.sync.is_syncing)
    assert (source.copy, source.reads) == (2, 1)


async def test_a_gap_is_settled_by_a_read(source: Source) -> None:
    """An item that was missed shows in the next one."""
    await source.sync.verify()
    source.held = 5
    source.publish()
    await until(lambda: not source.sync.is_syncing)
    assert (source.copy, source.reads) == (6, 2)


async def test_a_gap_among_what_came_during_a_read_leads_to_another(source: Source) -> None:
    """Until there is none."""
    source.go_on.clear()
    source.sync.resync()
    await asyncio.sleep(0)
    source.held = 3
    source.publish()
    source.go_on.set()
    await until(lambda: not source.sync.is_syncing)
    assert (source.copy, source.reads) == (4, 2)


async def test_a_doubt_during_a_read_leads_to_one_more(source: Source) -> None:
    """Its cause may be younger than what is being read."""
    source.go_on.clear()
    source.sync.resync()
    await asyncio.sleep(0)
    source.held = 7
    for _ in range(3):
        source.sync.resync()
    source.go_on.set()
    await until(lambda: not source.sync.is_syncing)
    assert (source.copy, source.reads) == (7, 2)


async def test_a_read_that_fails_is_repeated(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """For as long as Redis is unreachable; nothing that was published meanwhile is lost."""
    monkeypatch.setattr(sync_module, "RETRY_PAUSE", 0.001)
    source.failures = 3
    await source.sync.verify()
    assert (source.copy, source.reads) == (0, 4)


async def test_a_read_that_fails_for_any_other_reason_is_repeated(
    source: Source, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has each failure; nobody is told that the copy is true, and it doesn't stay stale."""
    monkeypatch.setattr(sync_module, "REJECTED_RETRY", 0.001)
    source.failures, source.problem = 2, ZeroDivisionError()
    await source.sync.verify()
    assert (source.copy, source.reads, source.sync.ready.is_set()) == (0, 3, True)
    assert len([record for record in caplog.records if record.exc_info]) == 2


async def test_an_item_that_cannot_be_applied_after_a_read_leads_to_another(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was published after it isn't lost."""
    monkeypatch.setattr(sync_module, "REJECTED_RETRY", 0.001)
    source.go_on.clear()
    source.sync.resync()
    await asyncio.sleep(0)
    source.sync.on_publish(-1)
    source.publish()
    source.go_on.set()
    await until(lambda: not source.sync.is_syncing)
    assert (source.copy, source.reads) == (1, 2)


async def test_a_flood_during_a_read_is_read_again_and_not_kept(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded."""
    monkeypatch.setattr(sync_module, "PENDING_MAX", 2)
    source.go_on.clear()
    source.sync.resync()
    await asyncio.sleep(0)
    for _ in range(3):
        source.publish()
    source.go_on.set()
    await until(lambda: not source.sync.is_syncing)
    assert (source.copy, source.reads) == (3, 2)


async def test_closing_ends_a_read(source: Source) -> None:
    """Also one that would never end."""
    source.go_on.clear()
    source.sync.resync()
    await asyncio.sleep(0)
    await source.sync.close()
    assert not source.sync.is_syncing


async def test_closing_before_a_read_has_begun_leaves_nobody_waiting(source: Source) -> None:
    """A task that is cancelled before its first step can't say that it ended."""
    waiting = asyncio.create_task(source.sync.verify())
    source.sync.resync()
    await source.sync.close()
    assert not source.sync.is_syncing
    await asyncio.wait_for(waiting, PATIENCE)


async def test_whoever_asks_after_the_end_gets_no_read(source: Source) -> None:
    """Nobody would end it, and nobody waits for it."""
    await source.sync.close()
    source.sync.resync()
    await source.sync.verify()
    assert (source.reads, source.sync.is_syncing) == (0, False)


async def test_verify_ends_although_others_ask_all_the_time(source: Source) -> None:
    """It waits for a read that began after it, not for the last one of all."""
    source.go_on.clear()

    async def others() -> None:
        while True:
            source.sync.resync()
            source.go_on.set()
            await asyncio.sleep(0)
            source.go_on.clear()
            await asyncio.sleep(0.002)

    demand = asyncio.ensure_future(others())
    try:
        await asyncio.wait_for(source.sync.verify(), PATIENCE)
    finally:
        demand.cancel()
        source.go_on.set()
        await source.sync.close()


async def test_only_the_read_is_in_the_background() -> None:
    """It comes after what people wait for; what is applied then, and what others do, doesn't."""
    found: list[tuple[str, float | None]] = []

    async def read() -> bool:
        found.append(("read", background_rank.get()))
        if len(found) == 1:
            raise RedisUnavailable("away")
        return True

    def apply(item: int) -> bool:
        found.append(("apply", background_rank.get()))
        return True

    sync = Sync(read, apply, lambda: 3)
    await sync.verify()
    sync.on_publish(1)
    assert found == [("read", -3), ("read", -3), ("apply", None)]
    assert background_rank.get() is None


async def test_a_room_with_many_people_is_read_before_one_with_few(
    room_node: LocalNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its log, which they wait for; the place of a read is that of its task alone."""
    places: list[float | None] = []

    async def fetch(count: int) -> None:
        places.append(background_rank.get())
        raise RedisUnavailable("away")

    monkeypatch.setattr(room_node.feed.log, "fetch_position", fetch)
    for _ in range(3):
        room_node.listen()
    room_node.feed.on_publish(None)
    await until(lambda: -3 in places)
    room_node.listen()
    await until(lambda: -4 in places)
    assert background_rank.get() is None


async def test_a_copy_that_is_read_in_portions_is_verified_after_the_last_one(source: Source) -> None:
    """Nobody takes for missing what the next portion has."""
    await source.sync.verify()
    source.held, source.portion = 10, 3
    await source.sync.verify()
    assert (source.copy, source.reads) == (10, 5)
    assert not source.sync.is_syncing
