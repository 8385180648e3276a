"""Finds the Redis to use: `--redis auto | embedded | URL`."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct

from ..config.redis_url import INVALID_URL, is_engine, without_secrets
from ..errors import StartError, TryAgainLater
from ..stop import StopSignals
from .credentials import NO_CREDENTIALS, Credentials
from .embedded import EmbeddedRedis
from .folder import REDIS_FOLDER
from .link import RedisLink
from .primary import PrimaryLink
from .probe import NO_ANSWER, Probe, Trouble, find_file_trouble, find_trouble, is_deserted

LOCAL = "redis://localhost:6379"
WAIT = 60.0  # s for a Redis that is starting or loading, as after a reboot of the machine
RETRY_EVERY = 0.25  # s between two attempts
# Advice for a Redis that can't be used.
START = "Start it (for example: docker run -p 127.0.0.1:6379:6379 redis)."
NAMED = "Correct --redis, or omit --redis to use the embedded one."
CORRECT = "Correct --redis."
FOUND = "Set --redis to another one, or choose the embedded one: --redis embedded"

logger = logging.getLogger(__name__)


async def _nothing() -> None:
    return None


class RedisSource(Struct, frozen=True):
    """A Redis that answered: its URL, its name in the log, and how to restart or release it.

    `warnings` say in words what it can't promise, if anything. `embedded`: it is the one of the data folder.
    """

    url: str
    title: str
    warnings: tuple[str, ...] = ()
    restart: Callable[[], Awaitable[None]] = _nothing
    release: Callable[[], None] = lambda: None
    embedded: bool = False

    def open_link(self, *, publish_plainly: bool = False) -> RedisLink:
        """A link to this Redis, not yet started. `publish_plainly`: a cluster also publishes messages with PUBLISH."""
        if not is_engine(self.url):
            return PrimaryLink(self.url, self.restart)
        from .engine import open_routed_link

        return open_routed_link(self.url, publish_plainly=publish_plainly)


class _Waiting(NamedTuple):
    """How long to wait for a Redis that isn't up yet, and the function to call before that."""

    seconds: float
    before: Callable[[], None]


def find_redis(
    wanted: str,
    data: Path,
    credentials: Credentials = NO_CREDENTIALS,
    stop: StopSignals | None = None,
    before_waiting: Callable[[], None] = lambda: None,
    *,
    wait: float | None = None,
    create: bool = True,
    before_embedded: Callable[[Path], None] = lambda data: None,
) -> RedisSource:
    """The Redis that `wanted` names. It blocks, since it is called before anything else runs.

    If it has to wait, it first calls `before_waiting`, which may raise; it waits for `wait` seconds (None: WAIT).
    `create`: False if a folder that has no embedded Redis yet can only be a mistake. `before_embedded` is called with
    the data folder if the embedded one is used, before anything there is touched; it may raise StartError.

    Raises StartError or TryAgainLater if there is none, and Stopped as soon as a signal comes. A Redis that was
    named, or that answers at all, is never replaced by another one: the chat would have two histories.
    """
    stop = stop or StopSignals()
    waiting = _Waiting(WAIT if wait is None else wait, before_waiting)
    if wanted == "embedded" or (wanted == "auto" and stop.unless_stopped(_is_nobody_local)):
        why = "as configured" if wanted == "embedded" else "no Redis at localhost:6379"
        before_embedded(data)
        if not create:
            _check_folder(data, why)
        return _embedded(data, stop, why)
    if wanted == "auto":
        return _remote(credentials.into(LOCAL), "localhost:6379", stop, waiting, FOUND)
    try:
        url = credentials.into(wanted)
    except ValueError:
        raise StartError(f"--redis: {INVALID_URL}.") from None
    return _remote(url, without_secrets(wanted), stop, waiting, NAMED)


def _is_nobody_local() -> bool:
    parts = urlsplit(LOCAL)
    return is_deserted(parts.hostname or "", parts.port or 0)


def _check_folder(data: Path, why: str) -> None:
    """Check that the data folder has an embedded Redis. Raises StartError if it never had one."""
    try:
        (data / REDIS_FOLDER).stat()
    except FileNotFoundError:
        raise StartError(
            f"There is no chat in the data folder {data} (looked there for an embedded Redis: {why}).\n"
            "Correct --data, set --redis to the chat's Redis, or start the server once."
        ) from None
    except OSError:  # the start will report what is wrong with it
        return


def _embedded(data: Path, stop: StopSignals, why: str) -> RedisSource:
    embedded = EmbeddedRedis(data, stop)
    embedded.start()
    title = f"embedded Redis in {data} ({why})"
    return RedisSource(embedded.url, title, restart=embedded.restart, release=embedded.release, embedded=True)


def _remote(url: str, place: str, stop: StopSignals, waiting: _Waiting, advice: str) -> RedisSource:
    _wait_for(url, place, stop, waiting, advice)
    return RedisSource(url, f"Redis at {place}", stop.unless_stopped(lambda: _warnings(url)))


def _wait_for(url: str, place: str, stop: StopSignals, waiting: _Waiting, advice: str) -> None:
    """Return when this Redis can be used. Raises StartError, TryAgainLater, Stopped."""
    end, said = 0.0, set[str]()
    while (trouble := stop.unless_stopped(lambda: _trouble(url))) is not None:
        if not trouble.may_pass:
            raise StartError(
                f"Could not connect to Redis at {place}: {trouble.reason}.\n{_advice(trouble, advice)}".rstrip()
            )
        if not said:
            waiting.before()
            end = time.monotonic() + waiting.seconds
        if time.monotonic() >= end and trouble.is_for_a_person:
            raise StartError(f"Could not use Redis at {place}: {trouble.reason}.\n{_advice(trouble, advice)}".rstrip())
        if time.monotonic() >= end:
            start = f"{START} " if trouble.is_absent else ""
            what = "" if trouble.is_answer and advice == NAMED else advice
            raise TryAgainLater(f"Could not connect to Redis at {place}: {trouble.reason}.\n{start}{what}".rstrip())
        if trouble.reason not in said:
            logger.warning("Waiting up to %.0f s for Redis at %s: %s", end - time.monotonic(), place, trouble.reason)
            said.add(trouble.reason)
        stop.sleep(RETRY_EVERY)


def _advice(trouble: Trouble, advice: str) -> str:
    """What else to do about this trouble, or "". A named Redis that answers isn't to be replaced by the embedded one,
    which has another history.
    """
    if advice != NAMED:
        return advice
    return "" if trouble.is_remedied else CORRECT


def _trouble(url: str) -> Trouble | None:
    if (trouble := find_file_trouble(url)) is not None:
        return trouble
    if not is_engine(url):
        return find_trouble(url)
    from .engine import find_engine_trouble

    return find_engine_trouble(url)


def _warnings(url: str) -> tuple[str, ...]:
    """The data that this Redis could lose, in words, each once; empty if none, or if it doesn't say."""
    if not is_engine(url):
        return tuple(_primary_warnings(url))
    from .engine import primary_urls, replica_warnings

    primaries = primary_urls(url)
    looks = (_primary_warnings, replica_warnings)
    return tuple(dict.fromkeys(warning for look in looks for primary in primaries for warning in look(primary)))


def _primary_warnings(url: str) -> Iterator[str]:
    try:
        with Probe(url) as client:
            append_only = client.execute("INFO", "persistence").get("aof_enabled")
            snapshots = client.config("save").get("save")
            limit = client.config("maxmemory*")
    except NO_ANSWER:
        return
    if limit.get("maxmemory", "0") != "0" and limit.get("maxmemory-policy") != "noeviction":
        yield "Redis evicts messages when its memory is full; set maxmemory-policy noeviction"
    if append_only:
        return
    if snapshots:
        yield "Redis saves only snapshots: a crash loses the newest messages; set appendonly yes"
    else:
        yield "Redis persistence is off: a restart loses all messages; set appendonly yes"
