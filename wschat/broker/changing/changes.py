"""Changes of a room's messages: the rights each needs, and how they become entries of its log. docs/decisions/0017.

This module looks up the message, checks the rules and makes the new form; the script stores it only if the message
hasn't changed meanwhile. Otherwise it returns the present form, and the change is made anew from that.

A message is named by its number in an epoch. Once the room's log is lost, that number may be another message's: so the
epoch is passed along all the way, and nothing is changed in any other epoch.
"""

from __future__ import annotations

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from ...concurrency import Group
from ...errors import ErrorCode, Refused
from ...model import random_id, read_timestamp, text_empty, timestamp
from ...protocol import Message, Reply, likeness, read_message
from ...redis_link import ScriptArgs
from ..log.room_log import Log
from ..storing.change_calls import (
    Conflict,
    Lost,
    Made,
    Target,
    Verdict,
    confirm,
    delete,
    edit,
    reworded,
    tombstone,
)
from ..storing.outcomes import Answer, DeletionRight, Outcome, check_own, no_such_message
from ..storing.pace_share import PaceShare
from ..storing.publisher import Publisher
from ..storing.requests import ChangeRequest
from .lookup import Lookup
from .reactions import ReactionRequest, Reactions

EDIT_WINDOW = 24 * 3600.0  # s after a message was posted that its author may edit it; 0: for ever


OnDeleted = Callable[[str, Message], None]
"""Is called with a room and a message, as it was, that is deleted now."""


class ChangeOrigin(NamedTuple):
    """The person who asks for a change of message `seq`. `answer` is called with the outcome, once.

    `epoch`: the epoch that `seq` refers to; "": the current one.
    """

    person: str
    seq: int
    answer: Answer
    share: PaceShare
    epoch: str = ""


class Changes:
    """Edits, deletions and reactions in one room.

    `tasks` holds the reads of messages that aren't in memory; `verify` waits until this node knows that a lost log is
    lost and has told its clients. `on_deleted` is called for each message that is deleted here.
    """

    def __init__(
        self, room: str, log: Log, publisher: Publisher, tasks: Group, *,
        clock: Callable[[], float], edit_window: float = EDIT_WINDOW,
        verify: Callable[[], Awaitable[None]] | None = None, on_deleted: OnDeleted | None = None,
    ) -> None:  # fmt: skip
        self.room = room
        self.publisher = publisher
        self.clock = clock
        self.edit_window = edit_window
        self.on_deleted = on_deleted
        self.lookup = Lookup(log, tasks, verify)
        self._reactions = Reactions(room, self.lookup, publisher)
        self._last: dict[int, _Change] = {}  # by message: the change in progress, or the last one that waits for it

    def edit(self, origin: ChangeOrigin, text: str) -> None:
        """Replace the text of the person's own message. Never blocks."""
        self._take_turn(_Edit(self, origin, text))

    def delete(self, origin: ChangeOrigin, right: DeletionRight | None = None) -> None:
        """Delete the person's own message, or any with a moderator's `right`: its text is erased. Never blocks."""
        self._take_turn(_Deletion(self, origin, right))

    def react(self, seq: int, request: ReactionRequest) -> None:
        """Add a reaction to a message, or take it back."""
        self._reactions.react(seq, request)

    # -- turns: changes of a message are made in order, so a person's last edit stays --

    def _take_turn(self, change: _Change) -> None:
        """Begin the change, or queue it behind the earlier changes of its message."""
        before = self._last.get(change.seq)
        self._last[change.seq] = change
        if before is None:
            change.begin()
        else:
            before.next = change

    def end_turn(self, change: _Change) -> None:
        """Begin the next change of this message, once the outcome of this one has been passed on."""
        if change.next is not None:
            asyncio.get_running_loop().call_soon(change.next.begin)
        else:
            del self._last[change.seq]


class _Change(ABC):
    """An edit or a deletion of a message by a person, from its turn to its answer."""

    __slots__ = ("_changes", "_is_answered", "_origin", "_target", "next", "seq")

    def __init__(self, changes: Changes, origin: ChangeOrigin) -> None:
        self._changes = changes
        self._origin = origin
        self._target: Target  # as last sent
        self._is_answered = False
        self.seq = origin.seq
        self.next: _Change | None = None  # which waits for this one

    def begin(self) -> None:
        self._changes.lookup.look_up(self.seq, self._send, self._finish)

    @abstractmethod
    def script_args_for(self, message: Message, target: Target) -> ScriptArgs:
        """The arguments for amend.lua. If the message is already as wanted, Redis only confirms it: this node may be
        behind.

        Raises Refused.
        """

    def on_done(self) -> None:  # noqa: B027 - most have nothing to do then
        """Called when the change is stored, or the message was already so."""

    # -- within ------------------------------------------------------------------

    def _send(self, form: bytes) -> None:
        """Make the change from this form of the message and send it; called again on a conflict."""
        changes = self._changes
        origin = self._origin
        if not changes.lookup.is_current(origin.epoch):
            changes.lookup.refuse_lost(origin.epoch, self._finish)
            return
        message = read_message(form, self.seq)
        if message is None:
            self._finish(no_such_message())
            return
        self._target = Target(changes.lookup.position, likeness(form), message.rev)
        try:
            args = self.script_args_for(message, self._target)
        except Refused as refused:
            self._finish(refused)
            return
        people, share = (origin.person,), origin.share
        changes.publisher.change(
            ChangeRequest(changes.room, self.seq, random_id(), people, args, share, self._on_verdict)
        )

    def _on_verdict(self, verdict: Verdict) -> None:
        match verdict:
            case Made([outcome]) | (Refused() as outcome):
                self._finish(outcome)
            case Conflict(form):
                self._send(form)
            case Lost():
                self._changes.lookup.refuse_lost(self._target.position.epoch, self._finish)

    def _finish(self, outcome: Outcome) -> None:
        """End the turn and answer with the first outcome: a later failure also refuses the change, which is ignored."""
        if self._is_answered:
            return
        self._is_answered = True
        self._changes.end_turn(self)
        try:
            if isinstance(outcome, int):
                self.on_done()
        finally:
            self._origin.answer(outcome)


class _Edit(_Change):
    """An edit by the author, within the room's `edit_window`."""

    __slots__ = ("_text",)

    def __init__(self, changes: Changes, origin: ChangeOrigin, text: str) -> None:
        super().__init__(changes, origin)
        self._text = text

    def script_args_for(self, message: Message, target: Target) -> ScriptArgs:
        check_own(message, self._origin.person)
        if message.deleted:
            raise Refused(ErrorCode.GONE, "the message is deleted")
        if not self._text and not message.pictures:
            raise text_empty()
        if message.text == self._text:
            return confirm(target)
        now, window = self._changes.clock(), self._changes.edit_window
        if window and _age(message, now) > window:
            raise Refused(ErrorCode.TOO_LATE, "the message is too old to be edited", limit=window)
        return edit(target, reworded(message, self._text, timestamp(now)))


class _Deletion(_Change):
    """A deletion by the author, or with a right to delete anybody's message."""

    __slots__ = ("_before", "_right")

    def __init__(self, changes: Changes, origin: ChangeOrigin, right: DeletionRight | None) -> None:
        super().__init__(changes, origin)
        self._right = right
        self._before: Message | None = None  # the message as it was; None where somebody else was faster

    def script_args_for(self, message: Message, target: Target) -> ScriptArgs:
        if self._right is None:
            check_own(message, self._origin.person)
        self._before = None if message.deleted else message
        if message.deleted:
            return confirm(target)
        now, is_moderated = timestamp(self._changes.clock()), message.sender.id != self._origin.person
        right = self._right.script_args(message) if self._right else ()
        return delete(target, tombstone(message, now, moderated=is_moderated), right)

    def on_done(self) -> None:
        if self._before is None:
            return
        if self._right is not None:
            self._right.on_done(self._before)
        if self._changes.on_deleted is not None:
            self._changes.on_deleted(self._changes.room, self._before)


def _age(message: Message, now: float) -> float:
    """Seconds since the message was posted; infinite if another program wrote a time that can't be read."""
    try:
        return now - read_timestamp(message.time).timestamp()
    except (ValueError, OverflowError):
        return math.inf


def reply_to(form: bytes, seq: int) -> Reply | None:
    """The summary that a reply to this message carries; None if there is no such message."""
    message = read_message(form, seq)
    return Reply(id=message.id, seq=seq, sender=message.sender) if message else None
