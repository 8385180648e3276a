"""`link`: prints the address of a room, or an address that makes people moderators."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

import click

from ..admin import moderators_link
from ..config import UNIX_PREFIX, Settings
from ..model import MAIN_ROOM
from .arguments import json_option, open_room_of
from .failure import Failure
from .operator import Operator
from .output import print_json

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  hosts that can't be opened in a browser


class _Base(click.ParamType[str]):
    """The address of the chat, to which the room is appended."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", str(value), re.IGNORECASE):
            self.fail(f"{value!r}: expected an address such as https://chat.example.org.", param, ctx)
        return str(value)


@click.command()
@click.argument("room", default=MAIN_ROOM)
@click.option("--moderator", is_flag=True, help="Make it a moderator's link.")
@click.option("--all-rooms", is_flag=True, help="Valid in every room.")
@click.option("--revoke", is_flag=True, help="Revoke earlier links, and print a new one.")
@click.option("--base", metavar="URL", type=_Base(), help="Address of the chat, such as https://chat.example.org.")
@json_option
@click.pass_obj
def link(
    operator: Operator, room: str, moderator: bool, all_rooms: bool, revoke: bool, base: str | None, as_json: bool
) -> None:
    """Print the address of ROOM, by default the main one. With --moderator, everyone who opens it is a moderator
    there, on any number of devices, until it is revoked: keep it secret.
    """
    name = open_room_of(room, operator.settings)
    if (revoke or all_rooms) and not moderator:
        raise click.UsageError("--all-rooms and --revoke are for --moderator.")
    address, token = _address(operator.settings, base, name), ""  # before anything is revoked: there may be none
    if moderator:
        where = None if all_rooms else name
        token = operator.run(lambda redis: moderators_link(redis, where, revoke=revoke), where)
        if not token:
            raise Failure("There is no key to sign a link with yet: a server makes one when it starts.")
    url = address + (f"#mod={token}" if token else "")
    if as_json:
        print_json({"url": url, **({"token": token} if token else {})})
    else:
        click.echo(url)


def _address(settings: Settings, base: str | None, room: str) -> str:
    """The address of a room, as far as the settings tell it: none of them contains a proxy's name. Raises Failure."""
    base = (base or _own_base(settings)).rstrip("/")
    below = "" if urlsplit(base).path.endswith(settings.base_path) else settings.base_path
    return base + below + ("/" if room == MAIN_ROOM else f"/r/{quote(room)}")


def _own_base(settings: Settings) -> str:
    hosts = [host for host in settings.host if not host.startswith(UNIX_PREFIX)]
    if not hosts or not settings.port:
        where = "port 0" if hosts else "a Unix socket"
        raise Failure(f"The settings name only {where}: add --base with the address that people use.")
    host = next((host for host in hosts if host not in EVERYWHERE), "localhost")
    host = f"[{host}]" if ":" in host else host
    return f"{'https' if settings.tls_cert else 'http'}://{host}:{settings.port}"
