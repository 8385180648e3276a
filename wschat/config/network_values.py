"""Types of setting values for click: addresses and URLs. Errors are sentences for the operator."""

import re
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import click

from .redis_url import INVALID_URL, PORT_MAX, complete_url, is_engine, parse_engine_url
from .values import Context, Param, WordList

SCHEMES = ("redis", "rediss", "unix")
UNIX_PREFIX = "unix:"  # before the path of a socket
NONE = "'none'"
KEYWORDS = {"self", "none"}  # of a Content-Security-Policy; without quotes they are hosts
SOURCE = re.compile(
    r"'self'|'none'|[a-z][a-z0-9+.-]*:"  # a scheme alone: `https:`
    r"|([a-z][a-z0-9+.-]*://)?(\*|(\*\.)?[\w-]+(\.[\w-]+)*\.?)(:(\d{1,5}|\*))?(/[\w.~%!$&'()*+=:@/-]*)?",
    re.ASCII | re.IGNORECASE,
)
IN_ASCII = "names of other scripts stand as browsers send them, in ASCII (xn--…)"
ENGINES = ("redis+sentinel", "redis+cluster")  # and with rediss


class Hosts(click.ParamType[tuple[str, ...]]):
    """Comma-separated addresses, host names and paths of Unix sockets.

    An empty list would mean the whole network, which nobody should get by mistake, so it is invalid.
    """

    name = "addresses"

    def convert(self, value: Any, param: Param, ctx: Context) -> tuple[str, ...]:
        words: Iterable[str] = value.split(",") if isinstance(value, str) else value
        hosts = tuple(word.strip().removeprefix("[").removesuffix("]") for word in words if word.strip())
        if not hosts:
            self.fail("expected localhost (for this machine only), 0.0.0.0 (for all) or an address.", param, ctx)
        for host in hosts:
            if host.startswith(UNIX_PREFIX) and not host.removeprefix(UNIX_PREFIX).startswith("/"):
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


class AddressAndPort(click.ParamType[str]):
    """`address:port` of a listener in addition to the chat's; empty for none."""

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
        try:
            return complete_url(place)
        except ValueError:  # its own text may quote the URL
            self.fail(f"{INVALID_URL}.", param, ctx)

    def _engine(self, url: str, param: Param, ctx: Context) -> str:
        try:
            parse_engine_url(url)
        except ValueError as problem:
            self.fail(f"{problem}.", param, ctx)
        return url


class OriginList(WordList):
    """Comma-separated origins: `https://example.org` and the like, `null`, `*`."""

    def problem(self, word: str) -> str:
        if not word.isascii():
            return IN_ASCII
        if word in ("null", "*") or (
            re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#@*\s]+/?", word, re.IGNORECASE) and _has_good_port(word)
        ):
            return ""
        return "expected an origin, such as https://example.org or https://example.org:8443, null or *"


class Networks(WordList):
    """Comma-separated addresses and networks."""

    def problem(self, word: str) -> str:
        try:
            ip_network(word, strict=False)
        except ValueError:
            return "expected an address or a network, such as 127.0.0.1, 10.0.0.0/8"
        return ""


class Sources(click.ParamType[str]):
    """The sources of `frame-ancestors` by Content Security Policy, level 3. Browsers ignore any others."""

    name = "sources"

    def convert(self, value: Any, param: Param, ctx: Context) -> str:
        sources = str(value)
        if not sources.isascii():
            self.fail(f"{value!r}: {IN_ASCII}.", param, ctx)
        words = sources.split()
        for word in words:
            if word.lower() in KEYWORDS:
                self.fail(f"{value!r}: {word} stands in quotes of its own, '{word}'.", param, ctx)
            if not SOURCE.fullmatch(word) or (word.lower() == NONE and len(words) > 1):
                expected = f"sources between spaces, such as 'self' https://example.org, or {NONE} alone"
                self.fail(f"{value!r}: {word} can't stand here; expected {expected}.", param, ctx)
        return " ".join(words)


def _has_good_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False
