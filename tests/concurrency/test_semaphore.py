"""Turns: at most so many at a time, in order, and none is lost with who waited for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from wschat.concurrency import Semaphore

from ..support.client import PATIENCE


async def test_who_is_cancelled_just_when_their_turn_comes_leaves_it_to_others() -> None:
    """The semaphore of asyncio lets nobody in afterwards, in Python 3.10.5 to 3.10.7."""
    semaphore = Semaphore(1)
    await semaphore.acquire()
    woken = asyncio.ensure_future(semaphore.acquire())
    next_one = asyncio.ensure_future(semaphore.acquire())
    await asyncio.sleep(0)
    semaphore.release()
    woken.cancel()
    await asyncio.wait_for(next_one, PATIENCE)
    semaphore.release()
    assert not semaphore.locked()
    await asyncio.wait_for(semaphore.acquire(), PATIENCE)


async def test_who_is_cancelled_while_they_wait_is_passed_over() -> None:
    """The turn goes to the next one, and nobody who comes later is let in as well."""
    semaphore = Semaphore(1)
    await semaphore.acquire()
    gone, waiting = (asyncio.ensure_future(semaphore.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    with suppress(asyncio.CancelledError):
        await gone
    semaphore.release()
    await asyncio.wait_for(waiting, PATIENCE)
    assert semaphore.locked()


async def test_turns_come_by_rank_and_then_by_arrival() -> None:
    """A turn is handed over: a newcomer can't take it while it is on its way."""
    semaphore, order = Semaphore(1), list[str]()

    async def take(name: str, rank: float) -> None:
        await semaphore.acquire(rank)
        order.append(name)
        await asyncio.sleep(0)
        semaphore.release()

    await semaphore.acquire()
    waiting = [asyncio.ensure_future(take(*one)) for one in (("c", 1), ("a", 0), ("d", 1), ("b", 0))]
    await asyncio.sleep(0)
    semaphore.release()
    assert semaphore.locked()
    await asyncio.gather(*waiting)
    assert order == ["a", "b", "c", "d"]
