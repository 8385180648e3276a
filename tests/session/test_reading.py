"""Requests for old messages: a client has only so many of them under way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from wschat.broker import Feed
from wschat.protocol import History
from wschat.room import Room
from wschat.session.client import READS_MAX
from wschat.session.limits.quotas import RATES

from ..support import Nodes
from ..support.room import until

ASKED: list[dict[str, Any]] = [
    {"type_": "history", "before": 9},
    {"type_": "messages", "seqs": [1]},
    {"type_": "search", "text": "x"},
]


async def test_who_has_asked_for_much_that_redis_does_not_answer_is_asked_to_wait(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All kinds count together; what was accepted is answered, and then there is room again."""
    (ann,) = await node.join("Ann")
    await ann.posts("x")
    go = asyncio.Event()
    for part, name in ((Feed, "history"), (Room, "messages")):
        read = getattr(part, name)

        async def waits(reader: object, *args: Any, read: Any = read) -> Any:
            await go.wait()
            return await read(reader, *args)

        monkeypatch.setattr(part, name, waits)
    for number in range(READS_MAX):  # as many of each as may come at once
        await ann.send(**ASKED[number >= RATES[History].burst], ref=f"r{number}")
    await asyncio.sleep(0.5)  # until they may come again
    for asked in ASKED:
        await ann.send(**asked, ref="late")
        refused = await ann.is_refused("busy")
        assert (refused["ref"], refused["retry_after"]) == ("late", 1)
    go.set()

    async def are_answered() -> bool:
        await ann.is_there()
        return {f"r{number}" for number in range(READS_MAX)} <= {event.get("ref") for event in ann.events}

    await until(are_answered)
    await ann.send(**ASKED[0], ref="again")
    await ann.gets("history", ref="again")
