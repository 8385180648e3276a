"""Work beside other work: it is seen to fail, and it ends when its owner does."""

from __future__ import annotations

import asyncio
import gc
import logging
from contextlib import suppress

import pytest

from wschat.concurrency import Group, background_rank, repeat, spawn, within
from wschat.errors import RedisUnavailable

from ..support.client import PATIENCE


async def fails() -> None:
    raise ValueError("a bug")


async def goes_on() -> None:
    await asyncio.Event().wait()


async def test_a_failure_is_logged_at_once_and_ends_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    """The log has the traceback and the task's name, the owner's callback runs, and the other task goes on."""
    group, failures = Group(), list[str]()
    other = group.spawn(goes_on())
    group.spawn(fails(), lambda: failures.append("fails"))
    await asyncio.sleep(0.01)
    (record,) = caplog.records
    assert (record.levelno, record.__dict__["task"]) == (logging.ERROR, "fails")
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)
    assert failures == ["fails"]
    assert not other.done()
    assert len(group) == 1
    await group.stop()


async def test_an_end_that_was_asked_for_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    """Neither a cancelled task nor one that has finished is logged, or calls `on_failure`."""
    group, failures = Group(), list[str]()
    group.spawn(goes_on(), lambda: failures.append("cancelled"))
    group.spawn(asyncio.sleep(0), lambda: failures.append("finished"))
    await asyncio.sleep(0)
    group.cancel()
    await group.wait()
    assert not group
    assert not failures
    assert not caplog.records


async def test_waiting_ends_with_the_last_task_or_with_the_time() -> None:
    """A group without tasks is waited for in no time, and waiting cancels nothing."""
    group = Group()
    await group.wait()
    may_end = asyncio.Event()

    async def waits() -> None:
        await may_end.wait()

    slow = group.spawn(waits())
    await group.wait(timeout=0.001)
    assert not slow.done()
    may_end.set()
    await group.wait()
    assert slow.done()
    assert not slow.cancelled()


async def test_a_stop_outlives_a_swallowed_cancellation() -> None:
    """A library may swallow the first cancellation; the stop ends the task all the same."""
    swallowed: list[str] = []

    async def swallows() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.append("once")
        await asyncio.Event().wait()

    group = Group()
    task = group.spawn(swallows())
    await asyncio.sleep(0)
    await asyncio.wait_for(group.stop(), PATIENCE)
    assert swallowed == ["once"]
    assert task.cancelled()


async def test_work_that_repeats_outlives_a_turn_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """The failure is logged with its traceback, and the next turn comes."""
    turns: list[int] = []

    async def turn() -> None:
        turns.append(len(turns))
        if len(turns) == 2:
            await fails()

    group = Group()
    group.spawn(repeat(turn, 0.001))
    while len(turns) < 4:
        await asyncio.sleep(0.001)
    await group.stop()
    (record,) = caplog.records
    assert record.exc_info is not None
    assert turns[:4] == [0, 1, 2, 3]


async def test_work_that_fails_while_it_is_cancelled_is_not_reported_as_never_retrieved() -> None:
    """A link that is stopped while it connects may answer the cancellation with an error of its own."""
    reports: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, facts: reports.append(facts))
    began = asyncio.Event()

    async def connect() -> None:
        began.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        raise ConnectionError("it is a replica now")

    caller = asyncio.ensure_future(within(5.0, connect()))
    await began.wait()
    caller.cancel()
    await asyncio.wait([caller])
    assert caller.cancelled() or caller.exception()
    del caller
    gc.collect()
    assert not reports


async def test_work_that_takes_too_long_is_ended() -> None:
    """Otherwise its result comes back, or its exception."""
    with pytest.raises(asyncio.TimeoutError):
        await within(0.01, goes_on())
    with pytest.raises(ValueError, match="a bug"):
        await within(5.0, fails())


async def test_what_is_started_in_the_background_is_not_in_it() -> None:
    """A read that delivers messages finds a client too slow: those who leave and enter don't wait with it."""
    ranks = list[float | None]()

    async def look() -> None:
        ranks.append(background_rank.get())

    background_rank.set(-5.0)
    await spawn(look())
    assert ranks == [None]
    assert background_rank.get() == -5.0


async def test_what_must_be_done_outlives_whoever_asked_for_it() -> None:
    """It ends with the group; until then it goes on, and gives its result or its failure to those who still wait."""
    group, go, done = Group(), asyncio.Event(), list[str]()

    async def must_be_done() -> str:
        await go.wait()
        done.append("done")
        return "result"

    gone, waits = (asyncio.ensure_future(group.carry_out(must_be_done())) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    go.set()
    assert await waits == "result"
    assert gone.cancelled()
    assert done == ["done", "done"]
    with pytest.raises(ValueError, match="a bug"):
        await group.carry_out(fails())
    assert len(group) == 0


@pytest.mark.parametrize(("failure", "lines"), [(RedisUnavailable("gone"), 0), (ValueError("a bug"), 1)])
async def test_a_failure_that_nobody_waits_for_is_logged_where_it_is_a_bug(
    failure: Exception, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A moderator who has left is told nothing of an act that was refused, and nor is the operator."""
    group, go = Group(), asyncio.Event()

    async def fails_later() -> None:
        await go.wait()
        raise failure

    caller = asyncio.ensure_future(group.carry_out(fails_later()))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    go.set()
    await group.wait()
    await asyncio.sleep(0)
    gc.collect()
    assert [record.message for record in caplog.records] == ["Background task failed"] * lines
