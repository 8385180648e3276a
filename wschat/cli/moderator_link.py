"""`link`: prints the address of a room, or an address that makes people moderators."""

from __future__ import annotations

import click

from ..admin import moderators_link
from ..model import MAIN_ROOM
from .addresses import base_option, room_address
from .arguments import json_option, open_room_of
from .failure import Failure
from .operator import Operator
from .output import print_json


@click.command()
@click.argument("room", default=MAIN_ROOM)
@click.option("--moderator", is_flag=True, help="Make it a moderator's link.")
@click.option("--all-rooms", is_flag=True, help="Valid in every room.")
@click.option("--revoke", is_flag=True, help="Revoke earlier links, and print a new one.")
@base_option
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
    address, token = room_address(operator.settings, base, name), ""  # before anything is revoked: there may be none
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
