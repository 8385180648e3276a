"""The pages, files and services at each path."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.web import Application, RedirectHandler

from .handshake import Handshake
from .health import Health, HealthPage, LivePage, ReadyPage
from .site_files import Site
from .static_site import IndexPage, NotFound, RootFile, StaticPage

HEALTH = {"/healthz": LivePage, "/readyz": ReadyPage, "/health": HealthPage}
ROOT_FILES = {"/sw.js": "js/sw.js", "/manifest.webmanifest": "manifest.webmanifest", "/favicon.ico": "img/icon.svg"}


OnAnswer = Callable[[HTTPServerRequest, int], None]
"""Called with each request that is answered with a file, and the file's size in bytes."""


def application(
    handshake: Handshake, site: Site, health: Health, headers: dict[str, str], hsts: bool, on_answer: OnAnswer
) -> Application:
    """The application that serves everything. `headers` are in every answer except the handshake's.

    All addresses begin with the site's base path; health checks are also available without it.

    With `hsts`, browsers are told to use only https for this host, if its name is public.
    """
    files = {"site": site}
    base = re.escape(site.base)
    rules: list[tuple[Any, ...]] = [
        (re.escape(handshake.path), handshake),
        (base + r"/(?:r/[^/]{1,1024}/?)?", IndexPage, files),
        (base + r"/static/([0-9a-f]{12})/(.+)", StaticPage, files),
        (base + r"/static/()(.+)", StaticPage, files),
        *((base + path, RootFile, {**files, "name": name}) for path, name in ROOT_FILES.items()),
    ]
    for prefix in dict.fromkeys((base, "")):
        rules += [(prefix + path, page, {"health": health}) for path, page in HEALTH.items()]
    if base:
        rules.append((base, RedirectHandler, {"url": f"{site.base}/"}))
    return Application(
        rules,
        default_handler_class=NotFound,
        default_handler_args=files,
        log_function=lambda handler: None,
        headers=headers,
        hsts=hsts,
        on_answer=on_answer,
    )
