"""The handlers of each path."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.web import Application, RedirectHandler

from .handlers import IndexHandler, ManifestHandler, NotFoundHandler, RootFileHandler, StaticHandler
from .handshake import Handshake
from .health import Health, HealthHandler, LiveHandler, ReadyHandler
from .site_files import Site

HEALTH = {"/healthz": LiveHandler, "/readyz": ReadyHandler, "/health": HealthHandler}


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
        (base + r"/(?:r/[^/]{1,1024}/?)?", IndexHandler, files),
        (base + r"/static/([0-9a-f]{12})/(.+)", StaticHandler, files),
        (base + r"/static/()(.+)", StaticHandler, files),
        (base + re.escape("/manifest.webmanifest"), ManifestHandler, files),
        (base + f"/({'|'.join(map(re.escape, site.root_files))})", RootFileHandler, files),
    ]
    for prefix in dict.fromkeys((base, "")):
        rules += [(prefix + path, handler, {"health": health}) for path, handler in HEALTH.items()]
    if base:
        rules.append((base, RedirectHandler, {"url": f"{site.base}/"}))
    return Application(
        rules,
        default_handler_class=NotFoundHandler,
        default_handler_args=files,
        log_function=lambda handler: None,
        headers=headers,
        hsts=hsts,
        on_answer=on_answer,
    )
