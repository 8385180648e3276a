"""The commands on a subscriber's connection that Redis hasn't answered yet."""

from __future__ import annotations

from collections import deque

from msgspec import Struct, field


class SentCommand(Struct):
    """A command, and those of its channels that Redis hasn't confirmed yet."""

    name: bytes
    channels: set[bytes] = field(default_factory=set)


class InFlight:
    """A queue of commands: Redis replies in their order, so a reply belongs to the one that has waited longest."""

    def __init__(self) -> None:
        self._commands: deque[SentCommand] = deque()

    def add(self, command: SentCommand) -> None:
        self._commands.append(command)

    def expects(self, name: bytes, channel: bytes) -> bool:
        """Whether this reply belongs to the oldest command."""
        waiting = self._commands[0] if self._commands else None
        return waiting is not None and waiting.name == name and channel in waiting.channels

    def note_reply(self, channel: bytes) -> None:
        """Record a reply about `channel`. A command gets one reply for each of its channels, or one if it has none."""
        if self._commands:
            self._commands[0].channels.discard(channel)
            if not self._commands[0].channels:
                self._commands.popleft()

    def pop_refused(self) -> SentCommand | None:
        """Remove and return the command that an error replies to: it gets no other reply. None if there is none."""
        return self._commands.popleft() if self._commands else None
