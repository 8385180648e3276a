"""The hooks of a node: finds the one of a request, and stores its message."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256

from ..broker import Publisher, store_post
from ..errors import ErrorCode, RedisUnavailable, Refused
from ..model import TEXT_MAX, Person, id_of, message_text, random_id, room_name
from ..redis_link import RedisLink
from .room_hooks import Hook, find_hook, is_key

AT_ONCE = 8  # requests of one hook: their bodies are in memory
WHOLE_PACE = 1.0  # the share of the room's pace that a hook may use up: as people who haven't written lately
ID_BYTES = 24  # of an idempotency key's digest: 32 characters of a post's id


class HookPosts:
    """Stores the messages of hooks. `is_open`: whether the operator allows a room. `on_activity` is called for each
    message that is stored.
    """

    def __init__(
        self, link: RedisLink, publisher: Publisher, is_open: Callable[[str], bool], on_activity: Callable[[], None]
    ) -> None:
        self._link = link
        self._publisher = publisher
        self._is_open = is_open
        self._on_activity = on_activity
        self._requests = Counter[str]()

    async def find(self, raw_room: str, key: str) -> tuple[str, Hook] | None:
        """(the room, its hook with this key), or None. A key of the right shape costs one HGET, whatever the room:
        nobody learns from the time of an answer which rooms there are.

        Raises RedisUnavailable.
        """
        if not is_key(key):
            return None
        try:
            room = room_name(raw_room)
        except Refused:
            return None
        if not self._link.serves(self._link.keys(room)):
            raise RedisUnavailable("the link is down")
        hook = await find_hook(self._link, room, key)
        return (room, hook) if hook is not None and self._is_open(room) else None

    @contextmanager
    def request(self, hook: Hook) -> Iterator[None]:
        """Count a request of the hook while it is read and answered. Raises Refused(busy)."""
        if self._requests[hook.id] >= AT_ONCE:
            raise Refused(ErrorCode.BUSY, "too many requests of this hook at once", retry_after=1.0)
        self._requests[hook.id] += 1
        try:
            yield
        finally:
            self._requests[hook.id] -= 1
            if not self._requests[hook.id]:
                del self._requests[hook.id]

    async def post(self, room: str, hook: Hook, text: str, idempotency_key: str, timeout: float) -> None:
        """Store a message of the hook, once for each idempotency key; "": each time.

        Raises Refused; asyncio.TimeoutError if Redis doesn't reply in time: the message may still be stored.
        """
        text = message_text(text, TEXT_MAX)
        post = id_of(sha256(idempotency_key.encode()).digest()[:ID_BYTES]) if idempotency_key else random_id()
        person = Person(hook.id, hook.name)
        storing = store_post(self._publisher, room, person, post, text, share=WHOLE_PACE, hook=True)
        await asyncio.wait_for(storing, timeout)
        self._on_activity()
