"""One client, in every phase of its session: sends it events, counts its commands, and runs tasks for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, NamedTuple

from ..concurrency import Group
from ..counters import Counters
from ..errors import CloseCode, ErrorCode, Refused
from ..fan_out import text_frame
from ..protocol import PONG, AnyCommand, Event, History, Messages, encode, error_event
from .expiry import SessionExpiry
from .limits.address_share import AddressShare
from .limits.quotas import RATES, SessionQuotas
from .transport import Transport

READS_MAX = int(RATES[History].burst + RATES[Messages].burst)  # more wait only if Redis is slow or frozen
READS_RETRY = 1.0  # s after which a client may ask again

_PONG = text_frame(PONG)

logger = logging.getLogger(__name__)


class ClientAddress(NamedTuple):
    """The origin of a connection.

    `network` is the address, or the /64 of an IPv6 address. `limit_key` is the network as limits count it, or "" if
    limits per address don't apply; `bar_key` is the network as moderators bar it, or "" if none can.
    """

    address: str
    network: str
    limit_key: str
    bar_key: str


class Client:
    """A client at `address`; `share` is what that address may use of this node, None for no limit.

    Most clients never need tasks or an expiry: these are made when first used.
    """

    __slots__ = ("_counters", "_expiry", "_reads", "_tasks", "address", "quotas", "share", "transport")

    def __init__(
        self, transport: Transport, address: str, counters: Counters, share: AddressShare | None = None
    ) -> None:
        self._counters = counters
        self.transport = transport
        self.address = address
        self.share = share
        self.quotas = SessionQuotas()
        self._reads = 0
        self._tasks: Group | None = None
        self._expiry: SessionExpiry | None = None

    def allow(self, kind: type[AnyCommand]) -> None:
        """Count a command, for the session and for its address. Raises Refused(rate_limited)."""
        self.quotas.allow(kind)
        if self.share is not None:
            self.share.take_command(kind)

    def send(self, event: Event) -> None:
        self.transport.send(text_frame(encode(event)))

    def send_charged(self, event: Event) -> None:
        """Send an answer that may be long: it is charged to the client's address."""
        self.send_frames_charged(text_frame(encode(event)))

    def send_frames_charged(self, frames: bytes) -> None:
        """Send frames that are charged to the client's address."""
        if self.share is not None:
            self.share.spend_answer(len(frames))
        self.transport.send(frames)

    def reading(self) -> AbstractAsyncContextManager[None]:
        """A context in which old messages are read for the client. It waits until the client's address can afford the
        read, and charges the address for it.
        """
        return nullcontext() if self.share is None else self.share.reading()

    def spend(self, seconds: float) -> None:
        """Charge processor time to the client's address."""
        if self.share is not None:
            self.share.spend(seconds)

    def read(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work`, which reads old messages. Raises Refused(busy) if READS_MAX are unfinished already."""
        if self._reads >= READS_MAX:
            work.close()
            raise Refused(ErrorCode.BUSY, "too many requests for old messages are waiting", retry_after=READS_RETRY)
        self._reads += 1
        self.spawn(work).add_done_callback(self._on_read)

    def pong(self) -> None:
        self.transport.send(_PONG)

    def refuse(self, refused: Refused, **answers: str) -> None:
        """Send an `error` event. A client that is refused too often is disconnected."""
        if self.transport.is_closing:  # posts and changes that were on their way to Redis are refused now
            return
        self._counters.refusals[refused.code.value] += 1
        self.send(error_event(refused, **answers))
        if self.quotas.strike(refused):
            facts = {"address": self.address, "last_error": refused.code.value}
            logger.info("Closed a connection: too many refused commands", extra=facts)
            self.close(CloseCode.FLOOD, "too many refused commands")

    def close(self, code: CloseCode, reason: str = "") -> None:
        self.transport.close(code, reason)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` for as long as the connection lasts; the connection ends if it fails."""
        if self._tasks is None:
            self._tasks = Group()
        return self._tasks.spawn(work, on_failure=lambda: self.close(CloseCode.INTERNAL_ERROR))

    def expires_in(self, seconds: float) -> None:
        """Let the client stay for `seconds` from now."""
        if self._expiry is None:
            self._expiry = SessionExpiry(self)
        self._expiry.renew(seconds)

    def end(self) -> None:
        """Cancel the tasks and the expiry, since the connection is gone."""
        if self._tasks is not None:
            self._tasks.cancel()
        if self._expiry is not None:
            self._expiry.cancel()

    # -- within --------------------------------------------------------------------------

    def _on_read(self, task: asyncio.Task[None]) -> None:
        self._reads -= 1
