"""Calls the outgoing hooks of one room, as long as this node has the lease on that: one node does at a time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import NamedTuple

from ...concurrency import Group, cancel_all
from ...errors import RedisRejected, RedisUnavailable
from ...redis_link import Call, ScriptArgs, load_script
from ..room_hooks import Hook, hooks_of
from .hook_caller import CallServices, HookCaller, HookEnded
from .hook_log import HookLog, read_cursor, stored_cursor

RELEASE_TIMEOUT = 1.0  # s

logger = logging.getLogger(__name__)


class _Running(NamedTuple):
    caller: HookCaller
    task: asyncio.Task[None]


class RoomCaller:
    """Calls the hooks of a room until none is left. `node` is this node's id, by which leases tell it from others."""

    def __init__(self, services: CallServices, room: str, node: str) -> None:
        self._services = services
        self._room = room
        self._node = node
        self._keys = services.link.keys(room)
        self._script = load_script("hook_lease")
        self._tasks = Group()
        self._running: dict[str, _Running] = {}  # by the hook's id
        self._has_lease = False
        self._until = 0.0  # when the lease ends at the earliest
        self._woken = asyncio.Event()
        self._storing = asyncio.Lock()  # or an earlier cursor may come after a later one

    @property
    def waiting(self) -> int:
        """The number of hooks whose program hasn't taken a message yet."""
        return sum(one.caller.is_waiting for one in self._running.values())

    def wake(self) -> None:
        """Read the room's hooks again soon."""
        self._woken.set()

    async def run(self) -> None:
        """Take the lease whenever it is free, and call the hooks; return when the room has none any more."""
        while True:
            self._woken.clear()
            if await self._has_hooks():
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._services.times.renewal)
                continue
            await self.stop()
            if not self._woken.is_set():
                return

    async def stop(self) -> None:
        """End all calls, and leave the hooks to other nodes at once."""
        await cancel_all([one.task for one in self._running.values()])
        with suppress(RedisUnavailable, asyncio.TimeoutError):
            # Whether or not this node knows that it has the lease: it may have been about to hear of it.
            await asyncio.wait_for(self._keep(0.0), RELEASE_TIMEOUT)
        await self._lose()

    # -- within ------------------------------------------------------------------

    async def _has_hooks(self) -> bool:
        """Take a turn; return whether the room has hooks, or Redis didn't say."""
        try:
            return await self._turn()
        except RedisUnavailable as problem:
            level = logging.WARNING if isinstance(problem, RedisRejected) else logging.DEBUG
            logger.log(level, "Could not look for a room's hooks, will retry: %s", problem, extra={"room": self._room})
            if asyncio.get_running_loop().time() > self._until:
                await self._lose()
        except Exception:  # a bug: it must be seen, and the next turn may succeed
            logger.exception("Could not look for a room's hooks", extra={"room": self._room})
        return True

    async def _turn(self) -> bool:
        """Keep or take the lease, and call exactly the hooks that there are; return whether there are any.

        Raises RedisUnavailable.
        """
        found = await hooks_of(self._services.link, self._room)
        hooks = {hook.id: hook for hook in found.values() if hook.to}
        ended = [hook_id for hook_id, one in self._running.items() if hook_id not in hooks or one.task.done()]
        await self._drop(ended)
        if not hooks or not self._services.is_open(self._room):
            return False
        if not await self._keep(self._services.times.lease):
            await self._lose()
        else:
            if not self._has_lease:
                self._has_lease = True
                self._services.link.subscribe(self._keys.channel, self._ring)
            await self._begin([hook for hook_id, hook in hooks.items() if hook_id not in self._running])
        return True

    async def _keep(self, length: float) -> bool:
        """Store how far the hooks were called, and keep the lease for so long (0: give it back); return whether this
        node has it. Raises RedisUnavailable.
        """
        async with self._storing:
            return await self._store(length)

    async def _store(self, length: float) -> bool:
        now = asyncio.get_running_loop().time()
        args: ScriptArgs = [self._node, int(length * 1000)]
        for hook_id, one in self._running.items():  # also those that haven't moved: Redis may have lost them
            args += [hook_id, stored_cursor(one.caller.cursor)]
        names = [self._keys.hook_lease, self._keys.hook_cursors, self._keys.hooks]
        if not await self._services.link.execute(Call.of(self._script, names, args)):
            return False
        self._until = now + length
        return True

    async def _save(self) -> None:
        """From a caller: it was called further. Raises HookEnded if another node has the lease, RedisUnavailable."""
        if not await self._keep(self._services.times.lease):
            self.wake()
            raise HookEnded

    async def _begin(self, hooks: list[Hook]) -> None:
        """Call these hooks, each from its cursor on, or, as after a restore, from the end of the log."""
        if not hooks:
            return
        fields = [hook.id for hook in hooks]
        stored = await self._services.link.execute(Call.command("HMGET", self._keys.hook_cursors, *fields))
        head = await HookLog(self._services.link, self._room).head()
        for hook, value in zip(hooks, stored, strict=True):
            cursor = read_cursor(value) or head
            caller = HookCaller(self._services, self._room, hook, cursor, self._names, self._save)
            self._running[hook.id] = _Running(caller, self._tasks.spawn(caller.run()))

    def _names(self) -> list[str]:
        return [one.caller.hook.name for one in self._running.values()]

    def _ring(self, data: bytes | None) -> None:
        """A message was published, or the subscription begins: there may be something to read."""
        for one in self._running.values():
            one.caller.ring()

    async def _drop(self, ids: list[str]) -> None:
        """End these callers, and forget them."""
        await cancel_all([self._running[hook_id].task for hook_id in ids])
        for hook_id in ids:
            del self._running[hook_id]

    async def _lose(self) -> None:
        """Call no hook any more: another node does, or will."""
        await self._drop(list(self._running))
        if self._has_lease:
            self._has_lease = False
            self._services.link.unsubscribe(self._keys.channel)
