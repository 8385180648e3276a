"""The base of handlers of requests with a body.

What is wrong with a request is found out before its body comes, which is then discarded. An answer comes after the body
has been read, even if that isn't used: closing the connection before would lose the answer on its way.
"""

from __future__ import annotations

import logging
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Generic, TypeVar

from tornado.web import HTTPError, stream_request_body

from .handlers import BaseHandler

_LENGTH = re.compile(r"[0-9]{1,15}")  # Tornado refuses anything else, or `data_received` meets its end

Answer = TypeVar("Answer")
Found = TypeVar("Found")

logger = logging.getLogger(__name__)


class PrivateHandler(BaseHandler):
    """The base of handlers whose addresses nothing may log."""

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log a bug without the request, whose path Tornado would write."""
        if not isinstance(value, HTTPError):
            logger.error("Could not answer a request", exc_info=value)


@stream_request_body
class BodyHandler(PrivateHandler, ABC, Generic[Answer]):
    """A request with a body of at most `body_max` bytes, of which `discarded_max` are read at most, so that the sender
    of more gets the answer. `place` ends with the request.
    """

    SUPPORTED_METHODS: tuple[str, ...] = ("POST",)
    body_max: int
    discarded_max: int

    def initialize(self) -> None:
        self.place = ExitStack()
        self.problem: Answer | None = None
        self._body = bytearray()
        self._size = 0  # of what has come
        self._uncharged = 0  # of it

    @abstractmethod
    async def find_problem(self) -> Answer | None:
        """The answer to a request that is refused before its body comes, or None."""

    @abstractmethod
    def too_large(self) -> Answer:
        """The answer to a body that is too large."""

    @abstractmethod
    def answer(self, answer: Answer) -> None:
        """Send this answer."""

    async def prepare(self) -> None:
        self.request.connection.set_max_body_size(2**62)  # type: ignore[union-attr]  # `data_received` counts
        length = self.request.headers.get("Content-Length", "")
        if _LENGTH.fullmatch(length) and int(length) > self.discarded_max:
            self.answer(self.too_large())
        else:
            self.problem = await self.find_problem()

    def data_received(self, chunk: bytes) -> None:
        self._size += len(chunk)
        self._uncharged += len(chunk)
        if self._size > self.body_max:
            self.problem = self.problem or self.too_large()
        if self.problem is None:
            self._body += chunk
            return
        self._body.clear()
        if self._size > self.discarded_max and not self._finished:
            self.answer(self.problem)

    def take_body(self, read: Callable[[bytes], Found], cost: float = 0.0) -> Found:
        """What `read` finds in the body, charged to the request's address, with `cost` s more. The body isn't kept."""
        started = time.perf_counter()
        try:
            return read(bytes(self._body))
        finally:
            self._body.clear()
            self._charge(time.perf_counter() - started + cost)

    def on_finish(self) -> None:
        self._end()

    def on_connection_close(self) -> None:
        self._end()
        super().on_connection_close()  # which ends the wait for the body

    # -- within ------------------------------------------------------------------

    def _end(self) -> None:
        """The request is answered, or its connection is closed: nothing more is read."""
        self.place.close()
        self._charge(0.0)

    def _charge(self, seconds: float) -> None:
        """Charge the address for what has come of the body, and for the s of processor time that it took."""
        if self._uncharged:
            self.settings["charge"](self.request, self._uncharged, seconds)
            self._uncharged = 0
