"""`POST /r/ROOM/pictures` takes a picture in, `GET /r/ROOM/pictures/ID` gives it out."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING

from tornado.iostream import StreamClosedError

from ..access import Ticket
from ..errors import ErrorCode, Refused, internal_error
from ..model import UPLOAD_MAX
from ..protocol import Picture, encode
from .body_handler import BodyHandler, PrivateHandler
from .headers import YEAR
from .http_connections import Phase
from .http_server import NEVER
from .picture_traffic import PictureTraffic

if TYPE_CHECKING:
    from ..pictures import Part

UPLOAD_COST = 0.01  # s of this process's time for a picture besides its bytes: another process is started for it

_STATUSES = {
    ErrorCode.NOT_ALLOWED: 403,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.PICTURE_INVALID: 415,
    ErrorCode.BUSY: 503,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.NO_SPACE: 507,
}
PICTURE_POLICY = "default-src 'none'; sandbox"


class UploadHandler(BodyHandler[Refused]):
    """An upload. HttpConnections limits its time, by the bytes that have come."""

    body_max = UPLOAD_MAX
    discarded_max = 2 * UPLOAD_MAX

    def initialize(self, traffic: PictureTraffic) -> None:  # type: ignore[override]  # Tornado passes what the route has
        super().initialize()
        self._traffic = traffic
        self._ticket: Ticket | None = None

    async def find_problem(self) -> Refused | None:
        self.request.connection.set_body_timeout(NEVER)  # type: ignore[union-attr]
        try:
            self._ticket = self._traffic.check(self.request, self.path_args[0])
            await self._traffic.enter(self.request, self.place)
        except Refused as refused:
            return refused
        finally:
            self._traffic.begin(self.request, Phase.BODY)
        return None

    def data_received(self, chunk: bytes) -> None:
        self._traffic.allow_time(self.request, len(chunk))
        super().data_received(chunk)

    def too_large(self) -> Refused:
        return Refused(ErrorCode.TOO_LARGE, f"a picture has at most {UPLOAD_MAX >> 20} MiB")

    async def post(self, *_: str) -> None:
        self._traffic.begin(self.request, Phase.ANSWER)
        if self.problem is not None:
            self.answer(self.problem)
            return
        assert self._ticket is not None  # or there is a problem
        try:
            with self.place.pop_all():  # also while a client that has hung up leaves its picture here
                picture, receipt = await self._add(self._ticket)
        except Refused as refused:
            self.answer(refused)
            return
        size = {"width": picture.width, "height": picture.height}
        self._send(201, {"picture": receipt, "id": picture.id, **size})

    async def _add(self, ticket: Ticket) -> tuple[Picture, str]:
        return await self._traffic.add(self.request, ticket, self.take_body(bytes, UPLOAD_COST))

    def answer(self, answer: Refused) -> None:
        wait = float(answer.facts.get("retry_after", 0.0))
        if wait:
            self.set_header("Retry-After", math.ceil(wait))
        self._send(_STATUSES.get(answer.code, 500), {"code": answer.code.value, "detail": answer.detail})

    def write_error(self, status_code: int, **_: object) -> None:
        if status_code == 405:
            self.set_header("Allow", "POST")
            self._send(405, {"code": ErrorCode.NOT_ALLOWED.value, "detail": "use POST"})
        else:
            self.answer(Refused(ErrorCode.NOT_ALLOWED) if status_code == 400 else internal_error())

    def _send(self, status: int, body: dict[str, object]) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(encode(body))


class PictureHandler(PrivateHandler):
    """A picture. Its address can't be guessed, and what is there never changes."""

    SUPPORTED_METHODS = ("GET", "HEAD")

    def initialize(self, traffic: PictureTraffic) -> None:
        self._traffic = traffic

    async def get(self, room: str, picture: str) -> None:
        try:
            part = await self._traffic.get(room, picture)
        except Refused:
            self.send_error(503)
            return
        if part is None:
            self.send_error(404)
            return
        self.settings["charge"](self.request, part.size, 0.0)
        self._traffic.allow_time(self.request, part.size)
        self.set_header("Content-Type", "image/webp")
        self.set_header("Content-Length", part.size)
        self.set_header("Cache-Control", f"private, max-age={YEAR}, immutable")
        self.set_header("Content-Security-Policy", PICTURE_POLICY)
        self.flush()  # the headers: Tornado would copy the bytes behind them
        if self.request.method != "HEAD":
            await self._send(room, picture, part)

    head = get

    def write_error(self, status_code: int, **_: object) -> None:
        if status_code == 405:
            self.set_header("Allow", "GET, HEAD")
        elif status_code == 503:
            self.set_header("Retry-After", "5")
        self.set_header("Cache-Control", "no-store")
        super().write_error(status_code)

    async def _send(self, room: str, picture: str, part: Part | None) -> None:
        """Send a picture from its first part on, each when the client has taken the one before: hundreds may be slow,
        and no more than this is in memory for one.
        """
        sent = 0
        with suppress(Refused, StreamClosedError):
            while part is not None:
                self.write(part.data)
                sent += len(part.data)
                await self.flush()
                if sent >= part.size:
                    return
                part = await self._traffic.get(room, picture, sent)
        self._traffic.drop(self.request)  # it was deleted meanwhile, or can't be read any more
