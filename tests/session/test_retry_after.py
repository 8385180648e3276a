"""A client that waits exactly as long as it is told isn't refused again, and never cut."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wschat.access import PasswordAccess, Tokens, new_key
from wschat.errors import ErrorCode, Refused
from wschat.limits import Rate, TokenBucket, TokenBuckets
from wschat.protocol import (
    AnyCommand,
    Delete,
    Edit,
    Hello,
    History,
    Messages,
    Moderate,
    People,
    React,
    Rename,
    Renew,
    Search,
    encode,
    error_event,
)
from wschat.session.limits import quotas as session_quotas
from wschat.session.limits.quotas import RATES, SessionQuotas

from ..support import Nodes


def told(wait: float) -> float:
    """The wait that the client is told where it must wait this long."""
    event = json.loads(encode(error_event(Refused(ErrorCode.RATE_LIMITED, retry_after=wait))))
    return float(event["retry_after"])


@pytest.mark.parametrize(
    ("wait", "answer"),
    [
        (0.04, 0.1), (0.001, 0.1), (1e-9, 0.1), (0.1, 0.1), (0.1001, 0.2), (0.1 + 0.2, 0.3), (0.7 + 0.1, 0.8),
        (1.1 * 3, 3.3),
        (0.3, 0.3), (0.31, 0.4), (1.0, 1.0), (2.95, 3.0), (59.99, 60.0), (60.0, 60.0), (1000.7 - 1000.4, 0.3), (5, 5.0),
    ],
)  # fmt: skip
def test_a_wait_is_told_in_tenths_rounded_up(wait: float, answer: float) -> None:
    """A rounding error alone isn't rounded up."""
    assert told(wait) == answer


@given(st.floats(1e-9, 1e5))
def test_a_client_is_never_told_too_short_a_wait(wait: float) -> None:
    """It is at most a tenth too long, and too short by no more than clocks can tell."""
    assert wait - 1e-6 <= told(wait) <= wait + 0.1 + 1e-6
    assert math.isclose(told(wait) * 10, round(told(wait) * 10), abs_tol=1e-6)


def refusals_in_a_row(take: Callable[[float], float], start: float) -> int:
    """The most refusals in a row of a client that asks again after exactly the time that it was told, 300 times."""
    now, row, most = start, 0, 0
    for _ in range(300):
        wait = take(now)
        row = row + 1 if wait else 0
        most = max(most, row)
        now += told(wait) if wait else 0.0
    return most


@given(st.floats(0.05, 50), st.integers(1, 40), st.sampled_from([0.0, 0.1, 1000.7, 123456.789, 1e6 + 1 / 3]))
def test_a_bucket_lets_pass_who_waited_as_told(per_second: float, burst: int, start: float) -> None:
    """It holds for any rate, and on any clock."""
    assert refusals_in_a_row(TokenBucket(per_second, burst).take, start) <= 1
    buckets = TokenBuckets(Rate(per_second, burst))
    assert refusals_in_a_row(lambda now: buckets.take("one", now), start) <= 1


def test_a_password_is_looked_at_after_the_wait_that_was_told() -> None:
    """After a wrong one, and after an attempt that came too early, by an address and by a person with a token."""
    tokens = Tokens(new_key())
    for token in (None, tokens.sign("anna")):
        now = 1234.7
        door = PasswordAccess("сезам", [], lambda: now)  # noqa: B023  the clock moves on
        for _ in range(12):
            for early in (0.0, 0.3):
                with pytest.raises(Refused) as refused:
                    door.admit(Hello("Анна", token=token, password="мимо"), "chat", "192.0.2.1", tokens)
                now += early
            now += told(float(refused.value.facts["retry_after"]))
        assert door.admit(Hello("Анна", token=token, password="сезам"), "chat", "192.0.2.1", tokens)


class Clock:
    """A clock in place of the machine's."""

    def __init__(self) -> None:
        self.now = 77.7


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(session_quotas, "monotonic", lambda: clock.now)
    return clock


def test_the_commands_with_a_rate_are_those_tested_here() -> None:
    """A new one gets its test."""
    assert set(RATES) == {Hello, People, History, Messages, Edit, Delete, React, Rename, Renew, Search, Moderate}


@pytest.mark.parametrize("kinds", [[kind] for kind in RATES] + [[People, History], [*RATES]], ids=str)
def test_a_client_that_obeys_is_never_refused_twice_in_a_row_nor_cut(
    clock: Clock, kinds: list[type[AnyCommand]]
) -> None:
    """It sends each command as fast as it may, for an hour or 20,000 refusals."""
    quotas = SessionQuotas()
    due, was_refused = dict.fromkeys(kinds, clock.now), dict.fromkeys(kinds, False)
    for _ in range(20_000):
        kind = min(due, key=lambda kind: due[kind])
        clock.now = max(clock.now, due[kind])
        try:
            quotas.allow(kind)
            was_refused[kind] = False
        except Refused as refused:
            assert not was_refused[kind]
            assert not quotas.strike(refused)
            was_refused[kind] = True
            due[kind] = clock.now + told(float(refused.facts["retry_after"]))


def test_a_client_that_doesnt_obey_is_cut(clock: Clock) -> None:
    """It asks again twenty times in the time that it was told to wait."""
    quotas = SessionQuotas()
    for _ in range(100_000):
        try:
            quotas.allow(History)
        except Refused as refused:
            if quotas.strike(refused):
                return
            clock.now += float(refused.facts["retry_after"]) / 20
    raise AssertionError("it was never cut")


@pytest.mark.parametrize("rate", [5.0, 23.0])
async def test_a_person_who_posts_as_told_is_never_refused_twice_in_a_row(nodes: Nodes, rate: float) -> None:
    """Redis counts posts; at 23 a second the wait is 0.04 s, which was once told as 0.0."""
    await nodes.start(1, post_rate=rate, post_burst=5)
    (ann,) = await nodes.join("Ann")
    refused, row = 0, 0
    end = time.monotonic() + 4
    while time.monotonic() < end:
        post = await ann.says("x")
        answer = await answer_to(ann, post)
        row = row + 1 if answer["type"] == "error" else 0
        refused += row
        assert row < 2
        if row:
            assert answer["retry_after"] >= 0.1
            await asyncio.sleep(answer["retry_after"])
    assert refused > 5


async def answer_to(client: Any, post: str) -> dict[str, Any]:
    while True:
        for event in client.events:
            if event.get("id") == post and event["type"] in ("ack", "error"):
                return dict(event)
        await client._receive()
