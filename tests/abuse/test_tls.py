"""Security headers of every answer, and TLS without a proxy."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)  # fmt: skip
from websockets.asyncio.client import connect

from wschat.errors import StartError
from wschat.web.tls import server_context

from ..support import Nodes, Server, settings
from ..support.certificates import certificate
from ..support.client import PATIENCE
from ..support.frames import TEXT, frame
from .raw import headers_of, request


@pytest.mark.parametrize(
    "path", ["/", "/r/any", "/health", "/nothing", "/static/css/page.css", "/manifest.webmanifest"]
)
async def test_every_answer_has_the_headers(node: Nodes, path: str) -> None:
    """Error responses have them too, since a policy on only some responses protects nothing."""
    headers = await asyncio.to_thread(headers_of, f"http://127.0.0.1:{node.nodes[0].edge.port}{path}")
    policy = headers["Content-Security-Policy"]
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'self'",
        "require-trusted-types-for 'script'",
    ):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    assert "Tornado" not in headers.get("Server", "")


async def test_a_site_may_frame_the_chat_when_it_is_named(nodes: Nodes) -> None:
    """No other site may frame it."""
    await nodes.start(1, frame_ancestors="'self' https://site.example")
    headers = await asyncio.to_thread(headers_of, nodes.url())
    assert "frame-ancestors 'self' https://site.example;" in headers["Content-Security-Policy"]


async def test_the_server_speaks_tls_by_itself(nodes: Nodes, tmp_path: Path) -> None:
    """It serves the page over https and the chat over wss, including messages larger than a packet."""
    cert, key = certificate(tmp_path)
    await nodes.start(1, tls_cert=cert, tls_key=key)
    port = nodes.nodes[0].edge.port
    context = ssl.create_default_context(cafile=str(cert))
    assert "Content-Security-Policy" in await asyncio.to_thread(headers_of, f"https://localhost:{port}/", context)
    async with connect(f"wss://localhost:{port}/ws", ssl=context, ping_interval=None, max_size=None) as client:
        await client.send('{"type":"hello","name":"Анна"}')
        assert '"welcome"' in str(await client.recv())
        for number in range(20):
            await client.send(json.dumps({"type": "post", "id": f"p{number}", "text": "я" * 4000}))
        seen = 0
        while seen < 20:
            seen += '"type":"message"' in str(await asyncio.wait_for(client.recv(), PATIENCE))


NAMES = [
    # Host, and whether browsers are told to use only https for it
    ("chat.example.org", True),
    ("Chat.Example.ORG:8443", True),
    ("chat.example.org.", True),
    ("xn--80ak6aa92e.com", True),
    ("lan.example.org", True),
    ("localhost", False),
    ("localhost:8888", False),
    ("chat.localhost", False),
    ("nas", False),
    ("nas.lan", False),
    ("NAS.LAN:8888", False),
    ("nas.local.", False),
    ("nas.home.arpa", False),
    ("chat.internal", False),
    ("chat.corp", False),
    ("127.0.0.1", False),
    ("192.168.1.5:8888", False),
    ("203.0.113.5", False),
    ("127.1", False),
    ("[::1]:8888", False),
    ("[2a00::5]", False),
    ("", False),
    (".", False),
    ("a..b", False),
]  # fmt: skip


@pytest.mark.parametrize(("tls", "hsts"), [(True, "auto"), (True, "off"), (False, "auto")])
async def test_only_a_public_name_is_pinned_to_https(nodes: Nodes, tmp_path: Path, tls: bool, hsts: str) -> None:
    """`nas.lan` and `localhost` are other machines, or other programs, at the next place; and there is a switch."""
    cert, key = certificate(tmp_path)
    await nodes.start(1, hsts=hsts, **({"tls_cert": cert, "tls_key": key} if tls else {}))
    port = nodes.nodes[0].edge.port
    context = ssl.create_default_context(cafile=str(cert)) if tls else None
    for host, is_pinned in NAMES:
        for path in ("/", "/health", "/nothing"):
            reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            head = (await reader.read()).partition(b"\r\n\r\n")[0]
            writer.close()
            assert (b"Strict-Transport-Security: max-age=31536000" in head) == (is_pinned and tls and hsts == "auto"), (
                host
            )


async def test_who_reads_late_over_tls_misses_nothing(nodes: Nodes, tmp_path: Path) -> None:
    """Bytes that the kernel doesn't accept are queued under TLS too."""
    cert, key = certificate(tmp_path)
    await nodes.start(1, tls_cert=cert, tls_key=key)
    edge = nodes.nodes[0].edge
    context = ssl.create_default_context(cafile=str(cert))
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 10)
    narrow.connect(("127.0.0.1", edge.port))
    url = f"wss://localhost:{edge.port}/ws"
    async with (
        connect(url, ssl=context, ping_interval=None, sock=narrow, max_queue=1) as late,
        connect(url, ssl=context, ping_interval=None, max_queue=None) as busy,
    ):
        for number, client in enumerate((late, busy)):
            await client.send(json.dumps({"type": "hello", "name": f"Гость {number}"}))
            assert '"welcome"' in str(await client.recv())
        posts = 0
        while not any(one.waiting for one in edge.sessions):
            await busy.send(json.dumps({"type": "post", "id": f"p{posts}", "text": "я" * 4000}))
            posts += 1
            assert len(edge.sessions) == 2
            while '"type":"ack"' not in str(await asyncio.wait_for(busy.recv(), PATIENCE)):
                pass
        seen: list[int] = []
        while len(seen) < posts:
            event = json.loads(await asyncio.wait_for(late.recv(), PATIENCE))
            seen += [event["seq"]] if event["type"] == "message" else []
    assert seen == list(range(1, posts + 1))


async def test_a_broken_rule_over_tls_has_its_code_and_a_clean_end(nodes: Nodes, tmp_path: Path) -> None:
    """The close frame, TLS's end and TCP's end arrive although the client goes on sending."""
    cert, key = certificate(tmp_path)
    await nodes.start(1, tls_cert=cert, tls_key=key)
    port = nodes.nodes[0].edge.port
    context = ssl.create_default_context(cafile=str(cert))

    def answer() -> bytes:
        plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as client:
            client.sendall(request(port))
            client.recv(1000)
            client.sendall(b"\x81\x01x" + frame(TEXT, b"more") * 1000)
            received = b""
            while part := client.recv(1000):  # raises SSLEOFError where TLS breaks off
                received += part
            return received

    assert (await asyncio.to_thread(answer))[2:4] == (1002).to_bytes(2, "big")


@pytest.mark.parametrize("what", ["missing", "not a certificate"])
async def test_a_certificate_that_cant_be_used_stops_the_start(nodes: Nodes, tmp_path: Path, what: str) -> None:
    """No server is better than one that only seems private."""
    file = tmp_path / "cert.pem"
    if what != "missing":
        file.write_text("hello")
    with pytest.raises(StartError, match="certificate"):
        await nodes.start(1, tls_cert=file, tls_key=file)


def test_the_defaults_are_the_safe_ones() -> None:
    """Without settings the server is local, limited, accepts only its own pages and trusts no proxy."""
    defaults = settings(post_rate=5.0, socket_rate=20.0)
    assert (defaults.origin, defaults.trusted_proxy, defaults.frame_ancestors) == ((), (), "'self'")
    assert defaults.post_burst == 20
    assert defaults.sockets_per_address <= 500


async def test_workers_share_password_and_certificate(start_server: Callable[..., Server], tmp_path: Path) -> None:
    """Each worker uses both, and the printed address starts with https."""
    cert, key = certificate(tmp_path)
    options = ("--workers", "2", "--tls-cert", str(cert), "--tls-key", str(key))
    server = start_server(*options, environment={"WSCHAT_PASSWORD": "сезам"})
    assert "Server started at https://localhost:" in server.output
    context = ssl.create_default_context(cafile=str(cert))
    for number in range(4):
        async with connect(f"wss://localhost:{server.port}/ws", ssl=context, ping_interval=None) as client:
            await client.send(json.dumps({"type": "hello", "name": f"Гость {number}"}))
            assert "password_required" in str(await client.recv())
            await client.send(json.dumps({"type": "hello", "name": f"Гость {number}", "password": "сезам"}))
            assert '"welcome"' in str(await client.recv())
    assert server.stop() == 0


def pem(*parts: object) -> bytes:
    """A certificate, or a private key in PKCS #8; with a passphrase: (key, passphrase)."""
    key, passphrase = parts if len(parts) == 2 else (parts[0], b"")
    if isinstance(key, x509.Certificate):
        return key.public_bytes(Encoding.PEM)
    assert isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey))
    assert isinstance(passphrase, bytes)
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    )


def bad_files(folder: Path) -> dict[str, tuple[bytes | None, bytes | None]]:
    """Contents of the files of certificate and key by the error that they cause; None: there is no file."""
    cert, key = (file.read_bytes() for file in certificate(folder))
    own = load_pem_private_key(key, None)
    old_style = own.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"sesame"))
    return {
        "has a passphrase": (cert, pem(own, b"sesame")),
        "has a passphrase.": (cert, old_style),
        "the key isn't that of the certificate": (cert, pem(ec.generate_private_key(ec.SECP256R1()))),
        "the key isn't that of the certificate.": (cert, pem(rsa.generate_private_key(65537, 2048))),
        "has no certificate in PEM": (key, cert),
        "has no certificate in PEM.": (x509.load_pem_x509_certificate(cert).public_bytes(Encoding.DER), key),
        "has no certificate in PEM..": (b"", key),
        "has no private key in PEM": (cert, b"hello"),
        "has no private key in PEM.": (cert, cert),
        "they are damaged": (cert[:100] + b"!" + cert[101:], key),
        "they are damaged.": (cert, key[:100] + b"!" + key[101:]),
        "cert.pem: No such file": (None, key),
        "key.pem: No such file": (cert, None),
    }


@pytest.mark.parametrize("number", range(13))
def test_a_certificate_or_key_that_cannot_be_used_is_a_sentence(number: int, tmp_path: Path) -> None:
    """A key with a passphrase would be asked for at the terminal, for ever."""
    words, contents = list(bad_files(tmp_path).items())[number]
    for name, content in zip(("cert.pem", "key.pem"), contents):
        (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content)
    with pytest.raises(StartError, match=words.rstrip(".")) as caught:
        server_context(tmp_path / "cert.pem", tmp_path / "key.pem")
    assert str(tmp_path) in str(caught.value)


def test_a_key_with_a_passphrase_ends_the_start(tmp_path: Path) -> None:
    """With workers it is said once."""
    cert, _ = certificate(tmp_path)
    (tmp_path / "locked.pem").write_bytes(pem(ec.generate_private_key(ec.SECP256R1()), b"sesame"))
    words = ("--tls-cert", str(cert), "--tls-key", str(tmp_path / "locked.pem"), "--workers", "2")
    server = Server(tmp_path / "data", *words)
    with pytest.raises(AssertionError, match="has a passphrase"):
        server.start()
    assert server.process is not None
    assert server.process.wait(30) == 2
    assert server.output.count("has a passphrase") == 1
