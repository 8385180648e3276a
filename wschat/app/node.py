"""One node: everything wired together, from the start to the drain."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from typing import Any

from ..broker import Broker
from ..clocks import IdleClock
from ..config import Settings
from ..errors import CloseCode, RedisAway, StartError
from ..frames import text_frame
from ..hub import Hub
from ..identity import Identity, new_key
from ..presence import Presence
from ..protocol import Notice, encode
from ..redis_link import Call, RedisLink, RedisSource
from ..session import Limits, Rooms
from ..web import Edge, EdgeSettings
from .idle import IdleWatch

KEY = "wschat:key"  # what tokens are signed with: the same for all nodes of one Redis
GREETING = "Вы подключились к чату!"
POSTS_TIMEOUT = 3.0  # s that a drain waits for posts on their way to Redis
SPREAD = 5.0  # s over which a drain closes connections, so that they don't all come back in one moment
SPREAD_EACH = 0.01  # s: few connections need no such time
SIGNALS = {signal.SIGINT: (CloseCode.GOING_AWAY, 0.0), signal.SIGTERM: (CloseCode.RESTARTING, SPREAD)}

log = logging.getLogger(__name__)


class Node:
    """A server process: `start` it, wait until it is `stopped`, and `drain` it."""

    def __init__(self, settings: Settings, source: RedisSource) -> None:
        self.settings = settings
        self.source = source
        self.link = RedisLink(source.url, source.revive)
        self.hub = Hub()
        self.idle = IdleWatch(
            IdleClock(settings.idle_timeout, settings.idle_when, time.monotonic()), time.monotonic, self._tell_all
        )
        self.broker = Broker(
            self.link, self.hub, keep=settings.history_kept, clock=time.time, delivered=self.idle.activity
        )
        self.presence = Presence(self.link, self.hub)
        self.edge = Edge(EdgeSettings(settings.host, settings.port, settings.root, settings.lang), self.status)
        self.rooms: Rooms | None = None
        self._ending: asyncio.Future[tuple[CloseCode, float]] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open the door. Raises StartError."""
        try:
            await self.link.start()
            identity = Identity(await self._shared_key())
        except RedisAway as problem:
            raise StartError(f"{self.source.title} doesn't do what is needed: {problem}") from problem
        self.rooms = Rooms(
            self.hub, self.broker, self.presence, identity, limits=Limits(), activity=self.idle.activity,
            is_up=lambda: self.link.is_up, greeting=GREETING, version=self.edge.site.version,
        )  # fmt: skip
        self.link.watch(self._redis_changed)
        self.broker.start()
        self.presence.start()
        self.edge.listen(self.rooms)
        self._tasks = [asyncio.ensure_future(self._watch_idle()), asyncio.ensure_future(self._let_go_of_rooms())]

    def status(self) -> dict[str, Any]:
        """What `/health` answers."""
        return {"redis": "up" if self.link.is_up else "down", "sessions": len(self.edge.sessions)}

    def end(self, code: CloseCode, spread: float) -> None:
        """Ask for the end: connections are closed with `code` over `spread` seconds."""
        if not self._ending.done():
            self._ending.set_result((code, spread))

    async def until_end(self) -> None:
        """Serve until somebody asks for the end, then drain."""
        code, spread = await self._ending
        for task in self._tasks:
            task.cancel()
        await self.drain(code, spread)

    async def drain(self, code: CloseCode, spread: float) -> None:
        """Stop accepting, finish the posts, tell everyone to come back (or not), and leave."""
        self.edge.stop_listening()
        self._tell_all(Notice("draining"))
        await self._finish_posts()
        await self.edge.close_all(code, "", min(spread, SPREAD_EACH * len(self.edge.sessions)))
        await self.presence.stop()
        await self.broker.stop()
        await self.link.stop()

    # -- within --------------------------------------------------------------------

    async def _shared_key(self) -> bytes:
        await self.link.ask(Call.command("SET", KEY, new_key(), "NX"))
        key: bytes = await self.link.ask(Call.command("GET", KEY))
        return key

    def _tell_all(self, notice: Notice) -> None:
        self.hub.broadcast(text_frame(encode(notice)))

    def _redis_changed(self, up: bool) -> None:
        if up:
            log.info("Redis is back")
            self._tasks.append(asyncio.ensure_future(self._tell_when_mended()))
        else:
            log.warning("Redis is gone: messages wait until it is back")
            self._tell_all(Notice("degraded"))

    async def _tell_when_mended(self) -> None:
        await asyncio.sleep(0)  # the subscriptions are confirmed after this, and each is a reason to look
        await self.broker.mended()
        if self.link.is_up:
            self._tell_all(Notice("restored"))

    async def _finish_posts(self) -> None:
        end = time.monotonic() + POSTS_TIMEOUT
        while self.broker.waiting and time.monotonic() < end:
            await asyncio.sleep(0.01)

    async def _watch_idle(self) -> None:
        await self.idle.until_idle(lambda: self.rooms.people_here if self.rooms else 0)
        log.info(
            "Stopped: no message and no new connection for %g s (%s).",
            self.settings.idle_timeout, self.settings.origin("idle_timeout"),
        )  # fmt: skip
        self.end(CloseCode.STOPPED_IDLE, 0.0)

    async def _let_go_of_rooms(self) -> None:
        while True:
            await asyncio.sleep(5.0)
            if self.rooms is not None:
                await self.rooms.let_go_of_unused()


async def serve(settings: Settings, source: RedisSource) -> None:
    """Run a node until it is told to end or nobody talks any more. Raises StartError."""
    node = Node(settings, source)
    loop = asyncio.get_running_loop()
    for number, (code, spread) in SIGNALS.items():
        loop.add_signal_handler(number, _signalled, node, code, spread)
    await node.start()
    log.info("Messages go through %s.", source.title)
    if source.warning:
        log.warning("%s", source.warning)
    print(f"Server started at http://localhost:{node.edge.port}", flush=True)
    await node.until_end()


def _signalled(node: Node, code: CloseCode, spread: float) -> None:
    """The first signal drains; a second one ends the process as signals do."""
    for number in SIGNALS:
        asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)
    log.info("Stopping.")
    node.end(code, spread)
