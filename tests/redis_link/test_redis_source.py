"""Which Redis it is to be: one that is there is used or waited for, and never replaced by another."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from wschat.errors import StartError, Stopped, TryAgainLater
from wschat.redis_link import find_redis, source
from wschat.redis_link import probe as probe_module
from wschat.redis_link.credentials import Credentials
from wschat.stop import StopSignals

from ..support import free_port
from ..support.redis import fake_redis, needs_embedded, system_redis

# What a Redis says that can be used later, without anybody changing a thing.
LATER = {
    "loading": b"-LOADING Redis is loading the dataset in memory\r\n",
    "full of clients": b"-ERR max number of clients reached\r\n",
    "full of clients of a cluster": b"-ERR max number of clients + cluster connections reached\r\n",
    "without its master": b"-MASTERDOWN Link with MASTER is down\r\n",
    "busy": b"-BUSY Redis is busy running a script\r\n",
    "closing the connection": b"+",
    "silent": b"",
}
# What only a person can change.
NEVER = {
    "wants a password": (b"-NOAUTH Authentication required.\r\n", "requires a password"),
    "doesn't know the password": (b"-WRONGPASS invalid username-password pair or user is disabled.\r\n", "wrong user"),
    "forbids it": (b"-NOPERM User default has no permissions to run the 'ping' command\r\n", "no permissions"),
    "is protected": (b"-DENIED Redis is running in protected mode\r\n", "protected mode"),
    "has another error": (b"-FOO bar\r\n", "FOO bar"),
    "is a web server": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "isn't a Redis"),
    "speaks TLS": (b"\x15\x03\x01\x00\x02\x02\x46", "isn't a Redis"),
    "answers something else": (b"$5\r\nhello\r\n", "isn't a Redis"),
}
# What a Redis says that stores nothing now, but can be read.
FULL = ["MISCONF Redis is configured to save RDB snapshots", "OOM command not allowed", "NOREPLICAS", "READONLY"]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "WAIT", 0.3)
    monkeypatch.setattr(source, "RETRY_EVERY", 0.01)
    monkeypatch.setattr(probe_module, "PROBE_TIMEOUT", 0.2)


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> int:
    """A port on which nobody listens, which `auto` looks at."""
    port = free_port()
    monkeypatch.setattr(source, "LOCAL", f"redis://localhost:{port}")
    return port


# --- auto -----------------------------------------------------------------------


@needs_embedded
def test_auto_takes_the_embedded_one_where_nobody_listens(tmp_path: Path, local: int) -> None:
    """The title says which Redis it is, and why."""
    found = find_redis("auto", tmp_path)
    assert found.embedded
    assert str(tmp_path) in found.title
    assert "no Redis at localhost:6379" in found.title
    found.release()


def test_auto_takes_a_redis_that_answers(tmp_path: Path, redis_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No second one is started."""
    monkeypatch.setattr(source, "LOCAL", redis_server)
    monkeypatch.setattr(source, "is_deserted", lambda host, port: False)
    assert find_redis("auto", tmp_path).url == redis_server
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("reply", [*LATER.values(), *(reply for reply, _ in NEVER.values())], ids=[*LATER, *NEVER])
def test_auto_starts_no_second_one_where_anything_answers(
    reply: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history in the embedded Redis would be lost from sight when the other one can be used again."""
    with fake_redis(reply) as port:
        monkeypatch.setattr(source, "LOCAL", f"redis://127.0.0.1:{port}")
        with pytest.raises(StartError, match="--redis embedded"):
            find_redis("auto", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_silence_is_no_proof_that_nobody_listens() -> None:
    """A frozen Redis, say, to which nobody can connect, since its queue is full."""
    with ExitStack() as sockets:
        door = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = door.getsockname()[1]
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        assert not probe_module.is_deserted("127.0.0.1", port)
    assert probe_module.is_deserted("127.0.0.1", port)
    assert not probe_module.is_deserted("no.such.host.invalid", port)


def test_auto_waits_for_a_redis_that_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is used as soon as it has loaded."""
    with fake_redis(b"", LATER["loading"], LATER["loading"], b"+PONG\r\n") as port:
        monkeypatch.setattr(source, "LOCAL", f"redis://127.0.0.1:{port}")
        assert not find_redis("auto", tmp_path).embedded


@pytest.mark.parametrize(("wanted", "why"), [("auto", "no Redis at localhost:6379"), ("embedded", "as configured")])
def test_a_mistyped_folder_holds_no_chat(wanted: str, why: str, tmp_path: Path, local: int) -> None:
    """The error says why the chat was looked for there, and nothing is created."""
    with pytest.raises(StartError, match=f"There is no chat in the data folder .*{why}"):
        find_redis(wanted, tmp_path / "dtaa", create=False)
    assert not list(tmp_path.iterdir())


@needs_embedded
def test_a_folder_that_cannot_be_looked_into_is_not_said_to_be_empty(tmp_path: Path) -> None:
    """Its error is the one of the start: here it isn't a folder."""
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"Could not write to the data folder .*: Not a directory"):
        find_redis("embedded", tmp_path / "file", create=False)


# --- a named one -------------------------------------------------------------------


@pytest.mark.parametrize("reply", LATER.values(), ids=LATER)
def test_what_may_pass_is_waited_for(reply: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The log says so at once; in the end the exit code is one that supervisors try again after."""
    with fake_redis(reply) as port, pytest.raises(TryAgainLater) as caught:
        find_redis(f"redis://127.0.0.1:{port}", tmp_path)
    assert caught.value.exit_code == 75
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "Waiting up to" in caplog.messages[0]
    assert "Start it" not in str(caught.value)  # it runs
    assert ("omit --redis" in str(caught.value)) == (not reply.startswith(b"-"))  # the embedded one has another history


@pytest.mark.parametrize("kind", ["sentinel", "cluster"])
def test_where_one_of_several_answers_nobody_is_sent_to_the_embedded_redis(kind: str, tmp_path: Path) -> None:
    """It refuses the password, and the others, which may come up, are away."""
    with fake_redis(b"-NOAUTH Authentication required.\r\n") as port, pytest.raises(TryAgainLater) as caught:
        find_redis(f"redis+{kind}://127.0.0.1:{port},127.0.0.1:{free_port()}/{'main' * (kind != 'cluster')}", tmp_path)
    assert "it requires a password; " in str(caught.value)
    assert "omit --redis" not in str(caught.value)


@pytest.mark.parametrize(("reply", "words"), NEVER.values(), ids=NEVER)
def test_what_a_person_must_change_is_said_at_once(
    reply: bytes, words: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody waits, the exit code is 2, and nobody is sent to the embedded Redis, which has another history."""
    with fake_redis(reply) as port, pytest.raises(StartError, match=words) as caught:
        find_redis(f"redis://127.0.0.1:{port}", tmp_path)
    assert caught.value.exit_code == 2
    assert "omit --redis" not in str(caught.value)
    assert not caplog.messages


@pytest.mark.parametrize("error", FULL, ids=lambda error: error.split()[0])
def test_a_redis_that_only_refuses_to_write_is_used(error: str, tmp_path: Path) -> None:
    """People can read. A full disk is said even to a PING."""
    with fake_redis(f"-{error}\r\n".encode()) as port:
        assert find_redis(f"redis://127.0.0.1:{port}", tmp_path).warnings == ()


@pytest.mark.parametrize("place", ["redis://127.0.0.1:{port}", "unix://{folder}/none.sock", "redis://nowhere.invalid"])
def test_a_redis_that_is_not_there_yet_is_waited_for(place: str, tmp_path: Path) -> None:
    """It is never replaced by the embedded one; the error says what was tried and what to do."""
    place = place.format(port=free_port(), folder=tmp_path)
    with pytest.raises(TryAgainLater) as caught:
        find_redis(place, tmp_path / "data")
    assert place in str(caught.value)
    assert "omit --redis" in str(caught.value)
    assert not (tmp_path / "data").exists()


def test_a_redis_that_comes_up_later_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a reboot, when the chat is up first."""
    monkeypatch.setattr(source, "WAIT", 60.0)
    url = f"unix://{tmp_path / 'redis.sock'}"
    found: list[source.RedisSource] = []
    stop = StopSignals()

    def wait() -> None:
        with suppress(Stopped):
            found.append(find_redis(url, tmp_path, stop=stop))

    waiting = threading.Thread(target=wait)
    waiting.start()
    try:
        time.sleep(0.1)
        with system_redis(tmp_path):
            waiting.join(60)
            assert found[0].url == url
    finally:
        stop.request()  # also where there is no redis-server: the thread would go on in other tests
        waiting.join(60)


def test_a_stop_ends_the_wait_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even while a name is looked up, which nothing can interrupt."""
    stop, found = StopSignals(), threading.Event()
    threading.Timer(0.1, stop.request).start()
    monkeypatch.setattr(source, "find_trouble", lambda url: found.wait(30))
    start = time.monotonic()
    with pytest.raises(Stopped):
        find_redis("redis://slow.example", tmp_path, stop=stop)
    assert time.monotonic() - start < 20
    found.set()


def test_the_password_is_in_no_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the log nor in the error, whether it stands in the URL or not."""
    place = f"127.0.0.1:{free_port()}"
    for url in (f"redis://:secret@{place}", f"redis://{place}", f"redis://{place}?password=secret"):
        with pytest.raises(StartError) as caught:
            find_redis(url, tmp_path, Credentials("", "secret"))
        assert "secret" not in str(caught.value) + caplog.text


@pytest.mark.parametrize(
    "url",
    ["redis://[::1", "redis://host:port", "redis://h?foo=1", "redis://h?db=x", "redis://" + "a" * 300],
)
def test_a_url_that_cannot_be_read_is_refused(url: str, tmp_path: Path) -> None:
    """The error says what one looks like."""
    with pytest.raises(StartError, match="redis://host:port/database") as caught:
        find_redis(url, tmp_path)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("kind", ["rediss", "rediss+cluster"])
@pytest.mark.parametrize("option", ["ssl_ca_certs", "ssl_certfile", "ssl_keyfile"])
def test_a_file_of_tls_that_cannot_be_read_ends_the_start(kind: str, option: str, tmp_path: Path) -> None:
    """To wait for it is in vain, and only its name says what is missing."""
    with pytest.raises(StartError, match=f"could not read {tmp_path}/ca.pem: No such file") as caught:
        find_redis(f"{kind}://127.0.0.1:{free_port()}?{option}={tmp_path}/ca.pem", tmp_path)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("scheme", "reply", "hint"),
    [
        ("redis", LATER["closing the connection"], "closed by server (rediss:// if it expects TLS)."),
        ("rediss", LATER["silent"], "(redis:// if it has no TLS)."),
        ("redis", LATER["silent"], "Timeout reading from socket."),
    ],
)
def test_a_redis_with_and_without_tls_is_named_as_a_reason(
    scheme: str, reply: bytes, hint: str, tmp_path: Path
) -> None:
    """Neither of the two says so itself: one closes the connection, the other waits for the end of a line."""
    with fake_redis(reply) as port, pytest.raises(TryAgainLater) as caught:
        find_redis(f"{scheme}://127.0.0.1:{port}", tmp_path)
    assert hint in str(caught.value)
