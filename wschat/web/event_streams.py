"""The event streams of a node: counted like WebSockets, kept alive, and closed with the server."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from ..protocol import Resume
from .admission import AdmissionControl
from .buffers import NodeBuffers
from .client_connections import CHECK_EVERY, CLOSE_MARGIN
from .event_format import EventFormat, picture_path
from .event_stream import EventStream
from .streams import Stream

if TYPE_CHECKING:
    from ..session.observation import Observation

KEEP_ALIVE_EVERY = 15.0  # s; well under the 60 s after which proxies close a connection
PARTS = 15  # of the streams; each tick sends to one, so that not all get a comment at the same moment
RETRY_MS = (2000, 5000)  # between these, a program waits before it comes back: not all of them at once


class EventStreams:
    """The streams that are open. `buffers`: the memory that the node's connections hold, `base`: the base path."""

    def __init__(self, admission: AdmissionControl, buffers: NodeBuffers, base: str) -> None:
        self._admission = admission
        self._buffers = buffers
        self._base = base
        self._formats: WeakValueDictionary[str, EventFormat] = WeakValueDictionary()
        self._parts: list[dict[EventStream, None]] = [{} for _ in range(PARTS)]
        self._next_to_fill = cycle(self._parts)
        self._next_to_keep = cycle(self._parts)
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def open(
        self,
        stream: Stream,
        answer: bytes,
        observation: Observation,
        resume: Resume | None,
        address: str,
        limit_key: str,
    ) -> None:
        """Send a room's events on a connection. `answer`: the head of the response, `limit_key`: the address for which
        the connection counts.
        """
        events = EventStream(stream, address, self._buffers, self._format(observation.room.name))
        part = next(self._next_to_fill)
        part[events] = None
        self._admission.enter(limit_key)
        retry = b"retry: %d\n\n" % random.randint(*RETRY_MS)  # noqa: S311  no secret
        events.start(answer + retry, partial(self._on_closed, events, part, observation, limit_key))
        observation.follow(events, resume)
        if self._timer is None:
            self._keep_next()

    async def close_all(self, code: int, spread: float) -> None:
        """Close every stream, at a random moment within `spread` seconds, and wait until all are gone."""
        loop = asyncio.get_running_loop()
        for events in self._all():
            loop.call_later(random.uniform(0, spread), events.close, code)  # noqa: S311  no secret
        end = loop.time() + spread + CLOSE_MARGIN
        while len(self) and loop.time() < end:
            await asyncio.sleep(CHECK_EVERY)
        for events in self._all():
            events.abort()
        if self._timer is not None:
            self._timer.cancel()

    # -- within --------------------------------------------------------------------------

    def _format(self, room: str) -> EventFormat:
        """The format of a room's events: the same object for all who follow it."""
        return self._formats.setdefault(room, EventFormat(picture_path(self._base, room)))

    def _all(self) -> list[EventStream]:
        return [events for part in self._parts for events in part]

    def _keep_next(self) -> None:
        """Send a comment to the streams of one part, as long as there are any."""
        if not len(self):
            self._timer = None
            return
        for events in list(next(self._next_to_keep)):
            events.keep_alive()
        self._timer = asyncio.get_running_loop().call_later(KEEP_ALIVE_EVERY / PARTS, self._keep_next)

    def _on_closed(
        self, events: EventStream, part: dict[EventStream, None], observation: Observation, limit_key: str
    ) -> None:
        del part[events]
        self._admission.leave(limit_key)
        observation.leave()
