"""What the requests of programs that read rooms need of a node: who may, and their open event streams."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..session import AddressShares, Services
from .acceptor import Acceptor
from .admission import AdmissionControl
from .buffers import NodeBuffers

if TYPE_CHECKING:
    from .event_streams import EventStreams


class Observing:
    """`acceptor` has the rules of WebSockets, which hold for these requests, too. `base`: the chat's base path."""

    def __init__(
        self,
        services: Services,
        acceptor: Acceptor,
        shares: AddressShares,
        admission: AdmissionControl,
        buffers: NodeBuffers,
        base: str,
    ) -> None:
        self.services = services
        self.acceptor = acceptor
        self.shares = shares
        self.base = base
        self._admission = admission
        self._buffers = buffers

    @cached_property
    def streams(self) -> EventStreams:
        """The event streams, from the first of them on."""
        from .event_streams import EventStreams

        return EventStreams(self._admission, self._buffers, self.base)

    @property
    def stream_count(self) -> int:
        return len(self.streams) if "streams" in self.__dict__ else 0

    async def close_all(self, code: int, spread: float) -> None:
        """Close every event stream, at a random moment within `spread` seconds, and wait until all are gone."""
        if self.stream_count:
            await self.streams.close_all(code, spread)
