"""Which Redis it is to be: `--redis auto | embedded | URL`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from redis.exceptions import AuthenticationError

from ..errors import StartError
from .credentials import NO_CREDENTIALS, Credentials
from .embedded import EmbeddedRedis
from .probe import NO_ANSWER, probe

LOCAL = "redis://localhost:6379"
SCHEMES = ("redis", "rediss", "unix")


async def _nothing() -> None:
    return None


@dataclass(frozen=True)
class RedisSource:
    """A Redis that answered: its URL, what to call it in the log, and what brings it back or lets go of it.

    `warning` says in words what it can't promise, if anything. `embedded`: it is the one of the data folder.
    """

    url: str
    title: str
    warning: str = ""
    restart: Callable[[], Awaitable[None]] = _nothing
    release: Callable[[], None] = lambda: None
    embedded: bool = False


def find_redis(wanted: str, data: Path, credentials: Credentials = NO_CREDENTIALS) -> RedisSource:
    """The Redis that `wanted` names. Blocking: it is called before anything else runs.

    Raises StartError when it can't be had. A Redis that was named and doesn't answer is never replaced by another.
    """
    if wanted == "auto":
        local = credentials.into(LOCAL)
        if _problem(local) is None:
            return RedisSource(local, "Redis at localhost:6379", _warning(local))
        return _embedded(data, fallback=True)
    if wanted == "embedded":
        return _embedded(data, fallback=False)
    scheme = urlsplit(wanted).scheme
    if scheme not in SCHEMES:
        raise StartError(
            f"--redis {_safe(wanted)}: expected auto, embedded, or a URL that starts with "
            + ", ".join(f"{known}://" for known in SCHEMES)
        )
    url = credentials.into(wanted)
    problem = _problem(url)
    if problem is not None:
        raise StartError(
            f"Could not connect to Redis at {_safe(wanted)}: {problem.rstrip('.')}.\n"
            "Start it (for example: docker run -p 6379:6379 redis), correct --redis, "
            "or omit --redis to use the embedded one."
        )
    return RedisSource(url, f"Redis at {_safe(wanted)}", _warning(url))


def _embedded(data: Path, *, fallback: bool) -> RedisSource:
    embedded = EmbeddedRedis(data)
    embedded.start()
    why = "no Redis at localhost:6379" if fallback else "as configured"
    title = f"embedded Redis in {data} ({why})"
    return RedisSource(embedded.url, title, restart=embedded.restart, release=embedded.release, embedded=True)


def _problem(url: str) -> str | None:
    """Why Redis at `url` can't be used, or None."""
    try:
        with probe(url) as client:
            client.ping()
    except AuthenticationError:
        return "wrong user or password"
    except ValueError:  # its own words would quote the URL
        return "invalid URL; percent-encode # / @ in a password as %23 %2F %40"
    except NO_ANSWER as problem:
        return str(problem)
    return None


def _warning(url: str) -> str:
    """What this Redis would lose, in words; empty when nothing, or when it won't say."""
    try:
        with probe(url) as client:
            append_only = client.info("persistence").get("aof_enabled")
            snapshots = client.config_get("save").get("save")
            limit = client.config_get("maxmemory*")
    except NO_ANSWER:
        return ""
    if limit.get("maxmemory", "0") != "0" and limit.get("maxmemory-policy") != "noeviction":
        return "Redis evicts messages when its memory is full; set maxmemory-policy noeviction"
    if append_only:
        return ""
    if snapshots:
        return "Redis saves only snapshots: a crash loses the newest messages; set appendonly yes"
    return "Redis persistence is off: a restart loses all messages; set appendonly yes"


def _safe(url: str) -> str:
    """The URL without its user, password and options, also where it isn't a good URL."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}" if rest else scheme
