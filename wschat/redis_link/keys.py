"""The keys and channels of rooms in Redis. The braces put all keys of one room into one slot of a cluster."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from ..model import MAIN_ROOM

# Seconds for which a room other than the main one is kept after its last message: anyone can make one.
ROOM_KEPT = 30 * 24 * 3600
TOKEN_KEY = "wschat:key"  # the key that signs tokens
MODERATORS_KEY = "wschat:moderators"  # the generation of moderators' links for all rooms
PICTURES_KEY = "wschat:pictures"  # the id of the folder of pictures (app/picture_place.py)
SWEPT_KEY = "wschat:pictures:swept"  # there while no sweep of all pictures is due
HOOKED_ROOMS_KEY = "wschat:hooks"  # a hash: its fields are the rooms that have, or had, outgoing hooks
SLOTS = 16384  # of a cluster; the hash of a key's tag determines its slot
NODE_CHANNEL = "wschat:node"  # for messages between nodes that aren't about one room

ALL_KEYS = f"{{{MAIN_ROOM}*}}:*"  # a pattern for SCAN that matches the keys of all rooms, and perhaps others
ALL_METAS = f"{{{MAIN_ROOM}*}}:meta"
SCANNED = 1000  # keys that Redis looks through in one call
_KEY = re.compile(rf"\{{{MAIN_ROOM}(?::([^}}]+))?\}}:(.+)")

Publish = Literal["PUBLISH", "SPUBLISH", "BOTH"]
"""How to publish: PUBLISH; in a cluster SPUBLISH, or BOTH if other programs listen."""


def scoped(channel: str, database: int) -> str:
    """The name of the channel for this database: Redis separates keys by database, but not channels."""
    return f"{channel}@{database}" if database else channel


def room_of(key: bytes) -> tuple[str, str] | None:
    """(the room whose key this is, the key's name after the braces); None for any other key."""
    found = _KEY.fullmatch(key.decode(errors="replace"))
    return None if found is None else (found[1] or MAIN_ROOM, found[2])


class RoomKeys:
    """Names of a room's channels and keys; `tag` is `chat` for the main room, else `chat:<room>`.

    In a database other than 0 the channels end in `@<database>`. `publish` is how scripts publish messages. All names
    are made once, since each post and each entry needs some of them: take them from `room_keys`.

    | name | type in Redis, contents |
    | --- | --- |
    | `log` | a Stream: the events |
    | `meta` | a hash: the epoch, the newest number, versions |
    | `amended` | a hash: the present forms of messages that were changed |
    | `online` | a sorted set: ids of people, scored by the end of each lease in ms |
    | `people` | a hash: the people by id |
    | `names` | a hash: the ids of people by the skeletons of their names |
    | `roles` | a sorted set: ids of moderators, scored by the end of each lease in ms |
    | `rules` | a hash: the room's rules |
    | `barred` | a hash: mutes and removals by act and person |
    | `acts` | a Stream: the acts of moderators |
    | `hooks` | a hash: the hooks by the digests of their keys, outgoing ones by their ids |
    | `hooks:cursors` | a hash: the positions up to which outgoing hooks were called, by their ids |
    | `hooks:lease` | the node that calls the outgoing hooks |
    """

    __slots__ = (
        "_begin", "acts", "amended", "barred", "channel", "hook_cursors", "hook_lease", "hooks", "kept", "log",
        "log_copy", "meta", "moderation", "names", "newcomers", "online", "people", "presence", "publish_signal",
        "publish_to_channel", "publish_to_signals", "roles", "rules", "signals", "tag",
    )  # fmt: skip

    def __init__(self, room: str, database: int = 0, publish: Publish = "PUBLISH") -> None:
        self.tag = room if room == MAIN_ROOM else f"{MAIN_ROOM}:{room}"
        self._begin = f"{{{self.tag}}}:"
        # The seconds for which the room is kept after its last message; 0: for ever.
        self.kept = 0 if room == MAIN_ROOM else ROOM_KEPT
        self._name_channels(database, publish)
        self.log, self.meta, self.amended = map(self.own, ("log", "meta", "amended"))
        self.log_copy = self.own("log:copy")  # the log is copied there while deleted messages are purged
        self.online, self.people, self.names, self.roles = map(self.own, ("online", "people", "names", "roles"))
        self.newcomers = self.own("newcomers")
        self.rules, self.barred, self.acts = map(self.own, ("rules", "barred", "acts"))
        self.hooks = self.own("hooks")  # doesn't expire with the room: a program may be silent for long
        self.hook_cursors, self.hook_lease = map(self.own, ("hooks:cursors", "hooks:lease"))
        # All KEYS of the presence scripts: meta counts the changes of the others.
        self.presence = (self.online, self.people, self.names, self.roles, self.meta)
        self.moderation = (self.rules, self.barred, self.acts)  # the first KEYS of moderate.lua and other scripts

    def _name_channels(self, database: int, publish: Publish) -> None:
        """Name the channel of messages and the one of signals between nodes, about people and rules; no other programs
        listen to those. How and where to publish to either is an argument for scripts.
        """
        self.channel, self.signals = scoped(self.tag, database), scoped(self.own("signals"), database)
        self.publish_to_channel = f"{publish} {self.channel}"
        self.publish_signal = "PUBLISH" if publish == "PUBLISH" else "SPUBLISH"
        self.publish_to_signals = f"{self.publish_signal} {self.signals}"

    def own(self, name: str) -> str:
        """The key of the room that has `name` after the braces."""
        return self._begin + name

    def beside(self, kind: str) -> str:
        """A key under which another log is prepared before it replaces this one (`kind`: log, amended, reactions)."""
        return f"{self._begin}{kind}:restoring"

    def reactions(self, seq: int) -> str:
        return f"{self._begin}reactions:{seq}"

    def sent(self, person: str, post: str) -> str:
        """What a post was answered."""
        return f"{self._begin}sent:{person}:{post}"

    def changed(self, change: str) -> str:
        """What a change was answered."""
        return f"{self._begin}changed:{change}"

    def picture(self, picture: str) -> str:
        """There while no other message may get a picture."""
        return f"{self._begin}picture:{picture}"

    def pace(self, person: str) -> str:
        return f"{self._begin}pace:{person}"

    def acts_pace(self, moderator: str) -> str:
        return f"{self._begin}pace:acts:{moderator}"

    def address(self, person: str) -> str:
        """The digest of the person's address."""
        return f"{self._begin}address:{person}"

    def muted(self, person: str) -> str:
        return f"{self._begin}muted:{person}"

    def slow(self, person: str) -> str:
        return f"{self._begin}slow:{person}"


room_keys = lru_cache(maxsize=4096)(RoomKeys)
