"""The address that the server prints: true for every reader, on this machine and on others."""

from __future__ import annotations

import gc
import socket
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from wschat.app import server_urls
from wschat.app.server_urls import hosts_for_others, own_hosts
from wschat.errors import StartError
from wschat.web import listening_sockets, open_listeners, places_of

from ..support import Server, StartServer, free_port


@pytest.fixture(autouse=True)
def a_usual_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its localhost is IPv4 and IPv6."""
    monkeypatch.setattr(server_urls, "_localhost", lambda: set(map(ip_address, ["127.0.0.1", "::1"])))


@pytest.mark.parametrize(
    ("listening", "host"),
    [
        (["127.0.0.1", "::1"], "localhost"),
        (["127.0.0.1"], "localhost"),
        (["::1"], "localhost"),
        (["0.0.0.0"], "localhost"),
        (["::"], "localhost"),
        (["127.0.0.2"], "127.0.0.2"),
        (["192.168.1.7"], "192.168.1.7"),
        (["fe80::1%eth0"], "[fe80::1]"),
    ],
)
def test_it_is_at_localhost_where_it_may_be_called_so(listening: list[str], host: str) -> None:
    """Otherwise at the address that it listens at."""
    assert own_hosts(listening) == [host]


def test_localhost_may_be_one_address_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on IPv6 isn't there where localhost is 127.0.0.1."""
    monkeypatch.setattr(server_urls, "_localhost", lambda: {ip_address("127.0.0.1")})
    assert own_hosts(["::1"]) == ["[::1]"]


def test_every_address_of_this_machine_that_it_listens_at_is_named() -> None:
    """Those that localhost stands for, only by that name."""
    assert own_hosts(["127.0.0.1", "::1", "127.0.0.2", "192.168.1.7"]) == ["localhost", "127.0.0.2"]
    assert own_hosts(["192.168.1.7", "127.0.0.2"]) == ["127.0.0.2"]
    assert own_hosts([]) == []


def test_others_are_told_the_addresses_of_the_interfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only when it listens there."""
    mine = [ip_address(one) for one in ("192.168.1.7", "10.0.0.7")]
    monkeypatch.setattr(server_urls, "_interfaces", lambda: mine)
    assert hosts_for_others(["0.0.0.0"]) == ["192.168.1.7", "10.0.0.7"]
    assert hosts_for_others(["192.168.1.7"]) == ["192.168.1.7"]
    assert hosts_for_others(["2001:db8::7"]) == ["[2001:db8::7]"]
    assert hosts_for_others(["127.0.0.1", "::1"]) == []


def test_the_interfaces_of_this_machine_can_be_asked_for() -> None:
    """None of them is its loopback."""
    assert all(not one.is_loopback and one.version == 4 for one in server_urls._interfaces())


def test_the_line_says_localhost_when_all_interfaces_are_listened_at(start_server: StartServer) -> None:
    """The owner's line stays; the log has what others can use."""
    server = start_server("--host", "0.0.0.0")
    assert f"Server started at http://localhost:{server.port}\n" in server.log
    for host in hosts_for_others(["0.0.0.0"]):
        assert f"http://{host}:{server.port}" in server.output


def test_the_line_says_the_address_when_only_that_is_listened_at(start_server: StartServer) -> None:
    """On localhost nobody would find it."""
    server = start_server("--host", "127.0.0.2")
    assert f"Server started at http://127.0.0.2:{server.port}\n" in server.log
    assert "Other machines" not in server.output


def test_it_listens_at_several_addresses_on_one_port(start_server: StartServer) -> None:
    """Also where any port will do; workers take the same one."""
    for workers in ("1", "2"):
        server = start_server("--host", "127.0.0.2,127.0.0.3", "--workers", workers)
        urls = [f"http://127.0.0.{last}:{server.port}" for last in (2, 3)]
        assert f"Server started at {', '.join(urls)}\n" in server.log
        for url in urls:
            assert urllib.request.urlopen(f"{url}/healthz").read() == b"ok\n"
        server.stop()


@pytest.mark.parametrize("hosts", [("127.0.0.2", "127.0.0.2"), ("127.0.0.2", "0.0.0.0"), ("0.0.0.0", "localhost")])
def test_addresses_that_overlap_are_said_to(hosts: tuple[str, str]) -> None:
    """Otherwise the server would find its own port in use."""
    with pytest.raises(StartError, match=f"both {hosts[0]} and {hosts[1]}: they overlap"):
        open_listeners(hosts, 0)


def test_a_socket_for_ipv6_that_takes_ipv4_too_is_at_both() -> None:
    """So does one of systemd's that is for a port alone: others are told the addresses of this machine."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as both:
        assert places_of([both]).addresses == ["::", "0.0.0.0"]
    with socket.create_server(("::", 0), family=socket.AF_INET6) as one:
        assert places_of([one]).addresses == ["::"]


# --- a port that can't be had ----------------------------------------------------------


@contextmanager
def taken(host: str) -> Iterator[int]:
    with closing(socket.socket()) as there:
        there.bind((host, 0))
        there.listen()
        yield there.getsockname()[1]


def reason(host: str, port: int) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # Tornado leaves the socket to the garbage collector
        try:
            listening_sockets(host, port)
        except StartError as problem:
            code, sentence = problem.exit_code, str(problem)
        gc.collect()
    assert code == 2
    return sentence


def test_a_port_in_use_is_said_to_be_so() -> None:
    """It may be the chat; another port is offered, also at the end of their numbers."""
    with taken("127.0.0.1") as port:
        sentence = reason("127.0.0.1", port)
    assert f"port {port} of 127.0.0.1: it is in use" in sentence
    assert f"--port {port + 1}" in sentence


@pytest.mark.parametrize(
    "host", ["no.such.host.invalid", "a b", "a" * 300, "..", "http://localhost", "localhost:80", "\0"]
)
def test_a_host_that_does_not_exist_is_said_to_be_so(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Python refuses to ask."""

    def unknown(*arguments: object, **more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    if host == "no.such.invalid":
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "there is no such host" in reason(host, 0)


def test_an_address_of_another_machine_is_said_to_be_so() -> None:
    """192.0.2.1 is nobody's."""
    assert "this machine has no such address" in reason("192.0.2.1", 0)


def test_a_port_for_root_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """443, say: the tests may run as root, so the refusal is made up."""

    def refuse(*arguments: object, **more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setitem(listening_sockets.__globals__, "bind_sockets", refuse)
    assert "only root may use it.\nChoose another port: --port 8888" in reason("localhost", 443)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_start_at_a_port_in_use_says_nothing_else(workers: str, tmp_path: Path) -> None:
    """Not of Redis, which is only left again."""
    with taken("127.0.0.1") as port:
        server = Server(tmp_path, "--host", "127.0.0.1", "--port", str(port), "--workers", workers)
        with pytest.raises(AssertionError):
            server.start()
    assert server.process is not None
    assert server.process.wait(30) == 2
    assert [line for line in server.log if " INFO " not in line] == [
        f"Could not listen on port {port} of 127.0.0.1: it is in use.\n",
        f"If the chat is already running, open http://localhost:{port}; or choose another port: --port {port + 1}\n",
    ]


def test_wrong_settings_are_said_before_redis_is_waited_for(tmp_path: Path) -> None:
    """Otherwise a minute would pass first."""
    away = f"redis://127.0.0.1:{free_port()}"
    server = Server(tmp_path, "--host", "192.0.2.1", redis=away)
    with pytest.raises(AssertionError, match="no such address"):
        server.start()
