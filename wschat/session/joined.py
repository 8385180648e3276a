"""The phase of a session that is in a room: one method for each command, and what became of its posts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..access import Admission
from ..errors import ErrorCode, RedisUnavailable, Refused
from ..frames import text_frame
from ..model import Person, message_text
from ..protocol import (
    Ack,
    AnyCommand,
    History,
    HistoryPage,
    People,
    Post,
    Rename,
    Renamed,
    Renew,
    Renewed,
    Stay,
    Typing,
    encode,
    error_event,
    raw_array,
)
from ..room import Room
from .client import Client
from .post_quotas import PostPace, PostQuotas
from .services import Services

UNAVAILABLE_RETRY = 2.0  # s after which a client may ask again for history that couldn't be read


class Joined:
    """A session in `room`. It is also the sender that the publisher answers."""

    __slots__ = ("_client", "_is_closed", "_posts", "_services", "_typed_at", "_vouched", "person", "room")

    def __init__(
        self, client: Client, services: Services, room: Room, person: Person, admission: Admission, pace: PostPace
    ) -> None:
        self.room = room
        self.person = person
        self._posts = PostQuotas(services.limits, pace, client.share)
        self._client = client
        self._services = services
        self._vouched = admission.vouched
        self._typed_at = float("-inf")
        self._is_closed = False

    def handle(self, command: AnyCommand) -> None:
        """Raises Refused."""
        _HANDLERS[type(command)](self, command)

    def end(self) -> None:
        """The connection is gone; posts that are on their way are stored all the same."""
        self._is_closed = True

    # -- posts -------------------------------------------------------------------------

    def _post(self, command: Post) -> None:
        text = message_text(command.text, self._services.limits.text)
        share = self._posts.take(command.id, len(encode(text)))
        self.room.post(self.person, command.id, text, self, share)
        self._posts.waiting += 1
        self._services.on_activity()

    def on_stored(self, acks: list[tuple[str, int]], again: int) -> None:
        """From the publisher: these posts (id, seq) are stored; so many of them had been before."""
        self._posts.stored([post for post, _ in acks], again)
        if not self._is_closed:
            self._client.transport.send(b"".join(text_frame(encode(Ack(post, seq))) for post, seq in acks))

    def on_refused(self, post: str, refused: Refused) -> None:
        """From the publisher: this post isn't stored."""
        self._posts.refused(post, refused)
        if not self._is_closed:
            self._client.refuse(refused, id=post)

    # -- the other commands --------------------------------------------------------------

    def _typing(self, _: Typing) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._typed_at >= self._services.limits.typing_every:
            self._typed_at = now
            self.room.typing(self.person)

    def _rename(self, command: Rename) -> None:
        if self._vouched:
            raise Refused(ErrorCode.NAME_INVALID, "the embedding site sets the names")
        renamed = Person(self.person.id, self._services.access.name(command.name))

        def answer(refused: Refused | None) -> None:
            if refused is None:
                self.on_renamed(renamed, command.ref)
            elif not self._is_closed:
                self._client.refuse(refused, ref=command.ref)

        self.room.rename(renamed, answer)

    def on_renamed(self, person: Person, ref: str = "") -> None:
        """The person has this name from now on."""
        self.person = person
        if not self._is_closed:
            self._client.send(Renamed(person, ref))

    def _history(self, command: History) -> None:
        self._client.spawn(self._send_history(command))

    async def _send_history(self, command: History) -> None:
        try:
            messages, start = await self.room.history(command.before, command.limit)
            self._client.answer(HistoryPage(command.ref, raw_array(messages), start))
        except RedisUnavailable:
            refused = Refused(ErrorCode.UNAVAILABLE, "the log is unavailable", retry_after=UNAVAILABLE_RETRY)
            self._client.send(error_event(refused, ref=command.ref))

    def _people(self, command: People) -> None:
        self._client.answer(self.room.people(command.ref, command.query, command.offset, command.limit))

    def _stay(self, _: Stay) -> None:
        self._services.on_activity()

    def _renew(self, command: Renew) -> None:
        services = self._services
        seconds = services.access.renew(command.jwt, self.room.name, self.person.id, services.identity)
        self._client.expires_in(seconds)
        self._client.send(Renewed(int(seconds), command.ref))


_HANDLERS: dict[type[AnyCommand], Callable[[Joined, Any], None]] = {
    Post: Joined._post,
    Typing: Joined._typing,
    Rename: Joined._rename,
    History: Joined._history,
    People: Joined._people,
    Stay: Joined._stay,
    Renew: Joined._renew,
}
