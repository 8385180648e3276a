"""A server on a Unix socket: the right to connect, the owner of the file, and the clients that a proxy names."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from websockets.asyncio.client import unix_connect

from wschat.errors import StartError, TryAgainLater
from wschat.web import open_listeners, unix_listener
from wschat.web.client_address import UNIX_PEER, Proxies
from wschat.web.unix_listener import listen_at

from ..support import Nodes, Server, StartServer
from ..support.client import Client


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "chat.sock")


async def join(path: str, name: str, **headers: str) -> Client:
    client = Client(await unix_connect(path, "ws://localhost/ws", additional_headers=headers, max_size=None), name)
    await client.send("hello", name=name)
    await client.gets("welcome")
    return client


def answer(path: str, target: str = "/healthz") -> bytes:
    """The whole answer to a request without forwarded addresses."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(10)
        asking.connect(path)
        asking.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        parts = []
        while part := asking.recv(1 << 16):
            parts.append(part)
        return b"".join(parts)


def left_behind(path: str) -> None:
    """A socket of a server that was killed."""
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(path)
        killed.listen()


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_the_chat_is_at_the_socket_and_its_file_goes_with_it(
    workers: str, path: str, start_server: StartServer
) -> None:
    """The page, health checks and WebSockets; the user and the group may connect, and nobody else."""
    server = start_server("--host", f"unix:{path}", "--workers", workers)
    assert f"Server started at unix:{path}\n" in server.log
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
    assert (await asyncio.to_thread(answer, path)).endswith(b"ok\n")
    assert b"<!doctype html>" in await asyncio.to_thread(answer, path, "/")
    ann = await join(path, "Ann")
    bob = await join(path, "Bob")
    await ann.posts("hello")
    await bob.hears("hello")
    assert await server.stops() == 0
    assert Path(path).name not in os.listdir(Path(path).parent)


def test_a_socket_comes_beside_addresses(path: str, start_server: StartServer) -> None:
    """The line names both."""
    server = start_server("--host", f"localhost,unix:{path}")
    assert f"Server started at http://localhost:{server.port}, unix:{path}\n" in server.log
    assert answer(path).endswith(b"ok\n")


def test_an_idle_stop_removes_the_file(path: str, start_server: StartServer) -> None:
    """As every orderly end does."""
    server = start_server("--host", f"unix:{path}", "--idle-timeout", "0.5")
    assert server.wait(30) == 0
    assert not os.path.lexists(path)


def test_a_new_worker_listens_too(path: str, start_server: StartServer) -> None:
    """The supervisor keeps the socket open for workers to come."""
    server = start_server("--host", f"unix:{path}", "--workers", "2")
    assert server.process is not None
    for worker in psutil.Process(server.process.pid).children():
        if "server.py" in " ".join(worker.cmdline()):
            worker.kill()
    assert answer(path).endswith(b"ok\n")  # waits for the next worker


def test_what_a_killed_server_left_is_replaced(path: str) -> None:
    """Nobody listens there any longer."""
    left_behind(path)
    listener = listen_at(path)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
    listener.close()
    assert not os.path.lexists(path)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_socket_of_a_running_server_is_left_to_it(workers: str, path: str, tmp_path: Path) -> None:
    """The second server says so and ends with code 2."""
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen()
        server = Server(tmp_path, "--host", f"unix:{path}", "--workers", workers)
        with pytest.raises(AssertionError, match="another server listens there"):
            server.start()
        assert server.process is not None
        assert server.process.wait(30) == 2
        assert os.path.lexists(path)


def test_of_two_that_start_at_once_one_gets_the_socket(path: str) -> None:
    """Neither removes what the other has just made, however often they try."""

    def attempt(_: int) -> unix_listener.UnixListener | None:
        try:
            return listen_at(path)
        except StartError:
            return None

    with ThreadPoolExecutor(4) as threads:
        for _ in range(20):
            left_behind(path)
            listeners = [one for one in threads.map(attempt, range(4)) if one is not None]
            assert len(listeners) == 1
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)
            listeners[0].close()


def test_a_file_that_another_put_there_stays(path: str) -> None:
    """Only the server's own socket is removed at its end."""
    listener = listen_at(path)
    os.unlink(path)
    Path(path).touch()
    listener.close()
    assert Path(path).is_file()
    with pytest.raises(StartError, match="it exists, and is no socket"):
        listen_at(path)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [("no/folder/sock", "there is no such folder"), ("x" * 200, "too long"), ("a\0b", "null"), (".", "is no socket")],
)
def test_a_path_that_cant_be_used_is_said_to_be_so(place: str, sentence: str, tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(StartError, match=sentence) as error:
        listen_at(f"{tmp_path}/{place}")
    assert str(error.value).endswith("--host")


def test_a_folder_that_another_program_holds_is_waited_for_and_then_said(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later start may find it free."""
    monkeypatch.setattr(unix_listener, "LOCK_TIMEOUT", 0.1)
    with unix_listener._locked(Path(path).parent), pytest.raises(TryAgainLater, match="locked the folder"):
        listen_at(path)


def test_a_start_that_fails_leaves_no_file(path: str) -> None:
    """The second of two sockets can't be made: the first goes, with its file."""
    with pytest.raises(StartError, match="there is no such folder"):
        open_listeners([f"unix:{path}", f"unix:{Path(path).parent}/no/b.sock"], 0)
    assert not os.path.lexists(path)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_that_fails_to_start_leaves_no_file(workers: str, path: str, tmp_path: Path) -> None:
    """Neither where another socket can't be made, nor where a host can't be listened on."""
    for other in (f"unix:{tmp_path}/no/b.sock", "no.such.host.invalid"):
        server = Server(tmp_path, "--host", f"unix:{path},{other}", "--workers", workers)
        with pytest.raises(AssertionError):
            server.start()
        assert server.process is not None
        assert server.process.wait(30) != 0
        assert not os.path.lexists(path)


# -- who comes through it -------------------------------------------------------------


def test_who_connects_to_the_socket_is_a_trusted_proxy() -> None:
    """Limits count the address that it names; where it names none, there are none, as for this machine."""
    proxies = Proxies()
    named = proxies.identify(UNIX_PEER, {"x-forwarded-for": "198.51.100.7, 203.0.113.9"})
    assert named == ("203.0.113.9", "203.0.113.9", "203.0.113.9", "203.0.113.9")
    assert proxies.identify(UNIX_PEER, {}) == (UNIX_PEER, UNIX_PEER, "", "")
    assert proxies.identify(UNIX_PEER, {"x-forwarded-for": "unix:"}).limit_key == ""
    assert proxies.peer_limit_key(UNIX_PEER) == ""
    assert Proxies(["203.0.113.9"]).client(UNIX_PEER, {"x-forwarded-for": "::1, 203.0.113.9"}) == "::1"


def test_no_address_is_taken_for_the_socket() -> None:
    """A client's header is never taken for the socket's own name."""
    assert Proxies(["127.0.0.1"]).identify("127.0.0.1", {"x-forwarded-for": UNIX_PEER}).limit_key == "127.0.0.1"


async def test_limits_hold_for_those_behind_the_proxy(path: str, nodes: Nodes) -> None:
    """Two connections from one forwarded address are too many, those of others and of this machine aren't."""
    await nodes.start(host=(f"unix:{path}",), sockets_per_address=1)
    one = await join(path, "Ann", **{"X-Forwarded-For": "203.0.113.9"})
    with pytest.raises(Exception, match="503"):
        await join(path, "Bob", **{"X-Forwarded-For": "203.0.113.9"})
    others = [await join(path, "Cid", **{"X-Forwarded-For": "203.0.113.8"}), await join(path, "Dan")]
    for client in (one, *others):
        await client.leaves()
