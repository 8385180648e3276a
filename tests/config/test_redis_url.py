"""URLs of one Redis: those that are taken, those that are refused, and what the log shows of them."""

from __future__ import annotations

import pytest

from ..support.config import run, settings_of


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "localhost:6379",
        "nonsense",
        " ",
        "redis://h/kitchen",
        "redis://h:port",
        "redis://[::1",
        "unix://",
        "redis://:1#x@h",  # a password with a #, of which redis-py would make a port
        "redis://:1?x@h",
    ],
)
def test_what_names_no_redis_is_refused(url: str) -> None:
    """The error says what is expected, without the URL: there may be a password in it."""
    _check_refused(url.replace("://", "://:secret@"))


@pytest.mark.parametrize(
    "url",
    [
        "unix://ann:12/secret@/run/r.sock",
        "unix://:/secret@/run/r.sock",
        "unix://ann:x@/secret@/run/r.sock",
        "redis://:12?a=secret@h/0",
        "redis://ann:12?secret@h",
        "redis://ann:x@/12?a=b&secret@h",
    ],
)
def test_a_password_that_is_not_escaped_is_refused(url: str) -> None:
    """Its parts would be taken for the path of a socket, or for a host and its port, and the log would show them."""
    _check_refused(url)


def _check_refused(url: str) -> None:
    result, settings = run("--redis", url)
    assert (result.exit_code, settings) == (2, None)
    assert "--redis: expected auto" in result.output or "--redis: invalid URL; expected redis://" in result.output
    assert "secret" not in result.output


@pytest.mark.parametrize(
    "url",
    [
        "redis://h",
        "redis://h:1/",
        "redis://u:p@h:1/15?x=y",
        "rediss://h/0?ssl_cert_reqs=none&",
        "redis://h:1?x&password=a@b",
        "rediss://[::1]:1",
        "unix:///a b",
        "unix://u:p@/run/r@1/s",
    ],
)
def test_what_names_a_redis_is_taken(url: str) -> None:
    """Whether it is there is another question."""
    assert settings_of("--redis", url).redis == url


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("redis://", "redis://localhost"),
        ("rediss:///2", "rediss://localhost/2"),
        ("redis://:6380", "redis://localhost:6380"),
        ("redis://:p%40@/1?socket_timeout=5", "redis://:p%40@localhost/1?socket_timeout=5"),
        ("redis://?host=h", "redis://?host=h"),
    ],
)
def test_a_redis_without_a_host_is_this_machines(url: str, whole: str) -> None:
    """As redis-cli and redis-py have it; the log then says which Redis that is."""
    assert settings_of("--redis", url).redis == whole


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://ann:se@h:1/2", "redis://h:1/2"),
        ("redis://h/2?password=se@cret", "redis://h/2"),
        ("rediss+sentinel://ann:se@a,b/main?sentinel_password=se@cret", "rediss+sentinel://a,b/main"),
        ("unix:///run/a@b.sock?password=cret", "unix:///run/a@b.sock"),
        ("redis://", "redis://localhost"),
    ],
)
def test_the_log_names_the_redis_without_its_secrets(url: str, shown: str) -> None:
    """Whatever is in them."""
    assert settings_of("--redis", url).changed == {"redis": shown}
