"""The phase of a session that is in a room: one method for each command, and what became of its posts and changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..access import Admission
from ..broker import Answer, Reacting, first_only
from ..emoji import one_emoji
from ..errors import ErrorCode, Refused
from ..frames import text_frame
from ..model import Person, message_text
from ..protocol import (
    Ack,
    AnyCommand,
    Delete,
    Done,
    Edit,
    History,
    Messages,
    Moderate,
    People,
    Post,
    React,
    Rename,
    Renamed,
    Renew,
    Renewed,
    Reply,
    Stay,
    Typing,
    encode,
)
from ..restrictions import refusal
from ..room import Room
from .client import Client
from .held_posts import HeldPost, send_held
from .post_quotas import REACTION_SIZE, PostPace, PostQuotas
from .reading import send_history, send_messages
from .services import Services
from .standing import Standing


class Joined:
    """A session in `room`. It is also the sender that the publisher answers."""

    __slots__ = (
        "_client",
        "_epoch",
        "_held",
        "_is_closed",
        "_posts",
        "_services",
        "_typed_at",
        "_vouched",
        "is_welcomed",
        "person",
        "room",
        "standing",
    )

    def __init__(
        self, client: Client, services: Services, room: Room, person: Person, admission: Admission, pace: PostPace,
        standing: Standing,
    ) -> None:  # fmt: skip
        self.room = room
        self.person = person
        self.standing = standing
        self._client = client
        self._epoch = ""
        self._services = services
        self._vouched = admission.vouched
        self._posts = PostQuotas(services.limits, pace, client.share, standing)
        self._held: list[HeldPost] | None = None  # made when first used; empty again when all are sent
        self._typed_at = float("-inf")
        self._is_closed = False
        self.is_welcomed = False

    def on_position(self, epoch: str) -> None:
        """The client was told a position in this epoch, first by `welcome`; commands are accepted from now on."""
        self._epoch = epoch
        self.is_welcomed = True

    @property
    def _told_epoch(self) -> str:
        """The epoch that the client was told last: its commands mean the numbers of that one."""
        is_live = self._client.transport in self.room.audience  # which gets a `reset` with each epoch
        return self.room.feed.log.epoch if is_live else self._epoch

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
        self._services.on_activity()
        if not self._held and command.reply is None:
            self._send_post(command.id, text, share)
            return
        post = HeldPost(command, text, share, command.epoch or self._told_epoch)
        if self._held:
            self._held.append(post)
        else:
            self._held = [post]
            self._client.spawn(send_held(self._held, self.room, self._send_post, self.on_refused))

    def _send_post(self, post: str, text: str, share: float, reply: Reply | None = None) -> None:
        try:
            self.room.post(self.person, post, text, self, reply, share)
        except Refused as refused:
            self.on_refused(post, refused)

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

    # -- changes -----------------------------------------------------------------------

    def _edit(self, command: Edit) -> None:
        text = message_text(command.text, self._services.limits.text)
        share = self._begin_change(len(encode(text)))
        epoch = command.epoch or self._told_epoch
        self.room.changes.edit(self.person.id, command.seq, text, self._answer(command.ref), share, epoch)

    def _delete(self, command: Delete) -> None:
        share = self._begin_change(0)
        answer, epoch = self._answer(command.ref), command.epoch or self._told_epoch

        def delete() -> None:
            by_moderator = self.standing.deletion(self.person)
            self.room.changes.delete(self.person.id, command.seq, answer, share, epoch, by_moderator)

        self.standing.when_verified(delete, self.person, answer)

    def _react(self, command: React) -> None:
        emoji = one_emoji(command.emoji)
        message = self.room.feed.log.in_memory(command.seq)  # which goes to everyone once more
        share = self._begin_change(len(message) if message else REACTION_SIZE)
        epoch = command.epoch or self._told_epoch
        reacting = Reacting(self.person.id, emoji, command.on, self._answer(command.ref), share, epoch)
        self.room.changes.react(command.seq, reacting)

    def _begin_change(self, size: int) -> float:
        """Count a change that waits for its answer from now on; its share of the room's pace. Raises Refused."""
        share = self._posts.take_change(size)
        self._services.on_activity()
        return share

    def _answer(self, ref: str) -> Answer:
        """Sends the client what became of a change."""

        def answer(outcome: int | Refused) -> None:
            self._posts.waiting -= 1
            if self._is_closed:
                return
            if isinstance(outcome, Refused):
                self._client.refuse(outcome, ref=ref)
            else:
                self._client.send(Done(outcome, ref))

        return first_only(answer)

    # -- the other commands --------------------------------------------------------------

    def _typing(self, _: Typing) -> None:
        if self.standing.muted is not None:
            return  # no error: a client sends it on its own
        now = asyncio.get_running_loop().time()
        if now - self._typed_at >= self._services.limits.typing_every:
            self._typed_at = now
            self.room.typing(self.person)

    def _rename(self, command: Rename) -> None:
        if self._vouched:
            raise Refused(ErrorCode.NAME_INVALID, "the embedding site sets the names")
        muted = self.standing.muted
        if muted is not None:  # everyone reads a name, too
            raise refusal(ErrorCode.MUTED, muted)
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
        self._client.read(send_history(self._client, self.room, command))

    def _messages(self, command: Messages) -> None:
        self._client.read(send_messages(self._client, self.room, command))

    def _people(self, command: People) -> None:
        self._client.answer(self.room.people(command.ref, command.query, command.offset, command.limit))

    def _moderate(self, command: Moderate) -> None:
        self.standing.check()
        command.epoch = command.epoch or self._told_epoch
        self._client.spawn(self.standing.moderate(self.person, command))

    def _stay(self, _: Stay) -> None:
        self._services.on_activity()

    def _renew(self, command: Renew) -> None:
        services = self._services
        seconds, role = services.access.renew(command.jwt, self.room.name, self.person.id, services.identity)
        self._client.expires_in(seconds)
        self.standing.renew(self.person, role)
        self._client.send(Renewed(int(seconds), command.ref))


_HANDLERS: dict[type[AnyCommand], Callable[[Joined, Any], None]] = {
    Post: Joined._post,
    Edit: Joined._edit,
    Delete: Joined._delete,
    React: Joined._react,
    Messages: Joined._messages,
    Typing: Joined._typing,
    Rename: Joined._rename,
    History: Joined._history,
    People: Joined._people,
    Stay: Joined._stay,
    Renew: Joined._renew,
    Moderate: Joined._moderate,
}
