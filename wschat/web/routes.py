"""The handlers of each path."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.web import Application, RedirectHandler

from .handlers import EmbedHandler, IndexHandler, ManifestHandler, NotFoundHandler, RootFileHandler, StaticHandler
from .handshake import Handshake
from .health import Health, HealthHandler, LiveHandler, ReadyHandler
from .hook_handler import HookHandler, HookServices
from .observer_handlers import EventsHandler, MessagesHandler
from .observing import Observing
from .picture_handlers import PictureHandler, UploadHandler
from .picture_traffic import PictureTraffic
from .site_files import Site

HEALTH = {"/healthz": LiveHandler, "/readyz": ReadyHandler, "/health": HealthHandler}


Charge = Callable[[HTTPServerRequest, int, float], None]
"""Called with a request, the size in bytes of the file that answers it, or of the body of a request, and the s
of processor time that this took, as far as it wasn't counted before.
"""


def application(
    handshake: Handshake,
    site: Site,
    health: Health,
    hooks: HookServices,
    traffic: PictureTraffic,
    headers: dict[str, str],
    hsts: bool,
    charge: Charge,
    observing: Observing | None,
) -> Application:
    """The application that serves everything. `headers` are in every answer except the handshake's.

    All addresses begin with the site's base path; health checks are also available without it.

    With `hsts`, browsers are told to use only https for this host, if its name is public.
    `observing`: None if programs may not read over HTTP.
    """
    files = {"site": site}
    base = re.escape(site.base)
    rules: list[tuple[Any, ...]] = [
        (re.escape(handshake.path), handshake),
        (base + r"/(?:r/[^/]{1,1024}/?)?", IndexHandler, files),
        (base + r"/static/([0-9a-f]{12})/(.+)", StaticHandler, files),
        (base + r"/static/()(.+)", StaticHandler, files),
        (base + r"/r/([^/]{1,1024})/pictures/?", UploadHandler, {"traffic": traffic}),
        (base + r"/r/([^/]{1,1024})/pictures/([A-Za-z0-9_-]{1,64})", PictureHandler, {"traffic": traffic}),
        (base + r"/hook/([^/]{1,1024})/([^/]{1,1024})/?", HookHandler, {"hooks": hooks}),
        (base + re.escape("/manifest.webmanifest"), ManifestHandler, files),
        (base + re.escape("/embed.js"), EmbedHandler, files),
        (base + f"/({'|'.join(map(re.escape, site.root_files))})", RootFileHandler, files),
    ]
    if observing is not None:
        rules += [
            (base + r"/r/([^/]{1,1024})/messages/?", MessagesHandler, {"observing": observing}),
            (base + r"/r/([^/]{1,1024})/events/?", EventsHandler, {"observing": observing}),
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
        charge=charge,
    )
