"""Token buckets, on a time that the tests give them."""

from __future__ import annotations

from wschat.limits import TokenBucket


def test_a_burst_is_allowed_and_then_no_more_than_the_rate() -> None:
    """Five pass at once, then one each half second."""
    limit = TokenBucket(per_second=2.0, burst=5)
    assert [limit.take(0.0) for _ in range(5)] == [0.0] * 5
    assert limit.take(0.0) == 0.5
    assert limit.take(0.25) == 0.25
    assert limit.take(0.5) == 0.0
    assert limit.take(0.5) == 0.5


def test_what_is_refused_is_not_counted() -> None:
    """Trying again too early doesn't prolong the wait."""
    limit = TokenBucket(per_second=1.0, burst=1)
    limit.take(0.0)
    for _ in range(10):
        limit.take(0.1)
    assert limit.take(1.0) == 0.0


def test_a_long_silence_gives_no_more_than_the_burst() -> None:
    """Tokens don't accumulate overnight."""
    limit = TokenBucket(per_second=1.0, burst=2)
    limit.take(0.0)
    assert [limit.take(1e6) for _ in range(3)] == [0.0, 0.0, 1.0]
