"""SIGHUP, where the server has no terminal: passwords, keys and certificates are read again, and everyone stays."""

from __future__ import annotations

import asyncio
import signal
import ssl
import time
from pathlib import Path

import jwt
import pytest

from ..support import Server, StartServer, join, visit
from ..support.certificates import certificate

DONE = "Reloaded passwords, keys and certificates"


async def reload(server: Server, words: str = DONE, times: int = 1) -> None:
    assert server.process is not None
    server.log.clear()
    server.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 30
    while server.output.count(words) < times:
        assert time.monotonic() < end, server.output
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_new_password_counts_for_newcomers(start_server: StartServer, tmp_path: Path, workers: int) -> None:
    """Ann, who is in the room, stays."""
    file = tmp_path / "password"
    file.write_text("old\n")
    server = start_server("--password-file", str(file), "--workers", str(workers), is_service=True)
    ann = await join(server.ws, "Ann", password="old")
    file.write_text("new\n")
    await reload(server, times=workers)
    await join(server.ws, "Eve", password="new")
    bob = await visit(server.ws)
    await bob.send("hello", name="Bob", password="old")
    await bob.is_refused("password_wrong")
    assert await ann.is_there()


async def test_a_file_that_cannot_be_used_changes_nothing(start_server: StartServer, tmp_path: Path) -> None:
    """An empty password would open the chat to everyone; the log says which file is wrong."""
    file = tmp_path / "password"
    file.write_text("old\n")
    server = start_server("--password-file", str(file), is_service=True)
    for content in ("\n", "\0\0"):
        file.write_text(content)
        await reload(server, "Could not reload, everything stays as it is: ")
    file.unlink()
    await reload(server, "Could not reload, everything stays as it is: ")
    bob = await visit(server.ws)
    await bob.send("hello", name="Bob")
    await bob.is_refused("password_required")
    await join(server.ws, "Ann", password="old")


async def test_a_password_that_stands_elsewhere_stays(start_server: StartServer, tmp_path: Path) -> None:
    """The environment can't be read again."""
    server = start_server(environment={"WSCHAT_PASSWORD": "secret"}, is_service=True)
    await reload(server)
    await join(server.ws, "Ann", password="secret")


async def test_a_new_key_of_the_site_counts(start_server: StartServer, tmp_path: Path) -> None:
    """Tokens signed with the former one hold no longer."""
    file = tmp_path / "key"
    file.write_bytes(b"a" * 32)
    options = ["--auth", "jwt", "--jwt-key-file", str(file), "--jwt-audience", "chat"]
    server = start_server(*options, is_service=True)

    def token(key: bytes) -> str:
        return jwt.encode({"sub": "42", "name": "Ann", "aud": "chat", "exp": time.time() + 600}, key, "HS256")

    await join(server.ws, "", jwt=token(b"a" * 32))
    file.write_bytes(b"b" * 32)
    await reload(server)
    bob = await visit(server.ws)
    await bob.send("hello", name="", jwt=token(b"a" * 32))
    await bob.is_refused("token_invalid")
    await join(server.ws, "", jwt=token(b"b" * 32))


@pytest.mark.parametrize("kind", ["ec", "rsa"])
async def test_a_renewed_certificate_is_given_to_new_connections(
    start_server: StartServer, tmp_path: Path, kind: str
) -> None:
    """As certbot renews it, also with another kind of key; one that isn't the certificate's keeps the former pair."""
    cert, key = certificate(tmp_path)
    server = start_server("--tls-cert", str(cert), "--tls-key", str(key), is_service=True)

    def served() -> str:
        return ssl.get_server_certificate(("localhost", server.port))

    first = await asyncio.to_thread(served)
    assert first == cert.read_text()
    certificate(tmp_path, kind)
    await reload(server)
    second = await asyncio.to_thread(served)
    assert second == cert.read_text() != first
    cert.write_text(first)
    await reload(server, "Could not reload, everything stays as it is: Could not use the certificate")
    assert await asyncio.to_thread(served) == second
