"""Reads hashes and runs lists of calls in portions, so that none of them holds up Redis for long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from ..errors import RedisRejected
from ..redis_link import Call, RedisLink, RoomKeys, whole
from .foreign import is_foreign

PORTION = 500  # items in one call at most: it holds up Redis for about a millisecond, unless they are long
FIRST = 50  # fields in the first call for a hash, while their length isn't known
BYTES = 500_000  # in one call, about

T = TypeVar("T")


def portions(items: Iterable[T], size: int = PORTION) -> Iterator[list[T]]:
    """The items in lists of `size`, the last of which may be shorter."""
    source = iter(items)
    while portion := list(islice(source, size)):
        yield portion


async def hash_portions(link: RedisLink, key: str) -> AsyncIterator[dict[bytes, bytes]]:
    """The fields of a hash and their values. A field may come twice, in two portions, if others write meanwhile. How
    many come at once depends on the length of those before: the forms of messages may have 16 KB each.

    Raises RedisRejected if the key has another type, RedisUnavailable.
    """
    cursor, count = 0, FIRST
    while True:
        cursor, fields = await link.execute(Call.command("HSCAN", key, cursor, "COUNT", count))
        yield fields
        if not cursor:
            return
        size = sum(map(len, fields.values()))
        count = min(PORTION, max(1, BYTES * len(fields) // size)) if size else PORTION


async def whole_hash(link: RedisLink, key: str) -> dict[bytes, bytes]:
    """The fields of a hash and their values, each once. Raises RedisRejected, RedisUnavailable like hash_portions."""
    found: dict[bytes, bytes] = {}
    async for fields in hash_portions(link, key):
        found |= fields
    return found


async def text_hash(link: RedisLink, key: str) -> dict[str, str]:
    """As whole_hash, as text."""
    return {text(name): text(value) for name, value in (await whole_hash(link, key)).items()}


async def form_portions(link: RedisLink, keys: RoomKeys) -> AsyncIterator[list[tuple[int, bytes]]]:
    """(number, form) of each message of which Redis has a form, also of those that the log doesn't keep. Nothing, if
    the key has another type than the chat's. Raises RedisUnavailable.
    """
    try:
        async for fields in hash_portions(link, keys.amended):
            yield [(number, form) for name, form in fields.items() if (number := whole(name)) is not None]
    except RedisRejected as problem:
        if not is_foreign(problem):
            raise


def text(data: bytes) -> str:
    """What Redis has as text. Bytes of other programs that aren't UTF-8 are replaced."""
    return data.decode(errors="replace")
