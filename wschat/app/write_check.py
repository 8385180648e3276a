"""Checks that Redis stores data, so that `/health` reports a full Redis even while nobody writes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ..errors import RedisUnavailable, RedisWriteRefused
from ..redis_link import TOKEN_KEY, Call, RedisLink

WRITE_EVERY = 2.0  # s


class WriteCheck:
    """Asks Redis to write a key that it already has: this changes nothing, but is refused like any other write.

    `key` returns the token key, the only key that certainly exists.
    """

    def __init__(self, link: RedisLink, key: Callable[[], bytes]) -> None:
        self._link = link
        self._key = key
        self.refusal = ""  # in Redis's words; empty while it accepts writes, or doesn't answer

    async def check(self) -> None:
        with suppress(RedisUnavailable):
            try:
                await self._link.execute(Call.command("SET", TOKEN_KEY, self._key(), "NX"))
            except RedisWriteRefused as problem:
                self.refusal = str(problem)
            else:
                self.refusal = ""
