"""The phase of a session that is in a room: a method for each command, and the outcomes of its posts and changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..access import Admission
from ..broker import ONLY_IF_STORED, Answer, ChangeOrigin, PaceShare, ReactionRequest, Sender
from ..errors import ErrorCode, Refused
from ..fan_out import text_frame
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
    Picture,
    Post,
    React,
    Rename,
    Renamed,
    Renew,
    Renewed,
    Reply,
    Search,
    Stay,
    Typing,
    Upload,
    UploadTicket,
    encode,
    refusal,
)
from ..room import Room
from .emoji import one_emoji
from .held_posts import HeldPost, send_held
from .limits.post_quotas import PICTURE_SIZE, REACTION_SIZE, PostQuotas
from .reading import send_found, send_history, send_messages
from .standing import Standing
from .uploads import RetrySender, new_upload, uploaded
from .visit import Visit

_NO_PICTURES: tuple[Picture, ...] | None = ()


class Joined:
    """A session in a room. It is also the sender that the publisher answers."""

    __slots__ = ("_held", "_is_closed", "_made_quotas", "_typed_at", "_vouched", "standing", "visit")

    def __init__(self, visit: Visit, standing: Standing, admission: Admission) -> None:
        self.visit = visit
        self.standing = standing
        self._vouched = admission.vouched
        self._made_quotas: PostQuotas | None = None  # made when first used: most clients only read
        self._held: list[HeldPost] | None = None  # made when first used; empty again when all are sent
        self._typed_at = float("-inf")
        self._is_closed = False

    @property
    def room(self) -> Room:
        return self.visit.room

    @property
    def _quotas(self) -> PostQuotas:
        if self._made_quotas is None:
            visit = self.visit
            self._made_quotas = PostQuotas(visit.services.limits, visit.pace, visit.client.share, self.standing)
        return self._made_quotas

    def handle(self, command: AnyCommand) -> None:
        """Carry out a command of the client. Raises Refused."""
        _HANDLERS[type(command)](self, command)

    def end(self) -> None:
        """Send nothing more, since the connection is gone. Posts that are on their way are still stored."""
        self._is_closed = True

    # -- posts -------------------------------------------------------------------------

    def _post(self, command: Post) -> None:
        visit = self.visit
        text = message_text(command.text, visit.services.limits.text, may_be_empty=command.pictures != ())
        size, pictures = len(encode(text)), _NO_PICTURES
        if command.pictures:
            size += PICTURE_SIZE * len(command.pictures)
            pictures = uploaded(visit, command.pictures)
        share = self._quotas.take(command.id, size)
        visit.services.on_activity()
        if not self._held and command.reply is None:
            self._send_post(command.id, text, share, None, pictures)
            return
        post = HeldPost(command, text, share, command.epoch or visit.told_epoch, pictures)
        if self._held:
            self._held.append(post)
        else:
            self._held = [post]
            visit.client.spawn(send_held(self._held, visit.room, self._send_post, self.on_refused))

    def _send_post(
        self, post: str, text: str, share: PaceShare, reply: Reply | None, pictures: tuple[Picture, ...] | None
    ) -> None:
        """Send a post. `pictures`: None if their receipts aren't valid, and it is only looked up."""
        sender: Sender = self
        if pictures is None:
            sender, share, pictures = RetrySender(self), ONLY_IF_STORED, ()
        try:
            self.visit.room.post(self.visit.person, post, text, sender, share, reply, pictures)
        except Refused as refused:
            self.on_refused(post, refused)

    def on_stored(self, acks: list[tuple[str, int]], repeats: int) -> None:
        """From the publisher: these posts (id, seq) are stored; `repeats` of them had been stored before."""
        self._quotas.stored([post for post, _ in acks], repeats)
        if not self._is_closed:
            self.visit.client.transport.send(b"".join(text_frame(encode(Ack(post, seq))) for post, seq in acks))

    def on_refused(self, post: str, refused: Refused) -> None:
        """From the publisher: this post isn't stored."""
        self._quotas.refused(post, refused)
        if not self._is_closed:
            self.visit.client.refuse(refused, id=post)

    # -- changes -----------------------------------------------------------------------

    def _edit(self, command: Edit) -> None:
        visit = self.visit
        text = message_text(command.text, visit.services.limits.text, may_be_empty=True)  # if there are pictures
        share = self._begin_change(len(encode(text)))
        epoch = command.epoch or visit.told_epoch
        origin = ChangeOrigin(visit.person.id, command.seq, self._answer(command.ref), share, epoch)
        visit.room.changes.edit(origin, text)

    def _delete(self, command: Delete) -> None:
        visit = self.visit
        share = self._begin_change(0)
        answer, epoch = self._answer(command.ref), command.epoch or visit.told_epoch

        def delete() -> None:
            origin = ChangeOrigin(visit.person.id, command.seq, answer, share, epoch)
            visit.room.changes.delete(origin, self.standing.deletion())

        self.standing.when_verified(delete, answer)

    def _react(self, command: React) -> None:
        visit = self.visit
        emoji = one_emoji(command.emoji)
        message = visit.room.feed.log.in_memory(command.seq)  # the event repeats it for everyone
        share = self._begin_change(len(message) if message else REACTION_SIZE)
        epoch = command.epoch or visit.told_epoch
        request = ReactionRequest(visit.person.id, emoji, command.on, self._answer(command.ref), share, epoch)
        visit.room.changes.react(command.seq, request)

    def _begin_change(self, size: int) -> PaceShare:
        """Count a change as waiting for its answer; return its share of the room's pace. Raises Refused."""
        share = self._quotas.take_change(size)
        self.visit.services.on_activity()
        return share

    def _answer(self, ref: str) -> Answer:
        """A callback that sends the client the outcome of a change."""
        visit = self.visit

        def answer(outcome: int | Refused) -> None:
            self._quotas.waiting -= 1
            if self._is_closed:
                return
            if isinstance(outcome, Refused):
                visit.client.refuse(outcome, ref=ref)
            else:
                visit.client.send(Done(outcome, ref))

        return answer

    # -- the other commands --------------------------------------------------------------

    def _typing(self, _: Typing) -> None:
        visit = self.visit
        if self.standing.muted is not None:
            return  # no error: a client sends it on its own
        now = asyncio.get_running_loop().time()
        if now - self._typed_at >= visit.services.limits.typing_every:
            self._typed_at = now
            visit.room.typing(visit.person)

    def _rename(self, command: Rename) -> None:
        visit = self.visit
        if self._vouched:
            raise Refused(ErrorCode.NAME_INVALID, "the embedding site sets the names")
        muted = self.standing.muted
        if muted is not None:  # a name is text that everyone reads, too
            raise refusal(ErrorCode.MUTED, muted)
        renamed = Person(visit.person.id, visit.services.access.name(command.name))

        def answer(refused: Refused | None) -> None:
            if refused is None:
                self.on_renamed(renamed, command.ref)
            elif not self._is_closed:
                visit.client.refuse(refused, ref=command.ref)

        visit.room.rename(renamed, answer)

    def on_renamed(self, person: Person, ref: str = "") -> None:
        """Take over the person's new name, and tell the client."""
        self.visit.person = person
        if self.visit.is_welcomed and not self._is_closed:  # else the welcome has it
            self.visit.client.send(Renamed(person, ref))

    def _upload(self, command: Upload) -> None:
        self.visit.client.send(UploadTicket(command.ref, new_upload(self.visit, self.standing)))

    def _history(self, command: History) -> None:
        self.visit.client.read(send_history(self.visit, command))

    def _messages(self, command: Messages) -> None:
        self.visit.client.read(send_messages(self.visit, command))

    def _search(self, command: Search) -> None:
        self.visit.client.read(send_found(self.visit, command))

    def _people(self, command: People) -> None:
        people = self.visit.room.people(command.ref, command.query, command.offset, command.limit)
        self.visit.client.send_charged(people)

    def _moderate(self, command: Moderate) -> None:
        self.standing.check()
        command.epoch = command.epoch or self.visit.told_epoch
        self.visit.client.spawn(self.standing.moderate(command))

    def _stay(self, _: Stay) -> None:
        self.visit.services.on_activity()

    def _renew(self, command: Renew) -> None:
        visit, services = self.visit, self.visit.services
        seconds, role = services.access.renew(command.jwt, visit.room.name, visit.person.id, services.tokens)
        visit.client.expires_in(seconds)
        self.standing.renew(role)
        visit.client.send(Renewed(int(seconds), command.ref))


_HANDLERS: dict[type[AnyCommand], Callable[[Joined, Any], None]] = {
    Post: Joined._post,
    Edit: Joined._edit,
    Delete: Joined._delete,
    React: Joined._react,
    Messages: Joined._messages,
    Search: Joined._search,
    Typing: Joined._typing,
    Upload: Joined._upload,
    Rename: Joined._rename,
    History: Joined._history,
    People: Joined._people,
    Stay: Joined._stay,
    Renew: Joined._renew,
    Moderate: Joined._moderate,
}
