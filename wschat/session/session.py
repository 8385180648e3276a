"""One client: what it asks, and what it is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from ..errors import CloseCode, ErrorCode, RedisAway, Refused
from ..frames import text_frame
from ..hub import Audience
from ..model import Person, message_text, room_name
from ..names import person_name
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
    Stay,
    Typing,
    encode,
    error_event,
    raw_array,
    read_command,
)
from .joining import Join
from .rooms import Rooms

log = logging.getLogger(__name__)

_PONG = text_frame(PONG)


class Socket(Protocol):
    """The client's end, as the session sees it. Nothing here blocks or raises."""

    def send(self, data: bytes, /) -> None:
        """Send whole frames."""

    def close(self, code: int, reason: str = "") -> None: ...

    async def drained(self) -> None:
        """Wait until nothing waits to be sent."""


class Session:
    """A conversation with one client. `receive` takes each text frame's payload, `closed` ends it."""

    def __init__(self, rooms: Rooms, socket: Socket) -> None:
        self.rooms = rooms
        self.socket = socket
        self.person: Person | None = None
        self.room = ""
        self.is_joined = False
        self.said_hello = False
        self._closed = False
        self._posts_waiting = 0
        self._typed = float("-inf")
        self._tasks: set[asyncio.Task[None]] = set()

    # -- what comes in ---------------------------------------------------------------

    def receive(self, payload: bytes) -> None:
        """One text frame. Whatever is wrong with it becomes an `error` event."""
        try:
            command = read_command(payload)
        except Refused as refused:
            self.tell(error_event(refused))
            return
        answers = {key: value for key in ("id", "ref") if (value := getattr(command, key, None))}
        try:
            if not self.is_joined and not isinstance(command, (Hello, Ping)):
                raise Refused(ErrorCode.HELLO_FIRST, "say hello first, and wait for welcome")
            _HANDLERS[type(command)](self, command)
        except Refused as refused:
            self.tell(error_event(refused, **answers))
        except Exception:
            log.exception("a command failed")
            self.tell(Error(ErrorCode.INTERNAL, **answers))

    def closed(self) -> None:
        """The connection is gone."""
        if self._closed:
            return
        self._closed = True
        for task in self._tasks:
            task.cancel()
        if self.said_hello:
            self.audience.remove(self.socket)
            self.rooms.unuse(self.room)
        if self.is_joined and self.person is not None:
            self.rooms.presence.leave(self.room, self.person.id)

    # -- what goes out ---------------------------------------------------------------

    def tell(self, event: Event) -> None:
        self.socket.send(text_frame(encode(event)))

    def close(self, code: CloseCode, reason: str = "") -> None:
        self.socket.close(code, reason)

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
            self.tell(error_event(refused, id=post))

    # -- joining -----------------------------------------------------------------------

    def _hello(self, command: Hello) -> None:
        if self.said_hello:
            raise Refused(ErrorCode.HELLO_AGAIN, "this connection has joined already")
        room, name = room_name(command.room), person_name(command.name)
        self.person = Person(self.rooms.identity.person(command.token), name)
        self.room = room
        self.said_hello = True
        self.rooms.use(room)
        if not self.rooms.is_up():
            self.tell(Notice("degraded"))
        self.rooms.broker.feed(room)
        self.rooms.presence.enter(room, self.person, lambda holder: self._entered(command, holder))

    def _entered(self, command: Hello, holder: str) -> None:
        """Redis has answered: the name is ours, or `holder` has it."""
        assert self.person is not None  # set by _hello, before this was asked for
        if holder:
            self._name_taken(self.person.name)
            if not self._closed:
                self.said_hello = False
                self.rooms.unuse(self.room)
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

    def _name_taken(self, name: str, **answers: str) -> None:
        if not self._closed:
            roster = self.rooms.presence.roster(self.room)
            refused = Refused(
                ErrorCode.NAME_TAKEN, "somebody online has this name", suggestion=roster.free_name(name), **answers
            )
            self.tell(error_event(refused))

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
        wanted = Person(self._as_known().id, person_name(command.name))

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
        except RedisAway:
            refused = Refused(ErrorCode.UNAVAILABLE, "the log can't be read now", retry_after=2.0)
            self.tell(error_event(refused, ref=command.ref))

    def _people(self, command: People) -> None:
        roster = self.rooms.presence.roster(self.room)
        self.tell(roster.page(command.ref, command.query, command.offset, command.limit))

    def _stay(self, _: Stay) -> None:
        self.rooms.activity()

    def _ping(self, _: Ping) -> None:
        self.socket.send(_PONG)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside the conversation, for as long as that lasts."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a session failed", exc_info=task.exception())
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
}
