"""Calls the addresses of outgoing hooks by Tornado's HTTP client, which only connects where hooks may.

The client connects to the addresses that its resolver returns, so those are checked, and not looked up again: a name
can't lead elsewhere between the check and the call. Redirects aren't followed.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.netutil import DefaultLoopResolver
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from .. import __version__
from ..hooks import ANSWER_MAX, CallAnswer, CallFailed, is_allowed

TIMEOUT = 10.0  # s from the look-up of the name to the end of the answer
AT_ONCE = 100  # calls of a node; others wait, within their time


class WebhookClient:
    """Sends calls. `networks`: those that may be called besides public addresses."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        self._client = SimpleAsyncHTTPClient(
            force_instance=True,
            resolver=_CheckingResolver(networks),
            max_clients=AT_ONCE,
            max_buffer_size=2 * ANSWER_MAX,
            max_header_size=ANSWER_MAX,
            max_body_size=ANSWER_MAX,
        )

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> CallAnswer:
        """Send a POST. Raises CallFailed if no answer comes in time."""
        request = HTTPRequest(
            url, "POST", dict(headers), body, connect_timeout=TIMEOUT, request_timeout=TIMEOUT,
            follow_redirects=False, decompress_response=False, user_agent=f"wschat/{__version__}",
        )  # fmt: skip
        try:
            answer = await self._client.fetch(request, raise_error=False)
        except Exception as problem:  # Tornado raises whatever its parsers do for a foreign answer
            raise CallFailed(f"{problem}" or type(problem).__name__) from None
        return CallAnswer(answer.code, answer.headers.get("Content-Type", ""), answer.body)


class _CheckingResolver(DefaultLoopResolver):
    """Looks names up, and refuses those that lead anywhere that hooks may not call."""

    def initialize(self, networks: tuple[str, ...]) -> None:
        self._networks = networks

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[tuple[int, Any]]:
        found = await super().resolve(host, port, family)
        for _, (address, *_rest) in found:
            if not is_allowed(address, self._networks):
                raise CallFailed(f"{address} isn't a public address: HOOK_NETWORKS can allow it")
        return found
