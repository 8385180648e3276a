"""The page and its files over HTTP."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from wschat.web.headers import accepts_gzip
from wschat.web.site_files import Site

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.http import get
from ..support.server import ROOT


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
        with closing(http.client.HTTPConnection(urlsplit(node.url()).netloc, timeout=PATIENCE)) as connection:
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
        "/server.py", "/wschat/app/start.py", "/static/../server.py", "/static/%2e%2e/server.py", "/requirements.txt",
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


@pytest.mark.parametrize(
    ("preferred", "language"), [("ru-RU, en", "ru"), ("de, RU;q=0.8, en;q=0.7", "ru"), ("enm, de", "en"), ("", "en")]
)
def test_auto_is_the_first_language_of_the_browsers_that_there_is(preferred: str, language: str) -> None:
    """English is for all others."""
    page = Site(ROOT, "auto").not_found(preferred).body.decode()
    assert f'<html lang="{language}">' in page


@pytest.mark.parametrize("path", ["/", "/static/js/main.js", "/sw.js", "/manifest.webmanifest", "/favicon.ico"])
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
    page = (await get(nodes, "/"))[2].decode()
    assert '<html lang="en" data-lang="en">' in page
    assert "<title>Chat</title>" in page
    assert '<noscript><p class="line">The chat needs JavaScript.' in page
    manifest = json.loads((await get(nodes, "/manifest.webmanifest"))[2])
    assert (manifest["name"], manifest["short_name"], manifest["lang"]) == ("Chat", "Chat", "en")
    served = [page, (await get(nodes, "/r/a/b", headers={"Accept": "text/html"}))[2].decode(), str(manifest)]
    assert not re.findall("[А-Яа-яЁё]+", "".join(served))


async def test_with_auto_the_manifest_speaks_the_readers_language(nodes: Nodes) -> None:
    """What is installed is called as the page is."""
    await nodes.start(lang="auto")
    for preferred, expected in {"de, en;q=0.8, ru;q=0.5": ("Chat", "en"), "ru-RU, ru": ("Чат", "ru")}.items():
        body = (await get(nodes, "/manifest.webmanifest", headers={"Accept-Language": preferred}))[2]
        manifest = json.loads(body)
        assert (manifest["name"], manifest["lang"]) == expected


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
@pytest.mark.parametrize(
    ("path", "lang", "fields"),
    [
        ("/", "auto", "Accept-Encoding, Accept-Language"),
        ("/", "ru", "Accept-Encoding"),
        ("/nowhere", "auto", "Accept, Accept-Encoding, Accept-Language"),
        ("/nowhere", "ru", "Accept, Accept-Encoding"),
        ("/static/js/main.js", "auto", "Accept-Encoding"),
        ("/manifest.webmanifest", "auto", "Accept-Encoding, Accept-Language"),
        ("/manifest.webmanifest", "ru", "Accept-Encoding"),
        ("/sw.js", "auto", "Accept-Encoding"),
    ],
)
async def test_a_cache_is_told_what_an_answer_depends_on(
    nodes: Nodes, path: str, lang: str, fields: str, accept: str
) -> None:
    """One in between would show the page in the language of the person before, or a program's line to a person; and
    keep a copy for each list of languages where there is but one.
    """
    await nodes.start(lang=lang)
    assert (await get(nodes, path, headers={"Accept": accept}))[1].get("Vary") == fields


def test_the_texts_of_the_page_are_those_of_its_scripts() -> None:
    """In Russian the page is `index.html` itself."""
    texts = (ROOT / "index.html").read_text("utf-8").partition("<body>")[2]
    site = Site(ROOT, "ru")
    assert site.page("en").body.decode().partition("<body>")[2] == texts
    manifest = site.manifest("en").body.decode().replace(f"/static/{site.version}/", "/static/")
    assert manifest == (ROOT / "static/manifest.webmanifest").read_text("utf-8")
    assert "<title>Chat</title>" in Site(ROOT, "auto").page("en").body.decode()


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
    assert not re.search(rb"/\*|^ ", served, re.MULTILINE)


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
