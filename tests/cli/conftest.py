"""Rooms for tests of keys that another program put into them."""

from __future__ import annotations

import pytest

from ..support import Nodes
from ..support.moderation import act, id_of, moderator


@pytest.fixture
async def kitchen(node: Nodes) -> Nodes:
    """Two rooms with a message, a reaction, and somebody who is muted; the kitchen has keys of each kind."""
    for room in ("chat", "kitchen"):
        boss = await moderator(node, room=room)
        (ann,) = await node.join("Ann", room=room)
        await ann.posts("hello")
        await ann.send("react", ref="r", seq=1, emoji="👍")
        await ann.gets("done", ref="r")
        await act(boss, "mute", person=id_of(ann), seconds=600)
        await boss.leaves()
        await ann.leaves()
    return node
