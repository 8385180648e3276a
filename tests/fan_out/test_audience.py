"""The fan-out: every frame to everyone, in order, as the same bytes."""

from __future__ import annotations

import asyncio

import pytest

from wschat.fan_out import Audience, FanOut
from wschat.fan_out import audience as audience_module

from ..support.recording import ByteRecordingMember, flushed
from ..support.room import until

pytestmark = pytest.mark.usefixtures("steady_rounds")


async def test_everyone_gets_the_very_same_bytes() -> None:
    """A frame is made once; no member costs a copy."""
    audience, members = Audience(), [ByteRecordingMember(), ByteRecordingMember()]
    for member in members:
        audience.add(member)
    audience.broadcast(b"one")
    await flushed()
    assert members[0].sent == [b"one"]
    assert members[0].sent[0] is members[1].sent[0]


async def test_what_was_broadcast_in_one_moment_goes_in_one_write_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy room costs a write for each round, not for each message; only the first one waits for no others."""
    monkeypatch.setattr(audience_module, "ALONE", 60.0)
    audience, member = Audience(), ByteRecordingMember()
    audience.add(member)
    await flushed()
    for number in range(10):
        audience.broadcast(b"%d" % number)
    await flushed()
    assert member.sent == [b"0", b"123456789"]


@pytest.mark.parametrize("at_once_max", [2, 1])
async def test_a_message_that_comes_alone_goes_at_once_to_a_few(
    monkeypatch: pytest.MonkeyPatch, at_once_max: int
) -> None:
    """It doesn't wait for a turn of the event loop; in a crowd it does, since its caller would wait for the crowd."""
    monkeypatch.setattr(audience_module, "AT_ONCE_MAX", at_once_max)
    audience, members = Audience(), [ByteRecordingMember(), ByteRecordingMember()]
    for member in members:
        audience.add(member)
    audience.broadcast(b"alone")
    assert [member.sent for member in members] == ([[b"alone"]] * 2 if at_once_max == 2 else [[]] * 2)
    await flushed()
    assert [member.sent for member in members] == [[b"alone"]] * 2


async def test_what_a_socket_doesnt_take_at_once_goes_the_long_way() -> None:
    """The rest of a frame, or all of it; and the others never notice."""

    class Full(ByteRecordingMember):
        def write(self, data: bytes) -> int:
            raise BlockingIOError

    class Half(ByteRecordingMember):
        def write(self, data: bytes) -> int:
            return super().write(data[:3])

    audience, members = Audience(), [Half(), Full(), ByteRecordingMember()]
    for member in members:
        audience.add(member)
    audience.broadcast(b"0")
    await flushed()
    audience.broadcast(b"message")
    await flushed()
    assert [member.sent for member in members] == [[b"0", b"mes", b"sage"], [b"0", b"message"], [b"0", b"message"]]


async def test_a_newcomer_gets_nothing_from_before() -> None:
    """Also not what was broadcast before but isn't flushed yet: its welcome has that already."""
    audience, old, new = Audience(), ByteRecordingMember(), ByteRecordingMember()
    audience.add(old)
    audience.broadcast(b"before,")
    audience.add(new)
    audience.broadcast(b"after")
    await flushed()
    assert (old.heard, new.heard) == (b"before,after", b"after")


async def test_who_has_left_gets_nothing_more() -> None:
    """Neither a newcomer nor an old member."""
    audience, old, new = Audience(), ByteRecordingMember(), ByteRecordingMember()
    audience.add(old)
    audience.broadcast(b"a")
    await flushed()
    audience.add(new)
    audience.remove(old)
    audience.remove(new)
    audience.remove(new)
    audience.broadcast(b"b")
    await flushed()
    assert (old.heard, new.heard, len(audience)) == (b"a", b"", 0)


async def test_an_audience_knows_whether_anyone_is_there() -> None:
    """From the moment of joining."""
    audience, member = Audience(), ByteRecordingMember()
    assert not audience
    audience.add(member)
    assert audience
    assert len(audience) == 1
    assert audience.members() == [member]


async def test_members_whose_frames_are_in_doubt_must_connect_again() -> None:
    """A failure in the middle of the writing ends the connections of those members, and not the rounds."""

    class Failing(ByteRecordingMember):
        def write(self, data: bytes) -> int:
            raise MemoryError

        def abort(self) -> None:
            asyncio.get_running_loop().call_soon(audience.remove, self)

    audience, failing, other = Audience(), Failing(), ByteRecordingMember()
    audience.add(failing)
    audience.broadcast(b"sent to a newcomer")
    await flushed()
    audience.broadcast(b"lost")
    await until(lambda: failing not in audience)
    audience.add(other)
    audience.broadcast(b"next")
    await until(lambda: other.sent == [b"next"])


@pytest.mark.parametrize("is_alone", [True, False])
async def test_a_newcomer_whose_first_frame_fails_must_connect_again(
    monkeypatch: pytest.MonkeyPatch, is_alone: bool
) -> None:
    """The others get each frame once, also those behind the newcomer, and the caller of `broadcast` notices nothing."""
    monkeypatch.setattr(audience_module, "ALONE", 0.0 if is_alone else 60.0)

    class Failing(ByteRecordingMember):
        is_ended = False

        def send(self, data: bytes) -> None:
            raise MemoryError

        def abort(self) -> None:
            self.is_ended = True

    audience, failing, others = Audience(), Failing(), [ByteRecordingMember(), ByteRecordingMember()]
    audience.add(others[0])
    audience.broadcast(b"before")
    await flushed()
    audience.add(failing)
    audience.add(others[1])
    for frame in (b"first", b"next"):
        audience.broadcast(frame)
        await until(lambda: all(other.heard.endswith(frame) for other in others))  # noqa: B023  called at once
    assert failing.is_ended
    assert [other.heard for other in others] == [b"beforefirstnext", b"firstnext"]


async def test_of_messages_in_several_rooms_only_the_first_goes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One read from Redis brings many, and what comes behind it waits for one round at most, not for every room's."""
    monkeypatch.setattr(audience_module, "ALONE", 60.0)
    fan_out = FanOut()
    rooms = [(Audience(fan_out=fan_out), ByteRecordingMember()) for _ in range(3)]
    for audience, member in rooms:
        audience.add(member)
    for audience, _ in rooms:
        audience.broadcast(b"together")
    assert [member.sent for _, member in rooms] == [[b"together"], [], []]
    await flushed()
    assert [member.sent for _, member in rooms] == [[b"together"]] * 3


async def test_the_end_of_a_pause_is_no_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent then, so a message in another room is alone."""
    now = 1.0
    monkeypatch.setattr(audience_module, "monotonic", lambda: now)
    monkeypatch.setattr(audience_module, "FAST_ROUND", -1.0)
    monkeypatch.setattr(audience_module, "PAUSE_MAX", 0.0)
    fan_out = FanOut()
    rooms = [(Audience(fan_out=fan_out), ByteRecordingMember()) for _ in range(2)]
    for audience, member in rooms:
        audience.add(member)
    (busy, _), (quiet, member) = rooms
    busy.broadcast(b"with a pause")
    now = 2.0
    await flushed()
    quiet.broadcast(b"alone")
    assert member.sent == [b"alone"]


async def test_a_room_whose_rounds_are_long_is_no_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """To encrypt for a hundred people takes longer than a slice; a caller doesn't wait for that, until it is short."""
    monkeypatch.setattr(audience_module, "ALONE", -1.0)
    monkeypatch.setattr(audience_module, "YIELD_TURNS", 1)
    audience, member = Audience(), ByteRecordingMember()
    audience.add(member)
    went_at_once = []
    for slice_ in (0.0, 60.0, 60.0):
        audience.broadcast(b"before")
        await flushed()
        monkeypatch.setattr(audience_module, "SLICE", slice_)
        member.sent.clear()
        audience.broadcast(b"alone")
        went_at_once.append(bool(member.sent))
        await flushed()
        assert member.sent == [b"alone"]
    assert went_at_once == [False, True, True]
