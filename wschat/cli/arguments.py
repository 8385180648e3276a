"""Arguments and options that several commands have: texts, rooms, --json, --yes."""

from __future__ import annotations

from typing import Any

import click

from ..config import ANY_ROOM, Settings
from ..errors import Refused
from ..model import MAIN_ROOM, is_storable, room_name
from .failure import Failure

json_option = click.option("as_json", "--json", is_flag=True, help="Print JSON, for programs.")
yes_option = click.option("--yes", is_flag=True, help="Don't ask for confirmation.")


class Text(click.ParamType[str]):
    """An argument that goes to Redis, and so must be valid UTF-8."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not is_storable(value):
            self.fail("expected text in UTF-8.", param, ctx)
        return str(value)


TEXT = Text()


def room_of(raw: str) -> str:
    """The room that an argument names. Raises Failure."""
    try:
        return room_name(raw)
    except Refused as refused:
        raise Failure(f"{raw!r} isn't a room: {refused}.") from None


def open_room_of(raw: str, settings: Settings) -> str:
    """The room that an argument names, if people can enter it: ROOMS may leave it out. Raises Failure."""
    room = room_of(raw)
    if room != MAIN_ROOM and ANY_ROOM not in settings.rooms and room not in settings.rooms:
        raise Failure(f"{settings.source('rooms')} has no room {room}: nobody can enter it.")
    return room


def check_room(room: str, rooms: list[str]) -> None:
    """Check that the room exists; the main one always does. Raises Failure."""
    if room not in (MAIN_ROOM, *rooms):
        names = ", ".join(dict.fromkeys([MAIN_ROOM, *rooms]))
        raise Failure(f"There is no room {room}. Existing rooms: {names}.")
