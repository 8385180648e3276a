"""Nothing that a stranger may do can be felt by the others: the table of docs/security-settings.md, measured."""

from __future__ import annotations

import pytest

from .attacks import KINDS
from .costs import cost_of, median

DELAY = 50.0  # ms by which a message to others may be late
ENTRY = 1000.0  # ms in which a newcomer must be in
SHARE = 450.0  # ms of processor time a second: a fifth for the stranger, and what people in the room get from it


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
async def test_others_hardly_notice_a_stranger(kind: str) -> None:
    """One address does the worst that the limits allow, and people talk and come as if it weren't there."""
    alone = await cost_of(None, 4.0)
    figures = await cost_of(kind, 6.0)
    assert median(figures.delays) < median(alone.delays) + DELAY
    assert median(figures.joins) < ENTRY
    assert max(figures.joins) < 3 * ENTRY
    assert figures.server < SHARE
    assert figures.memory < 64
