"""Faults of the server while it handles a command: the client is told, and metrics count it."""

from __future__ import annotations

from typing import Any

import pytest

from wschat.broker import Feed
from wschat.errors import RedisUnavailable
from wschat.room import Room

from .conversation import Node


async def test_a_command_that_meets_a_bug_is_counted(
    session_node: Node, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An alert is about this number; the log has the traceback, and the connection stays."""

    def fails(*_: Any) -> Any:
        raise RuntimeError("a bug")

    ann = session_node.connect()
    await ann.joins("Ann")
    monkeypatch.setattr(Room, "people", fails)
    ann.says("people", ref="r")
    (error,) = ann.transport.got("error")
    assert (error["code"], error["ref"]) == ("internal", "r")
    assert session_node.services.counters.refusals == {"internal": 1}
    assert "a bug" in caplog.text
    assert ann.transport.code is None


@pytest.mark.parametrize("command", [{"type_": "history", "before": 9}, {"type_": "messages", "seqs": [1]}])
async def test_old_messages_that_redis_does_not_return_are_counted(
    session_node: Node, monkeypatch: pytest.MonkeyPatch, command: dict[str, Any]
) -> None:
    """Each request is answered `unavailable`."""

    async def away(*_: Any) -> Any:
        raise RedisUnavailable("away")

    ann = session_node.connect()
    await ann.joins("Ann")
    monkeypatch.setattr(Feed if command["type_"] == "history" else Room, command["type_"], away)
    ann.says(**command, ref="r")
    error = await ann.gets("error")
    assert (error["code"], error["ref"]) == ("unavailable", "r")
    assert session_node.services.counters.refusals == {"unavailable": 1}
