"""Short blocking calls to a Redis that may not be there: whether it can be used, its settings, its shutdown."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import redis.exceptions as redis_py
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.retry import Retry

from ..config.redis_url import INVALID_URL
from .keys import SLOTS
from .redis_errors import is_transient, refuses_writes
from .replies import pairs, shaped

PROBE_TIMEOUT = 1.0  # s
NO_ANSWER = (redis_py.RedisError, OSError)
NO_RETRY = Retry(NoBackoff(), 0)  # redis-py retries ten times by default, with growing pauses: 4 s of silence
# With RESP3, pongs and messages of a subscription have other shapes, for no gain here. redis-py doesn't introduce
# itself (CLIENT SETINFO), as Redis 7.0 doesn't know that, and a newer one logs a denial unless its ACL allows it.
PLAIN = {"protocol": 2, "driver_info": None}
ABSENT = (errno.ECONNREFUSED, errno.ENOENT)
NOBODY = (errno.ECONNREFUSED, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # the last two: no IPv6 here
FULL = "max number of clients"  # Redis's words, of which redis-py makes an error of the connection
FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")  # options of a URL


class Remedy(NamedTuple):
    """What to do about a password that is missing, and about a user or password that is wrong."""

    missing: str
    wrong: str


REDIS = Remedy(
    "set WSCHAT_REDIS_PASSWORD or --redis-password-file",
    "correct them in --redis, or --redis-user and --redis-password-file (WSCHAT_REDIS_USER, WSCHAT_REDIS_PASSWORD)",
)


class Trouble(NamedTuple):
    """Why a Redis can't be used now, and whether that may pass on its own.

    `is_for_a_person`: if it hasn't passed after a while, a person must act. `is_absent`: nothing listens there.
    `is_remedied`: the reason also says what to do. `is_answer`: a Redis replied with it.
    """

    reason: str
    may_pass: bool
    is_for_a_person: bool = False
    is_absent: bool = False
    is_remedied: bool = False
    is_answer: bool = False


class Probe:
    """A blocking connection that tries each command once. If it is broken, the next command opens it again.

    Raises ValueError or TypeError if the URL is invalid, or has an unknown option.
    """

    def __init__(self, url: str) -> None:
        self._connection = ConnectionPool.from_url(
            url, socket_connect_timeout=PROBE_TIMEOUT, socket_timeout=PROBE_TIMEOUT, retry=NO_RETRY, **PLAIN
        ).make_connection()

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def execute(self, *words: str | bytes | int) -> Any:
        """Redis's reply, within PROBE_TIMEOUT. Raises an exception of NO_ANSWER."""
        if self._connection.is_connected and self._is_spoilt():
            self._connection.disconnect()
        self._connection.send_command(*words)
        return shaped(str(words[0]), self._connection.read_response())

    def config(self, pattern: str) -> dict[str, str]:
        """The server's settings whose names match. Raises an exception of NO_ANSWER, also if they may not be read."""
        found = self.execute("CONFIG", "GET", pattern)
        if not isinstance(found, list):  # a proxy before Redis with an answer of its own
            return {}
        return {name.decode(): value.decode(errors="replace") for name, value in pairs(found).items()}

    def close(self) -> None:
        self._connection.disconnect()

    def _is_spoilt(self) -> bool:
        """Whether Redis has closed the connection, or sent a reply that no command waits for."""
        try:
            return bool(self._connection.can_read())
        except NO_ANSWER:
            return True


def find_trouble(url: str) -> Trouble | None:
    """Why the Redis at `url` can't be used, or None. If it only refuses to write, it can be used for reading."""
    try:
        with Probe(url) as client:
            if client.execute("PING") == b"PONG":
                return _wrong_kind(client)
        return Trouble("what answers there isn't a Redis", may_pass=False)
    except NO_ANSWER as problem:
        return None if refuses_writes(problem) else _with_hint(url, explain(problem), problem)
    except (ValueError, TypeError):  # their own texts would quote the URL; TypeError: an unknown option
        return Trouble(INVALID_URL, may_pass=False)


def _wrong_kind(client: Probe) -> Trouble | None:
    """Why a plain URL is wrong for what answers, or None: a sentinel has no rooms, a node of a cluster only some."""
    try:
        info = client.execute("INFO", "server")
        mode = info.get("redis_mode") or info.get("server_mode")  # Valkey's name for it
        slots = client.execute("CLUSTER", "SLOTS") if mode == "cluster" else []
    except NO_ANSWER:  # this user may not ask, say
        return None
    if mode == "sentinel":
        return Trouble(
            "what answers there is a sentinel; use redis+sentinel:// instead of redis://",
            may_pass=False,
            is_remedied=True,
        )
    owners = {tuple(node[:2]) for _, _, node, *_ in slots}
    if mode == "cluster" and not (len(owners) == 1 and sum(last - first + 1 for first, last, *_ in slots) == SLOTS):
        return Trouble(
            "what answers there has only a part of a cluster; use redis+cluster:// instead of redis://",
            may_pass=False,
            is_remedied=True,
        )
    return None


def find_file_trouble(url: str) -> Trouble | None:
    """Why a TLS file that the URL names can't be read, or None: redis-py would take that for an absent Redis."""
    for name, file in parse_qsl(url.partition("?")[2]):
        try:
            if name in FILES:
                Path(file).read_bytes()
        except OSError as problem:
            return Trouble(f"could not read {file}: {problem.strerror}", may_pass=False)
    return None


def _with_hint(url: str, trouble: Trouble, problem: Exception) -> Trouble:
    """The trouble, with a hint at a wrong scheme: Redis cuts connections that lack TLS, and without TLS it waits."""
    if url.startswith("redis://") and any(map(_is_cut, _causes(problem))):
        return trouble._replace(reason=f"{trouble.reason} (rediss:// if it expects TLS)")
    if url.startswith("rediss://") and isinstance(problem, redis_py.TimeoutError):
        return trouble._replace(reason=f"{trouble.reason} (redis:// if it has no TLS)")
    return trouble


def of_all(reason: str, troubles: Iterable[Trouble]) -> Trouble:
    """The trouble if each of several servers has one: `reason`, which contains theirs."""
    troubles = list(troubles)
    may_pass = any(one.may_pass for one in troubles)
    is_answer = any(one.is_answer for one in troubles)
    return Trouble(reason, may_pass, is_remedied=all(one.is_remedied for one in troubles), is_answer=is_answer)


def _is_cut(cause: BaseException) -> bool:
    return isinstance(cause, ConnectionResetError) or "closed by server" in str(cause)


def is_deserted(host: str, port: int) -> bool:
    """Whether nothing listens there, at any of the host's addresses. Only a refusal proves that, silence doesn't."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return not any(_is_taken(family, address) for family, _, _, _, address in found)


def _is_taken(family: int, address: Any) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as asking:
            asking.settimeout(PROBE_TIMEOUT)
            asking.connect(address)
    except OSError as problem:
        return problem.errno not in NOBODY
    return True


def explain(problem: Exception, remedy: Remedy = REDIS) -> Trouble:
    """Explain an exception of redis-py in words, with the remedy for a password."""
    text = (str(problem) or type(problem).__name__).rstrip(".")
    if isinstance(problem, redis_py.AuthenticationError):
        if "required" in text:
            reason = f"it requires a password; {remedy.missing}"
        else:
            reason = f"wrong user or password ({text}); {remedy.wrong}"
        return Trouble(reason, may_pass=False, is_remedied=True, is_answer=True)
    if isinstance(problem, redis_py.InvalidResponse):
        return Trouble("what answers there isn't a Redis", may_pass=False)
    if isinstance(problem, (redis_py.ConnectionError, redis_py.TimeoutError, OSError)):
        causes = list(_causes(problem))
        system = [words for cause in causes if isinstance(cause, OSError) and (words := _system_words(cause))]
        is_absent = any(isinstance(cause, OSError) and cause.errno in ABSENT for cause in causes)
        may_pass = not any(map(_needs_a_person, causes))
        is_answer = isinstance(problem, redis_py.BusyLoadingError) or text.startswith(FULL)
        return Trouble(system[-1] if system else text, may_pass, is_absent=is_absent, is_answer=is_answer)
    return Trouble(text, is_transient(problem), is_answer=True)


def _system_words(problem: OSError) -> str | None:
    """The system's words for an error, which asyncio replaces by its own."""
    return os.strerror(problem.errno) if isinstance(problem, ConnectionError) and problem.errno else problem.strerror


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    while problem is not None:
        yield problem
        problem = problem.__cause__ or problem.__context__


def _needs_a_person(cause: BaseException) -> bool:
    """Whether waiting can't help: the certificate is invalid, it isn't TLS, or this user may not open the socket."""
    return isinstance(cause, (ssl.SSLError, PermissionError))
