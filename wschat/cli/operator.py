"""Connects each command to the Redis of the settings, and reports failures."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from msgspec import Struct

from ..admin import foreign_keys, is_foreign
from ..config import ANY_ROOM, Settings
from ..errors import LogLost, RedisRejected, RedisUnavailable, Refused, StartError, Stopped
from ..model import MAIN_ROOM, room_name
from ..redis_link import Credentials, RedisLink, RedisSource, act_as_owner, find_redis
from ..stop import StopSignals
from .terminal import printable

INTERRUPTED = 130  # the exit code of a program that a signal ended, by convention

T = TypeVar("T")


class Failure(click.ClickException):
    """Ends the command with a sentence on the error stream and code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))  # it may contain names of strangers


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
        raise Failure(f"{str(problem)[:1].upper()}{str(problem)[1:]}. Run the command again.") from None
    except RedisRejected as problem:
        foreign = await _foreign_in(link, room) if room is not None and is_foreign(problem) else []
        raise Failure(
            foreign_sentence(f"{source.title} rejected a command, since", foreign)
            if foreign
            else f"{source.title} rejected a command: {problem}"
        ) from None
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


def foreign_sentence(before: str, foreign: Collection[str]) -> str:
    """The sentence that names keys of another type than the chat's. `before` says what that means."""
    kind = "this key is" if len(foreign) == 1 else "these keys are"
    names = ", ".join(foreign)
    return f"{before} {kind} of another type than the chat's: {names}. DEL or `forget --room` removes them."


def room_of(raw: str) -> str:
    """The room that an argument names. Raises Failure."""
    try:
        return room_name(raw)
    except Refused as refused:
        raise Failure(f"{raw!r} isn't a room: {refused}.") from None


def open_room_of(raw: str, settings: Settings) -> str:
    """The room that an argument names, if people can enter it: ROOMS may leave it out. Raises Failure."""
    room = room_of(raw)
    if room != MAIN_ROOM and ANY_ROOM not in settings.rooms and room not in settings.rooms:
        raise Failure(f"{settings.source('rooms')} has no room {room}: nobody can enter it.")
    return room


def check_room(room: str, rooms: list[str]) -> None:
    """Check that the room exists; the main one always does. Raises Failure."""
    if room not in (MAIN_ROOM, *rooms):
        names = ", ".join(dict.fromkeys([MAIN_ROOM, *rooms]))
        raise Failure(f"There is no room {room}. Existing rooms: {names}.")


def no_messages(room: str, source: RedisSource) -> str:
    """The sentence for a room without messages. It names the Redis, which may not be the server's."""
    return f"No messages in {room}. Looked in: {source.title}"


def sentence(refused: Refused) -> str:
    """A server's terse refusal as a sentence."""
    return f"{str(refused)[:1].upper()}{str(refused)[1:]}."


@contextmanager
def progress(label: str, *, hidden: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on the error stream, if that is a terminal. Call the function with (done, total)."""
    hidden = hidden or not sys.stderr.isatty()
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden) as bar:

        def move(done: int, whole: int) -> None:
            bar.length = max(1, whole)
            bar.update(done - bar.pos)

        yield move
