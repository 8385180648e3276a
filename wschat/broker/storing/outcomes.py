"""The outcome of a change: its number, or a refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from ...errors import ErrorCode, Refused
from ...protocol import Message, restriction

KINDS_MAX = 12  # kinds of reactions to a message; amend.lua holds to it
UNREADABLE_RETRY = 2.0  # s after which a client may try a failed read again

Outcome = int | Refused
"""The number of a change (if it changed nothing, of the last one before it), or why it was refused."""

Answer = Callable[[Outcome], None]
"""Receives the outcome of a change: once, however long Redis takes, or never if the node stops before that."""

T = TypeVar("T")


def settled(begin: Callable[[Callable[[T], None]], None]) -> asyncio.Future[T]:
    """Call `begin` with a callback for the outcome; the future gets the first outcome, and later ones are ignored."""
    outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def settle(found: T) -> None:
        if not outcome.done():  # otherwise there was one before, or nobody waits any more
            outcome.set_result(found)

    begin(settle)
    return outcome


class DeletionRight(Protocol):
    """A right to delete other people's messages."""

    def script_args(self, message: Message) -> Sequence[str | bytes]:
        """The authority and the act to record, as arguments for amend.lua; none for an own message."""
        ...

    def on_done(self, message: Message) -> None:
        """Called when the message, passed in its former form, has been deleted by this right."""


def unreadable() -> Refused:
    """The refusal when Redis doesn't return a message, or the messages that there are."""
    return Refused(ErrorCode.UNAVAILABLE, "the log is unavailable", retry_after=UNREADABLE_RETRY)


def no_such_message() -> Refused:
    """The refusal when the message is deleted, is no longer kept, or never existed."""
    return Refused(ErrorCode.GONE, "there is no such message any more")


def outcome_of(seq: int, wait: int | bytes) -> Outcome:
    """The outcome for one person: the number of the change, or the refusal that `wait` stands for.

    `wait`: 0: none; above 0: ms to wait; below 0: too many kinds of reactions; bytes: a restriction.
    """
    if isinstance(wait, bytes):
        return restriction(wait)
    if wait > 0:
        return Refused(ErrorCode.RATE_LIMITED, "too many posts and changes", retry_after=wait / 1000)
    if wait < 0:
        return Refused(ErrorCode.TOO_MANY, f"a message has at most {KINDS_MAX} kinds of reactions", limit=KINDS_MAX)
    return seq


def check_own(message: Message, person: str) -> None:
    """Check that the message is the person's own. Raises Refused(not_yours)."""
    if message.sender.id != person:
        raise Refused(ErrorCode.NOT_YOURS, "the message is somebody else's")
