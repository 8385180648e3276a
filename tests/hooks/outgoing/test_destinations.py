"""Hooks reach public addresses only, and networks that the operator allows; nothing else, whatever a name says."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from wschat.hooks import CallFailed, is_allowed, url_problem
from wschat.web.webhook_client import WebhookClient

from .receiver import HERE, Receiver

INTERNAL = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::127.0.0.1", "fe80::1%eth0", "fc00::1", "ff02::1", "ff0e::1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2001:0:7f00:1::", "64:ff9b:1::1", "fec0::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INTERNAL)
def test_internal_addresses_are_refused(address: str) -> None:
    """Also where an IPv4 address is within an IPv6 one."""
    assert not is_allowed(address, ())


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_public_addresses_are_called(address: str) -> None:
    """In either form."""
    assert is_allowed(address, ())


def test_the_operator_allows_networks() -> None:
    """These, and no others beside them."""
    assert is_allowed("10.1.2.3", ("10.1.0.0/16", "::1"))
    assert is_allowed("::1", ("10.1.0.0/16", "::1"))
    assert is_allowed("::ffff:10.1.2.3", ("10.1.0.0/16",))
    assert not is_allowed("10.2.0.1", ("10.1.0.0/16", "::1"))


@pytest.mark.parametrize(
    "url",
    [
        "", "bot.example", "ftp://bot.example", "file:///etc/passwd", "https://", "https://ann:x@bot.example/",
        "https://bot.example/#x", "https://bot.example:0/", "https://bot.example:99999/", "https://бот.example/",
        "https://bot.example/a b", "http://[::1", "https://bot.example/\n",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    """Before anything is made."""
    assert url_problem(url)
    assert not url_problem("https://bot.example:8443/chat?room=1")


async def refused(client: WebhookClient, url: str) -> str:
    with pytest.raises(CallFailed) as problem:
        await client.send(url, {}, b"{}")
    return str(problem.value)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1", "0177.0.0.1"]
)
async def test_no_spelling_of_this_machine_is_called(receiver: Receiver, host: str) -> None:
    """Nothing connects: the receiver, which listens, hears nothing."""
    problem = await refused(WebhookClient(()), f"http://{host}:{receiver.port}/")
    assert "isn't a public address" in problem or "resolve" in problem.lower() or "name" in problem.lower()
    assert not receiver.calls


async def test_a_name_is_called_where_it_was_checked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """One look-up: a name that answers a public address first and this machine next reaches neither by a trick."""
    answers = [["93.184.216.34", "127.0.0.1"], ["127.0.0.1"]]
    asked: list[str] = []

    async def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (one, port)) for one in answers[len(asked) - 1]]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    assert "127.0.0.1 isn't a public address" in await refused(WebhookClient(()), f"http://bot.test:{receiver.port}/")
    assert (asked, receiver.calls) == (["bot.test"], [])
    asked.clear()
    answers[0] = ["127.0.0.1"]
    answers[1] = ["93.184.216.34"]
    assert (await WebhookClient(HERE).send(f"http://bot.test:{receiver.port}/", {}, b"{}")).status == 204
    assert (asked, len(receiver.calls)) == (["bot.test"], 1)


async def test_redirects_are_not_followed(receiver: Receiver) -> None:
    """They are answers like others, which aren't 2xx."""
    receiver.answers, receiver.location = [302], receiver.url
    answer = await WebhookClient(HERE).send(receiver.url, {}, b"{}")
    assert (answer.status, answer.is_taken, len(receiver.calls)) == (302, False, 1)


async def test_a_long_answer_is_not_read(receiver: Receiver) -> None:
    """Beyond 64 KiB the call fails, since nobody knows what it would have said."""
    receiver.answers = [{"text": "x" * (65 << 10)}]
    assert await refused(WebhookClient(HERE), receiver.url)


async def begins_endless_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n" + b"A: %b\r\n" % (b"x" * 1000) * 100)
    writer.close()


async def test_headers_without_end_are_a_failed_call() -> None:
    """And no error of ours, which would end the caller each time: the delays would never grow."""
    server = await asyncio.start_server(begins_endless_headers, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await refused(WebhookClient(HERE), f"http://127.0.0.1:{port}/")
    server.close()
