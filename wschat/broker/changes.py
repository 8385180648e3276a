"""Changes of a room's messages: the rights each needs, and how they become entries of its log. docs/decisions/0017.

The message as it is now is looked up, the rules are checked and the new form is made here; the script stores it only
if the message is still that one. Otherwise it answers how the message is by now, and it begins again.

A message is named by its number in an epoch. Once the room's log is lost, that number may be another message's: so the
epoch goes along all the way, and nothing is changed in any other.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

from ..errors import ErrorCode, Refused
from ..model import random_id, read_timestamp, timestamp
from ..protocol import Message, MessageBody, Reply, encode, likeness, read_message
from ..tasks import Group
from .log import Log
from .lookup import Answer, Lookup, first_only
from .outcomes import DeletionRight, body_of, check_own, no_such_message, outcome_of
from .publisher import Publisher
from .reactions import Reacting, Reactions
from .requests import ChangeRequest

EDIT_WINDOW = 24 * 3600.0  # s after a message was posted that its author may edit it; 0: for ever


class _Change(NamedTuple):
    """An edit or a deletion: `make` says what becomes of the message, None where it is so already. `act_of` gives the
    last words of amend.lua for a moderator's.
    """

    act: str
    person: str
    seq: int
    make: Callable[[Message], MessageBody | None]
    share: float
    epoch: str
    act_of: Callable[[Message], Sequence[str | bytes]] = lambda message: ()


class _ModeratorsDeletion:
    """A moderator's deletion: what the script takes for it, and what is done after it."""

    def __init__(self, authority: DeletionRight, answer: Answer) -> None:
        self._authority = authority
        self._answer = answer
        self._message: Message | None = None  # as it was; None where somebody else was faster

    def words(self, message: Message) -> Sequence[str | bytes]:
        self._message = None if message.deleted else message
        return self._authority.words(message)

    def answered(self, outcome: int | Refused) -> None:
        if self._message is not None and isinstance(outcome, int):
            self._authority.on_done(self._message)
        self._answer(outcome)


class Changes:
    """Edits, deletions and reactions in one room. `tasks` and `verify`: as Lookup has them."""

    def __init__(
        self, room: str, log: Log, publisher: Publisher, tasks: Group, *,
        clock: Callable[[], float], edit_window: float = EDIT_WINDOW,
        verify: Callable[[], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self._room = room
        self._publisher = publisher
        self._clock = clock
        self._edit_window = edit_window
        self._lookup = Lookup(log, tasks, verify)
        self._reactions = Reactions(room, self._lookup, publisher)
        self._turns: dict[int, deque[Callable[[], None]]] = {}  # by message: the changes that wait for the present one

    def edit(self, person: str, seq: int, text: str, answer: Answer, share: float = 0.0, epoch: str = "") -> None:
        """Give the person's own message another text. Never blocks; `answer` is called with the outcome.

        `share`: of the room's pace, as for a post. `epoch`: that in which the message has this number, "" for
        whichever there is.
        """

        def edited(message: Message) -> MessageBody | None:
            check_own(message, person)
            if message.deleted:
                raise Refused(ErrorCode.GONE, "the message is deleted")
            if message.text == text:
                return None
            if self._edit_window and self._age(message) > self._edit_window:
                raise Refused(ErrorCode.TOO_LATE, "the message is too old to be edited", limit=self._edit_window)
            return body_of(message, text=text, edited=timestamp(self._clock()), reply=message.reply)

        self._in_turn(_Change("edit", person, seq, edited, share, epoch), answer)

    def delete(
        self,
        person: str,
        seq: int,
        answer: Answer,
        share: float = 0.0,
        epoch: str = "",
        authority: DeletionRight | None = None,
    ) -> None:
        """Delete the person's own message, or with a moderator's `authority` any: its text is erased. `share`, `epoch`:
        as in `edit`.
        """

        def deleted(message: Message) -> MessageBody | None:
            if authority is None:
                check_own(message, person)
            if message.deleted:
                return None
            moderated = message.sender.id != person
            return body_of(message, deleted=True, moderated=moderated, edited=timestamp(self._clock()))

        if authority is None:
            self._in_turn(_Change("delete", person, seq, deleted, share, epoch), answer)
        else:
            act = _ModeratorsDeletion(authority, answer)
            self._in_turn(_Change("delete", person, seq, deleted, share, epoch, act.words), act.answered)

    def react(self, seq: int, reacting: Reacting) -> None:
        """Add a reaction to a message, or take it back."""
        self._reactions.react(seq, reacting)

    # -- within ------------------------------------------------------------------

    def _in_turn(self, change: _Change, answer: Answer) -> None:
        """Begin when the change in progress has its answer: of a person's edits the last one stays."""
        seq = change.seq

        def end_turn(outcome: int | Refused) -> None:
            asyncio.get_running_loop().call_soon(self._next, seq)
            answer(outcome)

        answered = first_only(end_turn)

        def begin() -> None:
            self._lookup.look_up(seq, lambda form: self._put(change, form, answered), answered)

        waiting = self._turns.get(seq)
        if waiting is not None:
            waiting.append(begin)
        else:
            self._turns[seq] = deque()
            begin()

    def _age(self, message: Message) -> float:
        """Seconds since it was posted; for ever, where something else than the chat wrote a time that can't be read."""
        try:
            return self._clock() - read_timestamp(message.time).timestamp()
        except (ValueError, OverflowError):
            return math.inf

    def _next(self, seq: int) -> None:
        if self._turns[seq]:
            self._turns[seq].popleft()()
        else:
            del self._turns[seq]

    def _put(self, change: _Change, form: bytes, answer: Answer) -> None:
        """Store what `make` makes of the message, and again on a conflict. Where it is so already, `make` says None,
        and Redis only confirms it: this node may be behind.
        """
        if not self._lookup.is_current(change.epoch):
            self._lookup.refuse_lost(change.epoch, answer)
            return
        message = read_message(form, change.seq)
        try:
            if message is None:
                raise no_such_message()
            body = change.make(message)
        except Refused as refused:
            answer(refused)
            return
        position = self._lookup.position
        words: list[str | bytes | int]
        words = [*position, likeness(form), change.act if body else "confirm", message.rev]
        words += [encode(body) if body else b"", *change.act_of(message)]
        on_reply = partial(self._on_reply, change, position.epoch, answer)
        people = (change.person,)
        self._publisher.change(
            ChangeRequest(self._room, change.seq, random_id(), people, words, change.share, on_reply, answer)
        )

    def _on_reply(self, change: _Change, epoch: str, answer: Answer, reply: list[bytes | int]) -> None:
        outcome = reply[0]
        if outcome == b"conflict":
            self._put(change, bytes(reply[1]), answer)
        elif outcome == b"gone":
            answer(no_such_message())
        elif outcome == b"lost":
            self._lookup.refuse_lost(epoch, answer)
        elif outcome == b"not_allowed":
            answer(Refused(ErrorCode.NOT_ALLOWED, "you are no moderator any more"))
        else:
            answer(outcome_of(*reply[1:]))  # type: ignore[arg-type]


def reply_to(form: bytes, seq: int) -> Reply | None:
    """The summary that a reply to this message carries; None if there is no such message."""
    message = read_message(form, seq)
    return Reply(id=message.id, seq=seq, sender=message.sender) if message else None
