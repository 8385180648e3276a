"""Moderators' links: signed with the shared key over a room (or all rooms), a role and a generation.

The generation is a random word in Redis: replacing it revokes all links that contain the former one. If Redis has lost
it, no link is valid.
"""

from __future__ import annotations

import hashlib
from traceback import clear_frames
from typing import NamedTuple

import msgspec
from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from ..model import MODERATOR, random_id
from ..protocol import encode, read
from ..redis_link import MODERATORS_KEY, Call, RedisLink

SALT = b"wschat.moderator"
ALL_ROOMS = ""  # stands for every room in a link
CHANGED = b"moderators"  # on the nodes' channel: the generation of links for all rooms has changed


class Link(NamedTuple):
    """The content of a moderator's link. `room` is a canonical name, or ALL_ROOMS."""

    room: str
    role: str
    generation: str


def new_generation() -> str:
    return random_id(9)


def sign_link(key: bytes, room: str, generation: str) -> str:
    """The token of a moderator's link."""
    payload = base64_encode(encode(Link(room, MODERATOR, generation)))
    return _signer(key).sign(payload).decode()


def read_link(key: bytes, token: str | None) -> Link | None:
    """Read a token; None if it isn't signed with this key."""
    if not token:
        return None
    try:
        payload = _signer(key).unsign(token)
        return read(base64_decode(payload), Link)
    except (BadData, msgspec.DecodeError, UnicodeError, RecursionError) as problem:
        clear_frames(problem.__traceback__)  # as in tokens.py
        return None


def _signer(key: bytes) -> Signer:
    return Signer(key, salt=SALT, key_derivation="hmac", digest_method=hashlib.sha256)


class GlobalLinkGeneration:
    """This node's copy of the generation of links for all rooms, which is in Redis."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self.generation = ""
        self._taken = 0  # how many replies were taken

    async def read(self) -> str:
        """Read the generation from Redis and return it. Raises RedisUnavailable."""
        while True:
            taken = self._taken
            found = await self._link.execute(Call.command("GET", MODERATORS_KEY))
            generation = (found or b"").decode(errors="replace")
            if taken == self._taken or generation == self.generation:
                self._taken += 1
                self.generation = generation
                return generation
            # Another reply came meanwhile, by another connection: nobody knows which of the two is older.
