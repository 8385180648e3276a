"""The arguments of amend.lua from the 14th on, and its replies. Only this module writes and reads them.

Each call identifies the message as its caller knows it: once the log is lost, its number may be another message's.
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
    """The message to change, as the caller knows it: the end of the log then, to whose epoch its number belongs, its
    likeness (`protocol.likeness`), and the number of its last change.
    """

    position: Position
    likeness: bytes
    rev: int


class Made(NamedTuple):
    """The outcome for each person: the number of the change, or why the person's part was refused."""

    outcomes: list[Outcome]


class Conflict(NamedTuple):
    """Nothing was done, since the message is no longer as the caller knows it: it now has this form."""

    form: bytes


class Lost:
    """Nothing was done, since the log that the caller knows is gone."""


Verdict = Made | Conflict | Lost | Refused
"""amend.lua's reply to a change; Refused: for everyone who makes it."""


def edit(target: Target, body: MessageBody) -> ScriptArgs:
    """The arguments that give the message this body."""
    return [*target.position, target.likeness, "edit", target.rev, encode(body)]


def delete(target: Target, body: MessageBody, right: Sequence[str | bytes] = ()) -> ScriptArgs:
    """The arguments that replace the message by a tombstone. `right`: a moderator's `DeletionRight.script_args`."""
    return [*target.position, target.likeness, "delete", target.rev, encode(body), *right]


def confirm(target: Target) -> ScriptArgs:
    """The arguments that ask whether the message is still as the caller knows it."""
    return [*target.position, target.likeness, "confirm", target.rev]


def react(target: Target, reactions: Iterable[tuple[str, str, bool]]) -> ScriptArgs:
    """The arguments that add reactions or take them back. `reactions`: (person, emoji, whether to add it)."""
    args: ScriptArgs = [*target.position, target.likeness, "react"]
    for person, emoji, on in reactions:
        args += (person, emoji, int(on))
    return args


def reworded(message: Message, text: str, edited: str) -> MessageBody:
    """The message with another text; `edited` is the time of the change."""
    return MessageBody(
        room=message.room, id=message.id, sender=message.sender, text=text, time=message.time, edited=edited,
        hook=message.hook, pictures=message.pictures, reply=message.reply,
    )  # fmt: skip


def tombstone(
    message: Message, edited: str | UnsetType = UNSET, *, sender: Person | None = None, moderated: bool = False
) -> MessageBody:
    """The body that remains of a deleted message; `edited` is the time of the deletion, `sender` its author if another
    name is to be shown.
    """
    return MessageBody(
        room=message.room, id=message.id, sender=sender or message.sender, time=message.time, edited=edited,
        deleted=True, moderated=moderated, hook=message.hook,
    )  # fmt: skip


def forgetting(args: ScriptArgs) -> ScriptArgs:
    """The arguments of a deletion or reactions, also for a message of which only a form is left."""
    return [*args[:3], f"forget {args[3]!s}", *args[4:]]


def read_verdict(reply: list[Any], people: int) -> Verdict:
    """The verdict in amend.lua's reply to a change that `people` people make. Raises ValueError for any other reply."""
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
        return Refused(ErrorCode.NOT_ALLOWED, "you are no longer a moderator")
    raise ValueError(f"amend.lua replied {code!r}")
