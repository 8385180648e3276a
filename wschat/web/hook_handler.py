"""`POST /hook/ROOM/KEY`: a program on another machine writes into a room. docs/decisions/0029.

The key stands in the path, so nothing here logs one.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from ..errors import ErrorCode, RedisUnavailable, Refused
from ..model import TEXT_MAX
from .body_handler import BodyHandler

if TYPE_CHECKING:
    from ..hooks import HookPosts

BODY_MAX = 64 << 10  # bytes, as of a WebSocket's message: a text of 4,000 characters has up to 48 KB in JSON
DISCARDED_MAX = 16 * BODY_MAX  # bytes of a longer body that are read, so that its sender gets the answer
TIMEOUT = 10.0  # s that Redis may take to store a message
END = 18.0  # s after which a request is answered at the latest: its connection is dropped at 20 (http_connections.py)
RETRY_AFTER = 5  # s after which a program may try again, if nothing says how long it takes

_IDEMPOTENCY_KEY = re.compile(r"[!-~]{0,255}")


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


class HookHandler(BodyHandler[HookAnswer]):
    """A request of a hook."""

    body_max = BODY_MAX
    discarded_max = DISCARDED_MAX

    def initialize(self, hooks: HookServices) -> None:  # type: ignore[override]  # Tornado passes what the route has
        super().initialize()
        self._hooks = hooks

    async def find_problem(self) -> HookAnswer | None:
        try:
            return await self._find()
        except RedisUnavailable:
            return REDIS_AWAY
        except Refused as refused:
            return _answer_to(refused)

    def too_large(self) -> HookAnswer:
        return TOO_LARGE

    async def post(self, *_: str) -> None:
        text = self.take_body(self._text_in)
        self.answer(self.problem or await self._store(text))

    def write_error(self, status_code: int, **_: object) -> None:
        if status_code == NOT_POST.status:
            self.set_header("Allow", "POST")
        self.answer({400: NO_HOOK, 405: NOT_POST}.get(status_code, INTERNAL))  # 400: the path isn't UTF-8

    def answer(self, answer: HookAnswer) -> None:
        self.set_status(answer.status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        if answer.retry_after:
            self.set_header("Retry-After", math.ceil(answer.retry_after))
        # Alertmanager and Grafana take nothing but these two letters for success, as Slack answers them.
        self.finish(answer.line if answer.status == 200 else answer.line + "\n")

    # -- within ------------------------------------------------------------------

    async def _find(self) -> HookAnswer | None:
        """Find the hook; or why it may not write. Raises Refused, RedisUnavailable."""
        if self._hooks.is_draining():
            return DRAINING
        posts = self._hooks.posts()
        found = await posts.find(*self.path_args)
        if found is None:
            return NO_HOOK
        self.place.enter_context(posts.request(found[1]))
        return None if _IDEMPOTENCY_KEY.fullmatch(self._idempotency_key) else BAD_IDEMPOTENCY_KEY

    def _text_in(self, body: bytes) -> str:
        """The text in the body. "": it has none, or there is a problem."""
        from ..hooks.body import BadBody, text_in

        try:
            return "" if self.problem else text_in(body, self.request.headers.get("Content-Type", ""))
        except BadBody as problem:
            self.problem = HookAnswer(400, str(problem))
            return ""

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


def _answer_to(refused: Refused) -> HookAnswer:
    answer = _REFUSALS.get(refused.code, INTERNAL)
    wait = float(refused.facts.get("retry_after", 0.0))
    return answer._replace(retry_after=wait) if answer.retry_after and wait else answer
