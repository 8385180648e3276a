"""The badge with the number of people online."""

from __future__ import annotations

import re
from typing import Any

import pytest

from wschat.limits import Rate
from wschat.presence.leases import Leases
from wschat.protocol import Hello
from wschat.session import AddressLimits
from wschat.session.limits import address_share
from wschat.web.badge import badge

from ...support import Nodes
from ...support.client import join
from ...support.http import get
from ...support.moderation import HOME, act, moderator

KITCHEN = "/r/kitchen/badge.svg"


async def title(nodes: Nodes, path: str = KITCHEN, **headers: str) -> str:
    status, _, body = await get(nodes, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
    assert status == 200
    (found,) = re.findall("<title>(.*)</title>", body.decode())
    return str(found)


@pytest.mark.parametrize(("online", "is_green"), [(None, False), (0, False), (1, True), (12, True)])
def test_a_badge_is_green_where_somebody_is(online: int | None, is_green: bool) -> None:
    """An empty room invites nobody."""
    assert (b"#1a7f37" in badge(online, "ru")) == is_green


async def test_badges_are_off_by_default(node: Nodes) -> None:
    """Who meets how often is nobody's business, unless the operator says so."""
    assert (await get(node, KITCHEN))[0] == 404


async def test_a_badge_counts_the_people_on_all_nodes(nodes: Nodes) -> None:
    """A node that has nobody in the room tells the same number; nobody is counted for asking."""
    await nodes.start(2, badges="on")
    for name in ("Ann", "Bob"):
        await join(nodes.ws(1), name, room="kitchen")
    await nodes.join("Eve")
    assert await title(nodes) == "chat: 2 online"
    assert await title(nodes) == "chat: 2 online"
    assert [node.session_count() for node in nodes.nodes] == [1, 2]


@pytest.mark.parametrize(
    ("path", "accepted", "expected"),
    [
        (KITCHEN, "ru-RU, en;q=0.5", "чат: 0 в сети"),
        (KITCHEN, "de", "chat: 0 online"),
        (KITCHEN + "?lang=ru", "en", "чат: 0 в сети"),
        (KITCHEN + "?lang=en", "ru", "chat: 0 online"),
        (KITCHEN + "?lang=xx", "ru", "чат: 0 в сети"),
    ],
)
async def test_a_badge_speaks_the_readers_language(nodes: Nodes, path: str, accepted: str, expected: str) -> None:
    """Or the one that its address names."""
    await nodes.start(badges="on")
    assert await title(nodes, path, Accept_Language=accepted) == expected


async def test_every_page_may_show_a_badge_for_a_short_time(nodes: Nodes) -> None:
    """Other sites may, and caches on the way keep it for half a minute."""
    await nodes.start(badges="on")
    _, headers, body = await get(nodes, KITCHEN)
    assert headers["Content-Type"] == "image/svg+xml"
    assert headers["Cache-Control"] == "public, max-age=30"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Vary"] == "Origin, Accept-Language"
    assert b"style=" not in body  # the policy would forbid it
    status, _, nothing = await get(nodes, KITCHEN, "HEAD")
    assert (status, nothing) == (200, b"")


@pytest.mark.parametrize("settings", [{"password": "sesame"}, {"auth": "jwt"}])
async def test_a_chat_that_is_not_open_shows_no_number(nodes: Nodes, settings: dict[str, Any], tmp_path: Any) -> None:
    """A picture in a page has no credentials."""
    if "auth" in settings:
        key = tmp_path / "site.key"
        key.write_text("a secret that only the site and the chat know")
        settings = {**settings, "jwt_key_file": key, "jwt_audience": "chat"}
    await nodes.start(badges="on", **settings)
    assert await title(nodes) == "chat: private"
    assert await title(nodes, KITCHEN + "?lang=ru") == "чат: закрытый"


@pytest.mark.parametrize(("name", "fields"), [("lock", {"on": True}), ("password", {"text": "sesame"})])
async def test_a_closed_room_shows_no_number(nodes: Nodes, name: str, fields: dict[str, Any]) -> None:
    """Others of the chat do."""
    await nodes.start(badges="on")
    mia = await moderator(nodes, room="kitchen")
    await act(mia, name, **fields)
    assert await title(nodes) == "chat: private"
    assert await title(nodes, "/r/chat/badge.svg") == "chat: 0 online"


async def test_only_rooms_that_exist_have_a_badge(nodes: Nodes) -> None:
    """The operator's list holds; a name that no room can have is none either."""
    await nodes.start(badges="on", rooms=("team",))
    assert (await get(nodes, KITCHEN))[0] == 404
    assert (await get(nodes, "/r/a%20b/badge.svg"))[0] == 404
    assert await title(nodes, "/r/Team/badge.svg") == "chat: 0 online"


async def test_an_open_room_costs_redis_nothing(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The node knows the number: a badge in a page with many readers is no load."""
    await nodes.start(badges="on")
    await nodes.join("Ann", room="kitchen")
    asked: list[str] = []
    monkeypatch.setattr(Leases, "everyone", lambda *_: asked.append("people"))
    monkeypatch.setattr(Leases, "enter", lambda *_, **__: asked.append("enter"))
    assert await title(nodes) == "chat: 1 online"
    assert asked == []


async def test_requests_for_badges_are_limited(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """As others of programs that read: by their address."""
    monkeypatch.setattr(AddressLimits, "of", lambda *_: AddressLimits(Rate(100, 100)))
    monkeypatch.setitem(address_share.COMMANDS, Hello, Rate(0.1, 2))
    await nodes.start(badges="on", trusted_proxy=("127.0.0.1",), post_rate=5.0)
    statuses = [(await get(nodes, KITCHEN, headers={"X-Forwarded-For": HOME}))[0] for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_without_redis_there_is_no_badge(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """No number is better than an old one; it is not kept."""
    await nodes.start(badges="on")
    await nodes.join("Ann", room="kitchen")
    monkeypatch.setattr(nodes.nodes[0].services, "is_up", lambda _: False)
    status, headers, _ = await get(nodes, KITCHEN)
    assert (status, headers["Cache-Control"]) == (503, "no-store")


@pytest.mark.parametrize(("online", "width"), [(0, 37 + 57), (12, 37 + 64), (5000, 37 + 78), (None, 37 + 52)])
def test_a_badge_is_as_wide_as_its_text(online: int | None, width: float) -> None:
    """So that long numbers fit, too."""
    assert f'width="{width}" height="20" role="img"'.encode() in badge(online, "en")
