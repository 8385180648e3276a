"""Connects each command to the Redis of the settings, and reports failures."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from msgspec import Struct

from ..admin import foreign_keys, is_foreign
from ..config import Settings
from ..errors import LogLost, RedisRejected, RedisUnavailable, StartError, Stopped
from ..redis_link import Credentials, RedisLink, RedisSource, act_as_owner, find_redis
from ..stop import StopSignals
from .failure import INTERRUPTED, Failure
from .output import sentence, wrong_type

T = TypeVar("T")


class Operator(Struct, frozen=True):
    """The context of a command: the settings of the operator who runs it."""

    settings: Settings

    @property
    def lang(self) -> str:
        """The language in which a command writes for readers of the chat: "en", else "ru", also for `auto`."""
        return "en" if self.settings.lang == "en" else "ru"

    def run(
        self, work: Callable[[RedisLink], Coroutine[Any, Any, T]], room: str | None = None, *, create: bool = False
    ) -> T:
        """The result of `work` on the chat's Redis, which is started if it is the embedded one and isn't running.
        Ends the program with a sentence if that is impossible.

        `room`: the one that the command is for; if a command is rejected because of its keys, the sentence names them.
        `create`: even if there is no chat yet. Otherwise a mistyped folder would become an empty chat.
        """
        return self.run_with_source(lambda link, source: work(link), room, create=create)

    def run_with_source(
        self,
        work: Callable[[RedisLink, RedisSource], Coroutine[Any, Any, T]],
        room: str | None = None,
        *,
        create: bool = False,
    ) -> T:
        """Like `run`, for work that also takes the source of its Redis, to name the place that was searched."""
        stop = StopSignals()
        stop.record()
        try:
            source = self._find(stop, create)
            try:
                return asyncio.run(_work(source, stop, work, room))
            finally:
                source.release()
        except StartError as problem:
            raise Failure(str(problem)) from None
        except (Stopped, asyncio.CancelledError):
            sys.exit(INTERRUPTED)
        finally:
            stop.restore()

    def _find(self, stop: StopSignals, create: bool) -> RedisSource:
        settings = self.settings
        credentials = Credentials(settings.redis_user, settings.redis_password)
        return find_redis(
            settings.redis, settings.data, credentials, stop, wait=0, create=create, before_embedded=act_as_owner
        )


async def _work(
    source: RedisSource,
    stop: StopSignals,
    work: Callable[[RedisLink, RedisSource], Coroutine[Any, Any, T]],
    room: str | None,
) -> T:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    stop.listen(lambda number: loop.call_soon_threadsafe(task.cancel))
    link = source.open_link()
    try:
        await link.start()
        return await work(link, source)
    except LogLost as problem:
        raise Failure(f"{sentence(problem)} Run the command again.") from None
    except RedisRejected as problem:
        foreign = await _foreign_in(link, room) if room is not None and is_foreign(problem) else []
        reason = f"{source.title} rejected a command"
        raise Failure(f"{reason}. {wrong_type(foreign)}" if foreign else f"{reason}: {problem}") from None
    except RedisUnavailable as problem:
        raise Failure(f"Could not use {source.title}: {problem}") from None
    finally:
        await link.stop()


async def _foreign_in(link: RedisLink, room: str) -> list[str]:
    """The room's keys of another type; none if Redis doesn't say."""
    try:
        return await foreign_keys(link, link.keys(room))
    except RedisUnavailable:
        return []
