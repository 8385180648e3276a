"""Decides which pages may open a WebSocket: this server's own, and those that the operator lists."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

ANY = "*"
_PORTS = {"http": 80, "https": 443}


class Origins:
    """The origins of `--origin`: `https://example.org` and the like, `null` for pages without an origin, `*`."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = {_canonical(origin.strip()) for origin in allowed if origin.strip()}

    def allows(self, origin: str | None, host: str) -> bool:
        """Whether a page of `origin` may connect to a server that it calls `host`.

        A client without an origin isn't a browser, and may: the server relies on nothing that a browser would send on
        its own. The origin `null` (a file, a sandboxed frame) can be anyone's and is refused unless it is listed.
        """
        if origin is None or ANY in self._allowed:
            return True
        canonical = _canonical(origin)
        return canonical in self._allowed or (canonical != "null" and _is_host(origin, host))


def _is_host(origin: str, host: str) -> bool:
    """Whether `origin` is at `host`. Either port may be omitted if it is the default of the origin's scheme."""
    try:
        there = urlsplit(origin)
        here = urlsplit(f"//{host}")
        usual = _PORTS.get(there.scheme)
        same_host = there.hostname is not None and there.hostname == here.hostname
        return usual is not None and same_host and (there.port or usual) == (here.port or usual)
    except ValueError:
        return False


def _canonical(origin: str) -> str:
    if origin in (ANY, "null"):
        return origin
    try:
        parts = urlsplit(origin.lower())
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return origin
    return f"{parts.scheme}://{parts.hostname}:{port}"
