"""URLs of a Sentinel set and of a cluster: what they name, and what is said about those that name nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wschat.config.redis_url import Address, parse_engine_url
from wschat.redis_link import Credentials

from ..support.config import run, settings_of


def test_a_sentinel_url_in_parts() -> None:
    """The user is Redis's, the sentinels have their own; hosts may be names or addresses of both kinds."""
    url = parse_engine_url(
        "rediss+sentinel://ann:p%40@s1,[2001:db8::1]:1,10.0.0.3:26380/main/2?ssl_ca_certs=/ca.pem&sentinel_password=a/b"
    )
    assert (url.kind, url.primary, url.database) == ("sentinel", "main", 2)
    assert url.hosts == (Address("s1", 26379), Address("2001:db8::1", 1), Address("10.0.0.3", 26380))
    assert url.url_of(Address("10.0.0.9", 6379)) == "rediss://ann:p%40@10.0.0.9:6379/2?ssl_ca_certs=%2Fca.pem"
    assert url.sentinel_url_of(url.hosts[1]) == "rediss://:a%2Fb@[2001:db8::1]:1?ssl_ca_certs=%2Fca.pem"


def test_a_cluster_url_in_parts() -> None:
    """Ports are optional, and so is the database, which is 0."""
    url = parse_engine_url("redis+cluster://h1,h2:7000/0")
    assert (url.kind, url.hosts) == ("cluster", (Address("h1", 6379), Address("h2", 7000)))
    assert url.url_of(url.hosts[0]) == "redis://h1:6379/0"


@pytest.mark.parametrize("url", ["redis+cluster://[::1]:7,b", "rediss+sentinel://a,b/main?sentinel_password=x@y"])
def test_credentials_go_into_an_url_of_several_hosts(url: str) -> None:
    """As into any other: once, and not where it has its own."""
    own = Credentials("ann", "p@s").into(url)
    assert own == url.replace("://", "://ann:p%40s@")
    assert Credentials("bob", "x").into(own) == own


@pytest.mark.parametrize(
    "url",
    ["redis+sentinel://s1,s2/main", "rediss+sentinel://u:p@[::1]:1/main/3", "redis+cluster://h", "rediss+cluster://h/"],
)
def test_what_names_several_servers_is_taken(url: str) -> None:
    """Whether they are there is another question."""
    assert settings_of("--redis", url).redis == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis+sentinel://s1,s2", "the name that the sentinels give the primary is missing"),
        ("redis+sentinel://s1/main/two", "the database is not a number"),
        ("redis+sentinel:///main", "invalid host; expected redis+sentinel://"),
        ("redis+cluster://h/1", "a cluster has only database 0"),
        ("redis+cluster://h:99999", "invalid host"),
        ("redis+cluster://h,,g", "invalid host"),
        ("redis+cluster://::1", "brackets around IPv6"),
        ("redis+cluster://h#x", "invalid URL; expected redis+cluster://"),
        ("unix+cluster:///x", "expected auto, embedded, or a URL that starts with"),
    ],
)
def test_what_names_no_servers_is_refused_with_a_sentence(url: str, words: str) -> None:
    """The exit code is 2, and a password in the URL isn't repeated."""
    result, settings = run("--redis", url.replace("://", "://u:secret@"))
    assert (result.exit_code, settings) == (2, None)
    assert words in " ".join(result.output.split())
    assert "secret" not in result.output


def test_one_redis_needs_nothing_of_what_several_need() -> None:
    """A start with one server doesn't import it: it takes no time and no memory there."""
    code = (
        "import sys, wschat.app.node; print(*(name for name in sys.modules if name.startswith('wschat.redis_link.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.rpartition(".")[2] for name in done.stdout.split()}
    assert "primary" in loaded
    assert loaded.isdisjoint({"topology", "sentinel", "cluster", "primaries", "routed", "engine"})
