"""How long a person has been known, as the age of their token tells; clocks of two nodes differ, or are put right."""

from __future__ import annotations

import time

import pytest
from itsdangerous import TimestampSigner

from wschat.access import Tokens
from wschat.limits import Rate
from wschat.session import AddressLimits, SessionLimits
from wschat.session.limits.address_share import AddressShare

from ..support.room import until
from .conversation import Node


def token_made(tokens: Tokens, seconds: float, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ann's token, made so many seconds from now."""
    with monkeypatch.context() as other_clock:
        other_clock.setattr(TimestampSigner, "get_timestamp", lambda signer: int(time.time() + seconds))
        return tokens.sign("ann-1")


@pytest.fixture
def limited(session_node: Node) -> Node:
    session_node.services.limits = SessionLimits(posts=Rate(5, 20))
    return session_node


async def test_a_token_from_the_future_silences_nobody(limited: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner may post as somebody new, and gets a token of the present, so as not to stay new until then."""
    tokens = limited.services.tokens
    ann = limited.connect(AddressShare(AddressLimits.of(Rate(5, 20), 500)))
    welcome = await ann.joins("Ann", token=token_made(tokens, 3600, monkeypatch))
    assert (welcome["you"]["id"], welcome["limits"]["post_burst"]) == ("ann-1", 5)
    ann.says("post", id="a", text="x")
    await until(lambda: ann.transport.got("ack") or ann.transport.got("error"))
    assert ann.transport.got("error") == []
    assert tokens.person_id(welcome["token"]) == "ann-1"
    assert 0 <= (tokens.age(welcome["token"]) or -1) < 60


async def test_an_older_token_is_kept(limited: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner has the whole burst, at the next visit, too."""
    token = token_made(limited.services.tokens, -3600, monkeypatch)
    ann = limited.connect(AddressShare(AddressLimits.of(Rate(5, 20), 500)))
    welcome = await ann.joins("Ann", token=token)
    assert (welcome["token"], welcome["limits"]["post_burst"]) == (token, 20)
