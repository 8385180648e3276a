"""The authorities that make a session a moderator's."""

from __future__ import annotations

from typing import Literal, NamedTuple

SURE = "*"  # for the scripts: the node has seen to it


class Authority(NamedTuple):
    """Granted by a link of the `room` or of `all` rooms, with its generation, or by a `jwt`; `none`: no moderator's."""

    source: Literal["none", "room", "all", "jwt"] = "none"
    generation: str = ""

    @property
    def is_global(self) -> bool:
        """Whether a link for all rooms grants it. The scripts can't tell whether such a link was revoked."""
        return self.source == "all"

    @property
    def for_scripts(self) -> str:
        """The authority as enter.lua has it: the generation of a room's link, which it compares, or SURE."""
        if self.source == "room":
            return self.generation
        return "" if self.source == "none" else SURE


NO_AUTHORITY = Authority()
