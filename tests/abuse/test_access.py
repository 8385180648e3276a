"""Who may come in: the token, the password, and tokens that a site signs."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from wschat import access
from wschat.access import Access, JwtAccess
from wschat.errors import ErrorCode, Refused, StartError
from wschat.identity import Identity, new_key
from wschat.protocol import Hello
from wschat.session.expiry import SessionExpiry

from ..support import Nodes
from ..support.moderation import link_of
from ..support.room import until
from .raw import Raw, command

IDENTITY = Identity(new_key())
SECRET = "0123456789abcdef" * 4
EXPIRED = 4502


def admit(door: Access, address: str = "192.0.2.1", room: str = "chat", **hello: Any) -> access.Admission:
    return door.admit(Hello(name=hello.pop("name", "Анна"), **hello), room, address, IDENTITY)


def refusal(door: Access, **hello: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        admit(door, **hello)
    return refused.value


# -- the token ------------------------------------------------------------------


def test_a_public_id_tells_nothing_of_its_token() -> None:
    """Everyone can see the id, but nobody can forge the 256-bit signature of its token."""
    token = IDENTITY.token("anna-1")
    person, _, signature = token.split(".")
    assert person == "anna-1"
    assert len(signature) >= 43
    assert IDENTITY.person(f"anna-1.{token.split('.')[1]}.{'A' * len(signature)}") != "anna-1"


async def test_a_stolen_id_is_worth_nothing(node: Nodes) -> None:
    """A client that sends another person's id as its token becomes a new person."""
    port = node.nodes[0].edge.port
    anna = await Raw.connect(port)
    anna.send(command("hello", name="Анна"))
    person = (await anna.event("welcome"))["you"]["id"]
    for token in (person, f"{person}.x.y", f"{person}..", person * 20):
        thief = await Raw.connect(port)
        thief.send(command("hello", name=f"Вор {len(token)}", token=token))
        assert (await thief.event("welcome"))["you"]["id"] != person


# -- tokens of a site -------------------------------------------------------------


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "jwt.key"
    file.write_text(SECRET + "\n")
    return file


@pytest.fixture
def site(secret_file: Path) -> JwtAccess:
    """A chat that a site embeds, with a shared secret."""
    return JwtAccess("HS256", secret_file, "chat", [])


def token(key: Any = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    claims = {"sub": "42", "aud": "chat", "exp": time.time() + 600, "name": "Анна", **changes}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm)


def test_a_site_says_who_somebody_is(site: JwtAccess) -> None:
    """Name and id come from the token, whatever hello contains, and the id doesn't reveal the site's own."""
    one, again = admit(site, name="Ктото", jwt=token()), admit(site, jwt=token())
    assert (one.name, one.vouched) == ("Анна", True)
    assert 590 < (one.lasts or 0) < 620
    assert one.person == again.person != admit(site, jwt=token(sub="43")).person
    assert "42" not in one.person


def test_without_a_name_in_the_token_people_choose_one(site: JwtAccess) -> None:
    """The rules for chosen names apply then."""
    chosen = admit(site, name="Аня", jwt=token(name=None))
    assert (chosen.name, chosen.vouched) == ("Аня", False)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "",
        "a.b.c",
        "я",
        token(exp=time.time() - 60),
        token(exp=None),
        token(aud="other"),
        token(aud=None),
        token(sub=None),
        token(sub=""),
        token(sub="x" * 300),
        token(key="another key that is long enough, too, is it not"),
        token(key=None, algorithm="none"),
        token(algorithm="HS512"),
        token(nbf=time.time() + 600),
        token(rooms=["other"]),
        token(rooms="chat"),
        token(rooms=[]),
        token()[:-4] + "AAAA",
        token().rsplit(".", 1)[0] + ".",
    ],
)  # fmt: skip
def test_a_token_that_doesnt_hold_is_refused(site: JwtAccess, bad: str | None) -> None:
    """It may be missing, expired, endless, forged, unsigned, early, or for another algorithm, audience or room."""
    assert refusal(site, jwt=bad).code == ErrorCode.TOKEN_INVALID


@pytest.mark.parametrize("rooms", [["Kitchen"], ["x", "KITCHEN"], ["kitchen", 5, None, {}, "a b", "\u0301" * 1000]])
def test_a_token_names_rooms_in_any_spelling(site: JwtAccess, rooms: list[object]) -> None:
    """What isn't the name of a room names none."""
    assert admit(site, room="kitchen", jwt=token(rooms=rooms)).name == "Анна"
    assert refusal(site, room="kitchens", jwt=token(rooms=rooms)).code == ErrorCode.TOKEN_INVALID


@pytest.mark.parametrize("exp", [1e30, 10**18, "4102444800"])
def test_a_session_lasts_a_year_at_most(site: JwtAccess, exp: object) -> None:
    """Sites take seconds for milliseconds, and a timer has its limits."""
    assert admit(site, jwt=token(exp=exp)).lasts == access.LONGEST_STAY


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_es256_takes_a_public_key(tmp_path: Path) -> None:
    """A token that is signed with the public key as if it were a shared secret is rejected."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "site.pem").write_bytes(public)
    door = JwtAccess("ES256", tmp_path / "site.pem", "chat", [])
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert admit(door, jwt=token(private, "ES256")).name == "Анна"
    forged = signed_with_the_public_key(public)
    assert refusal(door, jwt=forged).code == ErrorCode.TOKEN_INVALID
    assert refusal(door, jwt=token()).code == ErrorCode.TOKEN_INVALID


def signed_with_the_public_key(public: bytes) -> str:
    """The classic forgery: HS256 with the bytes of the public key as its secret."""

    head = encoded(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = encoded(json.dumps({"sub": "42", "aud": "chat", "exp": time.time() + 600}).encode())
    return f"{head}.{body}." + encoded(hmac.digest(public, f"{head}.{body}".encode(), hashlib.sha256))


@pytest.mark.parametrize(
    ("algorithm", "content"), [("HS256", b"short"), ("HS256", b"x" * 31 + b"\n"), ("ES256", b"no pem"), ("ES256", b"")]
)
def test_a_key_that_isnt_safe_stops_the_start(tmp_path: Path, algorithm: str, content: bytes) -> None:
    """The error says which key is expected."""
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(StartError, match="key"):
        JwtAccess(algorithm, tmp_path / "key", "chat", [])
    with pytest.raises(StartError, match="could not read"):
        JwtAccess(algorithm, tmp_path / "nowhere", "chat", [])


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
        self.sent.append(f"{event.code} {event.seconds}")

    def close(self, code: int, reason: str = "") -> None:
        self.sent.append(f"close {int(code)}")


async def test_an_expiry_counts_from_its_last_renewal() -> None:
    """A renewal replaces the earlier time."""
    client = RecordingClient()
    expiry = SessionExpiry(client)
    expiry.renew(0.02)
    expiry.renew(0.8)
    await asyncio.sleep(0.05)
    assert client.sent == []
    await until(lambda: len(client.sent) == 2)
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
