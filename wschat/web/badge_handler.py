"""`GET /r/ROOM/badge.svg`: a badge with the number of people online, for the pages of other sites."""

from __future__ import annotations

import asyncio

from tornado.httputil import HTTPHeaders

from ..errors import ErrorCode, Refused
from .badge import badge
from .observer_handlers import TIMEOUT, ObserverHandler
from .page_language import LANGUAGES, language_for

KEPT = 30  # s that browsers and proxies keep a badge
_CLOSED = (ErrorCode.PASSWORD_REQUIRED, ErrorCode.TOKEN_INVALID)


class BadgeHandler(ObserverHandler):
    """The badge of a room, in the language of `?lang=`, or else of the browser.

    Nobody sends credentials for a picture, so a chat or a room that asks for them has a badge without a number.
    """

    async def answer(self, room: str) -> None:
        body = badge(await self._online(room), self._lang())
        self.set_header("Content-Type", "image/svg+xml")
        self.set_header("Cache-Control", f"public, max-age={KEPT}")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.set_header("Vary", "Origin, Accept-Language")
        self.settings["charge"](self.request, len(body), 0.0)
        self.finish(body)

    # -- within --------------------------------------------------------------------

    async def _online(self, room: str) -> int | None:
        from ..session.online_count import online_count
        from .observer_credentials import credentials

        services, share = self._observing.services, self._observing.shares.of(self.client.limit_key)
        counting = online_count(services, room, credentials(HTTPHeaders()), self.client, share)
        try:
            return await asyncio.wait_for(counting, TIMEOUT)
        except Refused as refused:
            if refused.code in _CLOSED:
                return None
            raise

    def _lang(self) -> str:
        wanted = self.get_query_argument("lang", "auto")
        accepted = self.request.headers.get("Accept-Language", "")
        return language_for(wanted if wanted in LANGUAGES else "auto", accepted)
