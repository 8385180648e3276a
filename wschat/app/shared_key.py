"""The key that signs tokens: one for all nodes of one Redis, and kept even if Redis loses it.

Two nodes can have different keys: Redis lost the key while one ran, and the other started and made a new one. Then
the older key wins, since more people have tokens signed with it; but one that an operator made in its place
(`python -m wschat rotate-key`) wins over both, even if a node was frozen meanwhile. tokens.py defines the order.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress

from ..access import Tokens, key_made, key_rank, new_shared_key
from ..concurrency import Group, repeat
from ..errors import RedisRejected, RedisUnavailable, RedisWriteRefused
from ..redis_link import TOKEN_KEY, Call, RedisLink
from .node_channel import NodeChannel

READ_EVERY = 2.0  # s between two reads of the key in Redis
KEY_MIN = 32  # bytes; keys that the chat makes are longer
NEW = 10.0  # s: a node that still has an older key would have put it back in place of a key of this age
QUESTION, ANSWER = b"key?", b"key!"  # on the nodes' channel, each with an id of the question
ANSWER_TIMEOUT = 1.0  # s
CHECK_EVERY = 0.01  # s between two checks how many nodes have answered

logger = logging.getLogger(__name__)


class SharedKey:
    """Keeps this node's key and the one in Redis the same. `on_change` is called when `key` or `is_shared` changes."""

    def __init__(self, link: RedisLink, channel: NodeChannel, on_change: Callable[[], None]) -> None:
        self._link = link
        self._channel = channel
        self._on_change = on_change
        self._tasks = Group()
        self.key = b""
        self._question = b""  # the id of this node's question, which other nodes answer
        self._answers = 0
        self.is_shared = False  # whether `key` is the key that other nodes find in Redis

    async def start(self) -> None:
        """Find the key or make one. Raises RedisUnavailable."""
        self._channel.listen(self._on_signal)
        key = await self._find()
        self.is_shared = key is not None
        if key is None:
            key = await self._make()
        if self.is_shared and abs(time.time() * 1000 - key_made(key)) < NEW * 1000:
            await self._ask_others()
            key = await self._find() or key
        self.key = key
        self._tasks.spawn(repeat(self._try_to_check, READ_EVERY))

    async def stop(self) -> None:
        await self._tasks.stop()

    def tokens(self) -> Tokens:
        """Tokens with this key. They don't sign while other nodes couldn't read the result."""
        return Tokens(self.key, can_sign=self.is_shared)

    async def check(self) -> None:
        """Compare with Redis: put the key back if it was lost, and agree on one of the two if Redis has another."""
        found = await self._find()
        if found is None or (found != self.key and key_rank(self.key) < key_rank(found)):
            await self._store(self.key)
        elif found != self.key:
            logger.warning(
                "Took over the token key of the other nodes; tokens signed with the former key no longer hold"
            )
            self._set(found, is_shared=True)
        else:
            self._set(self.key, is_shared=True)

    # -- within ------------------------------------------------------------------

    async def _find(self) -> bytes | None:
        """The key in Redis, or None. An invalid one is deleted: with a key that can be guessed, anybody could pose as
        anybody. Raises RedisUnavailable.
        """
        try:
            found: bytes | None = await self._link.execute(Call.command("GET", TOKEN_KEY))
        except RedisRejected:  # it isn't a string, or this Redis user may not read it, nor then delete it
            found = b""
        if found is not None and len(found) < KEY_MIN:
            with suppress(RedisWriteRefused):
                await self._link.execute(Call.command("DEL", TOKEN_KEY))
                logger.warning("Deleted an invalid token key")
            return None
        return found

    async def _make(self) -> bytes:
        """A new key, or the key of a node that was faster. Raises RedisUnavailable."""
        key = new_shared_key(time.time())
        try:
            await self._link.execute(Call.command("SET", TOKEN_KEY, key, "NX"))
        except RedisWriteRefused as problem:
            logger.warning("Redis refused to store the token key; tokens are withheld until it can: %s", problem)
            return key
        self.is_shared = True
        return await self._find() or key

    async def _ask_others(self) -> None:
        """Wait until all nodes have answered: by then, one with an older key that Redis has lost has put it back."""
        self._question = secrets.token_hex(8).encode()
        question = b"%b %b" % (QUESTION, self._question)
        others = await self._channel.publish(question) - 1
        end = time.monotonic() + ANSWER_TIMEOUT
        while self._answers < others and time.monotonic() < end:
            await asyncio.sleep(CHECK_EVERY)

    async def _answer(self, question: bytes) -> None:
        """Put this node's key back if need be, and answer, even without a key yet: nobody must wait for this node."""
        with suppress(RedisUnavailable):
            if self.key:
                await self.check()
            await self._channel.publish(b"%b %b" % (ANSWER, question))

    async def _store(self, key: bytes) -> None:
        try:
            await self._link.execute(Call.command("SET", TOKEN_KEY, key))
        except RedisWriteRefused:
            self._set(key, is_shared=False)
        else:
            logger.info("Put the token key back into Redis")
            self._set(key, is_shared=True)

    def _set(self, key: bytes, *, is_shared: bool) -> None:
        if (key, is_shared) != (self.key, self.is_shared):
            self.key, self.is_shared = key, is_shared
            self._on_change()

    def _on_signal(self, data: bytes) -> None:
        kind, _, question = data.partition(b" ")
        if kind == QUESTION and question != self._question:
            self._tasks.spawn(self._answer(question))
        elif kind == ANSWER and question == self._question:
            self._answers += 1

    async def _try_to_check(self) -> None:
        with suppress(RedisUnavailable):  # the next time, then
            await self.check()
