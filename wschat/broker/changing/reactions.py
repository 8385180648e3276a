"""Reactions to the messages of a room. Several to one message are gathered into one entry of the log."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from ...errors import Refused
from ...model import random_id
from ...protocol import likeness, read_message
from ..storing.change_calls import Lost, Made, Target, Verdict, react
from ..storing.outcomes import Answer, Outcome, no_such_message
from ..storing.pace_share import IGNORE_PACE, PaceShare
from ..storing.publisher import Publisher
from ..storing.requests import ChangeRequest
from .lookup import Lookup

GATHER = 0.3  # s in which further reactions to a message are gathered into one entry of the log
GATHER_MAX = 250  # reactions in one script call: it holds up Redis for about a millisecond


class ReactionRequest(NamedTuple):
    """A reaction to add (`on`) or take back. `answer` is called with the outcome, once.

    `epoch`: the epoch that the message's number refers to; "": the current one.
    """

    person: str
    emoji: str
    on: bool
    answer: Answer
    share: PaceShare
    epoch: str = ""


class Reactions:
    """The reactions of one room."""

    def __init__(self, room: str, lookup: Lookup, publisher: Publisher) -> None:
        self.room = room
        self.lookup = lookup
        self.publisher = publisher
        self._loop = asyncio.get_running_loop()  # asking for it is a system call before Python 3.12
        self._gathering: dict[int, list[ReactionRequest]] = {}

    def react(self, seq: int, request: ReactionRequest) -> None:
        """Add a reaction to a message, or take it back. The first is sent at once, later ones are gathered."""
        request = request._replace(answer=_first_only(request.answer))
        gathered = self._gathering.get(seq)
        if gathered is not None:
            gathered.append(request)
        else:
            self._send([request], [], seq)

    # -- within ------------------------------------------------------------------

    def _send_gathered(self, seq: int) -> None:
        gathered = self._gathering.pop(seq)
        if gathered:
            self._send(gathered[:GATHER_MAX], gathered[GATHER_MAX:], seq)

    def _send(self, batch: list[ReactionRequest], rest: list[ReactionRequest], seq: int) -> None:
        """Send `batch`, and keep `rest` for the next call."""
        self._gathering[seq] = rest
        self._loop.call_later(GATHER, self._send_gathered, seq)
        _Batch(self, seq, batch).begin()


class _Batch:
    """Reactions to one message that are sent together, until each is answered."""

    __slots__ = ("_batch", "_epoch", "_reactions", "_seq")

    def __init__(self, reactions: Reactions, seq: int, batch: list[ReactionRequest]) -> None:
        self._reactions = reactions
        self._seq = seq
        self._batch = batch
        self._epoch = ""  # of the log when the batch was sent

    def begin(self) -> None:
        self._reactions.lookup.look_up(self._seq, self._send, self._answer_all)

    # -- within ------------------------------------------------------------------

    def _send(self, form: bytes) -> None:
        reactions = self._reactions
        self._batch = batch = [each for each in self._batch if self._is_current(each)]
        message = read_message(form, self._seq)
        if message is None or message.deleted:
            self._answer_all(no_such_message())
        elif batch:
            position = reactions.lookup.position
            self._epoch = position.epoch
            target = Target(position, likeness(form), message.rev)
            args = react(target, [(each.person, each.emoji, each.on) for each in batch])
            people = tuple(each.person for each in batch)
            shares = [each.share for each in batch]
            share = IGNORE_PACE if IGNORE_PACE in shares else max(shares)
            reactions.publisher.change(
                ChangeRequest(reactions.room, self._seq, random_id(), people, args, share, self._on_verdict)
            )

    def _is_current(self, request: ReactionRequest) -> bool:
        """Whether the request refers to the log's current epoch. If not, it is refused here."""
        lookup = self._reactions.lookup
        if lookup.is_current(request.epoch):
            return True
        lookup.refuse_lost(request.epoch, request.answer)
        return False

    def _on_verdict(self, verdict: Verdict) -> None:
        match verdict:
            case Made(outcomes):
                for request, outcome in zip(self._batch, outcomes, strict=True):
                    request.answer(outcome)
            case Lost():
                self._reactions.lookup.refuse_lost(self._epoch, self._answer_all)
            case Refused():
                self._answer_all(verdict)

    def _answer_all(self, outcome: Outcome) -> None:
        for request in self._batch:
            request.answer(outcome)


def _first_only(answer: Answer) -> Answer:
    """`answer` for the first outcome only: a later failure also refuses the change, which is ignored."""
    is_told = False

    def tell(outcome: Outcome) -> None:
        nonlocal is_told
        if not is_told:
            is_told = True
            answer(outcome)

    return tell
