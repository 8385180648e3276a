"""The keys and channels of rooms in Redis. The braces put all keys of one room into one slot of a cluster."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ..model import MAIN_ROOM

# Seconds for which a room other than the main one is kept after its last message: anyone can make one.
ROOM_KEPT = 30 * 24 * 3600
TOKEN_KEY = "wschat:key"  # the key that signs tokens
MODERATORS_KEY = "wschat:moderators"  # the generation of moderators' links for all rooms
NODE_CHANNEL = "wschat:node"  # for messages between nodes that aren't about one room


Publish = Literal["PUBLISH", "SPUBLISH", "BOTH"]
"""How to publish: PUBLISH; in a cluster SPUBLISH, or BOTH if other programs listen."""


def scoped(channel: str, database: int) -> str:
    """The name of the channel for this database: Redis separates keys by database, but not channels."""
    return f"{channel}@{database}" if database else channel


class RoomKeys(Struct, frozen=True):
    """Names of a room's channels and keys; `tag` is `chat` for the main room, else `chat:<room>`.

    In a database other than 0 the channels end in `@<database>`. `publish` is how scripts publish messages.
    """

    tag: str
    database: int = 0
    publish: Publish = "PUBLISH"

    @classmethod
    def of(cls, room: str, database: int = 0, publish: Publish = "PUBLISH") -> RoomKeys:
        return cls(room if room == MAIN_ROOM else f"{MAIN_ROOM}:{room}", database, publish)

    @property
    def channel(self) -> str:
        return scoped(self.tag, self.database)

    @property
    def log(self) -> str:
        return f"{{{self.tag}}}:log"

    @property
    def meta(self) -> str:
        return f"{{{self.tag}}}:meta"

    @property
    def log_copy(self) -> str:
        """The key to which the log is copied while deleted messages are purged."""
        return f"{self.log}:copy"

    @property
    def amended(self) -> str:
        return f"{{{self.tag}}}:amended"

    def beside(self, kind: str) -> str:
        """A key under which another log is prepared before it replaces this one (`kind`: log, amended, reactions)."""
        return f"{{{self.tag}}}:{kind}:restoring"

    def own(self, name: str) -> str:
        """The key of the room that has `name` after the braces."""
        return f"{{{self.tag}}}:{name}"

    def reactions(self, seq: int) -> str:
        return f"{{{self.tag}}}:reactions:{seq}"

    def changed(self, change: str) -> str:
        return f"{{{self.tag}}}:changed:{change}"

    @property
    def kept(self) -> int:
        """The seconds for which the room is kept after its last message; 0: for ever."""
        return 0 if self.tag == MAIN_ROOM else ROOM_KEPT

    @property
    def signals(self) -> str:
        """The channel of signals between nodes, about people and rules."""
        return scoped(f"{{{self.tag}}}:signals", self.database)

    @property
    def publish_signal(self) -> Publish:
        """How to publish signals: no other programs listen to them."""
        return "PUBLISH" if self.publish == "PUBLISH" else "SPUBLISH"

    @property
    def publish_to_channel(self) -> str:
        """How and where to publish messages, as an argument for scripts."""
        return f"{self.publish} {self.channel}"

    @property
    def publish_to_signals(self) -> str:
        """How and where to publish signals, as an argument for scripts."""
        return f"{self.publish_signal} {self.signals}"

    @property
    def online(self) -> str:
        """The leases: a sorted set of ids of people, scored by the end of each lease in ms."""
        return f"{{{self.tag}}}:online"

    @property
    def people(self) -> str:
        """The people: a hash by id."""
        return f"{{{self.tag}}}:people"

    @property
    def names(self) -> str:
        """The ids of people by the skeletons of their names: a hash."""
        return f"{{{self.tag}}}:names"

    @property
    def roles(self) -> str:
        """The leases of roles: a sorted set of ids of moderators, scored by the end of each lease in ms."""
        return f"{{{self.tag}}}:roles"

    @property
    def rules(self) -> str:
        """The room's rules: a hash."""
        return f"{{{self.tag}}}:rules"

    @property
    def barred(self) -> str:
        """Mutes and removals: a hash by act and person."""
        return f"{{{self.tag}}}:barred"

    @property
    def acts(self) -> str:
        """The acts of moderators: a Stream."""
        return f"{{{self.tag}}}:acts"

    @property
    def presence(self) -> list[str]:
        """All KEYS of the presence scripts: the leases, the people, the names, the leases of roles, and the meta that
        counts their changes.
        """
        return [f"{{{self.tag}}}:{kind}" for kind in ("online", "people", "names", "roles", "meta")]

    @property
    def moderation(self) -> list[str]:
        """The keys of the rules, the people barred, and the acts: the first KEYS of moderate.lua and other scripts."""
        return [f"{{{self.tag}}}:{kind}" for kind in ("rules", "barred", "acts")]

    def sent(self, person: str, post: str) -> str:
        return f"{{{self.tag}}}:sent:{person}:{post}"

    def pace(self, person: str) -> str:
        return f"{{{self.tag}}}:pace:{person}"
