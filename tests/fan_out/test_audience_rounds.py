"""The rounds of the fan-out: they give way to others, and the busier the room, the more goes together."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wschat.fan_out import Audience
from wschat.fan_out import audience as audience_module

from ..support.recording import ByteRecordingMember, flushed
from ..support.room import until

pytestmark = pytest.mark.usefixtures("steady_rounds")


async def settled(member: ByteRecordingMember, expected: bytes) -> None:
    """Wait until the member has heard as much."""
    await until(lambda: len(member.heard) >= len(expected))
    assert member.heard == expected


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch, steady_rounds: None) -> None:
    """Two members to a section, a turn for others after each section, and each round with a pause, of one turn."""
    monkeypatch.setattr(audience_module, "SECTION", 2)
    monkeypatch.setattr(audience_module, "FAST_ROUND", -1.0)
    monkeypatch.setattr(audience_module, "PAUSE_MAX", 0.0)
    monkeypatch.setattr(audience_module, "SLICE", 0.0)
    monkeypatch.setattr(audience_module, "YIELD_TURNS", 1)


async def crowd(audience: Audience, size: int) -> list[ByteRecordingMember]:
    """So many members who were there before."""
    members = [ByteRecordingMember() for _ in range(size)]
    for member in members:
        audience.add(member)
    audience.broadcast(b"before")
    await settled(members[-1], b"before")
    for member in members:
        member.sent.clear()
    return members


@pytest.mark.usefixtures("small_steps")
async def test_a_round_over_very_many_gives_way_to_the_loop() -> None:
    """Others get their turn in the middle, and still everyone hears everything once, in order."""
    audience = Audience()
    members = await crowd(audience, 6)
    audience.broadcast(b"1")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    reached = sum(bool(member.sent) for member in members)
    assert 0 < reached < len(members)
    audience.broadcast(b"2")
    await settled(members[0], b"12")
    assert all(member.heard == b"12" for member in members)


@pytest.mark.usefixtures("small_steps")
async def test_a_round_gives_way_for_as_many_turns_as_a_post_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one turn a slice, the acknowledgement of a post would come many slices later."""
    audience = Audience()
    members = await crowd(audience, 4)
    monkeypatch.setattr(audience_module, "YIELD_TURNS", 7)
    audience.broadcast(b"1")
    while not members[0].sent:
        await asyncio.sleep(0)
    turns = 0
    while not members[2].sent:
        await asyncio.sleep(0)
        turns += 1
    assert turns == 7


@pytest.mark.usefixtures("small_steps")
async def test_the_pause_after_a_long_round_is_bounded() -> None:
    """A message that comes then needn't wait for half of the round's time, which is long with very many members."""
    audience, members = Audience(), [Slow() for _ in range(6)]
    for member in members:
        audience.add(member)
    audience.broadcast(b"0")
    await settled(members[-1], b"0")
    audience.broadcast(b"1")
    await settled(members[-1], b"01")
    audience.broadcast(b"2")
    await flushed(10)
    assert members[0].heard == b"012"


@pytest.mark.usefixtures("small_steps")
async def test_a_frame_that_comes_in_the_middle_of_a_round_goes_along() -> None:
    """Those whose turn is yet to come get both in one write; the others get the second one in the same round."""
    audience = Audience()
    members = await crowd(audience, 6)
    audience.broadcast(b"1")
    while not members[2].sent:
        await asyncio.sleep(0)
    audience.broadcast(b"2")
    await settled(members[2], b"12")
    assert [member.sent for member in members[::2]] == [[b"1", b"2"], [b"1", b"2"], [b"12"]]


async def test_what_isnt_urgent_waits_for_something_that_is() -> None:
    """In a large audience the number online costs nothing when somebody talks; in a small one it isn't delayed."""
    audience = Audience()
    (member,) = await crowd(audience, 1)
    audience.broadcast(b"small,", urgent=False)
    await flushed()
    assert member.heard == b"small,"
    audience._took = 1.0
    audience.broadcast(b"online,", urgent=False)
    await flushed()
    assert member.heard == b"small,"
    audience.broadcast(b"talk")
    await flushed()
    assert member.sent == [b"small,", b"online,talk"]


async def test_what_isnt_urgent_waits_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """It disappears on its own when nobody talks."""
    monkeypatch.setattr(audience_module, "COALESCE_MAX", 0.01)
    audience = Audience()
    (member,) = await crowd(audience, 1)
    audience._took = 1.0
    audience.broadcast(b"online", urgent=False)
    await settled(member, b"online")


@pytest.mark.usefixtures("small_steps")
@given(st.lists(st.sampled_from(["join", "join", "leave", "urgent", "later", "turn"]), min_size=30, max_size=60))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_each_hears_all_that_was_broadcast_while_they_were_there(steps: list[str]) -> None:
    """However people come and go in the middle of a round: the same order, no hole, nothing twice."""
    audience = Audience()
    due: dict[ByteRecordingMember, list[int]] = {}
    for number, step in enumerate(steps):
        if step == "join":
            due[member := ByteRecordingMember()] = []
            audience.add(member)
        elif step == "leave" and audience:
            gone: Any = audience.members()[number % len(audience)]
            audience.remove(gone)
            due[gone] = due[gone][: gone.heard.count(b",")]  # what was still under way needn't arrive
        elif step == "turn":
            await asyncio.sleep(0)
        elif step in {"urgent", "later"}:
            for present in audience.members():
                due[present].append(number)  # type: ignore[index]  # all are RecordingMembers here
            audience.broadcast(b"%d," % number, urgent=step == "urgent")
    audience.broadcast(b"end,")
    await flushed(3 * len(audience) + 3)
    for member, numbers in due.items():
        end = b"end," if member in audience.members() else b""
        assert member.heard == b"".join(b"%d," % number for number in numbers) + end
    assert not audience._frames, "what everyone has is forgotten"


class Slow(ByteRecordingMember):
    """A member to whom a write takes so long (s)."""

    def __init__(self, takes: float = 0.02) -> None:
        super().__init__()
        self._takes = takes

    def write(self, data: bytes) -> int:
        until = asyncio.get_running_loop().time() + self._takes
        while asyncio.get_running_loop().time() < until:
            pass
        return super().write(data)


@pytest.mark.usefixtures("small_steps")
async def test_a_flood_that_never_lets_a_round_end_is_paused_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each section had its turn others have theirs, also when there is more to send already."""
    monkeypatch.setattr(audience_module, "PAUSE_MAX", 1.0)
    audience, members = Audience(), [Slow() for _ in range(6)]
    for member in members:
        audience.add(member)
    turns: list[int] = []  # of the loop, between two times that the first member was written to
    for _ in range(3):
        before, turn = len(members[0].sent), 0
        while len(members[0].sent) == before:
            audience.broadcast(b"x")
            await asyncio.sleep(0)
            turn += 1
        turns.append(turn)
    assert turns[-1] > 50, "three sections take three turns, and the pause some thousand"


async def test_rounds_pace_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """After one that took 0.1 s the loop belongs to others for half as long, and what comes meanwhile goes together."""
    monkeypatch.setattr(audience_module, "FAST_ROUND", 0.001)
    monkeypatch.setattr(audience_module, "PAUSE_MAX", 1.0)
    audience, member = Audience(), Slow(0.1)
    audience.add(member)
    audience.broadcast(b"welcome")
    await settled(member, b"welcome")
    member.sent.clear()
    audience.broadcast(b"0")
    await settled(member, b"0")
    for number in range(1, 4):
        audience.broadcast(b"%d" % number)
        await asyncio.sleep(0)
    assert member.sent == [b"0"]
    await settled(member, b"0123")
    assert member.sent == [b"0", b"123"]
