"""How fast a person may post, on a time that the tests give them."""

from __future__ import annotations

import pytest

from wschat.limits import WAIT_TOLERANCE, Rate
from wschat.session.limits.post_pace import EARNED_AFTER, PostPace

RATE = Rate(5.0, 20)


def posts(pace: PostPace, now: float) -> int:
    """Send posts until one is too many; how many were within the pace."""
    count = 0
    while pace.wait(now) <= WAIT_TOLERANCE:
        pace.count(now)
        count += 1
    return count


def test_a_newcomer_earns_the_burst() -> None:
    """Five at first, twenty after a minute, and always one every 200 ms."""
    pace = PostPace(RATE, 0.0)
    assert posts(pace, 0.0) == 5
    assert pace.wait(0.0) == pytest.approx(0.2)
    assert pace.is_new(EARNED_AFTER / 2)
    assert pace.burst(EARNED_AFTER / 2) == 12.5
    assert not pace.is_new(EARNED_AFTER)
    assert posts(pace, EARNED_AFTER) == 20
    assert PostPace(Rate(1.0, 3), 0.0).burst(0.0) == 3


def test_what_is_used_up_can_be_asked_for() -> None:
    """A retry that was stored before counts as nothing."""
    pace = PostPace(RATE, -EARNED_AFTER)
    assert pace.usage(0.0) == 0.0
    for _ in range(10):
        pace.count(0.0)
    assert pace.usage(0.0) == pytest.approx(0.5)
    assert pace.usage(1.0) == pytest.approx(0.25)
    pace.refund(5)
    assert pace.usage(0.0) == pytest.approx(0.25)
