"""The channel between the nodes of one Redis, on which a node also receives its own messages."""

from __future__ import annotations

from collections.abc import Callable

from ..redis_link import Call, RedisLink


class NodeChannel:
    """Passes every message on the channel to each listener. Each kind of message begins with a word of its own."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._listeners: list[Callable[[bytes], None]] = []
        self._on_subscribed: list[Callable[[], None]] = []

    def start(self) -> None:
        self._link.subscribe(self._link.node_channel, self._on_publish)

    def listen(self, listener: Callable[[bytes], None], on_subscribed: Callable[[], None] | None = None) -> None:
        """Call `listener` with each message, and `on_subscribed` each time the subscription begins (again): messages
        before that may be lost.
        """
        self._listeners.append(listener)
        if on_subscribed is not None:
            self._on_subscribed.append(on_subscribed)

    @property
    def is_up(self) -> bool:
        return self._link.state != "down"

    async def publish(self, data: bytes) -> int:
        """Publish a message; return how many nodes received it, including this one. Raises RedisUnavailable."""
        return int(await self._link.execute(Call.command("PUBLISH", self._link.node_channel, data)))

    def _on_publish(self, data: bytes | None) -> None:
        if data is None:
            for subscribed in self._on_subscribed:
                subscribed()
            return
        for listener in self._listeners:
            listener(data)
