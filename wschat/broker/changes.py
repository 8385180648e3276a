"""Changes of a room's messages: who may make which, and how they become entries of its log. docs/decisions/0017.

The message as it is now is looked up, the rules are checked and the new form is made here; the script stores it only
if the message is still that one. Otherwise it answers how the message is by now, and it begins again.

A message is named by its number in an epoch. Once the room's log is lost, that number may be another message's: so the
epoch goes along all the way, and nothing is changed in any other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from ..errors import ErrorCode, RedisUnavailable, Refused
from ..model import random_id, timestamp
from ..protocol import Message, MessageBody, Reply, encode, likeness, read_message
from ..tasks import Group
from .entries import HOLE
from .log import Log
from .outcomes import Deleting, body_of, check_own, no_such_message, outcome_of
from .publisher import Publisher
from .requests import ChangeRequest

EDIT_WINDOW = 24 * 3600.0  # s after a message was posted that its author may edit it; 0: for ever
GATHER = 0.3  # s in which further reactions to a message are gathered into one entry of the log
GATHER_MAX = 250  # reactions in one script call: it holds up Redis for about a millisecond
LOOKUP_RETRY = 2.0  # s after which a client may try again when Redis doesn't say how a message is

Answer = Callable[[int | Refused], None]
"""Is told what became of a change: its number (that of the last one before, where it changed nothing), or why not."""


class Reacting(NamedTuple):
    """A reaction that is wanted (`on`) or taken back. `share`, `epoch`: as in `Changes.edit`."""

    person: str
    emoji: str
    on: bool
    answer: Answer
    share: float = 0.0
    epoch: str = ""


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


class Changes:
    """Edits, deletions and reactions in one room. `tasks` holds those whose message must be read first.

    `verify` waits until a log that was lost is known to be lost, and all clients are told.
    """

    def __init__(
        self, room: str, log: Log, publisher: Publisher, tasks: Group, *,
        clock: Callable[[], float], edit_window: float = EDIT_WINDOW,
        verify: Callable[[], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self._room = room
        self._log = log
        self._publisher = publisher
        self._tasks = tasks
        self._clock = clock
        self._edit_window = edit_window
        self._verify = verify
        self._gathering: dict[int, list[Reacting]] = {}
        self._turns: dict[int, deque[Callable[[], None]]] = {}  # by message: who waits behind who changes it now

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
            age = self._clock() - datetime.fromisoformat(message.time.replace("Z", "+00:00")).timestamp()
            if self._edit_window and age > self._edit_window:
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
        authority: Deleting | None = None,
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

        others: list[Message] = []

        def act_of(message: Message) -> Sequence[str | bytes]:
            if authority is None:
                return ()
            if message.sender.id != person and not message.deleted:
                others.append(message)
            return authority.words(message)

        def answered(outcome: int | Refused) -> None:
            if authority is not None and others and isinstance(outcome, int):
                authority.on_done(others[-1])
            answer(outcome)

        self._in_turn(_Change("delete", person, seq, deleted, share, epoch, act_of), answered)

    def react(self, seq: int, reacting: Reacting) -> None:
        """Add a reaction to a message, or take it back. The first goes at once, those after it are gathered."""
        gathered = self._gathering.get(seq)
        if gathered is not None:
            gathered.append(reacting)
            return
        self._gathering[seq] = []
        asyncio.get_running_loop().call_later(GATHER, self._send_gathered, seq)
        self._send([reacting], seq)

    # -- within: edits and deletions ---------------------------------------------

    def _in_turn(self, change: _Change, answer: Answer) -> None:
        """Begin when the change in progress has its answer: of a person's edits the last one stays."""
        seq = change.seq

        def answered(outcome: int | Refused) -> None:
            answer(outcome)
            asyncio.get_running_loop().call_soon(self._next, seq)

        def begin() -> None:
            self._look_up(seq, lambda form: self._put(change, form, answered), answered)

        waiting = self._turns.get(seq)
        if waiting is not None:
            waiting.append(begin)
        else:
            self._turns[seq] = deque()
            begin()

    def _next(self, seq: int) -> None:
        if self._turns[seq]:
            self._turns[seq].popleft()()
        else:
            del self._turns[seq]

    def _look_up(self, seq: int, act: Callable[[bytes], None], answer: Answer) -> None:
        """Call `act` with the message as it is now (HOLE: none is kept); at once where it is in memory."""
        form = self._log.in_memory(seq)
        if form is not None:
            act(form)
        else:
            self._tasks.spawn(self._read(seq, act, answer))

    async def _read(self, seq: int, act: Callable[[bytes], None], answer: Answer) -> None:
        try:
            found = await self._log.messages_at([seq])
        except RedisUnavailable:
            answer(Refused(ErrorCode.UNAVAILABLE, "the log is unavailable", retry_after=LOOKUP_RETRY))
        else:
            act(found.get(seq, HOLE))

    def _put(self, change: _Change, form: bytes, answer: Answer) -> None:
        """Store what `make` makes of the message, and again on a conflict. Where it is so already, `make` says None,
        and Redis only confirms it: this node may be behind.
        """
        act, person, seq, make, share, epoch, act_of = change
        if not self._is_current(epoch):
            self._refuse_lost(epoch, answer)
            return
        message = read_message(form, seq)
        try:
            if message is None:
                raise no_such_message()
            body = make(message)
        except Refused as refused:
            answer(refused)
            return

        def on_reply(reply: list[bytes | int]) -> None:
            if reply[0] == b"conflict":
                self._put(change, bytes(reply[1]), answer)
            elif reply[0] == b"gone":
                answer(no_such_message())
            elif reply[0] == b"lost":
                self._refuse_lost(known.epoch, answer)
            elif reply[0] == b"not_allowed":
                answer(Refused(ErrorCode.NOT_ALLOWED, "you are no moderator any more"))
            else:
                answer(outcome_of(*reply[1:]))  # type: ignore[arg-type]

        known = self._log.position
        words: list[str | bytes | int]
        words = [*known, likeness(form), act if body else "confirm", message.rev]
        words.append(encode(body) if body else b"")
        words += act_of(message)
        self._publisher.change(ChangeRequest(self._room, seq, random_id(), (person,), words, share, on_reply, answer))

    # -- within: a lost log ------------------------------------------------------

    def _is_current(self, epoch: str) -> bool:
        return epoch in ("", self._log.epoch)

    def _refuse_lost(self, epoch: str, answer: Answer) -> None:
        """The log of this epoch is lost. Where this node doesn't know yet, its clients get their `reset` first."""
        refused = Refused(ErrorCode.GONE, "the room's log was lost, and the message with it")
        if self._is_current(epoch) and self._verify is not None:
            self._tasks.spawn(self._refuse_later(self._verify(), refused, answer))
        else:
            answer(refused)

    async def _refuse_later(self, told: Awaitable[None], refused: Refused, answer: Answer) -> None:
        await told
        answer(refused)

    # -- within: reactions -------------------------------------------------------

    def _send_gathered(self, seq: int) -> None:
        gathered = self._gathering.pop(seq)
        if not gathered:
            return
        self._gathering[seq] = gathered[GATHER_MAX:]
        asyncio.get_running_loop().call_later(GATHER, self._send_gathered, seq)
        self._send(gathered[:GATHER_MAX], seq)

    def _send(self, batch: list[Reacting], seq: int) -> None:
        self._look_up(seq, lambda form: self._store(batch, seq, form), lambda refused: _answer_all(batch, refused))

    def _store(self, batch: list[Reacting], seq: int, form: bytes) -> None:
        for each in batch:
            if not self._is_current(each.epoch):
                self._refuse_lost(each.epoch, each.answer)
        batch = [each for each in batch if self._is_current(each.epoch)]
        if not batch:
            return

        def answer_all(outcome: int | Refused) -> None:
            _answer_all(batch, outcome)

        message = read_message(form, seq)
        if message is None or message.deleted:
            answer_all(no_such_message())
            return

        def on_reply(reply: list[bytes | int]) -> None:
            if reply[0] == b"gone":
                answer_all(no_such_message())
                return
            if reply[0] == b"lost":
                self._refuse_lost(known.epoch, answer_all)
                return
            for each, wait in zip(batch, reply[2:], strict=True):
                each.answer(outcome_of(reply[1], wait))  # type: ignore[arg-type]

        known = self._log.position
        words: list[str | bytes | int] = [*known, likeness(form), "react"]
        for each in batch:
            words += [each.person, each.emoji, str(int(each.on))]
        people = tuple(each.person for each in batch)
        shares = [each.share for each in batch]
        share = max(shares) if all(shares) else 0.0
        self._publisher.change(ChangeRequest(self._room, seq, random_id(), people, words, share, on_reply, answer_all))


def reply_to(form: bytes, seq: int) -> Reply | None:
    """The summary that a reply to this message carries; None if there is no such message."""
    message = read_message(form, seq)
    return Reply(id=message.id, seq=seq, sender=message.sender) if message else None


def _answer_all(batch: list[Reacting], outcome: int | Refused) -> None:
    for each in batch:
        each.answer(outcome)
