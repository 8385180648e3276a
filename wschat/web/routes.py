"""Which address leads to what."""

from __future__ import annotations

from collections.abc import Callable

from tornado.httputil import HTTPServerRequest
from tornado.web import Application

from .handshake import PATH, Handshake
from .health import Health, HealthPage, LivePage, ReadyPage
from .site_files import Site
from .static_site import IndexPage, NotFound, RootFile, StaticPage

ROOT_FILES = {"/sw.js": "js/sw.js", "/manifest.webmanifest": "manifest.webmanifest", "/favicon.ico": "img/icon.svg"}


OnAnswer = Callable[[HTTPServerRequest, int], None]
"""Is called with each request that is answered with a file, and the bytes of that."""


def application(
    handshake: Handshake, site: Site, health: Health, headers: dict[str, str], hsts: bool, on_answer: OnAnswer
) -> Application:
    """Everything that is served. `headers` stand in every answer but the handshake's.

    With `hsts`, browsers are told to use only https for this host, where its name is public.
    """
    files = {"site": site}
    return Application(
        [
            (PATH, handshake),
            (r"/(?:r/[^/]{1,1024}/?)?", IndexPage, files),
            (r"/static/([0-9a-f]{12})/(.+)", StaticPage, files),
            (r"/static/()(.+)", StaticPage, files),
            (r"/healthz", LivePage, {"health": health}),
            (r"/readyz", ReadyPage, {"health": health}),
            (r"/health", HealthPage, {"health": health}),
            *((path, RootFile, {**files, "name": name}) for path, name in ROOT_FILES.items()),
        ],
        default_handler_class=NotFound,
        default_handler_args=files,
        log_function=lambda handler: None,
        headers=headers,
        hsts=hsts,
        on_answer=on_answer,
    )
