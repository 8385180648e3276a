"""The handlers of each path."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.web import Application, RedirectHandler

from .badge_handler import BadgeHandler
from .handlers import EmbedHandler, IndexHandler, ManifestHandler, NotFoundHandler, RootFileHandler, StaticHandler
from .handshake import Handshake
from .health import Health, HealthHandler, LiveHandler, ReadyHandler
from .hook_handler import HookHandler, HookServices
from .observer_handlers import EventsHandler, MessagesHandler, ObserverHandler
from .observing import Observing
from .picture_handlers import PictureHandler, UploadHandler
from .picture_traffic import PictureTraffic
from .site_files import Site

HEALTH = {"/healthz": LiveHandler, "/readyz": ReadyHandler, "/health": HealthHandler}


Rule = tuple[Any, ...]
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
    observer_rules: list[Rule],
) -> Application:
    """The application that serves everything. `headers` are in every answer except the handshake's.

    All addresses begin with the site's base path; health checks are also available without it.

    With `hsts`, browsers are told to use only https for this host, if its name is public.
    `observer_rules`: those of `observer_rules_for`.
    """
    files = {"site": site}
    base = re.escape(site.base)
    rules: list[Rule] = [
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
    rules += observer_rules
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


def observer_rules_for(observing: Observing, base: str, *, reads: bool, badges: bool) -> list[Rule]:
    """The rules for requests about a room: to read it, if `reads`, and for its badge, if `badges`."""
    handlers: dict[str, type[ObserverHandler]] = {}
    if reads:
        handlers |= {"messages/?": MessagesHandler, "events/?": EventsHandler}
    if badges:
        handlers["badge[.]svg"] = BadgeHandler
    rest = {"observing": observing}
    return [(re.escape(base) + r"/r/([^/]{1,1024})/" + path, handler, rest) for path, handler in handlers.items()]
