"""Rooms with a past."""

from __future__ import annotations

import time

import pytest
from redis.asyncio import Redis

from ..support import Nodes
from ..support.retention import DAY, DAYS_AGO


@pytest.fixture
async def old_room(nodes: Nodes, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Nodes:
    """A node in whose kitchen three messages were written 40 days ago, one of them edited, one with a reaction."""
    clock = time.time
    monkeypatch.setattr("wschat.app.node.time.time", lambda: clock() - DAYS_AGO * DAY)
    await nodes.start(1)
    (ann,) = await nodes.join("Ann", room="kitchen")
    for text in ("old-one", "old-two", "old-three"):
        await ann.posts(text)
    await ann.asks("edit", seq=1, text="old-edited")
    await ann.asks("react", seq=2, emoji="👍")
    await ann.leaves()
    monkeypatch.undo()
    return nodes
