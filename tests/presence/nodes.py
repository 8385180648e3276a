"""Nodes that stop renewing, and what their lists should say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..support.room import LocalNode

MakeNode = Callable[[], Awaitable[LocalNode]]


async def freeze(node: LocalNode) -> None:
    """The node no longer renews anything, although its sessions are there."""
    await node.renewer.stop()


def wake(node: LocalNode) -> None:
    node.renewer.start()


def agree(*nodes: LocalNode, names: list[str]) -> Callable[[], bool]:
    return lambda: all(node.names() == names for node in nodes)
