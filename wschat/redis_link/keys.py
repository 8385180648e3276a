"""The keys and channels of rooms in Redis. The braces put those of one room into one slot of a cluster."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ..model import MAIN_ROOM

# Seconds after its last message that a room other than the main one is forgotten: anyone can make one.
ROOM_KEPT = 30 * 24 * 3600
TOKEN_KEY = "wschat:key"  # the key that signs tokens
MODERATORS_KEY = "wschat:moderators"  # the generation of moderators' links for all rooms
NODE_CHANNEL = "wschat:node"  # on which nodes reach each other, whatever rooms they have


Publish = Literal["PUBLISH", "SPUBLISH", "BOTH"]
"""How to publish: in a cluster with SPUBLISH, or with BOTH, for listeners outside."""


def scoped(channel: str, database: int) -> str:
    """The channel of a chat in this database: keys are apart by database, channels of Redis aren't."""
    return f"{channel}@{database}" if database else channel


class RoomKeys(Struct, frozen=True):
    """Names of a room's channels and keys; `tag` is `chat` for the main room, else `chat:<room>`.

    In another database than 0 the channels end in `@<database>`. `publish` is how scripts publish messages there.
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
        """The keys where another log is made ready (`kind`: log, amended, reactions) before it replaces this one."""
        return f"{{{self.tag}}}:{kind}:restoring"

    def own(self, name: str) -> str:
        """A key of the room by the part of its name after the braces."""
        return f"{{{self.tag}}}:{name}"

    def reactions(self, seq: int) -> str:
        return f"{{{self.tag}}}:reactions:{seq}"

    def changed(self, change: str) -> str:
        return f"{{{self.tag}}}:changed:{change}"

    @property
    def kept(self) -> int:
        """Seconds after its last message that the room is forgotten; 0: never."""
        return 0 if self.tag == MAIN_ROOM else ROOM_KEPT

    @property
    def signals(self) -> str:
        """The channel on which nodes tell each other of changes in presence."""
        return scoped(f"{{{self.tag}}}:signals", self.database)

    @property
    def publish_signal(self) -> Publish:
        """How to publish there: nobody outside listens to signals."""
        return "PUBLISH" if self.publish == "PUBLISH" else "SPUBLISH"

    @property
    def publish_to_channel(self) -> str:
        """For scripts: how to publish messages, and where."""
        return f"{self.publish} {self.channel}"

    @property
    def publish_to_signals(self) -> str:
        """For scripts: how to publish signals, and where."""
        return f"{self.publish_signal} {self.signals}"

    @property
    def online(self) -> str:
        """The leases: a sorted set of ids of people, by the ms at which each ends."""
        return f"{{{self.tag}}}:online"

    @property
    def people(self) -> str:
        """The people, a hash by id."""
        return f"{{{self.tag}}}:people"

    @property
    def names(self) -> str:
        """Who has which skeleton, a hash."""
        return f"{{{self.tag}}}:names"

    @property
    def roles(self) -> str:
        """The leases of roles: a sorted set like `online`."""
        return f"{{{self.tag}}}:roles"

    @property
    def rules(self) -> str:
        """The room's rules, a hash."""
        return f"{{{self.tag}}}:rules"

    @property
    def barred(self) -> str:
        """Mutes and removals, a hash by act and person."""
        return f"{{{self.tag}}}:barred"

    @property
    def acts(self) -> str:
        """The acts of moderators, a Stream."""
        return f"{{{self.tag}}}:acts"

    @property
    def presence(self) -> list[str]:
        """All KEYS of the presence scripts: the leases, the people, the names, the leases of roles, and the meta that
        counts their changes.
        """
        return [f"{{{self.tag}}}:{kind}" for kind in ("online", "people", "names", "roles", "meta")]

    @property
    def moderation(self) -> list[str]:
        """The rules, the people barred, and the acts of moderators: those that moderate.lua and others begin with."""
        return [f"{{{self.tag}}}:{kind}" for kind in ("rules", "barred", "acts")]

    def sent(self, person: str, post: str) -> str:
        return f"{{{self.tag}}}:sent:{person}:{post}"

    def pace(self, person: str) -> str:
        return f"{{{self.tag}}}:pace:{person}"
