"""The hooks of a room in Redis, in a hash: the digest of a key -> the hook, or "" for a revoked one. An outgoing hook
has no key, so it is under its id.

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


class Hook(Struct, frozen=True, omit_defaults=True):
    """A program that may write into a room. Its messages are from `id` and `name`. `made`: in RFC 3339.

    An outgoing hook is called at the address `to` for messages that mention its name or begin with /`word`; `secret`
    signs these calls.
    """

    id: str
    name: str
    made: str
    to: str = ""
    word: str = ""
    secret: str = ""


async def make_hook(link: RedisLink, room: str, name: str, now: float) -> tuple[Hook, str]:
    """(a new hook of the room, its key, which is kept nowhere). Raises TooManyHooks, RedisUnavailable."""
    await check_number(link, room)
    hook, key = Hook(new_id(), name, timestamp(now)), secrets.token_urlsafe(_KEY_BYTES)
    await put_hook(link, room, _digest(key), hook)
    return hook, key


async def check_number(link: RedisLink, room: str) -> None:
    """Check that one more hook fits into the room. Raises TooManyHooks, RedisUnavailable."""
    if len(await hooks_of(link, room)) >= HOOKS_MAX:
        raise TooManyHooks


def new_id() -> str:
    return ID_BEGIN + random_id()


async def put_hook(link: RedisLink, room: str, field: str, hook: Hook) -> None:
    """Store a hook under this field. Raises RedisUnavailable."""
    await link.execute(Call.command("HSET", link.keys(room).hooks, field, encode(hook)))


async def hooks_of(link: RedisLink, room: str) -> dict[str, Hook]:
    """The hooks of the room by their fields, oldest first. Raises RedisUnavailable."""
    found: dict[str, Hook] = {}
    cursor = 0
    while True:
        cursor, fields = await link.execute(Call.command("HSCAN", link.keys(room).hooks, cursor, "COUNT", 1000))
        for field, value in fields.items():
            hook = read_foreign(value, Hook)
            if hook is not None:
                found[field.decode(errors="replace")] = hook
        if not cursor:
            return dict(sorted(found.items(), key=lambda pair: (pair[1].made, pair[1].id)))


async def revoke_hook(link: RedisLink, room: str, field: str) -> None:
    """Revoke the hook under this field. Raises RedisUnavailable."""
    keys = link.keys(room)
    await link.execute(Call.command("HSET", keys.hooks, field, REVOKED))
    await link.execute(Call.command("HDEL", keys.hook_cursors, field))


def is_key(text: str) -> bool:
    """Whether a key of a hook may look so."""
    return _KEY.fullmatch(text) is not None


async def find_hook(link: RedisLink, room: str, key: str) -> Hook | None:
    """The hook of the room with this key; None if there is none, or it is revoked. Raises RedisUnavailable."""
    return await hook_in(link, room, _digest(key))


async def hook_in(link: RedisLink, room: str, field: str) -> Hook | None:
    """The hook under this field; None if there is none, or it is revoked. Raises RedisUnavailable."""
    value = await link.execute(Call.command("HGET", link.keys(room).hooks, field))
    return read_foreign(value or b"", Hook)


def _digest(key: str) -> str:
    """What Redis keeps of a key: it has 256 random bits, so nothing slower than SHA-256 is needed."""
    return sha256(key.encode()).hexdigest()
