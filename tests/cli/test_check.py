"""`check`, where a deletion goes wrong: that is a problem, in words. And where a file goes: that is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from wschat.broker import Log
from wschat.broker.storing.requests import ChangeCall
from wschat.cli.check import _disk, _use
from wschat.errors import RedisWriteRefused
from wschat.redis_link import Call, RedisLink
from wschat.redis_link.link import CallResult

from ..support.config import settings_of

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


def test_a_file_that_goes_meanwhile_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis renames its temporary file when it has rewritten the append-only file."""
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis/file").write_bytes(b"x" * 100)
    gone = tmp_path / "redis/temp-rewriteaof.aof"
    monkeypatch.setattr(Path, "rglob", lambda folder, _: [folder / "file", gone])
    (found,) = _disk(settings_of("--data", str(tmp_path)))
    assert found.level == "ok"


def test_a_file_that_cannot_be_looked_at_is_no_problem(tmp_path: Path) -> None:
    """Somebody else's beside those of Redis: a link that leads to itself, or into a folder without access."""
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis/loop").symlink_to("loop")
    (tmp_path / "redis/file").symlink_to("file/" + "x" * 300)
    (found,) = _disk(settings_of("--data", str(tmp_path)))
    assert found.level == "ok"
