"""Blocks of a log that a node has read: shared by all who ask, bounded, and forgotten where a read failed."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from wschat.broker.log import blocks as blocks_module
from wschat.broker.log.blocks import Blocks
from wschat.broker.log.entries import Entries
from wschat.broker.log.redis_log import BLOCK, RedisLog
from wschat.errors import RedisUnavailable
from wschat.redis_link import RedisLink, RoomKeys

from ..support.room import until

NEWEST = 10 * BLOCK


def event(number: int) -> bytes:
    text = b'"room":"chat","id":"p","from":{"id":"ann","name":"Ann"},"text":"%s","time":"2026-01-01"' % (b"x" * 1000)
    return b'{"type":"message","seq":%d,"epoch":"e",%s}' % (number, text)


class Source:
    """Blocks of a log whose Redis holds messages of 1,000 bytes and answers when it is let go on."""

    def __init__(self, link: RedisLink, monkeypatch: pytest.MonkeyPatch) -> None:
        log = RedisLog(link, RoomKeys("chat"))
        self.blocks = Blocks(log)
        self.reads = 0
        self.problem: Exception | None = None
        self.answers = asyncio.Event()
        self.answers.set()
        monkeypatch.setattr(log, "_read_unchanged", self._read)

    async def _read(self, args: list[int]) -> Any:
        self.reads += 1
        await self.answers.wait()
        if self.problem is not None:
            raise self.problem
        entries: list[int | bytes] = []
        for number in range(args[0], args[1] + 1):
            entries += (number, event(number))
        return 1, entries, []

    async def get(self, number: int, newest: int = NEWEST) -> Entries:
        """All that there is of a block."""
        return await self.blocks.get(number, newest, newest)

    async def ask_and_go(self, number: int) -> None:
        """Somebody asks for a block, and is gone before Redis answers."""
        self.answers.clear()
        reads = self.reads
        asking = asyncio.ensure_future(self.get(number))
        await until(lambda: self.reads > reads)
        asking.cancel()
        await asyncio.wait([asking])
        self.answers.set()
        await asyncio.sleep(0.01)

    @property
    def kept(self) -> list[int]:
        return [number for number in range(10) if self.blocks.loaded(number) is not None]


@pytest.fixture
def source(link: RedisLink, monkeypatch: pytest.MonkeyPatch) -> Source:
    return Source(link, monkeypatch)


async def test_blocks_are_bounded_although_nobody_waits_for_them(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reader goes before the answer; the blocks that were read longest ago go."""
    monkeypatch.setattr(blocks_module, "BLOCKS_BYTES", 2 * BLOCK * 1300)
    for number in range(5):
        await source.ask_and_go(number)
    assert source.kept == [3, 4]


async def test_blocks_are_bounded_although_messages_grow(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message in them gets a long text."""
    monkeypatch.setattr(blocks_module, "BLOCKS_BYTES", 2 * BLOCK * 1300)
    for number in range(2):
        await source.get(number)
    source.blocks.amend(BLOCK + 1, event(BLOCK + 1).replace(b'"room"', b'"rev":1,"room"').replace(b"x", b"x" * 200))
    assert source.kept == [1]


@pytest.mark.parametrize("problem", [RedisUnavailable("away"), ZeroDivisionError()], ids=["away", "bug"])
async def test_a_failure_is_kept_for_nobody(source: Source, problem: Exception) -> None:
    """Whoever asks next gets what Redis says then, whether others saw the failure or were gone."""
    source.problem = problem
    await source.ask_and_go(0)
    with pytest.raises(type(problem)):
        await source.get(1)
    source.problem = None
    assert [len(await source.get(number)) for number in (0, 1)] == [BLOCK, BLOCK]


async def test_a_failure_that_nobody_waits_for_is_no_bug(source: Source) -> None:
    """Its block is forgotten and who asked is gone: asyncio would log what nobody has looked at."""
    problems: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context))
    source.problem = RedisUnavailable("away")
    source.answers.clear()
    asking = asyncio.ensure_future(source.get(0))
    await until(lambda: source.reads == 1)
    source.blocks.forget()
    asking.cancel()
    await asyncio.wait([asking])
    del asking  # its traceback has the block
    source.answers.set()
    await asyncio.sleep(0.01)
    gc.collect()
    assert problems == []


async def test_a_block_that_is_not_full_is_not_kept(source: Source) -> None:
    """There will be more in it."""
    assert len(await source.get(0, BLOCK - 1)) == BLOCK - 1
    assert source.kept == []
    await source.get(0, BLOCK)
    assert source.kept == [0]


async def test_a_part_of_a_block_is_shared_only_as_far_as_it_goes(source: Source) -> None:
    """Entries that come during a read aren't holes for those who ask then: it is read again for them, once."""
    source.answers.clear()
    asking = [asyncio.ensure_future(source.get(0, newest)) for newest in (100, 90, 140, 120)]
    await until(lambda: source.reads == 2)
    source.answers.set()
    assert [len(block) for block in await asyncio.gather(*asking)] == [100, 100, 140, 140]
    assert (source.reads, source.kept) == (2, [])


async def test_a_read_in_progress_is_shared_whatever_comes_meanwhile(source: Source) -> None:
    """A room in which much is said has more with each who asks: whoever needs none of that has a block to wait for."""
    source.answers.clear()
    asking = [asyncio.ensure_future(source.blocks.get(0, 100, newest)) for newest in (100, 110, 120)]
    await until(lambda: source.reads > 0)
    source.answers.set()
    assert [len(block) for block in await asyncio.gather(*asking)] == [100] * 3
    assert source.reads == 1


async def test_blocks_of_what_redis_may_have_trimmed_are_dropped(source: Source) -> None:
    """One that has anything else stays; one that is just being read is for those who ask for it already."""
    for number in range(2):
        await source.get(number)
    source.answers.clear()
    asking = asyncio.ensure_future(source.get(2))
    await until(lambda: source.reads == 3)
    source.blocks.forget_trimmed(2 * BLOCK)
    assert source.kept == [1]
    source.blocks.forget_trimmed(3 * BLOCK + 1)
    source.answers.set()
    assert len(await asking) == BLOCK
    assert source.kept == []


async def test_what_was_asked_in_a_former_epoch_does_not_replace_what_is_read_now(source: Source) -> None:
    """The former answer comes, or fails, when the block has long been asked for again."""
    source.answers.clear()
    former = asyncio.ensure_future(source.get(0, BLOCK - 1))
    await until(lambda: source.reads == 1)
    source.blocks.forget_epoch()
    held, source.answers = source.answers, asyncio.Event()
    now = asyncio.ensure_future(source.get(0, BLOCK))
    await until(lambda: source.reads == 2)
    held.set()
    await former
    shared = asyncio.ensure_future(source.get(0, BLOCK))
    source.answers.set()
    assert await now is await shared
    assert (source.reads, source.kept) == (2, [0])
