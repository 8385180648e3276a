"""When posts that came too fast are to come again, on a time that the tests give them."""

from __future__ import annotations

import pytest

from wschat.limits import UNLIMITED, Rate
from wschat.session.limits.appointments import APPOINTMENTS_MAX, MARGIN, RETURN_GRACE, Appointments
from wschat.session.limits.post_pace import EARNED_AFTER, PostPace

RATE = Rate(5.0, 20)


def known() -> Appointments:
    """Those of a person who is no newcomer."""
    return Appointments(PostPace(RATE, -EARNED_AFTER))


def test_a_burst_passes_and_each_further_post_is_told_its_own_time() -> None:
    """They come one by one, in the order in which they came first, and pass when they come again."""
    appointments = known()
    waits = [appointments.take(str(number), 0.0) for number in range(60)]
    assert waits[:20] == [0.0] * 20
    assert waits[20:] == pytest.approx([0.2 * number + MARGIN for number in range(1, 41)])
    for number, wait in enumerate(waits[20:], 20):
        assert appointments.take(str(number), wait) == 0.0
    assert appointments.take("next", waits[-1]) > 0


def test_who_comes_too_early_keeps_their_appointment() -> None:
    """Trying again and again neither helps nor harms."""
    appointments = known()
    for number in range(22):
        appointments.take(str(number), 0.0)
    for time in (0.01, 0.05, 0.1):
        assert appointments.is_impatient("21", time)
        assert appointments.take("21", time) == pytest.approx(0.4 + MARGIN - time)
    assert appointments.take("20", 0.3) == appointments.take("21", 0.5) == 0.0


def test_one_that_passes_unused_is_taken_by_another() -> None:
    """A client that gives a post up doesn't keep its others waiting, nor those that it never sent again."""
    appointments = known()
    for number in range(24):
        appointments.take(str(number), 0.0)
    assert appointments.take("23", 0.3) == 0.0  # in the place of 20
    assert appointments.take("22", 0.3) > 0
    assert appointments.take("20", 0.8 + MARGIN) == 0.0
    assert appointments.take("new", 0.8 + MARGIN + RETURN_GRACE + 1) == 0.0
    assert not appointments.is_impatient("22", 0.8 + MARGIN + RETURN_GRACE + 1)


def test_only_so_many_are_made() -> None:
    """A client that sends hundreds without waiting isn't listening."""
    appointments = known()
    for number in range(20 + APPOINTMENTS_MAX):
        assert not appointments.is_full
        appointments.take(str(number), 0.0)
    assert appointments.is_full
    assert appointments.take("another", 0.0) == pytest.approx(0.2 * (APPOINTMENTS_MAX + 1) + MARGIN)
    assert appointments.take("and another", 0.0) == pytest.approx(0.2 * (APPOINTMENTS_MAX + 2) + MARGIN)


def test_what_redis_refuses_is_told_another_time_too() -> None:
    """Other tabs of the person have used their allowance: each refused post is told a later moment than the last."""
    appointments = known()
    for number in range(4):
        assert appointments.take(str(number), 0.0) == 0.0
    waits = [appointments.postpone(str(number), 0.2, 0.0) for number in range(4)]
    assert waits == pytest.approx([0.25, 0.45, 0.65, 0.85])
    assert appointments.take("0", 0.25) == 0.0
    assert appointments.take("new", 0.3) > 0.6


def test_without_a_rate_everything_passes() -> None:
    """`--post-rate 0` switches this off, too."""
    pace = PostPace(UNLIMITED, 0.0)
    appointments = Appointments(pace)
    assert {appointments.take(str(number), 0.0) for number in range(1000)} == {0.0}
    assert pace.usage(0.0) == 0.0
    assert not appointments.is_full
