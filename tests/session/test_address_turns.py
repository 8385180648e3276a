"""Work that waits until its address has paid for what it had done before."""

from __future__ import annotations

import asyncio

from wschat.limits import Rate
from wschat.session.limits.address_share import AddressLimits, AddressShare

from ..support.room import until


async def test_work_that_fails_holds_up_none_behind_it() -> None:
    """A bug in the answer to one connection would leave all others of its address waiting for ever."""
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context["exception"]))
    share = AddressShare(AddressLimits(Rate(5, 5), processor=Rate(0.1, 0.001)))
    done: list[str] = []

    def fail() -> float:
        done.append("failed")
        raise ZeroDivisionError

    share.spend(0.002)
    assert not share.run(fail)
    assert not share.run(lambda: done.append("behind"))
    await until(lambda: done == ["failed", "behind"])
    assert [type(problem) for problem in problems] == [ZeroDivisionError]
    await until(lambda: share.run(lambda: None))
