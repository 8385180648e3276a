"""The commands on a subscriber's connection that Redis hasn't answered yet."""

from __future__ import annotations

from collections import deque

from msgspec import Struct, field


class SentCommand(Struct):
    """A command, and its channels that Redis hasn't answered for."""

    name: bytes
    channels: set[bytes] = field(default_factory=set)


class InFlight:
    """Redis answers in the order in which it is asked: a reply belongs to the command that has waited longest."""

    def __init__(self) -> None:
        self._commands: deque[SentCommand] = deque()

    def add(self, command: SentCommand) -> None:
        self._commands.append(command)

    def expects(self, name: bytes, channel: bytes) -> bool:
        """Did we ask for this reply?"""
        waiting = self._commands[0] if self._commands else None
        return waiting is not None and waiting.name == name and channel in waiting.channels

    def note_reply(self, channel: bytes) -> None:
        """One reply came. A command has as many as it has channels, or one."""
        if self._commands:
            self._commands[0].channels.discard(channel)
            if not self._commands[0].channels:
                self._commands.popleft()

    def pop_refused(self) -> SentCommand | None:
        """The command that an error is the reply to, which gets no other; None where Redis was asked for nothing."""
        return self._commands.popleft() if self._commands else None
