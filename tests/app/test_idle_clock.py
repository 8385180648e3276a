"""The idle clock, on a time that the tests give it."""

from __future__ import annotations

import pytest

from wschat.idle import Idle, IdleClock, IdleWhen


def quiet(timeout: float = 300.0) -> IdleClock:
    return IdleClock(timeout, IdleWhen.QUIET, now=0.0)


def test_the_clock_runs_from_the_start() -> None:
    """A server that nobody ever visits stops too."""
    clock = quiet(300)
    assert clock.state(299.9, connected=0) is Idle.SOON
    assert clock.state(300.0, connected=0) is Idle.NOW


def test_people_are_told_a_minute_before() -> None:
    """The notice comes 60 s before the end of the default 300."""
    clock = quiet(300)
    assert clock.state(239.9, 1) is Idle.AWAKE
    assert clock.state(240.0, 1) is Idle.SOON


def test_of_a_short_time_a_fifth_is_for_the_notice() -> None:
    """A server with 10 s warns 2 s before."""
    clock = quiet(10)
    assert clock.state(7.9, 1) is Idle.AWAKE
    assert clock.state(8.0, 1) is Idle.SOON


def test_activity_starts_the_time_anew() -> None:
    """It does so even in the last moment."""
    clock = quiet(300)
    clock.activity(299.0)
    assert clock.state(598.9, 0) is not Idle.NOW
    assert clock.state(599.0, 0) is Idle.NOW


def test_silent_people_do_not_keep_a_quiet_server_awake() -> None:
    """`quiet` considers only talk."""
    assert quiet(300).state(300.0, connected=5) is Idle.NOW


def test_silent_people_keep_a_server_awake_that_waits_until_it_is_empty() -> None:
    """With `empty`, the time starts when the last person has left."""
    clock = IdleClock(300, IdleWhen.EMPTY, now=0.0)
    assert clock.state(1000.0, connected=1) is Idle.AWAKE
    assert clock.state(1299.0, connected=0) is Idle.SOON
    assert clock.state(1300.0, connected=0) is Idle.NOW


@pytest.mark.parametrize("when", IdleWhen)
def test_zero_switches_it_off(when: IdleWhen) -> None:
    """Such a server never stops on its own."""
    assert IdleClock(0, when, now=0.0).state(1e9, connected=0) is Idle.AWAKE


def test_it_says_how_many_seconds_are_left() -> None:
    """The notice contains them."""
    clock = quiet(300)
    clock.activity(10.0)
    assert clock.left(250.0) == 60.0
