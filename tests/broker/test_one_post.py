"""A post of a command or a hook, which waits for its outcome."""

from __future__ import annotations

from wschat.broker.storing.one_post import _Outcome
from wschat.errors import ErrorCode, Refused


async def test_an_outcome_that_comes_too_late_is_nobodys() -> None:
    """In the very moment in which the sender gives up."""
    outcome = _Outcome()
    outcome.seq.cancel()
    outcome.on_stored([("p", 1)], 0)
    outcome.on_refused("p", Refused(ErrorCode.BUSY))
    assert outcome.seq.cancelled()
