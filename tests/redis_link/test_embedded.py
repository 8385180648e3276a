"""The embedded Redis: one for each data folder, shared, never left behind."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest
from redis import Redis

from wschat.errors import StartError
from wschat.redis_link import server_process
from wschat.redis_link.embedded import EmbeddedRedis
from wschat.redis_link.folder import Lock
from wschat.stop import StopSignals

from ..support.redis import answers, needs_embedded, servers_of

pytestmark = needs_embedded


def client(redis: EmbeddedRedis) -> Redis:
    return Redis.from_url(redis.url)


def pid_of(redis: EmbeddedRedis) -> int:
    with client(redis) as asking:
        return int(asking.info("server")["process_id"])


def test_what_was_written_is_there_after_a_stop_and_a_start(tmp_path: Path) -> None:
    """The append-only file is on, and the server stops in order."""
    first = EmbeddedRedis(tmp_path)
    first.start()
    with client(first) as writing:
        writing.set("k", "v")
    first.release()
    second = EmbeddedRedis(tmp_path)
    second.start()
    with client(second) as reading:
        assert reading.get("k") == b"v"
    second.release()


def test_release_waits_for_its_end_and_is_quick(tmp_path: Path) -> None:
    """Ctrl-C must not take seconds, and leaves no zombie."""
    redis = EmbeddedRedis(tmp_path)
    redis.start()
    pid = pid_of(redis)
    start = time.monotonic()
    redis.release()
    redis.release()
    assert time.monotonic() - start < 4.0  # STOP_TIMEOUT isn't waited for
    assert not psutil.pid_exists(pid)
    assert servers_of(tmp_path) == []


def test_two_users_of_a_folder_share_it_and_the_last_one_stops_it(tmp_path: Path) -> None:
    """The later user leaves first here; tests/app/test_server_stop.py has the other order."""
    first, second = EmbeddedRedis(tmp_path), EmbeddedRedis(tmp_path)
    first.start()
    second.start()
    pid = pid_of(first)
    assert pid_of(second) == pid
    second.release()
    assert pid_of(first) == pid
    first.release()
    assert servers_of(tmp_path) == []


def test_the_last_one_waits_for_the_locks_of_its_killed_parent(tmp_path: Path) -> None:
    """The kernel may close the parent's end of the control channel long before its files."""
    killed: list[bool] = []
    worker = EmbeddedRedis(tmp_path, StopSignals(lambda: bool(killed)))
    worker.start()
    parent = Lock(worker.folder / "users.lock")
    assert parent.try_to_take(fcntl.LOCK_SH)
    killed.append(True)
    threading.Timer(0.3, parent.close).start()
    worker.release()
    assert servers_of(tmp_path) == []


def test_two_folders_have_two(tmp_path: Path) -> None:
    """Data in one server isn't in the other."""
    first, second = EmbeddedRedis(tmp_path / "a"), EmbeddedRedis(tmp_path / "b")
    first.start()
    second.start()
    assert pid_of(first) != pid_of(second)
    first.release()
    second.release()


async def test_one_that_died_is_brought_back_with_its_data(tmp_path: Path) -> None:
    """After SIGKILL, the next check restarts it."""
    redis = EmbeddedRedis(tmp_path)
    redis.start()
    with client(redis) as writing:
        writing.set("k", "v")
    os.kill(pid_of(redis), signal.SIGKILL)
    while answers(redis.url):
        time.sleep(0.01)
    await redis.restart()
    with client(redis) as reading:
        assert reading.get("k") == b"v"
    pid = pid_of(redis)
    await redis.restart()
    assert pid_of(redis) == pid, "one that lives is left alone"
    redis.release()


async def test_locks_that_somebody_deleted_let_no_second_one_in(tmp_path: Path) -> None:
    """A server that answers is used by all; one that died is brought back once, and stops with its last user."""
    first, second = EmbeddedRedis(tmp_path), EmbeddedRedis(tmp_path)
    first.start()
    pid = pid_of(first)
    for file in first.folder.glob("*.lock"):
        file.unlink()
    second.start()
    assert servers_of(tmp_path) == [pid]
    os.kill(pid, signal.SIGKILL)
    while answers(first.url):
        time.sleep(0.01)
    await first.restart()
    assert len(servers_of(tmp_path)) == 1
    assert answers(first.url)
    second.release()
    first.release()
    assert servers_of(tmp_path) == []


async def test_a_revival_that_fails_can_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a lack of memory or an unwritable folder, the caller tries again in a moment."""
    redis = EmbeddedRedis(tmp_path)

    def fails() -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(redis, "_start_again", fails)
    await redis.restart()


async def test_one_that_is_frozen_is_not_replaced(tmp_path: Path) -> None:
    """A running server keeps its folder even if it doesn't answer, since two would corrupt their file."""
    redis = EmbeddedRedis(tmp_path)
    redis.start()
    pid = pid_of(redis)
    os.kill(pid, signal.SIGSTOP)
    try:
        await redis.restart()
        assert servers_of(tmp_path) == [pid]
    finally:
        os.kill(pid, signal.SIGCONT)
    assert pid_of(redis) == pid
    redis.release()


def test_a_folder_that_cannot_be_written_is_said_to_be_so(tmp_path: Path) -> None:
    """A file is in the place of the folder here."""
    place = tmp_path / "data"
    place.write_text("a file")
    with pytest.raises(StartError, match="Could not write to") as caught:
        EmbeddedRedis(place).start()
    assert "--data" in str(caught.value)


def test_a_server_that_does_not_start_says_where_its_log_is(tmp_path: Path) -> None:
    """Its append-only folder is a file here."""
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "appendonlydir").write_text("a file")
    with pytest.raises(StartError, match="redis.log"):
        EmbeddedRedis(tmp_path).start()


def test_without_the_wheel_the_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel doesn't support Python 3.10 and some systems."""
    monkeypatch.setattr(server_process, "find_spec", lambda name: None)
    with pytest.raises(StartError, match="docker run"):
        EmbeddedRedis(tmp_path).start()
