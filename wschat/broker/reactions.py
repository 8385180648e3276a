"""Reactions to the messages of a room: those to one message are gathered, and become one entry of the log."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import NamedTuple

from ..errors import Refused
from ..model import random_id
from ..protocol import likeness, read_message
from .lookup import Answer, Lookup
from .outcomes import no_such_message, outcome_of
from .publisher import Publisher
from .requests import ChangeRequest

GATHER = 0.3  # s in which further reactions to a message are gathered into one entry of the log
GATHER_MAX = 250  # reactions in one script call: it holds up Redis for about a millisecond


class Reacting(NamedTuple):
    """A reaction that is wanted (`on`) or taken back. `share`, `epoch`: as in `Changes.edit`."""

    person: str
    emoji: str
    on: bool
    answer: Answer
    share: float = 0.0
    epoch: str = ""


class Reactions:
    """The reactions of one room."""

    def __init__(self, room: str, lookup: Lookup, publisher: Publisher) -> None:
        self._room = room
        self._lookup = lookup
        self._publisher = publisher
        self._gathering: dict[int, list[Reacting]] = {}

    def react(self, seq: int, reacting: Reacting) -> None:
        """Add a reaction to a message, or take it back. The first goes at once, those after it are gathered."""
        gathered = self._gathering.get(seq)
        if gathered is not None:
            gathered.append(reacting)
            return
        self._gathering[seq] = []
        asyncio.get_running_loop().call_later(GATHER, self._send_gathered, seq)
        self._send([reacting], seq)

    # -- within ------------------------------------------------------------------

    def _send_gathered(self, seq: int) -> None:
        gathered = self._gathering.pop(seq)
        if not gathered:
            return
        self._gathering[seq] = gathered[GATHER_MAX:]
        asyncio.get_running_loop().call_later(GATHER, self._send_gathered, seq)
        self._send(gathered[:GATHER_MAX], seq)

    def _send(self, batch: list[Reacting], seq: int) -> None:
        self._lookup.look_up(seq, partial(self._store, batch, seq), partial(_answer_all, batch))

    def _store(self, batch: list[Reacting], seq: int, form: bytes) -> None:
        batch = self._current(batch)
        message = read_message(form, seq)
        if message is None or message.deleted:
            _answer_all(batch, no_such_message())
        elif batch:
            self._publisher.change(self._request(batch, seq, form))

    def _current(self, batch: list[Reacting]) -> list[Reacting]:
        """Those that mean a message of this epoch; the others are refused."""
        for each in batch:
            if not self._lookup.is_current(each.epoch):
                self._lookup.refuse_lost(each.epoch, each.answer)
        return [each for each in batch if self._lookup.is_current(each.epoch)]

    def _request(self, batch: list[Reacting], seq: int, form: bytes) -> ChangeRequest:
        position = self._lookup.position
        words: list[str | bytes | int] = [*position, likeness(form), "react"]
        for each in batch:
            words += [each.person, each.emoji, str(int(each.on))]
        people = tuple(each.person for each in batch)
        shares = [each.share for each in batch]
        share = max(shares) if all(shares) else 0.0
        on_reply = partial(self._on_reply, batch, position.epoch)
        refuse = partial(_answer_all, batch)
        return ChangeRequest(self._room, seq, random_id(), people, words, share, on_reply, refuse)

    def _on_reply(self, batch: list[Reacting], epoch: str, reply: list[bytes | int]) -> None:
        if reply[0] == b"gone":
            _answer_all(batch, no_such_message())
        elif reply[0] == b"lost":
            self._lookup.refuse_lost(epoch, partial(_answer_all, batch))
        else:
            for each, wait in zip(batch, reply[2:], strict=True):
                each.answer(outcome_of(reply[1], wait))  # type: ignore[arg-type]


def _answer_all(batch: list[Reacting], outcome: int | Refused) -> None:
    for each in batch:
        each.answer(outcome)
