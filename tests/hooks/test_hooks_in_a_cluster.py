"""Hooks of rooms on several primaries."""

from __future__ import annotations

import asyncio
from pathlib import Path

from wschat.admin import backup

from ..support import Nodes
from ..support.engines import Cluster
from ..support.redis import needs_embedded
from ..support.room import until
from .outgoing.receiver import HERE, Receiver, hooked
from .requests import TestHook

ROOMS = ("chat", "kitchen", "garden", "attic")


@needs_embedded
async def test_hooks_are_with_their_rooms(tmp_path: Path) -> None:
    """Where a primary is away, the hooks of the others' rooms write on; the others' programs come again."""
    cluster = Cluster(tmp_path, primaries=2, replicas=0)
    try:
        await asyncio.to_thread(cluster.start)
        nodes = await Nodes(cluster.url).start(1)
        hooks = [await TestHook.made(nodes, room) for room in ROOMS]
        assert [(await hook.posts("x")).status for hook in hooks] == [200] * 4
        node = nodes.nodes[0]
        assert [len(room.hooks) for room in (await backup(node.link)).rooms] == [1] * 4
        next(one for one in cluster.servers if one is not cluster.owner()).kill()
        await until(lambda: node.link.state == "partly")
        expected = [200 if node.link.serves(node.link.keys(room)) else 503 for room in ROOMS]
        assert [(await hook.posts("x")).status for hook in hooks] == expected
        assert {*expected} == {200, 503}
        await nodes.stop()
    finally:
        cluster.stop()


@needs_embedded
async def test_outgoing_hooks_are_called_for_rooms_on_each_primary(tmp_path: Path) -> None:
    """A node reads each room where it is."""
    cluster = Cluster(tmp_path, primaries=2, replicas=0)
    receiver = Receiver()
    try:
        await asyncio.to_thread(cluster.start)
        nodes = await Nodes(cluster.url).start(1, hook_networks=HERE)
        for room in ROOMS:
            await hooked(nodes, receiver.url, room)
        for room in ROOMS:
            (ann,) = await nodes.join("Ann", room=room)
            await ann.posts(f"@Бот, {room}")
        await until(lambda: sorted(receiver.texts) == sorted(f"@Бот, {room}" for room in ROOMS))
        assert len({nodes.nodes[0].link.primary_of(room) for room in ROOMS}) == 2
        await nodes.stop()
    finally:
        await receiver.stop()
        cluster.stop()
