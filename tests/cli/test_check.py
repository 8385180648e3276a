"""`check`, where a deletion goes wrong: that is a problem, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from wschat.broker import Log
from wschat.broker.storing.requests import ChangeCall
from wschat.cli.check import _use
from wschat.errors import RedisWriteRefused
from wschat.redis_link import Call, RedisLink
from wschat.redis_link.link import CallResult

PROBLEM = "A server could not use this Redis: "


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (CallResult([b"gone"]), "it refused a deletion: there is no such message any more"),
        (CallResult([b"done", 1, 5000]), "it refused a deletion: too many posts and changes"),
        (CallResult([b"lost"]), "it replied lost to a deletion"),
        (CallResult(problem=RedisWriteRefused("OOM")), "Redis can't store messages at the moment"),
    ],
)
async def test_a_deletion_that_redis_refuses_is_a_problem(
    reply: CallResult, reason: str, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it replies instead, the check ends in words."""
    pipeline = link.pipeline

    async def answer(calls: Sequence[Call]) -> list[CallResult]:
        replies = await pipeline(calls)
        return [reply if call.script is ChangeCall.script else each for call, each in zip(calls, replies, strict=True)]

    monkeypatch.setattr(link, "pipeline", answer)
    assert [(one.level, one.text) async for one in _use(link)] == [("problem", PROBLEM + reason)]


async def test_a_message_that_redis_has_lost_is_a_problem(link: RedisLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was stored a moment ago."""

    async def nothing(log: Log, seqs: Sequence[int]) -> dict[int, Any]:
        return {}

    monkeypatch.setattr(Log, "messages_at", nothing)
    (found,) = [one async for one in _use(link)]
    assert (found.level, found.text) == ("problem", PROBLEM + "a message that it had stored isn't there")
