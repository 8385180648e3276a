"""When posts of a session may be sent, on a time that the tests give them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wschat.broker import ONLY_IF_STORED
from wschat.errors import Refused
from wschat.model import MODERATOR
from wschat.rate_limit import UNLIMITED, Rate
from wschat.session.address import AddressLimits, AddressShare
from wschat.session.post_quotas import EARNED_AFTER, MARGIN, RESERVED_MAX, RETURN_GRACE, PostPace, PostQuotas
from wschat.session.services import Limits

RATE = Rate(5.0, 20)


def known() -> PostPace:
    """That of a person who is no newcomer."""
    return PostPace(RATE, -EARNED_AFTER)


def test_a_burst_passes_and_each_further_post_is_told_its_own_moment() -> None:
    """They come one by one, in the order in which they came first, and pass when they come again."""
    pace = known()
    waits = [pace.take(str(number), 0.0) for number in range(60)]
    assert waits[:20] == [0.0] * 20
    assert waits[20:] == pytest.approx([0.2 * number + MARGIN for number in range(1, 41)])
    for number, wait in enumerate(waits[20:], 20):
        assert pace.take(str(number), wait) == 0.0
    assert pace.take("next", waits[-1]) > 0


def test_who_comes_too_early_keeps_their_moment() -> None:
    """Trying again and again neither helps nor harms."""
    pace = known()
    for number in range(22):
        pace.take(str(number), 0.0)
    for time in (0.01, 0.05, 0.1):
        assert pace.is_impatient("21", time)
        assert pace.take("21", time) == pytest.approx(0.4 + MARGIN - time)
    assert pace.take("20", 0.3) == pace.take("21", 0.5) == 0.0


def test_a_moment_that_passes_unused_is_had_by_another() -> None:
    """A client that gives a post up doesn't keep its others waiting, nor those that it never sent again."""
    pace = known()
    for number in range(24):
        pace.take(str(number), 0.0)
    assert pace.take("23", 0.3) == 0.0  # in the place of 20
    assert pace.take("22", 0.3) > 0
    assert pace.take("20", 0.8 + MARGIN) == 0.0
    assert pace.take("new", 0.8 + MARGIN + RETURN_GRACE + 1) == 0.0
    assert not pace.is_impatient("22", 0.8 + MARGIN + RETURN_GRACE + 1)


def test_moments_are_set_aside_for_so_many() -> None:
    """A client that sends hundreds without waiting isn't listening."""
    pace = known()
    for number in range(20 + RESERVED_MAX):
        assert not pace.is_overdrawn()
        pace.take(str(number), 0.0)
    assert pace.is_overdrawn()
    assert pace.take("another", 0.0) == pytest.approx(0.2 * (RESERVED_MAX + 1) + MARGIN)
    assert pace.take("and another", 0.0) == pytest.approx(0.2 * (RESERVED_MAX + 2) + MARGIN)


def test_what_redis_refuses_is_told_another_moment_too() -> None:
    """Other tabs of the person have used their allowance: each refused post is told a later moment than the last."""
    pace = known()
    for number in range(4):
        assert pace.take(str(number), 0.0) == 0.0
    waits = [pace.postpone(str(number), 0.2, 0.0) for number in range(4)]
    assert waits == pytest.approx([0.25, 0.45, 0.65, 0.85])
    assert pace.take("0", 0.25) == 0.0
    assert pace.take("new", 0.3) > 0.6


def test_a_newcomer_earns_the_burst() -> None:
    """Five at first, twenty after a minute, and always one every 200 ms."""
    pace = PostPace(RATE, 0.0)
    assert [pace.take(str(number), 0.0) for number in range(6)] == [0.0] * 5 + [pytest.approx(0.2 + MARGIN)]
    assert pace.is_new(EARNED_AFTER / 2)
    assert pace.burst(EARNED_AFTER / 2) == 12.5
    assert not pace.is_new(EARNED_AFTER)
    assert [pace.take(f"n{number}", EARNED_AFTER) > 0 for number in range(21)] == [False] * 20 + [True]
    assert PostPace(Rate(1.0, 3), 0.0).burst(0.0) == 3


def test_what_is_used_up_can_be_asked_for() -> None:
    """A retry that was stored before counts as nothing."""
    pace = known()
    assert pace.usage(0.0) == 0.0
    for number in range(10):
        pace.take(str(number), 0.0)
    assert pace.usage(0.0) == pytest.approx(0.5)
    assert pace.usage(1.0) == pytest.approx(0.25)
    pace.refund(5)
    assert pace.usage(0.0) == pytest.approx(0.25)


def test_without_a_rate_everything_passes() -> None:
    """`--post-rate 0` switches this off, too."""
    pace = PostPace(UNLIMITED, 0.0)
    assert {pace.take(str(number), 0.0) for number in range(1000)} == {0.0}
    assert pace.usage(0.0) == 0.0
    assert not pace.is_overdrawn()


def test_only_who_is_a_moderator_is_above_the_limits_of_address_and_room() -> None:
    """No longer where the link is revoked, and the connection stays; and so does one that a newer JWT makes one."""
    standing = SimpleNamespace(role=MODERATOR)
    share = AddressShare(AddressLimits(Rate(0.001, 1)))
    quotas = PostQuotas(Limits(), known(), share, standing)  # type: ignore[arg-type]
    assert [quotas.take(str(number), 100) for number in range(3)] == [0.0] * 3
    standing.role = ""
    assert quotas.take("first", 100) > 0
    assert quotas.take("second", 100) == ONLY_IF_STORED
    with pytest.raises(Refused, match="address"):
        quotas.take_change(100)
    standing.role = MODERATOR
    assert quotas.take_change(100) == 0.0


def test_a_post_that_finds_no_place_costs_the_address_nothing() -> None:
    """Redis is away, and a client goes on: when it is back, the others at its address have their posts left."""
    share = AddressShare(AddressLimits(Rate(0.001, 4)))
    quotas = PostQuotas(Limits(posts_waiting=2), known(), share, SimpleNamespace(role=""))  # type: ignore[arg-type]
    for number in range(2):
        quotas.take(str(number), 100)
    for number in range(2, 10):
        with pytest.raises(Refused, match="waiting for their ack"):
            quotas.take(str(number), 100)
    assert share.post_usage(is_new=False) == pytest.approx(0.5, abs=0.01)
