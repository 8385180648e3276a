"""The limits for posts of one session: pace, address and room together."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wschat.broker import ONLY_IF_STORED
from wschat.errors import Refused
from wschat.limits import Rate
from wschat.model import MODERATOR
from wschat.session.limits.address_share import AddressLimits, AddressShare
from wschat.session.limits.post_pace import EARNED_AFTER, PostPace
from wschat.session.limits.post_quotas import PostQuotas
from wschat.session.session_services import SessionLimits


def known() -> PostPace:
    """That of a person who is no newcomer."""
    return PostPace(Rate(5.0, 20), -EARNED_AFTER)


def test_only_who_is_a_moderator_is_above_the_limits_of_address_and_room() -> None:
    """No longer where the link is revoked, and the connection stays; and so does one that a newer JWT makes one."""
    standing = SimpleNamespace(role=MODERATOR)
    share = AddressShare(AddressLimits(Rate(0.001, 1)))
    quotas = PostQuotas(SessionLimits(), known(), share, standing)  # type: ignore[arg-type]
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
    quotas = PostQuotas(SessionLimits(posts_waiting=2), known(), share, SimpleNamespace(role=""))  # type: ignore[arg-type]
    for number in range(2):
        quotas.take(str(number), 100)
    for number in range(2, 10):
        with pytest.raises(Refused, match="waiting for their ack"):
            quotas.take(str(number), 100)
    assert share.post_usage(is_new=False) == pytest.approx(0.5, abs=0.01)
