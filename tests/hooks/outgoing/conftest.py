"""A program that outgoing hooks call, and nodes that may call it, without long waits."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from wschat import hooks
from wschat.hooks import CallTimes

from ...support import Nodes
from .receiver import HERE, Receiver


@pytest.fixture(autouse=True)
def times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short ones, which a busy machine still keeps."""
    short = CallTimes(lease=2.0, renewal=0.1, first_delay=0.01, longest_delay=0.05, gathered=0.001)
    monkeypatch.setattr(hooks, "CallTimes", lambda: short)


@pytest.fixture
async def receiver(redis: object) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    yield receiver
    await receiver.stop()


@pytest.fixture
async def calling(nodes: Nodes, receiver: Receiver) -> Nodes:
    """One node that may call this machine."""
    return await nodes.start(1, hook_networks=HERE)
