"""One client: what it asks, and what it is told."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

from ..errors import CloseCode, ErrorCode, RedisUnavailable, Refused
from ..frames import text_frame
from ..hub import Audience
from ..model import Person, message_text, room_name
from ..names import numbered
from ..protocol import (
    PONG,
    Ack,
    AnyCommand,
    Error,
    Event,
    Hello,
    History,
    HistoryPage,
    Notice,
    People,
    Ping,
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
    read_command,
)
from .joining import Join
from .manners import Manners
from .permit import Permit
from .rooms import Rooms
from .socket import Socket

logger = logging.getLogger(__name__)

_PONG = text_frame(PONG)


class Session:
    """A conversation with one client. `receive` takes each text frame's payload, `closed` ends it.

    `address` is where the client is; `limit_key` the same as limits count it, "" for none.
    """

    def __init__(self, rooms: Rooms, socket: Socket, address: str = "", limit_key: str = "") -> None:
        self.rooms = rooms
        self.socket = socket
        self.address = address
        self._limit_key = limit_key
        self.person: Person | None = None
        self.room = ""
        self.is_joined = False
        self.said_hello = False
        self.was_refused = False  # said hello, and was told why not: a person may need time to think
        self._closed = False
        self._manners = Manners()
        self._permit: Permit | None = None
        self._vouched = ""  # the name that a site gave
        self.told_degraded = False
        self._posts_waiting = 0
        self._typed = float("-inf")
        self._withdraw: Callable[[], None] | None = None  # from the queue at the door
        self._tasks: set[asyncio.Task[None]] = set()

    # -- what comes in ---------------------------------------------------------------

    def receive(self, payload: bytes) -> None:
        """One text frame. Whatever is wrong with it becomes an `error` event."""
        try:
            command = read_command(payload)
        except Refused as refused:
            self._refuse(refused)
            return
        answers = {key: value for key in ("id", "ref") if (value := getattr(command, key, None))}
        try:
            if not self.is_joined and not isinstance(command, (Hello, Ping)):
                raise Refused(ErrorCode.HELLO_FIRST, "say hello first, and wait for welcome")
            self._manners.allow(type(command))
            _HANDLERS[type(command)](self, command)
        except Refused as refused:
            self._refuse(refused, **answers)
        except Exception:
            logger.exception("a command failed")
            self.tell(Error(ErrorCode.INTERNAL, **answers))

    def closed(self) -> None:
        """The connection is gone."""
        if self._closed:
            return
        self._closed = True
        for task in self._tasks:
            task.cancel()
        if self._permit is not None:
            self._permit.cancel()
        if self.said_hello:
            self.audience.remove(self.socket)
            self.rooms.unuse(self.room)
        if self.is_joined and self.person is not None:
            self.rooms.presence.leave(self.room, self.person.id)
        elif self._withdraw is not None:
            self._withdraw()

    # -- what goes out ---------------------------------------------------------------

    def tell(self, event: Event) -> None:
        self.socket.send(text_frame(encode(event)))

    def close(self, code: CloseCode, reason: str = "") -> None:
        self.socket.close(code, reason)

    def _refuse(self, refused: Refused, **answers: str) -> None:
        self.tell(error_event(refused, **answers))
        if self._manners.strike(refused.code):
            logger.info("too many refused commands", extra={"address": self.address, "last": refused.code.value})
            self.close(CloseCode.FLOOD, "too many errors")

    @property
    def audience(self) -> Audience:
        return self.rooms.hub.audience(self.room)

    # -- posts: the broker reports what became of them ---------------------------------

    def stored(self, acks: list[tuple[str, int]]) -> None:
        self._posts_waiting -= len(acks)
        if not self._closed:
            self.socket.send(b"".join(text_frame(encode(Ack(post, seq))) for post, seq in acks))

    def not_stored(self, post: str, refused: Refused) -> None:
        self._posts_waiting -= 1
        if not self._closed:
            self._refuse(refused, id=post)

    # -- joining -----------------------------------------------------------------------

    def _hello(self, command: Hello) -> None:
        if self.said_hello:
            raise Refused(ErrorCode.HELLO_AGAIN, "this connection has joined already")
        room = room_name(command.room)
        self.was_refused = True
        admission = self.rooms.access.admit(command, room, self.address, self.rooms.identity)
        self.rooms.use(room, self._limit_key)
        self.person = Person(admission.person, admission.name)
        self.room = room
        self.said_hello = True
        self._vouched = admission.name if admission.vouched else ""
        if admission.lasts is not None:
            self._may_stay(admission.lasts)
        self.told_degraded = not self.rooms.is_up()
        if self.told_degraded:
            self.tell(Notice("degraded"))
        self.rooms.broker.feed(room)
        self._enter(command)

    def _enter(self, command: Hello) -> None:
        assert self.person is not None  # set by _hello
        self._withdraw = self.rooms.presence.enter(
            self.room, self.person, lambda holder: self._entered(command, holder)
        )

    def _entered(self, command: Hello, holder: str) -> None:
        """Redis has answered: the name is ours, or `holder` has it."""
        assert self.person is not None  # set by _hello, before this was asked for
        self._withdraw = None
        if holder:
            self._not_entered(command, self.person)
            return
        self.rooms.presence.entered(self.room, self.person)
        if self._closed:  # went away while Redis was asked
            self.rooms.presence.leave(self.room, self.person.id)
            return
        self.is_joined = True
        self.rooms.activity()
        join = Join(self, command)
        if not join.at_once():
            self.spawn(join.when_possible())

    def _not_entered(self, command: Hello, person: Person) -> None:
        if self._closed:
            return
        if self._vouched:  # a site gave the name, so they can't choose another: the second Anna is Anna 2
            free = self.rooms.presence.roster(self.room).free_name(self._vouched)
            if free == person.name:  # that was tried; this node doesn't know yet who has it
                free = numbered(self._vouched, secrets.randbelow(9000) + 1000)
            self.person = Person(person.id, free)
            self._enter(command)
            return
        self._name_taken(person.name)
        self.said_hello = False
        self.rooms.unuse(self.room)

    def _name_taken(self, name: str, **answers: str) -> None:
        if not self._closed:
            free = self.rooms.presence.roster(self.room).free_name(name)
            refused = Refused(ErrorCode.NAME_TAKEN, "somebody online has this name", suggestion=free)
            self._refuse(refused, **answers)

    def _may_stay(self, seconds: float) -> None:
        self._permit = self._permit or Permit(self)
        self._permit.lasts(seconds)

    # -- commands ------------------------------------------------------------------------

    def _say(self, command: Post) -> None:
        text = message_text(command.text, self.rooms.limits.text)
        if self._posts_waiting >= self.rooms.limits.posts_waiting:
            raise Refused(ErrorCode.BUSY, "wait for the posts that you sent", retry_after=1.0)
        self._posts_waiting += 1
        self.rooms.activity()
        self.rooms.broker.post(self.room, self._as_known(), command.id, text, self)

    def _as_known(self) -> Person:
        """The person under the name that they have now, perhaps given in another tab."""
        assert self.person is not None  # only joined sessions get here
        return self.rooms.presence.roster(self.room).people.get(self.person.id, self.person)

    def _typing(self, _: Typing) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._typed >= self.rooms.limits.typing_every:
            self._typed = now
            self.rooms.presence.typing(self.room, self._as_known())

    def _rename(self, command: Rename) -> None:
        if self._vouched:
            raise Refused(ErrorCode.NAME_INVALID, "names are given by the site that embeds this chat")
        wanted = Person(self._as_known().id, self.rooms.access.name(command.name))

        def answer(holder: str) -> None:
            if holder:
                self._name_taken(wanted.name, ref=command.ref)
                return
            self.rooms.presence.roster(self.room).put(wanted)
            self.person = wanted
            if not self._closed:
                self.tell(Renamed(wanted, command.ref))

        self.rooms.presence.enter(self.room, wanted, answer)

    def _history(self, command: History) -> None:
        self.spawn(self._send_history(command))

    async def _send_history(self, command: History) -> None:
        try:
            feed = self.rooms.broker.feed(self.room)
            messages, start = await feed.history(command.before, command.limit)
            self.tell(HistoryPage(command.ref, raw_array(messages), start))
        except RedisUnavailable:
            refused = Refused(ErrorCode.UNAVAILABLE, "the log can't be read now", retry_after=2.0)
            self.tell(error_event(refused, ref=command.ref))

    def _people(self, command: People) -> None:
        roster = self.rooms.presence.roster(self.room)
        self.tell(roster.page(command.ref, command.query, command.offset, command.limit))

    def _stay(self, _: Stay) -> None:
        self.rooms.activity()

    def _ping(self, _: Ping) -> None:
        self.socket.send(_PONG)

    def _renew(self, command: Renew) -> None:
        assert self.person is not None  # only joined sessions get here
        seconds = self.rooms.access.renew(command.jwt, self.room, self.person.id, self.rooms.identity)
        self._may_stay(seconds)
        self.tell(Renewed(int(seconds), command.ref))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside the conversation, for as long as that lasts."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a session failed", exc_info=task.exception())
            self.close(CloseCode.INTERNAL_ERROR)


_HANDLERS: dict[type[AnyCommand], Callable[[Session, Any], None]] = {
    Hello: Session._hello,
    Post: Session._say,
    Typing: Session._typing,
    Rename: Session._rename,
    History: Session._history,
    People: Session._people,
    Stay: Session._stay,
    Ping: Session._ping,
    Renew: Session._renew,
}
