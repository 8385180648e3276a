"""What amend.lua takes from its 14th argument on, and what it replies: both are put together and read here alone.

Each call names the message as its caller knows it: a number alone would be another message's once the log is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from ...errors import ErrorCode, Refused
from ...model import Person, Position
from ...protocol import Message, MessageBody, encode
from ...redis_link import ScriptArgs
from .outcomes import Outcome, no_such_message, outcome_of


class Target(NamedTuple):
    """The message to change, as the caller knows it: the end of the log by then, in whose epoch its number counts, its
    likeness (as in `protocol.likeness`), and the number of its last change.
    """

    position: Position
    likeness: bytes
    rev: int


class Made(NamedTuple):
    """The outcome for each person: the number of the change, or why theirs didn't come about."""

    outcomes: list[Outcome]


class Conflict(NamedTuple):
    """The message isn't as the caller knows it any more, and nothing was done: by now it has this form."""

    form: bytes


class Lost:
    """The log that the caller knows is gone, and nothing was done."""


Verdict = Made | Conflict | Lost | Refused
"""What amend.lua says of a change; Refused: to all who make it."""


def edit(target: Target, body: MessageBody) -> ScriptArgs:
    """Give the message this body."""
    return [*target.position, target.likeness, "edit", target.rev, encode(body)]


def delete(target: Target, body: MessageBody, right: Sequence[str | bytes] = ()) -> ScriptArgs:
    """Put a tombstone in its place. `right`: a moderator's, as DeletionRight has it."""
    return [*target.position, target.likeness, "delete", target.rev, encode(body), *right]


def confirm(target: Target) -> ScriptArgs:
    """Is the message still as the caller knows it?"""
    return [*target.position, target.likeness, "confirm", target.rev]


def react(target: Target, reactions: Iterable[tuple[str, str, bool]]) -> ScriptArgs:
    """Add reactions or take them back: of each the person, the emoji, and whether it is wanted."""
    args: ScriptArgs = [*target.position, target.likeness, "react"]
    for person, emoji, on in reactions:
        args += (person, emoji, int(on))
    return args


def reworded(message: Message, text: str, edited: str) -> MessageBody:
    """The message with another text; `edited` is the time of the change."""
    return MessageBody(
        room=message.room, id=message.id, sender=message.sender, text=text, time=message.time, edited=edited,
        reply=message.reply,
    )  # fmt: skip


def tombstone(
    message: Message, edited: str | UnsetType = UNSET, *, sender: Person | None = None, moderated: bool = False
) -> MessageBody:
    """What is left of a deleted message; `edited` is the time of the deletion, `sender` its author as it names them."""
    return MessageBody(
        room=message.room, id=message.id, sender=sender or message.sender, time=message.time, edited=edited,
        deleted=True, moderated=moderated,
    )  # fmt: skip


def read_verdict(reply: list[Any], people: int) -> Verdict:
    """What the script's reply says of a change that so many people make. Raises ValueError for anything else."""
    code, *rest = reply
    if code == b"done":
        seq, *waits = rest
        if len(waits) != people:
            raise ValueError(f"amend.lua replied to {len(waits)} people instead of {people}")
        return Made([outcome_of(seq, wait) for wait in waits])
    if code == b"conflict":
        return Conflict(bytes(rest[0]))
    if code == b"lost":
        return Lost()
    if code == b"gone":
        return no_such_message()
    if code == b"not_allowed":
        return Refused(ErrorCode.NOT_ALLOWED, "you are no moderator any more")
    raise ValueError(f"amend.lua replied {code!r}")
