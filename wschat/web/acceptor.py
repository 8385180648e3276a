"""Accepts or rejects each WebSocket handshake, before the upgrade."""

from __future__ import annotations

import logging
import time

from ..limits import Rate
from ..session import AddressShares, ClientAddress, Services, Session
from .admission import FULL, AdmissionControl
from .client_address import Proxies
from .client_connections import ClientConnections
from .forwarded import hops
from .handshake import Headers, Rejection
from .origins import Origins
from .streams import Stream
from .websocket import WebSocket

HANDSHAKE_COST = 0.0003  # s of processor time

logger = logging.getLogger(__name__)


class Acceptor:
    """Turns each good handshake into a connection with a session. `frames` limits the frames from each client."""

    def __init__(
        self,
        services: Services,
        connections: ClientConnections,
        admission: AdmissionControl,
        origins: Origins,
        proxies: Proxies,
        shares: AddressShares,
        frames: Rate,
    ) -> None:
        self._services = services
        self._rejected = services.counters.rejected
        self._connections = connections
        self._admission = admission
        self._origins = origins
        self._proxies = proxies
        self._shares = shares
        self._frames = frames
        self._draining = False
        self._warned_of_proxy = False

    def drain(self) -> None:
        """Reject all handshakes from now on."""
        self._draining = True

    def __call__(self, stream: Stream, answer: bytes, headers: Headers, peer: str) -> Rejection | None:
        """Take over the stream, with `answer` as the first bytes on it, or return why not."""
        client = self.identify(headers, peer)
        rejection = self.source_rejection(headers) or self.limit_rejection(client)
        if rejection is None:
            self._open(stream, answer, client)
        return rejection

    def identify(self, headers: Headers, peer: str) -> ClientAddress:
        """The client behind `peer`."""
        if not self._warned_of_proxy:
            self._check_proxy(headers, peer)
        return self._proxies.identify(peer, headers)

    def source_rejection(self, headers: Headers) -> Rejection | None:
        """Why nobody with these headers may connect now, or None."""
        if self._draining:
            self._rejected["draining"] += 1
            return Rejection(503, "The server is restarting")
        origin = headers.get("origin")
        if not self._origins.allows(origin, headers.get("host", "")):
            logger.warning("Rejected a connection from another origin", extra={"origin": str(origin)[:200]})
            self._rejected["origin"] += 1
            return Rejection(403, "Origin not allowed")
        return None

    def limit_rejection(self, client: ClientAddress) -> Rejection | None:
        """Why the client may not have one more connection now, or None: then it must be counted at once."""
        if self._admission.is_full and self._admission.is_within_limits(client.limit_key):
            self._connections.drop_silent()  # not for an address that gets no place anyway
        problem = self._admission.rejects(client.limit_key)
        if problem is None:
            return None
        self._rejected["full" if problem is FULL else "address"] += 1
        if problem is not FULL:
            logger.warning("Rejected a connection: %s", problem, extra={"address": client.limit_key})
        return Rejection(503, problem.capitalize())

    def _open(self, stream: Stream, answer: bytes, client: ClientAddress) -> None:
        share = self._shares.of(client.limit_key)
        if share is not None:
            share.spend(HANDSHAKE_COST)
        socket = WebSocket(stream, client.address, time.monotonic, self._frames, share, self._connections.buffers)
        session = Session(self._services, socket, client, share)
        socket.send(answer)
        self._connections.add(socket, session, client.limit_key)

    def _check_proxy(self, headers: Headers, peer: str) -> None:
        """Warn once if the limits per address can't work as the operator expects, because of a proxy."""
        is_forwarded = bool(hops(headers))
        if is_forwarded == self._proxies.trusts(peer):
            return
        self._warned_of_proxy = True
        if is_forwarded:
            logger.warning("Ignoring X-Forwarded-For: its peer isn't in --trusted-proxy", extra={"address": peer})
        else:
            logger.warning("A trusted proxy names no clients; set X-Forwarded-For there", extra={"address": peer})
