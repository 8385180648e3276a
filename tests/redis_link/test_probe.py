"""The blocking connection that asks a Redis before, and beside, the chat's own link."""

from __future__ import annotations

import time

import pytest
from redis import Redis

from wschat.redis_link.probe import NO_ANSWER, Probe, find_trouble

from ..support.redis import fake_redis


def test_a_broken_connection_is_made_again(redis_server: str) -> None:
    """Redis may have been restarted since the last command."""
    with Probe(redis_server) as probe:
        first = probe.execute("CLIENT", "ID")
        Redis.from_url(redis_server).client_kill_filter(_id=first)
        assert probe.execute("CLIENT", "ID") > first


def test_a_late_reply_is_nobodys(redis_server: str) -> None:
    """A reply that arrives after its command was given up isn't taken for the answer to the next one."""
    with Probe(redis_server) as probe:
        probe._connection.send_command("ECHO", "late")
        assert probe._connection.can_read(1)
        assert probe.execute("ECHO", "next") == b"next"


def test_each_command_is_tried_once(redis_server: str) -> None:
    """A silent Redis costs one PROBE_TIMEOUT."""
    with fake_redis(b"-ERR no\r\n", b"+OK\r\n") as port, Probe(f"redis://127.0.0.1:{port}") as probe:
        with pytest.raises(NO_ANSWER):
            probe.execute("PING")
        while not probe._is_spoilt():  # it closes the connection a moment after its reply
            time.sleep(0.001)
        assert probe.execute("PING") == b"OK"


def test_settings_of_what_answers_anything_are_unknown() -> None:
    """A proxy between here and Redis may know no CONFIG."""
    with fake_redis(b"+OK\r\n") as port, Probe(f"redis://127.0.0.1:{port}") as probe:
        assert probe.config("save") == {}


@pytest.mark.parametrize("answer", [b":1", b"$-1"])
def test_a_proxy_with_an_answer_of_its_own_to_info_is_no_trouble(answer: bytes) -> None:
    """It may lead to a Redis that can be used."""
    with fake_redis(b"+PONG\r\n", answer + b"\r\n") as port:
        assert find_trouble(f"redis://127.0.0.1:{port}") is None


@pytest.mark.parametrize("options", ["?no_such_option=1", "?db=x", "?socket_timeout=x"])
def test_options_that_dont_exist_are_an_invalid_url(options: str) -> None:
    """The trouble never quotes the URL, which may have a password."""
    trouble = find_trouble(f"redis://127.0.0.1:1/{options}")
    assert trouble is not None
    assert trouble.reason.startswith("invalid URL")
