"""Sessions of people whom a site vouches for: how long they last, their names and their role."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from wschat.access import access
from wschat.session.expiry import SessionExpiry

from ..support import Nodes
from ..support.moderation import link_of
from ..support.room import until
from .raw import Raw, command
from .site_tokens import token

EXPIRED = 4502


def jwt_settings(secret_file: Path) -> dict[str, Any]:
    return {"auth": "jwt", "jwt_key_file": secret_file, "jwt_audience": "chat"}


async def test_people_whom_a_site_names_share_a_name_with_a_number(nodes: Nodes, secret_file: Path) -> None:
    """They can't choose another one, so the second Anna becomes Anna 2, also on another node."""
    await nodes.start(2, **jwt_settings(secret_file))
    names = []
    for number in range(3):
        raw = await Raw.connect(nodes.nodes[number % 2].edge.port)
        raw.send(command("hello", name="", jwt=token(sub=str(number))))
        names.append((await raw.event("welcome"))["you"]["name"])
    assert names[0] == "Анна"
    assert len(set(names)) == 3
    raw.send(command("rename", name="Другая", ref="r"))
    assert (await raw.event("error", ref="r"))["code"] == "name_invalid"


async def test_a_session_ends_with_its_token_unless_it_is_renewed(
    nodes: Nodes, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client is warned, then closed with a code that forbids reconnecting without a new token, unless it renews."""
    monkeypatch.setattr(access, "LEEWAY", 0.0)
    await nodes.start(1, **jwt_settings(secret_file))
    port = nodes.nodes[0].edge.port
    soon = time.time() + 4
    over, stays = await Raw.connect(port), await Raw.connect(port)
    over.send(command("hello", name="", jwt=token(sub="1", exp=soon)))
    stays.send(command("hello", name="", jwt=token(sub="2", exp=soon)))
    notice = await stays.event("notice", code="expiring")
    assert notice["seconds"] == 2
    stays.send(command("renew", jwt=token(sub="1"), ref="wrong"))
    assert (await stays.event("error", ref="wrong"))["code"] == "token_invalid"
    stays.send(command("renew", jwt=token(sub="2"), ref="right"))
    assert (await stays.event("renewed", ref="right"))["seconds"] > 500
    assert await over.close_code() == EXPIRED
    assert time.time() >= soon
    stays.send(command("ping"))
    await stays.event("pong")


class RecordingClient:
    """A client that keeps what it was sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, event: Any) -> None:
        self.sent.append(f"{event.code.value} {event.seconds}")

    def close(self, code: int, reason: str = "") -> None:
        self.sent.append(f"close {int(code)}")


async def test_an_expiry_counts_from_its_last_renewal() -> None:
    """A renewal replaces the earlier time."""
    client = RecordingClient()
    expiry = SessionExpiry(client)
    expiry.renew(0.02)
    renewed = asyncio.get_running_loop().time()
    expiry.renew(0.8)
    await until(lambda: len(client.sent) == 2)
    assert asyncio.get_running_loop().time() - renewed >= 0.8
    assert client.sent == ["expiring 1", "close 4502"]


async def test_a_site_names_moderators_and_takes_the_role_back(nodes: Nodes, secret_file: Path) -> None:
    """A claim makes one, anything else in its place doesn't, and a newer token says it anew."""
    await nodes.start(1, auth="jwt", jwt_key_file=secret_file, jwt_audience="chat")
    port = nodes.nodes[0].edge.port
    boss = await Raw.connect(port)
    boss.send(command("hello", name="", jwt=token(sub="1", name="Анна", role="moderator")))
    assert (await boss.event("welcome"))["role"] == "moderator"
    boss.send(command("moderate", act="topic", text="x", ref="m"))
    await boss.event("done", ref="m")
    for number, role in enumerate(("Moderator", "admin", ["moderator"], True)):
        other = await Raw.connect(port)
        other.send(command("hello", name="", jwt=token(sub=f"other {number}", name=f"Борис {number}", role=role)))
        assert "role" not in await other.event("welcome")
    boss.send(command("renew", jwt=token(sub="1", name="Анна"), ref="r"))
    assert (await boss.event("role"))["role"] == ""
    boss.send(command("moderate", act="topic", text="y", ref="n"))
    assert (await boss.event("error", ref="n"))["code"] == "not_allowed"


@pytest.mark.parametrize("room", ["chat", None], ids=["the room's link", "a link for all rooms"])
async def test_the_role_by_a_jwt_and_that_by_a_link_outlast_each_other(
    nodes: Nodes, secret_file: Path, room: str | None
) -> None:
    """Whichever ends, a session that has both goes on by the other one, and loses the role with that."""
    await nodes.start(1, auth="jwt", jwt_key_file=secret_file, jwt_audience="chat")

    async def joins(who: str, role: str = "moderator") -> Raw:
        client = await Raw.connect(nodes.nodes[0].edge.port)
        jwt = token(sub=who, name=who, role=role)
        client.send(command("hello", name="", jwt=jwt, mod=await link_of(nodes, room)))
        assert (await client.event("welcome"))["role"] == "moderator"
        return client

    async def acts(client: Raw, answer: str = "done") -> None:
        client.send(command("moderate", act="barred", ref="m"))
        await client.event(answer, ref="m")

    first, second = await joins("1"), await joins("2", role="")
    first.send(command("renew", jwt=token(sub="1", name="1"), ref="r"))
    second.send(command("renew", jwt=token(sub="2", name="2", role="moderator"), ref="r"))
    for client in (first, second):
        await client.event("renewed", ref="r")
        await acts(client)
    await link_of(nodes, room, revoke=True)
    assert (await first.event("role"))["role"] == ""
    await acts(first, "error")
    await acts(second)
    second.send(command("renew", jwt=token(sub="2", name="2"), ref="s"))
    assert (await second.event("role"))["role"] == ""
    await acts(second, "error")
