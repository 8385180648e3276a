"""The outcome of a change: its number, or a refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from ...errors import ErrorCode, Refused
from ...protocol import Message
from ...restrictions import restriction

KINDS_MAX = 12  # kinds of reactions to a message; amend.lua holds to it
UNREADABLE_RETRY = 2.0  # s after which a client may ask again for what couldn't be read

Outcome = int | Refused
"""The number of a change (that of the last one before, where it changed nothing), or why it didn't come about."""

Answer = Callable[[Outcome], None]
"""Is told what became of a change."""

T = TypeVar("T")


def first_only(answer: Answer) -> Answer:
    """`answer` for the first outcome only: if something fails after that was told, the change is refused as well."""
    is_told = False

    def tell(outcome: Outcome) -> None:
        nonlocal is_told
        if not is_told:
            is_told = True
            answer(outcome)

    return tell


def settled(begin: Callable[[Callable[[T], None]], None]) -> asyncio.Future[T]:
    """Call `begin` with a function that takes the outcome, and return the first that it is called with."""
    outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def settle(found: T) -> None:
        if not outcome.done():  # else it was told before, or nobody waits any more
            outcome.set_result(found)

    begin(settle)
    return outcome


class DeletionRight(Protocol):
    """A right to delete other people's messages."""

    def script_args(self, message: Message) -> Sequence[str | bytes]:
        """For amend.lua: the authority, and the act as it is recorded; none for an own message."""
        ...

    def on_done(self, message: Message) -> None:
        """This message, as it was, is deleted now, and wasn't before."""


def unreadable() -> Refused:
    """Redis doesn't say how a message is, or which there are."""
    return Refused(ErrorCode.UNAVAILABLE, "the log is unavailable", retry_after=UNREADABLE_RETRY)


def no_such_message() -> Refused:
    """The message is deleted, is no longer kept, or never was."""
    return Refused(ErrorCode.GONE, "there is no such message any more")


def outcome_of(seq: int, wait: int | bytes) -> Outcome:
    """The number of the change, or why it didn't come about for one person."""
    if isinstance(wait, bytes):
        return restriction(wait)
    if wait > 0:
        return Refused(ErrorCode.RATE_LIMITED, "too many posts and changes", retry_after=wait / 1000)
    if wait < 0:
        return Refused(ErrorCode.TOO_MANY, f"a message has at most {KINDS_MAX} kinds of reactions", limit=KINDS_MAX)
    return seq


def check_own(message: Message, person: str) -> None:
    """Raises Refused(not_yours)."""
    if message.sender.id != person:
        raise Refused(ErrorCode.NOT_YOURS, "the message is somebody else's")
