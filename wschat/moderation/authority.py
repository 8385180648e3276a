"""The authorities that make a session a moderator's, and the operator."""

from __future__ import annotations

from typing import Literal, NamedTuple

VERIFIED = "*"  # for the scripts: the node has verified the authority
OPERATOR_ID = "operator"  # nobody's token is for this id; restrictions don't hold for it (restrictions.lua)


class Authority(NamedTuple):
    """A moderator's authority: from a link for the `room` or for `all` rooms, with its generation, or from a `jwt`;
    `none`: the session isn't a moderator's.
    """

    source: Literal["none", "room", "all", "jwt"] = "none"
    generation: str = ""

    @property
    def is_global(self) -> bool:
        """Whether it is from a link for all rooms. The scripts can't tell whether such a link was revoked."""
        return self.source == "all"

    @property
    def for_scripts(self) -> str:
        """The authority for the scripts: the generation of a room's link (they compare it), VERIFIED, or "" (none)."""
        if self.source == "room":
            return self.generation
        return "" if self.source == "none" else VERIFIED


NO_AUTHORITY = Authority()
