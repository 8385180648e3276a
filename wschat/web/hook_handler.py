"""`POST /hook/ROOM/KEY`: a program on another machine writes into a room. docs/decisions/0029.

The key stands in the path, so nothing here logs one. An answer comes after the body has been read, even if that isn't
used: closing the connection before would lose the answer on its way.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from tornado.web import HTTPError, stream_request_body

from ..errors import ErrorCode, RedisUnavailable, Refused
from ..model import TEXT_MAX
from .handlers import BaseHandler

if TYPE_CHECKING:
    from ..hooks import HookPosts

BODY_MAX = 64 << 10  # bytes, as of a WebSocket's message: a text of 4,000 characters has up to 48 KB in JSON
DISCARDED_MAX = 16 * BODY_MAX  # bytes of a longer body that are read, so that its sender gets the answer
TIMEOUT = 10.0  # s that Redis may take to store a message
END = 18.0  # s after which a request is answered at the latest: its connection is dropped at 20 (http_connections.py)
RETRY_AFTER = 5  # s after which a program may try again, if nothing says how long it takes

_LENGTH = re.compile(r"[0-9]{1,15}")  # Tornado refuses anything else, or `data_received` meets its end
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{0,255}")

logger = logging.getLogger(__name__)


class HookAnswer(NamedTuple):
    """A status and a line for whoever reads the program's log. `retry_after`: in seconds, 0: repeating is in vain."""

    status: int
    line: str
    retry_after: float = 0.0


NO_HOOK = HookAnswer(
    404, "No hook has this address, or it is revoked: `python -m wschat hook -h` says how to make one."
)
NOT_POST = HookAnswer(405, "Use POST.")
DRAINING = HookAnswer(503, "The server is restarting: try again.", RETRY_AFTER)
REDIS_AWAY = HookAnswer(503, "Redis is unreachable: try again.", RETRY_AFTER)
UNCONFIRMED = HookAnswer(
    503, "Redis didn't confirm the message: it may be stored. An Idempotency-Key makes a repeat safe.", RETRY_AFTER
)
TOO_LARGE = HookAnswer(413, f"The body is larger than {BODY_MAX >> 10} KiB: send less.")
BAD_IDEMPOTENCY_KEY = HookAnswer(400, "An Idempotency-Key has up to 255 visible ASCII characters.")
INTERNAL = HookAnswer(500, "Internal error: see the server's log.")

_REFUSALS = {
    ErrorCode.TEXT_EMPTY: HookAnswer(400, "There is no text: send it as it is, or as JSON with the field text."),
    ErrorCode.TEXT_INVALID: HookAnswer(400, "The text has NUL or a lone surrogate: leave them out."),
    ErrorCode.TEXT_TOO_LONG: HookAnswer(413, f"The text has more than {TEXT_MAX} characters: shorten it."),
    ErrorCode.READ_ONLY: HookAnswer(403, "Only moderators may write in this room at the moment."),
    ErrorCode.MUTED: HookAnswer(403, "A moderator has muted this hook: ask one to let it in again."),
    ErrorCode.BARRED: HookAnswer(403, "A moderator has removed this hook: ask one to let it in again."),
    ErrorCode.SLOW: HookAnswer(429, "Slow mode: the hook's last message is too recent.", RETRY_AFTER),
    ErrorCode.RATE_LIMITED: HookAnswer(429, "Too many messages: send fewer, or several in one.", RETRY_AFTER),
    ErrorCode.BUSY: HookAnswer(503, "Too many messages are waiting: try again.", RETRY_AFTER),
    ErrorCode.UNAVAILABLE: HookAnswer(503, "Redis can't store messages at the moment: try again.", RETRY_AFTER),
}


class HookServices(Struct, frozen=True):
    """What a node has for hooks. `posts` makes its HookPosts when first called; `is_draining`: it is about to stop."""

    posts: Callable[[], HookPosts]
    is_draining: Callable[[], bool]


@stream_request_body
class HookHandler(BaseHandler):
    """A request of a hook. What is wrong with it is found out before its body comes, which is then discarded."""

    SUPPORTED_METHODS = ("POST",)

    def initialize(self, hooks: HookServices) -> None:
        self._hooks = hooks
        self._place = ExitStack()  # among the requests of the hook
        self._problem: HookAnswer | None = None
        self._body = bytearray()
        self._size = 0

    async def prepare(self) -> None:
        self.request.connection.set_max_body_size(2**62)  # type: ignore[union-attr]  # `data_received` counts
        length = self.request.headers.get("Content-Length", "")
        if _LENGTH.fullmatch(length) and int(length) > DISCARDED_MAX:
            self._answer(TOO_LARGE)
            return
        try:
            self._problem = await self._find()
        except RedisUnavailable:
            self._problem = REDIS_AWAY
        except Refused as refused:
            self._problem = _answer_to(refused)

    def data_received(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > BODY_MAX:
            self._problem = self._problem or TOO_LARGE
        if self._problem is None:
            self._body += chunk
            return
        self._body.clear()
        if self._size > DISCARDED_MAX and not self._finished:
            self._answer(self._problem)

    async def post(self, *_: str) -> None:
        started = time.perf_counter()
        text = self._text()
        self._charge(time.perf_counter() - started)
        self._answer(self._problem or await self._store(text))

    def on_finish(self) -> None:
        self._end()

    def on_connection_close(self) -> None:
        self._end()
        super().on_connection_close()  # which ends the wait for the body

    def write_error(self, status_code: int, **_: object) -> None:
        if status_code == NOT_POST.status:
            self.set_header("Allow", "POST")
        self._answer({400: NO_HOOK, 405: NOT_POST}.get(status_code, INTERNAL))  # 400: the path isn't UTF-8

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log a bug without the request, whose path Tornado would write."""
        if not isinstance(value, HTTPError):
            logger.error("Could not answer a hook", exc_info=value)

    # -- within ------------------------------------------------------------------

    async def _find(self) -> HookAnswer | None:
        """Find the hook; or why it may not write. Raises Refused, RedisUnavailable."""
        if self._hooks.is_draining():
            return DRAINING
        posts = self._hooks.posts()
        found = await posts.find(*self.path_args)
        if found is None:
            return NO_HOOK
        self._place.enter_context(posts.request(found[1]))
        return None if _IDEMPOTENCY_KEY.fullmatch(self._idempotency_key) else BAD_IDEMPOTENCY_KEY

    def _end(self) -> None:
        """The request is answered, or its connection is closed: nothing more is read."""
        self._place.close()
        self._charge(0.0)

    def _charge(self, seconds: float) -> None:
        """Charge the address for what has come of the body, and for the s of processor time that it took."""
        if self._size:
            self.settings["charge"](self.request, self._size, seconds)
            self._size = 0

    def _text(self) -> str:
        """The text in the body. "": it has none, or there is a problem."""
        from ..hooks.body import BadBody, text_in

        try:
            return "" if self._problem else text_in(bytes(self._body), self.request.headers.get("Content-Type", ""))
        except BadBody as problem:
            self._problem = HookAnswer(400, str(problem))
            return ""
        finally:
            self._body.clear()

    async def _store(self, text: str) -> HookAnswer:
        posts = self._hooks.posts()
        try:
            found = await posts.find(*self.path_args)  # again: it may have been revoked while the body came
            if found is None:
                return NO_HOOK
            timeout = max(0.0, min(TIMEOUT, END - self.request.request_time()))
            await posts.post(*found, text, self._idempotency_key, timeout)
        except RedisUnavailable:
            return REDIS_AWAY
        except Refused as refused:
            return _answer_to(refused)
        except asyncio.TimeoutError:
            return UNCONFIRMED
        return HookAnswer(200, "ok")

    @property
    def _idempotency_key(self) -> str:
        return self.request.headers.get("Idempotency-Key", "").strip()

    def _answer(self, answer: HookAnswer) -> None:
        self.set_status(answer.status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        if answer.retry_after:
            self.set_header("Retry-After", math.ceil(answer.retry_after))
        # Alertmanager and Grafana take nothing but these two letters for success, as Slack answers them.
        self.finish(answer.line if answer.status == 200 else answer.line + "\n")


def _answer_to(refused: Refused) -> HookAnswer:
    answer = _REFUSALS.get(refused.code, INTERNAL)
    wait = float(refused.facts.get("retry_after", 0.0))
    return answer._replace(retry_after=wait) if answer.retry_after and wait else answer
