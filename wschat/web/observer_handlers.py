"""`GET /r/ROOM/messages` gives out pages of a room's messages, `GET /r/ROOM/events` its events as they happen."""

from __future__ import annotations

import asyncio
import math
import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING
from urllib.parse import quote

from tornado.http1connection import HTTP1Connection

from ..errors import ErrorCode, RedisUnavailable, Refused, internal_error
from ..protocol import HISTORY_MAX, encode, with_picture_urls
from .body_handler import PrivateHandler
from .client_address import peer_of
from .handshake import RETRY_AFTER, Rejection
from .observing import Observing
from .tornado_stream import take_over

if TYPE_CHECKING:
    from ..protocol import Resume
    from ..session import ClientAddress
    from ..session.observation import Observation

TIMEOUT = 8.0  # s for each of two steps: a connection is dropped 20 s after its request (http_connections.py)
PAGE = 50  # messages, without `limit`
SEQ_MAX = 2**53
PREFLIGHT_KEPT = 3600  # s

_STATUSES = {
    ErrorCode.BAD_FIELD: 400,
    ErrorCode.PASSWORD_REQUIRED: 401,
    ErrorCode.PASSWORD_WRONG: 401,
    ErrorCode.TOKEN_INVALID: 401,
    ErrorCode.NOT_ALLOWED: 403,
    ErrorCode.BARRED: 403,
    ErrorCode.LOCKED: 403,
    ErrorCode.ROOM_INVALID: 404,
    ErrorCode.ROOM_UNKNOWN: 404,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.BUSY: 503,
    ErrorCode.UNAVAILABLE: 503,
}
_NUMBER = re.compile(r"[0-9]{1,16}")
_METHODS = "GET, HEAD, OPTIONS"
_ONLY_READING = "this address is only for reading: use GET; to write, use a hook or a WebSocket"


class ObserverHandler(PrivateHandler, ABC):
    """The base of all. Whoever may open a WebSocket and enter the room may read it, under the same limits."""

    SUPPORTED_METHODS = ("GET", "HEAD", "OPTIONS")

    def initialize(self, observing: Observing) -> None:
        self._observing = observing

    def prepare(self) -> None:
        origin = self.request.headers.get("Origin")
        self.set_header("Vary", "Origin")
        self.set_header("Cache-Control", "no-store")  # what is deleted must not be kept
        rejection = self._observing.acceptor.source_rejection(self.request.headers)
        if rejection is not None:
            self.refuse(_refused(rejection))
        elif origin is not None:
            self.set_header("Access-Control-Allow-Origin", origin)
            self.set_header("Access-Control-Expose-Headers", "ETag, Link, Retry-After")

    async def get(self, room: str) -> None:
        try:
            await self.answer(room)
        except Refused as refused:
            self.refuse(refused)
        except (RedisUnavailable, asyncio.TimeoutError):
            self.refuse(Refused(ErrorCode.UNAVAILABLE, "Redis can't be read now", retry_after=RETRY_AFTER))

    head = get

    def options(self, _: str) -> None:
        """Tell a browser that another site's page may send credentials and a place (a CORS preflight)."""
        self.set_status(204)
        self.set_header("Access-Control-Allow-Methods", _METHODS)
        self.set_header("Access-Control-Allow-Headers", "Authorization, Last-Event-ID, Room-Password")
        self.set_header("Access-Control-Max-Age", PREFLIGHT_KEPT)
        self.finish()

    @abstractmethod
    async def answer(self, room: str) -> None:
        """Answer a GET or HEAD. Raises Refused, RedisUnavailable, TimeoutError."""

    async def enter(self, room: str) -> Observation:
        """Let the request's program read the room; it leaves by `leave`. Raises as `answer` does."""
        from ..session.observation import Observation
        from .observer_credentials import credentials

        hello = credentials(self.request.headers)
        services, share = self._observing.services, self._observing.shares.of(self.client.limit_key)
        observation = Observation(services, self.client, share)
        await asyncio.wait_for(observation.enter(room, hello), TIMEOUT)
        return observation

    def refuse(self, refused: Refused) -> None:
        status = _STATUSES.get(refused.code, 500)
        wait = float(refused.facts.get("retry_after", 0.0))
        if wait:
            self.set_header("Retry-After", math.ceil(wait))
        if status == 401:
            is_jwt = refused.code is ErrorCode.TOKEN_INVALID
            self.set_header("WWW-Authenticate", "Bearer" if is_jwt else 'Basic realm="chat", charset="UTF-8"')
        self.set_status(status)
        self.send_json(encode({"code": refused.code.value, "detail": refused.detail + self._advice(refused)}))

    def send_json(self, body: bytes) -> None:
        self.set_header("Content-Type", "application/json")
        self.settings["charge"](self.request, len(body), 0.0)
        self.finish(body)

    def write_error(self, status_code: int, **_: object) -> None:
        if status_code == 405:
            self.set_header("Allow", _METHODS)
            self.send_json(encode({"code": ErrorCode.NOT_ALLOWED.value, "detail": _ONLY_READING}))
        else:  # 400: the path or the query isn't UTF-8
            self.refuse(
                Refused(ErrorCode.BAD_FIELD, "the address isn't UTF-8") if status_code == 400 else internal_error()
            )

    def _advice(self, refused: Refused) -> str:
        """What to add to a refusal for credentials that the request lacks: their header."""
        given = self.request.headers.get("Authorization", "")
        if refused.code is ErrorCode.TOKEN_INVALID and not given.lower().startswith("bearer "):
            return "; send it as Authorization: Bearer"
        if refused.code is ErrorCode.PASSWORD_REQUIRED:
            is_taken = given and refused.facts.get("scope") == "room"  # by the password of the chat, or a JWT
            return f"; send it as {'Room-Password' if is_taken else 'Authorization: Basic'}"
        return ""

    @property
    def client(self) -> ClientAddress:
        """Where the request comes from."""
        peer = peer_of(getattr(getattr(self.request.connection, "context", None), "address", None))
        return self._observing.acceptor.identify(self.request.headers, peer)

    def number(self, name: str, most: int) -> int | None:
        """A number in the query, from 1 to `most`; None: it isn't there. Raises Refused(bad_field)."""
        text = self.get_query_argument(name, None)
        if text is None:
            return None
        if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
            raise Refused(ErrorCode.BAD_FIELD, f"{name} isn't a number from 1 to {most}")
        return int(text)


class MessagesHandler(ObserverHandler):
    """A page of messages. Its `Link` leads to the page before it."""

    async def answer(self, room: str) -> None:
        from .event_format import picture_path

        before, limit = self.number("before", SEQ_MAX), self.number("limit", HISTORY_MAX) or PAGE
        observation = await self.enter(room)
        try:
            page, earlier = await asyncio.wait_for(observation.page(before, limit), TIMEOUT)
        finally:
            observation.leave()
        if earlier is not None:
            path = f"{self._observing.base}/r/{quote(page.room, safe='')}/messages"
            self.set_header("Link", f'<{path}?before={earlier}&limit={limit}>; rel="prev"')
        self.send_json(with_picture_urls(encode(page), picture_path(self._observing.base, page.room)))


class EventsHandler(ObserverHandler):
    """The events of a room, until either side ends the connection."""

    async def answer(self, room: str) -> None:
        resume = self._resume()
        observation = await self.enter(room)
        try:
            self._begin(observation, resume)
        except BaseException:
            observation.leave()
            raise

    # -- within --------------------------------------------------------------------

    def _resume(self) -> Resume | None:
        """The program's place, which a browser sends by itself in the header only when it comes back."""
        from .event_format import read_event_id

        place = self.request.headers.get("Last-Event-ID") or self.get_query_argument("after", "")
        resume = read_event_id(place)
        if place and resume is None:
            raise Refused(ErrorCode.BAD_FIELD, "Last-Event-ID (or after) isn't the id of an event")
        return resume

    def _begin(self, observation: Observation, resume: Resume | None) -> None:
        """Turn the request into an event stream. Raises Refused."""
        acceptor, client, connection = self._observing.acceptor, self.client, self.request.connection
        assert isinstance(connection, HTTP1Connection)
        rejection = acceptor.source_rejection(self.request.headers) or acceptor.limit_rejection(client)
        if rejection is not None:
            raise _refused(rejection)
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")  # for nginx
        self.set_header("Connection", "close")
        if self.request.method == "HEAD" or connection.stream.closed():
            observation.leave()
            self.finish()
            return
        head = "".join(f"{name}: {value}\r\n" for name, value in self._headers.get_all())
        answer = f"HTTP/1.1 200 OK\r\n{head}\r\n".encode("latin-1")
        stream = take_over(self.detach())
        self._observing.streams.open(stream, answer, observation, resume, client.address, client.limit_key)


def _refused(rejection: Rejection) -> Refused:
    """The refusal for the reason that rejects a WebSocket's handshake."""
    if rejection.status == 403:
        return Refused(ErrorCode.NOT_ALLOWED, rejection.reason)
    return Refused(ErrorCode.BUSY, rejection.reason, retry_after=RETRY_AFTER)
