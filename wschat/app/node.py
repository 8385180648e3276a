"""One node: everything wired together, from the start to the drain."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec import structs

from ..access import Tokens, new_key
from ..broker import Publisher, Retention, RoomPoller
from ..concurrency import Group, cancel_all, repeat
from ..config import Settings
from ..counters import Counters
from ..errors import CloseCode, RedisRejected, RedisUnavailable, StartError, TryAgainLater
from ..fan_out import text_frame
from ..model import PICTURES_MAX, UPLOAD_MAX
from ..presence import Leases, LeaseTimes, Renewer
from ..protocol import Message, Notice, NoticeCode, encode
from ..redis_link import RedisSource
from ..room import Rooms, RoomServices
from ..session import Services
from ..web import Edge, EdgeSettings, Health, HookServices, PictureServices
from .global_links import GlobalLinkWatcher
from .health_body import health_body
from .lag import watch_lag
from .metrics import Snapshot, measured
from .node_channel import NodeChannel
from .node_hooks import NodeHooks
from .node_pictures import NodePictures
from .part_settings import access_of, allowed_rooms, edge_settings, post_rates, session_limits
from .readiness import Readiness
from .shared_key import SharedKey
from .write_check import WRITE_EVERY, WriteCheck

if TYPE_CHECKING:
    from ..pictures import Pictures

GREETING = "Вы подключились к чату!"
FORGET_EVERY = 5.0  # s between two rounds of forgetting rooms that nobody here uses
POSTS_TIMEOUT = 3.0  # s that a drain waits for posts on their way to Redis
SPREAD_EACH = 0.01  # s per connection, at most: few connections need no longer spread

logger = logging.getLogger(__name__)


class Node:
    """Everything in one process that serves people. `start` it, and wait `until_end`.

    `activity` is called when somebody joins or talks. With `settings.port` 0, it takes a free port.
    """

    def __init__(
        self,
        settings: Settings,
        source: RedisSource,
        activity: Callable[[], None],
        *,
        share_port: bool = False,
        bundles: bool = True,
    ) -> None:
        self._ending: asyncio.Future[tuple[CloseCode, float]] = asyncio.get_running_loop().create_future()
        self._settings = settings
        self._started = time.time()
        self._tasks = Group()
        self.source = source
        self.link = source.open_link(publish_plainly=settings.publish == "both")
        self.counters = Counters()
        self.publisher = Publisher(
            self.link, keep=settings.history_kept, clock=time.time, rates=post_rates(settings), counters=self.counters
        )
        times = LeaseTimes()
        leases = Leases(self.link, times)
        self.renewer = Renewer(leases, times)
        self.rooms = Rooms(self._room_services(leases, activity), allowed=allowed_rooms(settings))
        self.poller = RoomPoller(self.link, lambda: self.rooms)
        self.channel = NodeChannel(self.link)
        self.global_links = GlobalLinkWatcher(self.link, self.channel, self.rooms, settings)
        self._pictures = NodePictures(self.link, self.channel, self.counters)
        self.hooks = NodeHooks(
            self.link, source, self.channel, self.publisher, self.rooms.allows, activity, self.counters, settings,
        )  # fmt: skip
        self.readiness = Readiness(self.channel, self._ending.done, time.monotonic)
        self.retention = Retention(
            self.link, settings.history_days, time.time, self.counters, rewrites_file=source.embedded
        )
        self.edge = self._make_edge(edge_settings(settings, share_port, bundles))
        self.services = self._session_services(activity)
        self.shared_key = SharedKey(self.link, self.channel, self._on_key_change)
        self.write_check = WriteCheck(self.link, lambda: self.shared_key.key)

    async def start(self) -> None:
        """Connect to Redis and listen. Raises StartError, TryAgainLater."""
        try:
            await self._start()
        except BaseException:
            self.edge.stop_listening()
            await self._tasks.stop()
            await self._leave()
            raise

    async def start_unless_ended(self) -> bool:
        """Start; if `end` is called meanwhile, break off and return False. Raises StartError, TryAgainLater."""
        starting = asyncio.ensure_future(self.start())
        try:
            both: list[asyncio.Future[Any]] = [starting, self._ending]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancel_all([starting])
        if not starting.cancelled():
            starting.result()
        return not starting.cancelled()

    @property
    def takes_pictures(self) -> bool:
        """Whether messages may have pictures, once the node has started."""
        return bool(self._pictures.place)

    @property
    def pictures(self) -> Pictures | None:
        """The pictures, from the first of them on; None if the chat takes none."""
        return self._pictures.pictures

    def status(self) -> dict[str, Any]:
        """The body of `/health`."""
        return health_body(
            self.link.state,
            self.write_check.refusal,
            is_draining=self._ending.done(),
            sessions=len(self.edge.sessions),
        )

    def snapshot(self) -> Snapshot:
        """The node's metrics at this moment."""
        return structs.replace(
            measured(self.counters),
            connections=len(self.edge.sessions),
            event_streams=self.edge.event_stream_count,
            sessions=self.rooms.session_count,
            rooms=len(self.rooms),
            posts_waiting=self.publisher.waiting,
            hooks_waiting=self.hooks.waiting,
            outbox_bytes=self.edge.outbox_bytes,
            redis_up=int(self.link.state == "up"),
            writes_refused=int(self.link.state != "down" and bool(self.write_check.refusal)),
            draining=int(self._ending.done()),
            retention=self.retention.age,
            start_time=self._started,
        )

    def session_count(self) -> int:
        """The number of sessions that have said hello, and of programs that read a room."""
        return self.rooms.session_count + self.rooms.observer_count

    def broadcast(self, notice: Notice) -> None:
        self.rooms.broadcast(text_frame(encode(notice)))

    def reload(self) -> None:
        """Read passwords, keys and certificates again; if one can't be used, all stay as they are."""
        try:
            settings = self._settings.reread()
            access = access_of(settings)
            self.edge.reload_certificate()
        except (StartError, OSError, ValueError) as problem:
            logger.error("Could not reload, everything stays as it is: %s", problem)
            return
        if settings.password != self._settings.password or settings.auth == "jwt":
            self.services.access = access  # otherwise the former one stays, which remembers wrong guesses
        self._settings = settings
        logger.info("Reloaded passwords, keys and certificates")

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` as a task, until the node ends."""
        self._tasks.spawn(work)

    def end(self, code: CloseCode, spread: float) -> None:
        """Request the end: connections will be closed with `code` over `spread` seconds."""
        if not self._ending.done():
            self._ending.set_result((code, spread))

    async def until_end(self) -> None:
        """Serve until `end` is called, then drain."""
        code, spread = await self._ending
        await self._tasks.stop()
        await self.drain(code, spread)
        await self._tasks.stop()  # Redis may have gone and come back meanwhile

    async def drain(self, code: CloseCode, spread: float) -> None:
        """Stop accepting, finish the posts, close all connections (`code` tells whether to come back), and leave."""
        self.edge.stop_listening()
        self.broadcast(Notice(NoticeCode.DRAINING))
        await self.publisher.finish(POSTS_TIMEOUT)
        connections = len(self.edge.sessions) + self.edge.event_stream_count
        await self.edge.close_all(code, "", min(spread, SPREAD_EACH * connections))
        await self._leave()

    # -- within --------------------------------------------------------------------

    def _room_services(self, leases: Leases, activity: Callable[[], None]) -> RoomServices:
        return RoomServices(
            link=self.link,
            publisher=self.publisher,
            leases=leases,
            renewer=self.renewer,
            tasks=Group(),
            clock=time.time,
            on_delivered=activity,
            edit_window=self._settings.edit_window,
            counters=self.counters,
            on_deleted=self._on_deleted,
        )

    def _session_services(self, activity: Callable[[], None]) -> Services:
        return Services(
            rooms=self.rooms,
            tokens=Tokens(new_key(), can_sign=False),  # until the key of all nodes is known
            access=access_of(self._settings),
            limits=session_limits(self._settings),
            on_activity=activity,
            is_up=self.link.serves,
            greeting=GREETING,
            version=self.edge.site.version,
            counters=self.counters,
            moderation=self.global_links.services,
        )

    def _make_edge(self, settings: EdgeSettings) -> Edge:
        health = Health(self.status, self.readiness.obstacle)
        hooks = HookServices(lambda: self.hooks.posts, self._ending.done)
        pictures = PictureServices(lambda: self.pictures, lambda: self.services.tokens.key, self._ending.done)
        return Edge(settings, health, hooks, pictures, self.counters)

    async def _start(self) -> None:
        await self._prepare_redis()
        self._on_key_change()
        if self.takes_pictures:
            limits = self.services.limits
            self.services.limits = structs.replace(limits, pictures=PICTURES_MAX, picture_size=UPLOAD_MAX)
        self.link.watch(self._redis_changed)
        self.publisher.start()
        self.poller.start()
        self.renewer.start()
        self.edge.listen(self.services)
        self.hooks.start()
        self.spawn(watch_lag(self.counters))
        self.spawn(self.retention.run())
        self.spawn(repeat(self.rooms.forget_unused, FORGET_EVERY))
        self.spawn(repeat(self.write_check.check, WRITE_EVERY))

    async def _prepare_redis(self) -> None:
        try:
            await self.link.start()
            self.channel.start()
            await self.shared_key.start()
            await self.global_links.start()
            await self._pictures.start(self._settings, self.source)
            await self.write_check.check()
        except RedisUnavailable as problem:
            kind = StartError if isinstance(problem, RedisRejected) else TryAgainLater
            raise kind(f"Could not use {self.source.title}: {problem}") from problem

    async def _leave(self) -> None:
        await self.readiness.stop()
        await self.global_links.stop()
        await self.hooks.stop()
        for part in (self._pictures, self.shared_key, self.renewer, self.poller, self.publisher, self.rooms, self.link):
            await part.stop()

    def _on_deleted(self, room: str, message: Message) -> None:
        """Delete the pictures of a message that this node has deleted."""
        if message.pictures and self.pictures is not None:
            self.spawn(self.pictures.delete(room, [picture.id for picture in message.pictures]))

    def _on_key_change(self) -> None:
        self.services.tokens = self.shared_key.tokens()

    def _redis_changed(self, up: bool) -> None:
        if up:
            logger.info("Redis connection restored")
            self.spawn(self._put_key_back())
            self.rooms.tell_restored()
        else:
            self.counters.link_losses += 1
            logger.warning("Redis connection lost; holding messages until it is restored")
        self.rooms.tell_degraded()

    async def _put_key_back(self) -> None:
        """Put the token key back into a Redis that came back empty: tokens stay valid. Its primary may still be away,
        for which no room of another one waits.
        """
        with suppress(RedisUnavailable):  # the next time, then
            await self.shared_key.check()
