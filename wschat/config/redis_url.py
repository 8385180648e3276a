"""URLs of Redis: of one server, of a set watched by Sentinel, of a Cluster."""

import re
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from msgspec import Struct

SENTINEL_PORT = 26379
REDIS_PORT = 6379
PORT_MAX = 65535
INVALID_URL = "invalid URL; expected redis://host:port/database, with # / ? @ in a password as %23 %2F %3F %40"
ENGINE = re.compile(r"(rediss?)\+(sentinel|cluster)://")
_PARTS = re.compile(r"(?:([^@/?#]*)@)?([^@/?#]*)(?:/([^?#]*))?(?:\?([^#]*))?")
_STRAY_AT = re.compile(r"(?:^|&)(?!(?:username|password)=)[^&]*@")  # the end of a password that has a ?
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.%]+)\]|([^:\[\]\s]+))(?::(\d{1,5}))?")
_FORM = {
    "sentinel": "redis+sentinel://host:26379,host,host/name-of-the-primary",
    "cluster": "redis+cluster://host:6379,host",
}


class Address(NamedTuple):
    """A server's address. As text: `host:port`, with brackets around IPv6."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class EngineUrl(Struct, frozen=True):
    """The URL of a set or cluster, in parts. `hosts` are sentinels, or nodes of a cluster. `credentials` are for Redis,
    `sentinel_credentials` for sentinels; both in the form of a URL, `user:password@`, or empty. `options` are
    redis-py's.
    """

    kind: Literal["sentinel", "cluster"]
    scheme: str
    hosts: tuple[Address, ...]
    credentials: str
    sentinel_credentials: str
    primary: str
    database: int
    options: str

    def url_of(self, address: Address) -> str:
        """The URL of one Redis server."""
        return f"{self.scheme}://{self.credentials}{address}/{self.database}{self.options}"

    def sentinel_url_of(self, address: Address) -> str:
        """The URL of one sentinel."""
        return f"{self.scheme}://{self.sentinel_credentials}{address}{self.options}"


def complete_url(url: str) -> str:
    """The URL of one server, with localhost added if it names no host: redis-py uses that, and the log should say so.

    Raises ValueError if it is invalid, or if redis-py would understand something other than what is meant.
    """
    parts = urlsplit(url)
    database = parts.path if parts.scheme == "unix" else re.fullmatch(r"/?\d*", parts.path)
    if not database or parts.fragment or parts.port == 0 or _STRAY_AT.search(parts.query):
        raise ValueError(INVALID_URL)
    if parts.scheme == "unix":
        _check_socket(parts)
    if parts.scheme == "unix" or parts.hostname or "host" in dict(parse_qsl(parts.query)):
        return url
    credentials, at, port = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{credentials}{at}localhost{port}").geturl()


def _check_socket(parts: SplitResult) -> None:
    """Check the URL of a socket, which has no host: a host, or an @ in the path, belongs to a password with a slash.

    Raises ValueError.
    """
    if parts.netloc and (not parts.netloc.endswith("@") or "@/" in parts.path):
        raise ValueError(INVALID_URL)


def without_secrets(url: str) -> str:
    """The URL without its user, password and options."""
    scheme, separator, rest = url.partition("?")[0].partition("://")
    hosts, slash, path = rest.partition("/")
    return f"{scheme}{separator}{hosts.rpartition('@')[2]}{slash}{path}"


def is_engine(url: str) -> bool:
    """Whether the URL names a set watched by Sentinel, or a Cluster."""
    return ENGINE.match(url) is not None


def parse_engine_url(url: str) -> EngineUrl:
    """The parts of the URL of a set or cluster. Raises ValueError with the problem, but without a possible password."""
    start = ENGINE.match(url)
    if start is None:
        raise ValueError("no such URL")
    scheme, kind = start[1], start[2]
    parts = _PARTS.fullmatch(url, start.end())
    if parts is None:
        raise ValueError(f"invalid URL; expected {_FORM[kind]}, with # / ? @ in a password as %23 %2F %3F %40")
    credentials, hosts, path, query = parts.groups()
    addresses = _addresses(hosts, SENTINEL_PORT if kind == "sentinel" else REDIS_PORT, kind)
    primary, database = _sentinel_path(path or "") if kind == "sentinel" else ("", _cluster_path(path or ""))
    own, options = _options(query or "")
    return EngineUrl(
        "sentinel" if kind == "sentinel" else "cluster", scheme, addresses, f"{credentials}@" if credentials else "",
        own, primary, database, options,
    )  # fmt: skip


def _addresses(hosts: str, default: int, kind: str) -> tuple[Address, ...]:
    found = []
    for host in hosts.split(","):
        parts = _HOST.fullmatch(host.strip())
        port = int(parts[3] or default) if parts else 0
        if parts is None or not 0 < port <= PORT_MAX:
            raise ValueError(f"invalid host; expected {_FORM[kind]}, and brackets around IPv6: [::1]:{default}")
        found.append(Address(parts[1] or parts[2], port))
    return tuple(found)


def _sentinel_path(path: str) -> tuple[str, int]:
    name, _, database = path.partition("/")
    if not name:
        raise ValueError(f"the name that the sentinels give the primary is missing; expected {_FORM['sentinel']}")
    if not re.fullmatch(r"\d*", database):
        raise ValueError("the database is not a number")
    return name, int(database or 0)


def _cluster_path(path: str) -> int:
    if path not in ("", "0"):
        raise ValueError("a cluster has only database 0")
    return 0


def _options(query: str) -> tuple[str, str]:
    """(the sentinels' credentials, all other options as the end of a URL)."""
    words = dict(parse_qsl(query, keep_blank_values=True))
    user, password = words.pop("sentinel_user", ""), words.pop("sentinel_password", "")
    own = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user or password else ""
    return own, f"?{urlencode(words)}" if words else ""
