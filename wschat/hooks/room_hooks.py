"""The hooks of a room in Redis, in a hash: the digest of a key -> the hook, or "" for a revoked one.

Revoked hooks leave that mark so that no restore brings them back.
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256

from msgspec import Struct

from ..errors import ChatError
from ..model import random_id, timestamp
from ..protocol import encode, read_foreign
from ..redis_link import Call, RedisLink

HOOKS_MAX = 50  # of a room
ID_BEGIN = "hook-"  # no id of a person begins so
REVOKED = ""
_KEY_BYTES = 32
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


class TooManyHooks(ChatError):
    """The room has as many hooks as it may have."""


class Hook(Struct, frozen=True):
    """A program that may write into a room. Its messages are from `id` and `name`. `made`: in RFC 3339."""

    id: str
    name: str
    made: str


async def make_hook(link: RedisLink, room: str, name: str, now: float) -> tuple[Hook, str]:
    """(a new hook of the room, its key, which is kept nowhere). Raises TooManyHooks, RedisUnavailable."""
    if len(await hooks_of(link, room)) >= HOOKS_MAX:
        raise TooManyHooks
    hook, key = Hook(ID_BEGIN + random_id(), name, timestamp(now)), secrets.token_urlsafe(_KEY_BYTES)
    await link.execute(Call.command("HSET", link.keys(room).hooks, _digest(key), encode(hook)))
    return hook, key


async def hooks_of(link: RedisLink, room: str) -> dict[str, Hook]:
    """The hooks of the room by the digests of their keys, oldest first. Raises RedisUnavailable."""
    found: dict[str, Hook] = {}
    cursor = 0
    while True:
        cursor, fields = await link.execute(Call.command("HSCAN", link.keys(room).hooks, cursor, "COUNT", 1000))
        for digest, value in fields.items():
            hook = read_foreign(value, Hook)
            if hook is not None:
                found[digest.decode(errors="replace")] = hook
        if not cursor:
            return dict(sorted(found.items(), key=lambda pair: (pair[1].made, pair[1].id)))


async def revoke_hook(link: RedisLink, room: str, digest: str) -> None:
    """Revoke the hook whose key has this digest. Raises RedisUnavailable."""
    await link.execute(Call.command("HSET", link.keys(room).hooks, digest, REVOKED))


def is_key(text: str) -> bool:
    """Whether a key of a hook may look so."""
    return _KEY.fullmatch(text) is not None


async def find_hook(link: RedisLink, room: str, key: str) -> Hook | None:
    """The hook of the room with this key; None if there is none, or it is revoked. Raises RedisUnavailable."""
    value = await link.execute(Call.command("HGET", link.keys(room).hooks, _digest(key)))
    return read_foreign(value or b"", Hook)


def _digest(key: str) -> str:
    """What Redis keeps of a key: it has 256 random bits, so nothing slower than SHA-256 is needed."""
    return sha256(key.encode()).hexdigest()
