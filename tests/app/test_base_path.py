"""The chat below a path, behind a proxy that strips nothing: every address begins with it, and none without it."""

from __future__ import annotations

import asyncio
import http.client
import json
import re

import pytest

from ..support import Nodes, StartServer, join
from ..support.client import PATIENCE
from ..support.server import ROOT

BASE = "/team/chat"


@pytest.fixture
async def below(nodes: Nodes) -> Nodes:
    """A node below BASE."""
    return await nodes.start(base_path=BASE)


async def get(nodes: Nodes, path: str, **headers: str) -> tuple[int, str, str]:
    """Status, Location and body; no redirect is followed."""

    def ask() -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", nodes.nodes[0].edge.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location", ""), answer.read().decode(errors="replace")
        finally:
            connection.close()

    return await asyncio.to_thread(ask)


async def test_every_address_in_the_page_begins_with_the_path(below: Nodes) -> None:
    """Those of its files, which are there, of the manifest, and of what that names."""
    _, _, page = await get(below, f"{BASE}/")
    addresses = re.findall(r'(?:href|src)="(/[^"]*)"', page)
    assert len(addresses) > 5
    _, _, manifest = await get(below, f"{BASE}/manifest.webmanifest")
    named = json.loads(manifest)
    assert named["id"] == named["start_url"] == named["scope"] == f"{BASE}/"
    for address in (*addresses, *(icon["src"] for icon in named["icons"] if icon["src"].endswith("svg"))):
        assert address.startswith(f"{BASE}/")
        assert (await get(below, address))[0] == 200


async def test_the_service_worker_looks_after_the_path_only(below: Nodes, nodes: Nodes) -> None:
    """Another program may live beside the chat."""
    _, _, worker = await get(below, f"{BASE}/sw.js")
    assert f'HOME = "{BASE}/"' in worker
    assert f'"{BASE}/r/"' in worker
    assert f'"{BASE}/static/{nodes.nodes[0].edge.site.version}/"' in worker
    assert not re.search(rf'"/(?!{BASE[1:]}/)', worker)


async def test_the_icon_is_what_it_is_elsewhere(below: Nodes) -> None:
    """The end of a tag in it, `"/>`, is no address."""
    status, _, icon = await get(below, f"{BASE}/favicon.ico")
    assert (status, icon) == (200, (ROOT / "static/img/icon.svg").read_text("utf-8"))


@pytest.mark.parametrize("path", ["/", "/r/kitchen", "/sw.js", "/ws", "/static/css/all.css", f"{BASE}x/", "/team/"])
async def test_nothing_is_served_beside_the_path(below: Nodes, path: str) -> None:
    """The error page leads to the chat."""
    status, _, body = await get(below, path, Accept="text/html")
    assert status == 404
    assert f'href="{BASE}/"' in body


@pytest.mark.parametrize(
    ("path", "address"),
    [
        (BASE, f"{BASE}/"),
        (f"{BASE}/r/Kitchen?a=b", f"{BASE}/r/kitchen?a=b"),
        (f"{BASE}/r/Stra%C3%9Fe", f"{BASE}/r/strasse"),
    ],
)
async def test_redirects_stay_below_the_path(below: Nodes, path: str, address: str) -> None:
    """To the slash at the end, which addresses of pages have, and to a room's own address."""
    status, location, _ = await get(below, path)
    assert status in (301, 302)
    assert location == address


async def test_health_checks_are_there_with_and_without_the_path(below: Nodes) -> None:
    """Those who watch the port itself needn't know how the proxy calls the chat."""
    for path in ("/healthz", "/readyz", "/health"):
        assert (await get(below, path))[0] == (await get(below, BASE + path))[0] == 200


async def test_people_talk_below_the_path(below: Nodes) -> None:
    """A browser that opens the address of the socket is told where the chat is."""
    url = below.url(0, "ws") + f"{BASE}/ws"
    ann, bob = await join(url, "Ann"), await join(url, "Bob")
    await ann.posts("hello")
    await bob.hears("hello")
    status, _, body = await get(below, f"{BASE}/ws")
    assert (status, body) == (426, f"This is a WebSocket endpoint; the chat's page is at {BASE}/\n")


def test_the_line_names_the_path(start_server: StartServer) -> None:
    """The address that it says is the chat's."""
    server = start_server("--base-path", "/chat/", "--host", "0.0.0.0")
    assert f"Server started at http://localhost:{server.port}/chat\n" in server.log
    for line in server.log:
        if "Other machines" in line:
            assert line.endswith(f":{server.port}/chat\n")
