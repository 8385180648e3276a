"""The page and its files over HTTP, and the handshake."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import urllib.error
import urllib.request
from contextlib import closing
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect

from wschat.web.handshake import Handshake, plain_handshake
from wschat.web.headers import accepts_gzip

from .fuzz.targets import handshakes
from .support import Nodes
from .support.client import PATIENCE
from .support.server import ROOT

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


async def get(
    nodes: Nodes, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, Message, bytes]:
    """Status, headers and body."""
    request = urllib.request.Request(nodes.url() + path, method=method, headers=headers or {})

    def fetch() -> tuple[int, Message, bytes]:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, problem.headers, problem.read()

    return await asyncio.to_thread(fetch)


@pytest.mark.parametrize("path", ["/", "/r/team", "/r/team/", "/r/%D0%9A%D1%83%D1%85%D0%BD%D1%8F"])
async def test_the_page_is_there_for_every_room(node: Nodes, path: str) -> None:
    """Browsers revalidate it each time, so that they notice an update."""
    status, headers, body = await get(node, path)
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache"
    assert "Отправить" in body.decode()


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/r/Kitchen", "/r/kitchen"),
        ("/r/%D0%9A%D1%83%D1%85%D0%BD%D1%8F/?jump=1&x=%20", "/r/%D0%BA%D1%83%D1%85%D0%BD%D1%8F?jump=1&x=%20"),
        ("/r/%D0%B8%CC%86", "/r/%D0%B9"),  # й of two characters
        ("/r/Stra%C3%9Fe", "/r/strasse"),
    ],
)
async def test_a_room_has_one_address(node: Nodes, path: str, address: str) -> None:
    """Other spellings of its name lead there: the browser keeps drafts and posts by the address."""

    def ask() -> http.client.HTTPMessage:
        with closing(http.client.HTTPConnection(urlsplit(node.url()).netloc, timeout=5)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.read() == b""
            assert answer.status == 302
            return answer.headers

    headers = await asyncio.to_thread(ask)
    assert (headers["Location"], headers["Cache-Control"]) == (address, "no-cache")


@pytest.mark.parametrize("path", ["/r/a%20b", "/r/%ff", "/r/%00", "/r/r%2Fx", "/r/%2F%2Fevil", "/r/" + "a" * 65])
async def test_what_cannot_be_a_room_leads_nowhere_else(node: Nodes, path: str) -> None:
    """The page is there, and says that no room can have such a name."""
    status, headers, _ = await get(node, path)
    assert (status, headers["Location"]) == (200, None)


async def test_everything_that_the_page_loads_is_there_and_may_be_kept(node: Nodes) -> None:
    """Files have an address that changes with them, and may be cached for a year."""
    _, _, page = await get(node, "/")
    paths = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.decode()))
    assert len(paths) > 5
    for path in paths:
        status, headers, _ = await get(node, path)
        assert status == 200, path
        assert "immutable" in headers["Cache-Control"]


async def test_a_file_under_an_old_address_is_not_kept(node: Nodes) -> None:
    """A page that is open during an update still gets its files."""
    status, headers, _ = await get(node, "/static/000000000000/js/main.js")
    assert (status, headers["Cache-Control"]) == (200, "no-cache")


async def test_the_page_trusts_nobody_else(node: Nodes) -> None:
    """The policy is strict, and no header names the server's software."""
    _, headers, _ = await get(node, "/")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] is None


@pytest.mark.parametrize(
    "path",
    [
        "/server.py", "/wschat/app/main.py", "/static/../server.py", "/static/%2e%2e/server.py", "/requirements.txt",
        "/data/redis/redis.log", "/static/", "/static", "/nothing", "/ws/x", "/r/", "/r/team/x", "/r/team//",
        "/index.html/x", "//etc/passwd",
    ],
)  # fmt: skip
async def test_nothing_else_is_published(node: Nodes, path: str) -> None:
    """The response is 404 without further information."""
    status, _, body = await get(node, path)
    assert status == 404
    assert b"import" not in body
    assert len(body) < 100


async def test_a_stray_person_gets_a_page_with_the_way_home(nodes: Nodes) -> None:
    """A browser is answered in the language of the setting, without scripts; the status is 404 all the same."""
    await nodes.start(lang="en")
    status, headers, body = await get(nodes, "/r/a/b", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    page = body.decode()
    assert "No such page" in page
    assert '<a class="button" href="/">' in page
    assert "<script" not in page


@pytest.mark.parametrize("path", ["/", "/static/js/main.js"])
async def test_a_head_has_what_a_get_has_but_the_body(node: Nodes, path: str) -> None:
    """RFC 9110, 9.3.2 requires it."""
    _, whole, body = await get(node, path)
    status, headers, nothing = await get(node, path, "HEAD")
    assert (status, nothing) == (200, b"")
    assert headers["Content-Length"] == whole["Content-Length"] == str(len(body))


async def test_the_page_takes_nothing(node: Nodes) -> None:
    """A POST gets 405."""
    assert (await get(node, "/", "POST"))[0] == 405


async def test_the_page_speaks_the_language_of_the_setting(nodes: Nodes) -> None:
    """The default is Russian."""
    await nodes.start(lang="en")
    assert b'data-lang="en"' in (await get(nodes, "/"))[2]


# --- the handshake ------------------------------------------------------------


def request(headers: dict[str, str] | None = None, line: str = "GET /ws HTTP/1.1") -> bytes:
    """The bytes of a handshake with these headers besides, or instead."""
    both = {"Host": "localhost", **HANDSHAKE, **(headers or {})}
    return "\r\n".join([line, *(f"{name}: {value}" for name, value in both.items()), "", ""]).encode()


async def answer_to(nodes: Nodes, *pieces: bytes) -> str:
    """What the server says to a request that comes in these pieces, up to the end of the first line after the head."""
    reader, writer = await asyncio.open_connection("127.0.0.1", nodes.nodes[0].edge.port)
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.02 if len(pieces) > 1 else 0)
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    if not answer.startswith(b"HTTP/1.1 101 "):
        answer += await asyncio.wait_for(reader.read(), PATIENCE)  # up to the end: it is closed
    writer.close()
    return answer.decode()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Upgrade": "h2c"}, 426),
        ({"Connection": "close"}, 426),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Sec-WebSocket-Key": "я"}, 400),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_whoever_does_not_shake_hands_as_one_should_is_told_why(
    node: Nodes, change: dict[str, str], status: int
) -> None:
    """The explanation is the same, however the request arrives."""
    asked = request(change)
    fast_path = await answer_to(node, asked)
    head, _, sentence = fast_path.partition("\r\n\r\n")
    assert int(head.split()[1]) == status
    assert sentence.strip()
    assert await answer_to(node, asked[:40], asked[40:]) == fast_path


async def test_the_servers_key_is_made_of_the_clients(node: Nodes) -> None:
    """The example of RFC 6455, 1.3 holds, however the request arrives."""
    answer = await answer_to(node, request())
    assert answer.startswith("HTTP/1.1 101 ")
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer
    assert await answer_to(node, request()[:40], request()[40:]) == answer


async def test_a_handshake_that_arrives_whole_needs_no_http_connection(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That would cost a quarter of a join; ambiguous requests take it anyway."""
    long_way = 0
    start = Handshake.start_request

    def counted(*args: Any) -> Any:
        nonlocal long_way
        long_way += 1
        return start(*args)

    monkeypatch.setattr(Handshake, "start_request", counted)
    assert "101" in await answer_to(node, request())
    assert "403" in await answer_to(node, request({"Origin": "null"}))
    assert long_way == 0
    odd = [
        request(line="GET /ws?a=b HTTP/1.1"),
        request({"Content-Length": "0"}),
        request({"X-Padding": "x" * 5000}),
        request().replace(b"Host", b"X-Two: 1\r\nX-Two: 2\r\nHost"),
    ]
    for asked in odd:
        assert "101" in await answer_to(node, asked)
    assert long_way == len(odd)


@pytest.mark.parametrize(
    "odd",
    [
        request().replace(b"Host: localhost\r\n", b""),
        request().replace(b"Host: ", b"Host : "),
        request().replace(b"Host: localhost", b"Host: local\x00host"),
        request().replace(b"Host: localhost", b"Host: local\n host"),
        request().replace(b"Host: localhost", b"Host: localhost\r\n folded"),
        request().replace(b"\r\n", b"\n"),
        request().replace(b"GET", b"get"),
        request({"Transfer-Encoding": "chunked"}),
        request() + b"\x81\x80\x00\x00\x00\x00",
        request()[:-1],
        b"",
    ],
)
def test_what_is_not_beyond_doubt_is_left_to_tornado(odd: bytes) -> None:
    """The fast path reads only one kind of request."""
    assert plain_handshake(request()) is not None
    assert plain_handshake(odd) is None


PIECES = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b"\x00", b"\x0b", b"\x7f", b"\xff", b"a", b"\r\n ", b"\r\n\r\n",
     b"Host: b\r\n", b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"X: y\r\n",
     b"HTTP/1.0"]
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, len(request())), st.integers(0, 12), PIECES), min_size=1, max_size=3))
def test_the_fast_path_reads_nothing_that_tornado_would_read_otherwise(edits: list[tuple[int, int, bytes]]) -> None:
    """A good request with random edits is either left to Tornado, or both read it alike."""
    data = request({"Origin": "http://localhost", "Cookie": "a=b; c=d"})
    for at, cut, piece in edits:
        data = data[:at] + piece + data[at + cut :]
    handshakes(data)


async def test_a_page_of_this_very_host_may_connect(node: Nodes) -> None:
    """The host may have any name."""
    async with connect(node.ws(), origin=node.url()) as connection:  # type: ignore[arg-type]
        await connection.send('{"type":"ping"}')
        assert json.loads(await connection.recv()) == {"type": "pong"}


async def test_there_is_no_compression(node: Nodes) -> None:
    """It would take 17 times the memory per connection."""
    async with connect(node.ws(), compression="deflate") as connection:
        assert connection.protocol.extensions == []


async def test_the_style_sheets_are_one_request(node: Nodes) -> None:
    """The page links one sheet, which has all of them in the order of index.html, without what is there for readers."""
    _, _, page = await get(node, "/")
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page.decode())
    _, _, served = await get(node, address)
    names = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)">', (ROOT / "index.html").read_text("utf-8"))
    assert len(names) > 1
    whole = "".join((ROOT / "static" / name).read_text("utf-8") for name in names)
    assert "/*" in whole
    assert served.decode().split() == re.sub(r"/\*[^*]*\*/", "", whole).split()


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True),
        ("br;q=1.0, GZIP; q=0.8, *;q=0.1", True),
        ("*", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("nogzip", False),
    ],
)
def test_gzip_is_sent_to_who_accepts_it(header: str, accepted: bool) -> None:
    """A quality of 0 is a refusal."""
    assert accepts_gzip(header) == accepted
