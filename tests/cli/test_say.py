"""`say`, where Redis doesn't reply: whether the message is stored, nobody knows."""

from __future__ import annotations

import asyncio
from importlib import import_module

import pytest

from wschat.cli.operator import Failure
from wschat.errors import ErrorCode, Refused
from wschat.model import Person
from wschat.redis_link import CallResult, RedisLink

say = import_module("wschat.cli.say")


async def test_a_message_without_a_reply_is_not_said_to_be_refused(
    link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever would send it again should look first."""

    async def is_silent(calls: object) -> list[CallResult]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(link, "pipeline", is_silent)
    monkeypatch.setattr(say, "TIMEOUT", 0.01)
    with pytest.raises(Failure, match="Redis didn't reply within 0.01 s: look whether it has the message"):
        await say.post(link, "chat", Person("operator", "Server"), "x")


async def test_a_reply_that_comes_too_late_is_nobodys() -> None:
    """In the very moment in which the command gives up."""
    outcome = say._Outcome()
    outcome.seq.cancel()
    outcome.on_stored([("p", 1)], 0)
    outcome.on_refused("p", Refused(ErrorCode.BUSY))
    assert outcome.seq.cancelled()
