"""The addresses of the chat, as far as the settings tell them: none of these contains a proxy's name."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

import click

from ..config import UNIX_PREFIX, Settings
from ..model import MAIN_ROOM
from .failure import Failure

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  hosts that can't be opened in a browser


class _Base(click.ParamType[str]):
    """The address of the chat, to which the rest is appended."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", str(value), re.IGNORECASE):
            self.fail(f"{value!r}: expected an address such as https://chat.example.org.", param, ctx)
        return str(value)


base_option = click.option(
    "--base", metavar="URL", type=_Base(), help="Address of the chat, such as https://chat.example.org."
)


def room_address(settings: Settings, base: str | None, room: str) -> str:
    """The address of a room; `base`: the one of the chat, if the operator gave it. Raises Failure."""
    return _address(settings, base, "/" if room == MAIN_ROOM else f"/r/{quote(room)}")


def hook_address(settings: Settings, base: str | None, room: str, key: str) -> str:
    """The address of the hook of a room with this key. Raises Failure."""
    return _address(settings, base, f"/hook/{quote(room)}/{key}")


def _address(settings: Settings, base: str | None, path: str) -> str:
    base = (base or _own_base(settings)).rstrip("/")
    below = "" if urlsplit(base).path.endswith(settings.base_path) else settings.base_path
    return base + below + path


def _own_base(settings: Settings) -> str:
    hosts = [host for host in settings.host if not host.startswith(UNIX_PREFIX)]
    if not hosts or not settings.port:
        where = "port 0" if hosts else "a Unix socket"
        raise Failure(f"The settings name only {where}: add --base with the address that people use.")
    host = next((host for host in hosts if host not in EVERYWHERE), "localhost")
    host = f"[{host}]" if ":" in host else host
    return f"{'https' if settings.tls_cert else 'http'}://{host}:{settings.port}"
