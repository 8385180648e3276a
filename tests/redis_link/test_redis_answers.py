"""The Redis that answers: whether it keeps what it stores, who may use it, and whether it has all rooms."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from redis import Redis

from wschat.errors import StartError
from wschat.redis_link import find_redis
from wschat.redis_link.credentials import Credentials

from ..support import free_port
from ..support.redis import embedded_binary, needs_embedded, system_redis, wait_for_redis
from ..support.server import ROOT


def test_a_named_redis_says_what_a_restart_would_lose(tmp_path: Path) -> None:
    """This Redis has no persistence, so the history would be lost."""
    with system_redis(tmp_path) as url:
        found = find_redis(url, tmp_path)
    assert found.url == url
    assert [words for words in found.warnings if "persistence is off" in words]


def test_everything_that_a_redis_cant_promise_is_said_at_once(tmp_path: Path) -> None:
    """Whoever mends the first thing and starts again needs no second surprise."""
    with system_redis(tmp_path, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru") as url:
        found = find_redis(url, tmp_path)
    assert len(found.warnings) == 2
    assert "noeviction" in found.warnings[0]
    assert "persistence is off" in found.warnings[1]


def test_a_named_redis_with_its_log_on_disk_needs_no_warning(tmp_path: Path) -> None:
    """This Redis runs with appendonly yes."""
    with system_redis(tmp_path, "--appendonly", "yes") as url:
        assert find_redis(url, tmp_path).warnings == ()


def test_a_redis_that_wants_a_password_is_not_said_to_be_away(tmp_path: Path) -> None:
    """The error mentions the password, and what to do about that: another Redis would be another history."""
    with system_redis(tmp_path, "--requirepass", "secret") as url:
        for password, reason in (("", "requires a password"), ("guess", "wrong user or password")):
            with pytest.raises(StartError, match=reason) as raised:
                find_redis(url, tmp_path, Credentials("", password))
            assert "--redis-password-file" in str(raised.value)
            assert ("--redis-user" in str(raised.value)) == bool(password)
            assert "Correct --redis" not in str(raised.value)
        assert find_redis(url, tmp_path, Credentials("", "secret")).url.startswith("unix://:secret@")


@pytest.mark.parametrize("engine", ["redis-server", pytest.param("valkey-server", marks=needs_embedded)])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("sentinel", "what answers there is a sentinel; use redis+sentinel:// instead of redis://"),
        ("half", "what answers there has only a part of a cluster; use redis+cluster:// instead of redis://"),
        ("whole", ""),
    ],
)
def test_a_plain_url_is_for_a_redis_that_has_all_rooms(tmp_path: Path, engine: str, kind: str, reason: str) -> None:
    """A node of a cluster has some, and moves every command about the others; one that is the whole cluster will do."""
    program = str(embedded_binary()) if engine == "valkey-server" else shutil.which(engine)
    if program is None:
        pytest.skip("there is no redis-server here (apt-get install redis-server)")
    port = free_port()
    url, options = f"redis://127.0.0.1:{port}", ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path)]
    if kind == "sentinel":
        (tmp_path / "sentinel.conf").touch()
        command = [program, str(tmp_path / "sentinel.conf"), "--sentinel", *options]
    else:
        command = [program, *options, "--cluster-enabled", "yes", "--cluster-port", str(free_port())]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_redis(url)
        with Redis.from_url(url) as client:
            if kind != "sentinel":
                client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383 if kind == "whole" else 8191)
        if reason:
            with pytest.raises(StartError, match=re.escape(reason)):
                find_redis(url, tmp_path, wait=0)
        else:
            find_redis(url, tmp_path, wait=0)
        if kind == "half":  # the operator's user of the docs may ask, too
            docs = (ROOT / "docs/security-settings.md").read_text(encoding="utf-8")
            rights = re.search(r"`(\+scan [^`]+\+bgrewriteaof[^`]*)`", docs)
            assert rights is not None
            with Redis.from_url(url) as client:
                client.execute_command("ACL", "SETUSER", "operator", "on", ">secret", "+ping", *rights[1].split())
            with pytest.raises(StartError, match=re.escape(reason)):
                find_redis(url, tmp_path, Credentials("operator", "secret"), wait=0)
    finally:
        process.terminate()
        process.wait(10)


def test_nobody_is_introduced_to_redis(tmp_path: Path) -> None:
    """Redis 7.0 doesn't know CLIENT SETINFO, and later ones log a denial for each connection."""
    user = "user chat on >secret ~* &* -@all +ping"
    with system_redis(tmp_path, "--user", *user.split()[1:]) as url:
        find_redis(url, tmp_path, Credentials("chat", "secret"))
        with Redis.from_url(url) as client:
            assert {entry["object"] for entry in client.acl_log()} <= {"info", "config|get"}
            assert "setinfo" not in str(client.info("commandstats"))
