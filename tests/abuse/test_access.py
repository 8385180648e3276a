"""Access: the token, the password, and tokens that a site signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from wschat.access import Access, JwtAccess, Tokens, access, new_key
from wschat.errors import ErrorCode, Refused, StartError
from wschat.protocol import Hello

from ..support import Nodes
from .raw import Raw, command
from .site_tokens import token

TOKENS = Tokens(new_key())


def admit(door: Access, address: str = "192.0.2.1", room: str = "chat", **hello: Any) -> access.Admission:
    return door.admit(Hello(name=hello.pop("name", "Анна"), **hello), room, address, TOKENS)


def refusal(door: Access, **hello: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        admit(door, **hello)
    return refused.value


# -- the token ------------------------------------------------------------------


def test_a_public_id_tells_nothing_of_its_token() -> None:
    """Everyone can see the id, but nobody can forge the 256-bit signature of its token."""
    token = TOKENS.sign("anna-1")
    person, _, signature = token.split(".")
    assert person == "anna-1"
    assert len(signature) >= 43
    assert TOKENS.person_id(f"anna-1.{token.split('.')[1]}.{'A' * len(signature)}") != "anna-1"


async def test_a_stolen_id_is_worth_nothing(node: Nodes) -> None:
    """A client that sends another person's id as its token becomes a new person."""
    port = node.nodes[0].edge.port
    anna = await Raw.connect(port)
    anna.send(command("hello", name="Анна"))
    person = (await anna.event("welcome"))["you"]["id"]
    for stolen in (person, f"{person}.x.y", f"{person}..", person * 20):
        thief = await Raw.connect(port)
        thief.send(command("hello", name=f"Вор {len(stolen)}", token=stolen))
        assert (await thief.event("welcome"))["you"]["id"] != person


# -- tokens of a site -------------------------------------------------------------


@pytest.fixture
def site(secret_file: Path) -> JwtAccess:
    """A chat that a site embeds, with a shared secret."""
    return JwtAccess("HS256", secret_file, "chat", [])


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


@pytest.mark.parametrize(
    ("changes", "words"), [({"sub": "x" * 257}, "sub isn't 1-256 characters"), ({"rooms": ["x"]}, "for this room")]
)
def test_the_sites_developer_is_told_which_claim_is_wrong(site: JwtAccess, changes: dict[str, Any], words: str) -> None:
    """The token is theirs, and its signature right."""
    assert words in str(refusal(site, jwt=token(**changes)))


@pytest.mark.parametrize("rooms", [["Kitchen"], ["x", "KITCHEN"], ["kitchen", 5, None, {}, "a b", "\u0301" * 1000]])
def test_a_token_names_rooms_in_any_spelling(site: JwtAccess, rooms: list[object]) -> None:
    """An entry that isn't the name of a room names none."""
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
