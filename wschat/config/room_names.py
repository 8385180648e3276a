"""The type of the setting ROOMS."""

from typing import Any

from ..errors import Refused
from ..model import room_name
from .values import Context, Param, WordList

ANY_ROOM = "any"


class RoomNames(WordList):
    """`any`, or comma-separated names of rooms."""

    def convert(self, value: Any, param: Param, ctx: Context) -> tuple[str, ...]:
        found = super().convert(value, param, ctx)
        if not found:
            self.fail("expected any, or names of rooms.", param, ctx)
        return tuple(word if word == ANY_ROOM else room_name(word) for word in found)

    def problem(self, word: str) -> str:
        try:
            room_name(word)
        except Refused as refused:
            return str(refused)
        return ""
