"""A full server: which connection makes room for which, and what happens when file descriptors run out."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wschat.web import client_connections, edge
from wschat.web.capacity import SPARE, Capacity, connection_capacity

from ..support import Nodes, Server
from ..support.room import until
from ..support.server import ROOT
from .poster import at
from .raw import Raw, command, headers_of


async def half_requests(port: int, count: int) -> list[Raw]:
    """Connections that have said one byte: those that say nothing stay with the system, where it can keep them."""
    halves = [Raw(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]
    for raw in halves:
        raw.send(b"G")
    await asyncio.sleep(0.1)
    return halves


def is_cut(raw: Raw) -> bool:
    return raw.reader.at_eof() or raw.reader.exception() is not None


async def small_node(nodes: Nodes, monkeypatch: pytest.MonkeyPatch, *, total: int, sockets: int, requests: int) -> int:
    """Start a node that has room for so many connections; its port."""
    monkeypatch.setattr(edge, "connection_capacity", lambda _: Capacity(total + 20, total, sockets, requests))
    await nodes.start(1)
    return nodes.nodes[0].edge.port


async def test_who_comes_when_it_is_full_takes_the_place_of_who_was_quiet_for_longest(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half requests and idle connections never keep anyone out."""
    port = await small_node(nodes, monkeypatch, total=100, sockets=50, requests=20)
    halves = await half_requests(port, 25)
    await until(lambda: [is_cut(raw) for raw in halves] == [True] * 5 + [False] * 20)
    assert (await Raw.connect(port)).status == 101
    await until(lambda: [is_cut(raw) for raw in halves[5:8]] == [True, False, False])
    for raw in halves:
        await raw.close()


async def test_places_run_out_for_sockets_before_they_do_for_pages(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few places are kept for the page and /health; halves of requests can't fill them, and nobody in is harmed."""
    port = await small_node(nodes, monkeypatch, total=8, sockets=4, requests=8)
    people = [await Raw.join(port, f"Гость {number}") for number in range(4)]
    assert (await Raw.connect(port)).status == 503
    halves = await half_requests(port, 12)
    await until(lambda: sum(map(is_cut, halves)) == 8)
    assert (await asyncio.to_thread(headers_of, f"http://127.0.0.1:{port}/health"))["Content-Type"].startswith("app")
    people[0].send(command("post", id="1", text="я здесь"))
    await people[0].event("ack")
    await people[1].close()
    await until(lambda: len(nodes.nodes[0].edge.sessions) == 3)
    await Raw.join(port, "Борис")
    for raw in halves:
        await raw.close()


async def test_who_says_nothing_makes_room_for_who_comes(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket without a hello has its ten seconds only as long as there is room for others."""
    monkeypatch.setattr(client_connections, "SILENT_AFTER", 60.0)
    await nodes.start(1, sockets=4)
    port = nodes.nodes[0].edge.port
    anna = await Raw.join(port, "Анна")
    silent = [await Raw.connect(port) for _ in range(3)]
    assert (await Raw.connect(port)).status == 503
    monkeypatch.setattr(client_connections, "SILENT_AFTER", 0.0)
    for name in ("Борис", "Вера", "Глеб"):
        await Raw.join(port, name)
    assert [await raw.close_code() for raw in silent] == [4002] * 3
    assert (await Raw.connect(port)).status == 503
    anna.send(command("ping"))
    await anna.event("pong")


async def test_who_gets_no_place_anyway_takes_nobodys(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address with all the connections that it may have ends no silent one of others; a newcomer does."""
    await nodes.start(1, sockets=4, sockets_per_address=2, trusted_proxy=("127.0.0.1",))
    port = nodes.nodes[0].edge.port
    for number in range(2):
        await Raw.join(port, f"Гость {number}", at("203.0.113.1"))
    silent = [await Raw.connect(port, at("203.0.113.2")) for _ in range(2)]
    monkeypatch.setattr(client_connections, "SILENT_AFTER", 0.0)
    for _ in range(3):
        assert (await Raw.connect(port, at("203.0.113.1"))).status == 503
    assert len(nodes.nodes[0].edge.sessions) == 4
    await Raw.join(port, "Новый", at("203.0.113.3"))
    assert await silent[0].close_code() == 4002


async def test_being_full_is_said_once_and_being_free_again_too(nodes: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """A thousand rejected clients make one line, which a thousand others don't push out of the log."""
    caplog.set_level(logging.INFO)
    await nodes.start(1, sockets=10)
    port = nodes.nodes[0].edge.port
    people = [await Raw.join(port, f"Гость {number}") for number in range(10)]
    for _ in range(30):
        assert (await Raw.connect(port)).status == 503
    for raw in people[:2]:
        await raw.close()
    await until(lambda: "Accepting connections again" in caplog.text)
    assert caplog.text.count("Full: rejecting") == 1
    assert caplog.text.count("Accepting connections again") == 1
    assert "Rejected" not in caplog.text
    (record,) = [record for record in caplog.records if record.message == "Accepting connections again"]
    assert record.__dict__["rejected"] == 30


# -- file descriptors ----------------------------------------------------------------------------


async def test_with_few_file_descriptors_the_server_says_how_many_fit(start_server: Callable[..., Server]) -> None:
    """At 64 open files it takes more than twenty people, answers /health when full, and says both once."""
    server = start_server(open_files=64)
    (places,) = re.findall(r"WARNING Only (\d+) people fit; raise the limit on open files", server.output)
    assert int(places) > 20
    people = [await Raw.join(server.port, f"Гость {number}") for number in range(int(places))]
    for _ in range(40):
        assert (await Raw.connect(server.port)).status == 503
    halves = await half_requests(server.port, 40)
    for _ in range(5):
        assert await asyncio.to_thread(headers_of, f"{server.url}/health")
    people[0].send(command("post", id="1", text="я здесь"))
    await people[0].event("ack")
    for raw in [*people[:8], *halves]:
        await raw.close()
    server.wait_for_log("Accepting connections again")
    await Raw.join(server.port, "Новый")
    assert server.output.count("Full: rejecting") == server.output.count("Accepting connections again") == 1
    assert "Could not accept" not in server.output
    assert "Traceback" not in server.output


@pytest.mark.parametrize("open_files", [24, 30])
def test_with_next_to_no_file_descriptors_the_start_fails_with_a_sentence(
    redis_server: str, tmp_path: Path, open_files: int
) -> None:
    """A server that lets nobody in isn't one."""
    command = [sys.executable, str(ROOT / "server.py"), "--redis", redis_server, "--port", "0"]
    limited = ["sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh", *command]
    ended = subprocess.run(limited, capture_output=True, text=True, timeout=30, cwd=tmp_path)
    assert ended.returncode == 2
    assert "leaves no room for connections. Raise it" in ended.stderr


def test_the_process_helps_itself_to_all_descriptors_that_it_may_have() -> None:
    """Some systems give a process 1,024 unless it asks for more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        capacity = connection_capacity(1 << 30)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == capacity.open_files > 256
        assert capacity.sockets < capacity.total < capacity.open_files - SPARE
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_a_connection_that_cant_be_accepted_is_dropped(
    node: Nodes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When descriptors run out all the same, the loop doesn't spin, people stay, and the log says so once."""
    port = node.nodes[0].edge.port
    anna = await Raw.join(port, "Анна")
    accept = socket.socket.accept
    failed = 0

    def accept_nothing(listener: socket.socket) -> tuple[socket.socket, object]:
        nonlocal failed
        failed += failed % 2 == 0 or listener._spare >= 0  # type: ignore[attr-defined]
        if listener._spare >= 0:  # type: ignore[attr-defined]
            raise OSError(errno.EMFILE, "Too many open files")
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", accept_nothing)
    halves = await half_requests(port, 5)
    await until(lambda: all(map(is_cut, halves)))
    assert failed < 20
    anna.send(command("ping"))
    await anna.event("pong")
    monkeypatch.undo()
    assert (await Raw.connect(port)).status == 101
    assert caplog.text.count("Could not accept a connection") == 1
    for raw in halves:
        await raw.close()
