"""Who may read over HTTP: whoever may open a WebSocket and enter the room."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from wschat.errors import ErrorCode
from wschat.protocol import Hello, refusal
from wschat.session.observation import Observation

from ...abuse.site_tokens import SECRET, token
from ...support import Nodes, join
from ...support.moderation import HOME, act, from_home, moderator
from ...support.room import until
from .reading import Follower, Reply, basic, reads

BOTH = ["/r/chat/messages", "/r/chat/events"]
HEAD = "HEAD"  # as GET, but a stream that is let in ends at once


async def refused(nodes: Nodes, path: str, status: int, code: str, **headers: str) -> Reply:
    reply = await reads(nodes, path, **headers)
    assert (reply.status, reply.body["code"]) == (status, code)
    assert reply.body["detail"]
    return reply


async def let_in(nodes: Nodes, path: str, **headers: str) -> None:
    assert (await reads(nodes, path, HEAD, **headers)).status == 200


@pytest.fixture
def with_jwt(tmp_path: Path) -> dict[str, object]:
    """The settings of a chat for people whom a site vouches for."""
    key = tmp_path / "jwt.key"
    key.write_text(SECRET)
    return {"auth": "jwt", "jwt_key_file": key, "jwt_audience": "chat"}


@pytest.mark.parametrize("path", BOTH)
async def test_a_chat_with_a_password_asks_for_it(nodes: Nodes, path: str) -> None:
    """By Basic, under any user name. After a wrong one its address waits, as after a wrong `hello`."""
    await nodes.start(1, password="пароль", trusted_proxy=("127.0.0.1",))
    home = {"X_Forwarded_For": HOME}
    asked = await refused(nodes, path, 401, "password_required", **home)
    assert asked.headers["WWW-Authenticate"].startswith("Basic ")
    assert asked.body["detail"] == "this chat requires a password; send it as Authorization: Basic"
    await let_in(nodes, path, Authorization=basic("пароль"), **home)
    wrong = await refused(nodes, path, 401, "password_wrong", Authorization=basic("wrong"), **home)
    assert int(wrong.headers["Retry-After"]) >= 1
    await refused(nodes, path, 401, "password_wrong", Authorization=basic("пароль"), **home)
    await let_in(nodes, path, Authorization=basic("пароль"), X_Forwarded_For="203.0.113.99")


@pytest.mark.parametrize("path", BOTH)
async def test_a_room_with_a_password_asks_for_it(node: Nodes, path: str) -> None:
    """By Basic if the chat has none of its own."""
    mia = await moderator(node)
    await act(mia, "password", text="secret")
    asked = await refused(node, path, 401, "password_required")
    assert asked.body["detail"] == "this room requires a password; send it as Authorization: Basic"
    await let_in(node, path, Authorization=basic("secret"))
    await refused(node, path, 401, "password_wrong", Authorization=basic("guess"))


@pytest.mark.parametrize("path", BOTH)
async def test_the_passwords_of_chat_and_room_can_both_be_given(nodes: Nodes, path: str) -> None:
    """The room's has a header of its own."""
    await nodes.start(1, password="outer")
    mia = await moderator(nodes, password="outer")
    await act(mia, "password", text="inner")
    outer = basic("outer")
    asked = await refused(nodes, path, 401, "password_required", Authorization=outer)
    assert asked.body["detail"] == "this room requires a password; send it as Room-Password"
    await let_in(nodes, path, Authorization=outer, Room_Password="inner")
    await refused(nodes, path, 401, "password_wrong", Authorization=outer, Room_Password="outer")


@pytest.mark.parametrize("path", BOTH)
async def test_a_chat_for_a_sites_people_asks_for_its_token(
    nodes: Nodes, path: str, with_jwt: dict[str, object]
) -> None:
    """It must be valid, and for this room."""
    await nodes.start(1, **with_jwt)
    asked = await refused(nodes, path, 401, "token_invalid")
    assert asked.headers["WWW-Authenticate"] == "Bearer"
    assert asked.body["detail"] == "the jwt is missing; send it as Authorization: Bearer"
    await let_in(nodes, path, Authorization=f"Bearer {token()}")
    await let_in(nodes, path, Authorization=f"bearer {token(name=None)}")
    for changes in ({"exp": time.time() - 60}, {"rooms": ["kitchen"]}, {"aud": "other"}):
        await refused(nodes, path, 401, "token_invalid", Authorization=f"Bearer {token(**changes)}")


@pytest.mark.parametrize("authorization", ["Basic", "Basic ä", "Basic eA", "Basic /w==", "Bearer a b"])
async def test_credentials_that_cannot_be_read_are_named(node: Nodes, authorization: str) -> None:
    """In a sentence."""
    await refused(node, BOTH[0], 400, "bad_field", Authorization=authorization)


@pytest.mark.parametrize("authorization", ['Digest username="mia"', "Negotiate YII=", "Basically a", ""])
async def test_credentials_of_other_schemes_are_not_the_chats(node: Nodes, authorization: str) -> None:
    """A proxy in front may ask for its own, and pass them on."""
    await let_in(node, BOTH[0], Authorization=authorization)
    await act(await moderator(node), "password", text="secret")
    await refused(node, BOTH[0], 401, "password_required", Authorization=authorization)


@pytest.mark.parametrize("path", BOTH)
async def test_a_locked_room_lets_no_program_in(node: Nodes, path: str) -> None:
    """As nobody new; those who follow it already stay, as people do."""
    mia = await moderator(node)
    async with Follower(node) as follower:
        await follower.gets("online")
        await act(mia, "lock", on=True)
        await refused(node, path, 403, "locked")
        await mia.posts("inside")
        await follower.hears("inside")


@pytest.mark.parametrize("path", BOTH)
async def test_a_barred_address_reads_nothing(nodes: Nodes, path: str) -> None:
    """Somebody who was removed can't read on without a name."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",))
    mia = await moderator(nodes)
    bob = await from_home(nodes, "Bob")
    await let_in(nodes, path, X_Forwarded_For=HOME)
    await act(mia, "remove", person=bob.welcome["you"]["id"], seconds=3600)
    await refused(nodes, path, 403, "barred", X_Forwarded_For=HOME)
    await let_in(nodes, path, X_Forwarded_For="203.0.113.99")


async def test_a_person_who_is_removed_reads_no_further(two_nodes: Nodes, with_jwt: dict[str, object]) -> None:
    """A program that reads with their token is cut off on every server, and kept out from then on."""
    await two_nodes.stop()
    await two_nodes.start(2, **with_jwt)
    mia = await join(two_nodes.ws(1), "", jwt=token(sub="mia", name="Mia", role="moderator"))
    bob = await join(two_nodes.ws(1), "", jwt=token(sub="bob", name="Bob"))
    bearer = f"Bearer {token(sub='bob', name='Bob')}"
    other = Follower(two_nodes, Authorization=f"Bearer {token()}")
    async with Follower(two_nodes, Authorization=bearer) as follower, other as anna:
        await follower.gets("online")
        await act(mia, "remove", person=bob.welcome["you"]["id"], seconds=3600)
        await follower.ends()
        await refused(two_nodes, BOTH[0], 403, "barred", Authorization=bearer)
        await mia.posts("on")
        await anna.hears("on")


@pytest.mark.parametrize("path", BOTH)
async def test_a_person_who_is_removed_just_after_the_check_reads_nothing(
    nodes: Nodes, path: str, with_jwt: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The removal may come between the answer of Redis and the first event; nobody would speak of it again."""
    await nodes.start(1, **with_jwt)
    mia = await join(nodes.ws(), "", jwt=token(sub="mia", name="Mia", role="moderator"))
    await mia.posts("inside")
    enter = Observation.enter

    async def enter_then_be_removed(observation: Observation, room: str, hello: Hello) -> None:
        await enter(observation, room, hello)
        (person,) = observation.room.observers.people()
        observation.room.observers.expel(person, refusal(ErrorCode.BARRED, 3600))

    monkeypatch.setattr(Observation, "enter", enter_then_be_removed)
    bearer = f"Bearer {token(sub='bob', name='Bob')}"
    if path.endswith("messages"):
        await refused(nodes, path, 403, "barred", Authorization=bearer)
        return
    async with Follower(nodes, Authorization=bearer) as follower:
        assert await follower.next() is None


async def test_a_removal_that_a_server_did_not_hear_of_counts_later(
    two_nodes: Nodes, with_jwt: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it reads the rules again, it asks for those for whom programs read, too."""
    await two_nodes.stop()
    await two_nodes.start(2, **with_jwt)
    mia = await join(two_nodes.ws(1), "", jwt=token(sub="mia", name="Mia", role="moderator"))
    bob = await join(two_nodes.ws(1), "", jwt=token(sub="bob", name="Bob"))
    async with Follower(two_nodes, Authorization=f"Bearer {token(sub='bob', name='Bob')}") as follower:
        await follower.gets("online")
        (room,) = two_nodes.nodes[0].rooms
        with monkeypatch.context() as deaf:
            deaf.setattr(room.moderation, "on_barred", lambda *_: None)
            await act(mia, "remove", person=bob.welcome["you"]["id"], seconds=3600)
            await mia.posts("on")
            await follower.hears("on")
        room.rules.on_publish(None)  # as when the connection to Redis is back
        await follower.ends()


async def test_somebody_who_is_muted_may_read(nodes: Nodes, with_jwt: dict[str, object]) -> None:
    """Under whatever name."""
    await nodes.start(1, **with_jwt)
    mia = await join(nodes.ws(), "", jwt=token(sub="mia", name="Mia", role="moderator"))
    bob = await join(nodes.ws(), "", jwt=token(sub="bob", name="Bob"))
    await act(mia, "mute", person=bob.welcome["you"]["id"], seconds=3600)
    for path in BOTH:
        await let_in(nodes, path, Authorization=f"Bearer {token(sub='bob', name='Bobby')}")


async def test_a_stream_ends_with_its_token(nodes: Nodes, with_jwt: dict[str, object]) -> None:
    """As a session does."""
    await nodes.start(1, **with_jwt)
    soon = token(exp=time.time() - 8.5)  # the clocks may differ by 10 s
    async with Follower(nodes, Authorization=f"Bearer {soon}") as follower:
        await follower.gets("online")
        await follower.ends()
    await until(lambda: nodes.nodes[0].session_count() == 0)


@pytest.mark.parametrize("path", BOTH)
async def test_pages_of_other_sites_read_only_what_the_operator_allows(nodes: Nodes, path: str) -> None:
    """As the handshake has it; a browser must also be told that the page may see the answer."""
    await nodes.start(1, origin=("https://good.example",))
    await refused(nodes, path, 403, "not_allowed", Origin="https://evil.example")
    reply = await reads(nodes, path, HEAD, Origin="https://good.example")
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, "https://good.example")
    assert reply.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in reply.headers
    preflight = await reads(nodes, path, "OPTIONS", Origin="https://good.example")
    assert (preflight.status, preflight.headers["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
    await refused(nodes, path, 403, "not_allowed", Origin="null")
    no_origin = await reads(nodes, path, HEAD)
    assert "Access-Control-Allow-Origin" not in no_origin.headers
