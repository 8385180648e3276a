"""Types of setting values for click, with errors that are sentences for the operator."""

import math
import os
import re
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from .redis_url import is_engine, parse_engine_url

PORT_MAX = 65535
SCHEMES = ("redis", "rediss", "unix")
UNIX = "unix:"  # before the path of a socket
RATE_MIN = 0.001  # a second
NUMBER_MAX = 1_000_000_000  # as seconds 31 years; what is far more overflows where times are computed
KEYWORDS = {"self", "none"}  # of a Content-Security-Policy; without quotes they are hosts
IN_ASCII = "names of other scripts stand as browsers send them, in ASCII (xn--…)"
ENGINES = ("redis+sentinel", "redis+cluster")  # and with rediss
Param = click.Parameter | None
Context = click.Context | None


class Number(click.FloatRange):
    """A number to count seconds or days with: neither infinite nor next to it."""

    name = "number"

    def __init__(self, most: float = NUMBER_MAX) -> None:
        super().__init__(0, most)

    def convert(self, value: Any, param: Param, ctx: Context) -> float:
        try:
            number = float(super().convert(value, param, ctx))
        except OverflowError:  # a whole number of hundreds of digits
            number = math.inf
        if not math.isfinite(number) or isinstance(value, bool):
            self.fail(f"{value!r} is not a valid number.", param, ctx)
        return number


class PerSecond(Number):
    """A rate; 0 is none. One that is next to nothing isn't a rate to count with."""

    name = "number"

    def __init__(self) -> None:
        super().__init__(1_000_000)

    def convert(self, value: Any, param: Param, ctx: Context) -> float:
        rate = super().convert(value, param, ctx)
        if 0 < rate < RATE_MIN:
            self.fail(f"{value!r} is not 0, for no limit, and less than {RATE_MIN}.", param, ctx)
        return rate


class Integer(click.IntRange):
    """A whole number: 1.5 isn't one."""

    name = "integer"

    def convert(self, value: Any, param: Param, ctx: Context) -> int:
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            self.fail(f"{value!r} is not a valid integer.", param, ctx)
        return int(super().convert(value, param, ctx))


class WorkerCount(click.ParamType[int]):
    """A number from 1, or `auto`: as many as this process may use processors."""

    name = "integer|auto"

    def convert(self, value: Any, param: Param, ctx: Context) -> int:
        if str(value).lower() == "auto":
            return _processors()
        return Integer(1, 256).convert(value, param, ctx)


class Hosts(click.ParamType[tuple[str, ...]]):
    """Addresses, host names and paths of Unix sockets, with commas between.

    None would mean the whole network, which nobody should have by mistake.
    """

    name = "addresses"

    def convert(self, value: Any, param: Param, ctx: Context) -> tuple[str, ...]:
        words: Iterable[str] = value.split(",") if isinstance(value, str) else value
        hosts = tuple(word.strip().removeprefix("[").removesuffix("]") for word in words if word.strip())
        if not hosts:
            self.fail("expected localhost (for this machine only), 0.0.0.0 (for all) or an address.", param, ctx)
        for host in hosts:
            if host.startswith(UNIX) and not host.removeprefix(UNIX).startswith("/"):
                self.fail(f"{host!r}: expected a path from the root, such as unix:/run/wschat/chat.sock.", param, ctx)
        return hosts


class BasePath(click.ParamType[str]):
    """The path of a folder in URLs, without the slash at its end; empty for the root."""

    name = "path"

    def convert(self, value: Any, param: Param, ctx: Context) -> str:
        path = str(value).strip().rstrip("/")
        if not re.fullmatch(r"(/[\w.~-]+)*", path, re.ASCII) or {".", ".."} & set(path.split("/")):
            self.fail(f"{value!r}: expected a path such as /chat.", param, ctx)
        return path


class Listener(click.ParamType[str]):
    """`address:port` of a listener beside that of the chat; empty for none."""

    name = "address:port"

    def convert(self, value: Any, param: Param, ctx: Context) -> str:
        text = str(value).strip()
        found = re.fullmatch(r"(\[[^\]]+\]|[^:\s]+):(\d{1,5})", text)
        if text and (not found or int(found[2]) > PORT_MAX):
            self.fail("expected an address and a port, such as 127.0.0.1:9464 or [::1]:9464.", param, ctx)
        return text


class RedisPlace(click.ParamType[str]):
    """`auto`, `embedded`, or a URL. The errors don't quote it: it may contain a password."""

    name = "auto|embedded|URL"

    def convert(self, value: Any, param: Param, ctx: Context) -> str:
        place = str(value).strip()
        if place.lower() in ("auto", "embedded"):
            return place.lower()
        if is_engine(place):
            return self._engine(place, param, ctx)
        if place.partition("://")[0] not in SCHEMES:
            expected = ", ".join(f"{scheme}://" for scheme in (*SCHEMES, *ENGINES))
            self.fail(f"expected auto, embedded, or a URL that starts with {expected}.", param, ctx)
        if not _is_redis_url(place):
            self.fail(
                "invalid URL; expected redis://host:port/database, with # / @ in a password as %23 %2F %40.", param, ctx
            )
        return place

    def _engine(self, url: str, param: Param, ctx: Context) -> str:
        try:
            parse_engine_url(url)
        except ValueError as problem:
            self.fail(f"{problem}.", param, ctx)
        return url


class Words(click.ParamType[tuple[str, ...]]):
    """Words with commas between; none for an empty value."""

    name = "list"

    def convert(self, value: Any, param: Param, ctx: Context) -> tuple[str, ...]:
        words: Iterable[str] = value.split(",") if isinstance(value, str) else value
        found = tuple(word.strip() for word in words if word.strip())
        for word in found:
            problem = self.problem(word)
            if problem:
                self.fail(f"{word!r}: {problem}.", param, ctx)
        return found

    def problem(self, word: str) -> str:
        """The error in words; empty if the value is valid."""
        return ""


class Origins(Words):
    """`https://example.org` and the like, `null`, `*`."""

    def problem(self, word: str) -> str:
        if not word.isascii():
            return IN_ASCII
        if word in ("null", "*") or (
            re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#@*\s]+/?", word, re.IGNORECASE) and _has_good_port(word)
        ):
            return ""
        return "expected an origin, such as https://example.org or https://example.org:8443, null or *"


class Networks(Words):
    """Addresses and networks."""

    def problem(self, word: str) -> str:
        try:
            ip_network(word, strict=False)
        except ValueError:
            return "expected an address or a network, such as 127.0.0.1, 10.0.0.0/8"
        return ""


class Sources(click.ParamType[str]):
    """The value of a directive of a Content-Security-Policy."""

    name = "sources"

    def convert(self, value: Any, param: Param, ctx: Context) -> str:
        sources = str(value)
        if any(char in ";," or not char.isprintable() for char in sources):
            self.fail(f"{value!r}: expected sources between spaces, such as 'self' https://example.org.", param, ctx)
        if not sources.isascii():
            self.fail(f"{value!r}: {IN_ASCII}.", param, ctx)
        for word in KEYWORDS.intersection(sources.lower().split()):
            self.fail(f"{value!r}: {word} stands in quotes of its own, '{word}'.", param, ctx)
        return sources


class Folder(click.ParamType[Path]):
    """A folder's path; `~` is the home folder, also where no shell has looked."""

    name = "folder"

    def convert(self, value: Any, param: Param, ctx: Context) -> Path:
        if not str(value).strip():
            self.fail("expected the path of a folder.", param, ctx)
        return _at_home(self, value, param, ctx)


class FileOrNone(click.ParamType[Path | None]):
    """A file's path; None for an empty value."""

    name = "file"

    def convert(self, value: Any, param: Param, ctx: Context) -> Path | None:
        return _at_home(self, value, param, ctx) if value else None


def _at_home(kind: click.ParamType[Any], value: Any, param: Param, ctx: Context) -> Path:
    try:
        return Path(value).expanduser()
    except RuntimeError:  # no such user, or one without a home folder, as in a container
        kind.fail(f"{str(value)!r}: no home folder is known for ~; write the whole path.", param, ctx)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _has_good_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _is_redis_url(url: str) -> bool:
    """redis-py takes a database that it can't read for 0."""
    try:
        parts = urlsplit(url)
        return bool(parts.path if parts.scheme == "unix" else re.fullmatch(r"/?\d*", parts.path) and (parts.port or 1))
    except ValueError:
        return False
