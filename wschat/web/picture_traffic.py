"""Pictures on their way: who may upload one, how many are in memory, and how long their connections may take."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from msgspec import Struct
from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPServerRequest
from tornado.iostream import IOStream

from ..access import TICKET_VALID, Receipt, Ticket, read_ticket, sign_receipt
from ..concurrency import Semaphore
from ..errors import ErrorCode, Refused
from ..limits import Recent
from ..model import room_name
from ..protocol import Picture
from .http_connections import HttpConnections, Phase
from .origins import Origins

if TYPE_CHECKING:
    from ..pictures import Part, Pictures

AT_ONCE = 8  # uploads: their bodies are in memory, up to 64 MiB
OF_ADDRESS = 4  # of them
TURNS_OF_ADDRESS = 1  # pictures that are read at once, fewer than there are processes (pictures/encoder.py)
TURN_TIMEOUT = 10.0  # s that others of the address wait for theirs
PLACE_TIMEOUT = 5.0  # s that others wait for a place
RETRY = 3.0  # s after which to try again
SLOWEST = 16 << 10  # bytes a second that a client may take for a picture: a phone far from its mast has twice that

_BEARER = re.compile(r"(?i:bearer) +([!-~]{1,1024})")


class PictureServices(Struct, frozen=True):
    """What a node has for pictures. `pictures` opens them when first called, None: it takes none. `key` signs tickets
    and receipts; `is_draining`: the node is about to stop.
    """

    pictures: Callable[[], Pictures | None]
    key: Callable[[], bytes]
    is_draining: Callable[[], bool]


class PictureTraffic:
    """The uploads and downloads of a node. `limit_key` finds the address of a request as limits count it, `connections`
    are those that aren't WebSockets.
    """

    def __init__(
        self,
        services: PictureServices,
        origins: Origins,
        limit_key: Callable[[HTTPServerRequest], str],
        connections: Callable[[], HttpConnections],
    ) -> None:
        self._services = services
        self._origins = origins
        self._limit_key = limit_key
        self._connections = connections
        self._places = Semaphore(AT_ONCE)
        self._places_of: Recent[str, Semaphore] = Recent()  # by address
        self._turns_of: Recent[str, Semaphore] = Recent()  # by address
        self._used: dict[str, float] = {}  # tickets, with the time when they were used, the oldest first
        self._parts: WeakValueDictionary[tuple[str, str, int], Part] = WeakValueDictionary()

    def begin(self, request: HTTPServerRequest, phase: Phase) -> None:
        """Begin a phase of a request, which has a time limit of its own."""
        self._connections().begin(_stream_of(request), phase)

    def allow_time(self, request: HTTPServerRequest, size: int) -> None:
        """Give a request the time for so many bytes: it may be slow, but not as slow as it likes."""
        self._connections().extend(_stream_of(request), size / SLOWEST)

    def drop(self, request: HTTPServerRequest) -> None:
        """Close the connection of a request that can't be answered to its end."""
        _stream_of(request).close()

    # -- uploads -----------------------------------------------------------------

    def check(self, request: HTTPServerRequest, raw_room: str) -> Ticket:
        """The ticket of an upload. Raises Refused(not_allowed, unavailable)."""
        self._check_draining()
        if not self._origins.allows(request.headers.get("Origin"), request.host):
            raise Refused(ErrorCode.NOT_ALLOWED, "another site's pages may not upload here")
        bearer = _BEARER.fullmatch(request.headers.get("Authorization", ""))
        ticket = read_ticket(self._services.key(), bearer[1]) if bearer else None
        if ticket is None or ticket.room != _room(raw_room) or ticket.id in self._used:
            raise Refused(ErrorCode.NOT_ALLOWED, "the ticket is missing, invalid, used or has expired: ask for another")
        return ticket

    async def enter(self, request: HTTPServerRequest, place: ExitStack) -> None:
        """Take a place for the body of an upload, until `place` is closed. Raises Refused(busy)."""
        own = _own(self._places_of, self._limit_key(request), OF_ADDRESS)
        await _wait(self._enter([own, self._places], place), PLACE_TIMEOUT)

    async def add(self, request: HTTPServerRequest, ticket: Ticket, data: bytes) -> tuple[Picture, str]:
        """Store a picture; (what became of it, its receipt). Raises Refused. The ticket is used up, unless a repeat may
        succeed.
        """
        self._check_draining()
        pictures = self._services.pictures()
        if pictures is None or ticket.id in self._used:
            raise Refused(ErrorCode.NOT_ALLOWED, "the ticket is used, or this server takes no pictures any more")
        self._use(ticket)
        own = _own(self._turns_of, self._limit_key(request), TURNS_OF_ADDRESS)
        try:
            with ExitStack() as turn:
                await _wait(self._enter([own], turn), TURN_TIMEOUT)
                picture = await pictures.add(ticket.room, data)
        except Refused as refused:
            if "retry_after" in refused.facts:
                self._used.pop(ticket.id, None)
            raise
        return picture, sign_receipt(self._services.key(), Receipt(ticket.room, ticket.epoch, ticket.person, picture))

    # -- downloads ---------------------------------------------------------------

    async def get(self, raw_room: str, picture: str, start: int = 0) -> Part | None:
        """Bytes of a picture, from `start` on: the same for all who get them at the same time. None: there is no
        picture. Raises Refused(unavailable).
        """
        room, pictures = _room(raw_room), self._services.pictures()
        if room is None or pictures is None:
            return None
        part = await pictures.get(room, picture, start)
        return None if part is None else self._parts.setdefault((room, picture, start), part)

    # -- within ------------------------------------------------------------------

    def _check_draining(self) -> None:
        if self._services.is_draining():
            raise Refused(ErrorCode.UNAVAILABLE, "the server is restarting", retry_after=RETRY)

    async def _enter(self, turns: list[Semaphore], place: ExitStack) -> None:
        for one in turns:
            await one.acquire()
            place.callback(one.release)

    def _use(self, ticket: Ticket) -> None:
        now = monotonic()
        self._used[ticket.id] = now
        while now - next(iter(self._used.values())) > TICKET_VALID:
            del self._used[next(iter(self._used))]


def _own(semaphores: Recent[str, Semaphore], limit_key: str, turns: int) -> Semaphore:
    """The semaphore of an address; of a program on this machine (""), one that limits nothing."""
    own = semaphores.get(limit_key) or Semaphore(turns if limit_key else AT_ONCE)
    semaphores.touch(limit_key, own)
    return own


async def _wait(entering: Coroutine[Any, Any, None], seconds: float) -> None:
    """Wait for a turn. Raises Refused(busy)."""
    try:
        await asyncio.wait_for(entering, seconds)
    except asyncio.TimeoutError:
        raise Refused(ErrorCode.BUSY, "too many uploads at once", retry_after=RETRY) from None


def _stream_of(request: HTTPServerRequest) -> IOStream:
    assert isinstance(request.connection, HTTP1Connection)
    return request.connection.stream


def _room(raw: str) -> str | None:
    try:
        return room_name(raw)
    except Refused:
        return None
