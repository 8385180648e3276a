"""Calls one outgoing hook for each message that is for it, in their order, each until the program takes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager

from msgspec import Raw, Struct

from ...counters import Counters
from ...errors import RETRY_PAUSE, ChatError, ErrorCode, RedisUnavailable, Refused
from ...model import Person, Position, read_timestamp
from ...presence import NO_CLAIM, Leases, LeaseTimes
from ...protocol import Message, encode
from ...redis_link import RedisLink
from ..body import BadBody
from ..posting import HookPosts
from ..room_hooks import Hook, hook_in, revoke_hook
from .call import GONE, CallBody, CalledHook, CallFailed, CallOutcome, CallTimes, Send
from .hook_log import HookLog
from .signing import signed_headers
from .triggers import begins_with, mentions

POST_TIMEOUT = 10.0  # s that Redis may take to store a reply
STREAK = 5  # failures in a row after which old messages are skipped

# Refusals that may pass: the reply is posted again. After any other one it is dropped.
_PASSING = {ErrorCode.BUSY, ErrorCode.UNAVAILABLE, ErrorCode.RATE_LIMITED, ErrorCode.SLOW}

logger = logging.getLogger(__name__)


class CallServices(Struct, frozen=True):
    """What calls need. `posts` makes the node's HookPosts when first called; `is_open`: whether the operator allows a
    room; `clock`: s since 1970.
    """

    link: RedisLink
    send: Send
    posts: Callable[[], HookPosts]
    is_open: Callable[[str], bool]
    counters: Counters
    clock: Callable[[], float]
    times: CallTimes


class HookEnded(ChatError):
    """The hook is revoked, or another node calls it."""


class HookCaller:
    """Calls one hook. `cursor` is how far it was called; `save` stores that, and raises HookEnded if another node calls
    the hook now. `names` are those of all outgoing hooks of the room.
    """

    def __init__(
        self,
        services: CallServices,
        room: str,
        hook: Hook,
        cursor: Position,
        names: Callable[[], Collection[str]],
        save: Callable[[], Awaitable[None]],
    ) -> None:
        self.hook = hook
        self.cursor = cursor
        self.is_waiting = False  # for the program to take a message
        self._services = services
        self._room = room
        self._names = names
        self._save = save
        self._log = HookLog(services.link, room)
        self._leases = Leases(services.link, LeaseTimes())
        self._failures = 0  # in a row
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Look for new messages soon."""
        self._rung.set()

    async def run(self) -> None:
        """Call the hook until it ends."""
        while True:
            self._rung.clear()
            try:
                if await self._catch_up():
                    await self._rung.wait()
                    await asyncio.sleep(self._services.times.gathered)
            except RedisUnavailable as problem:
                logger.debug("Could not read messages for a hook, will retry: %s", problem, extra=self._facts)
                await asyncio.sleep(RETRY_PAUSE)
            except HookEnded:
                return

    # -- within ------------------------------------------------------------------

    @property
    def _facts(self) -> dict[str, object]:
        return {"room": self._room, "hook": self.hook.id}

    def _is_for_hook(self, message: Message) -> bool:
        text, hook = message.text, self.hook
        if message.hook or not isinstance(text, str):
            return False
        return bool(hook.word and begins_with(text, hook.word)) or mentions(text, hook.name, self._names())

    async def _catch_up(self) -> bool:
        """Call the hook for the next messages; return whether Redis had no more. Raises RedisUnavailable, HookEnded."""
        portion = await self._log.after(self.cursor, self._is_for_hook)
        for message in portion.messages:
            with self._waiting():
                await self._deliver(message)
            if portion.end.epoch == self.cursor.epoch:  # else all of them once more, if this node dies meanwhile
                await self._move(Position(self.cursor.epoch, message.seq))
        if portion.messages:
            await self._move(portion.end)
        self.cursor = portion.end  # it is stored with the next renewal of the lease
        return portion.is_last

    async def _move(self, cursor: Position) -> None:
        self.cursor = cursor
        await self._save()

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        self.is_waiting = True
        try:
            yield
        finally:
            self.is_waiting = False

    async def _deliver(self, message: Message) -> None:
        """Call the hook until the program takes the message, or it is skipped. Raises RedisUnavailable, HookEnded.

        If only the reply can't be stored yet, the program isn't called again: it may do something each time.
        """
        call = f"{self.hook.id}-{message.epoch}-{message.seq}"  # the same each time: the program can tell a repeat
        reply: str | None = None
        while True:
            await self._check_hook()
            form = await self._log.present(message)
            if form is None or await self._is_removed():
                return
            if self._failures >= STREAK and self._age(message) > self._services.times.given_up:
                logger.warning("Skipped a message: its hook takes none", extra={**self._facts, "seq": message.seq})
                self._count("skipped")
                return
            try:
                if reply is None:
                    reply = await self._call(call, form)
                if reply:
                    await self._post(reply, call)
            except CallFailed as problem:
                await self._pause(problem)
            else:
                self._succeed()
                return

    async def _call(self, call: str, form: bytes) -> str:
        """Call the hook once; return its reply, "" for none. Raises CallFailed, HookEnded, RedisUnavailable."""
        hook, services = self.hook, self._services
        body = encode(CallBody(self._room, CalledHook(hook.id, hook.name), Raw(form)))
        headers = {"Content-Type": "application/json"}
        headers.update(signed_headers(hook.secret, call, int(services.clock()), body))
        answer = await services.send(hook.to, headers, body)
        await self._check_hook()
        if answer.status == GONE:
            logger.warning("Revoked a hook: its address is gone (410)", extra=self._facts)
            await revoke_hook(services.link, self._room, hook.id)
            raise HookEnded
        if not answer.is_taken:
            raise CallFailed(f"it answered {answer.status}")
        try:
            return answer.reply()
        except BadBody as problem:
            logger.warning("Could not read a hook's reply: %s", problem, extra=self._facts)
            return ""

    async def _post(self, reply: str, call: str) -> None:
        """Post what the program answers, once for each call. Raises CallFailed, RedisUnavailable."""
        try:
            await self._services.posts().post(self._room, self.hook, reply, call, POST_TIMEOUT)
        except Refused as refused:
            if refused.code in _PASSING:
                raise CallFailed(f"its reply wasn't stored: {refused}") from None
            logger.warning("Dropped a hook's reply: %s", refused, extra=self._facts)
        except asyncio.TimeoutError:
            raise CallFailed("its reply may not be stored: Redis didn't confirm it") from None

    async def _check_hook(self) -> None:
        """Raises HookEnded if the hook was revoked; RedisUnavailable."""
        if await hook_in(self._services.link, self._room, self.hook.id) is None:
            raise HookEnded

    async def _is_removed(self) -> bool:
        """Whether a moderator has removed the hook: then it doesn't read what is written. Raises RedisUnavailable."""
        trial = [(Person(self.hook.id, ""), NO_CLAIM)]
        (answer,) = await self._leases.enter(self._services.link.keys(self._room), trial, is_trial=True)
        return isinstance(answer, Refused) and answer.code is ErrorCode.BARRED

    def _age(self, message: Message) -> float:
        try:
            return self._services.clock() - read_timestamp(message.time).timestamp()
        except ValueError:  # foreign input
            return 0.0

    async def _pause(self, problem: CallFailed) -> None:
        """Count a failure, and wait before the next attempt."""
        self._failures += 1
        self._count("failed")
        level = logging.WARNING if self._failures == 1 else logging.DEBUG
        logger.log(level, "Could not call a hook, will retry: %s", problem, extra=self._facts)
        await asyncio.sleep(self._services.times.delay(self._failures))

    def _succeed(self) -> None:
        if self._failures:
            logger.info("A hook takes messages again", extra={**self._facts, "failures": self._failures})
        self._failures = 0
        self._count("done")

    def _count(self, outcome: CallOutcome) -> None:
        self._services.counters.hook_calls[outcome] += 1
