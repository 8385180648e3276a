"""The start of a link to Redis: its channels are subscribed to in parts."""

from __future__ import annotations

from wschat.redis_link.in_flight import SentCommand
from wschat.redis_link.subscriptions import PLAIN, SHARDED
from wschat.redis_link.unconfirmed import PART, PONG, Unconfirmed


def channels_of(commands: list[SentCommand]) -> list[bytes]:
    return sorted(channel for command in commands for channel in command.channels)


def test_each_channel_is_sent_once_and_two_parts_at_most_are_on_their_way() -> None:
    """The next part goes when only one is unconfirmed; the link stands when all are, and the ping is answered."""
    channels = [b"%04d" % number for number in range(2 * PART + 1)]
    unconfirmed = Unconfirmed((PLAIN, channel) for channel in channels)
    assert channels_of(unconfirmed.next_part()) == channels[:PART]
    assert unconfirmed.next_part() == []  # the ping is unconfirmed, too
    unconfirmed.confirm(*PONG)
    assert channels_of(unconfirmed.next_part()) == channels[PART : 2 * PART]
    for channel in channels[: PART - 1]:
        unconfirmed.confirm(PLAIN, channel)
        assert unconfirmed.next_part() == []
    unconfirmed.confirm(PLAIN, channels[PART - 1])
    assert channels_of(unconfirmed.next_part()) == channels[2 * PART :]
    for channel in channels[PART:]:
        assert unconfirmed
        unconfirmed.confirm(PLAIN, channel)
    assert not unconfirmed


def test_a_channel_that_is_left_is_sent_only_if_it_was_already() -> None:
    """Redis still answers for one that was sent."""
    channels = [b"%04d" % number for number in range(2 * PART)]
    unconfirmed = Unconfirmed((PLAIN, channel) for channel in channels)
    unconfirmed.confirm(*PONG)
    unconfirmed.next_part()
    unconfirmed.leave_out(PLAIN, channels[0])
    unconfirmed.leave_out(PLAIN, channels[-1])
    assert channels_of(unconfirmed.next_part()) == channels[PART:-1]
    for channel in channels[1:-1]:
        unconfirmed.confirm(PLAIN, channel)
    assert unconfirmed
    unconfirmed.confirm(PLAIN, channels[0])
    assert not unconfirmed


def test_sharded_channels_go_in_commands_of_their_own() -> None:
    """Those of one command must be in one slot; plain ones share one."""
    unconfirmed = Unconfirmed([(PLAIN, b"a"), (PLAIN, b"b"), (SHARDED, b"c"), (SHARDED, b"d")])
    commands = [(command.name, command.channels) for command in unconfirmed.next_part()]
    assert commands == [(PLAIN, {b"a", b"b"}), (SHARDED, {b"c"}), (SHARDED, {b"d"})]
