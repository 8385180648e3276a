"""Takes a client that has entered to the live room: its `welcome` has the newest messages, or those that it missed."""

from __future__ import annotations

import math
from time import monotonic

from msgspec import UNSET, Raw

from ..model import Position
from ..protocol import Hello, Welcome, raw_array
from .catch_up import CatchUp
from .standing import Standing
from .visit import Visit


class Join(CatchUp):
    """Takes one client from the position in its `hello`, or from none, to the audience of its room."""

    def __init__(self, visit: Visit, standing: Standing, hello: Hello) -> None:
        super().__init__(visit.client, visit.services, visit.room, hello.resume)
        self._visit = visit
        self._standing = standing
        self._hello = hello

    # -- within --------------------------------------------------------------------

    def _send_snapshot(self, *, lost: bool) -> None:
        position, messages = self._feed.snapshot(self._hello.history)
        self._welcome(position, messages, recovered=False, lost=lost)

    def _send_missed(self, position: Position, events: list[bytes]) -> None:
        self._welcome(position, raw_array(events), recovered=True, lost=False)

    def _on_reset(self, position: Position) -> None:
        self._visit.epoch = position.epoch

    def _welcome(self, position: Position, messages: Raw, *, recovered: bool, lost: bool) -> None:
        visit, services, muted = self._visit, self._services, self._standing.muted
        visit.client.send_charged(
            Welcome(
                room=visit.room.name,
                you=visit.room.current_person(visit.person),
                token=self._token(),
                epoch=position.epoch,
                seq=position.seq,
                head=self._feed.log.seq,
                recovered=recovered,
                lost=lost,
                messages=messages,
                online=visit.room.online(),
                text=services.greeting,
                limits=services.limits.on_the_wire(visit.pace.burst(monotonic())),
                version=services.version,
                rules=visit.room.rules.current,
                role=self._standing.role or UNSET,
                muted=UNSET if muted is None else math.ceil(muted),
                cleared=True if lost and self._feed.log.is_cleared else UNSET,
            )
        )
        visit.epoch = position.epoch

    def _token(self) -> str:
        """The client's own token if valid, since its age tells how long the person has been known; else a new one.

        So is one from the future, which would keep its owner new until then.
        """
        token, tokens, person = self._hello.token, self._services.tokens, self._visit.person.id
        age = tokens.age(token)
        if token is not None and age is not None and age >= 0 and tokens.person_id(token) == person:
            return token
        return tokens.sign(person)
