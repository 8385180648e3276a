"""A site's key file and its tokens, byte by byte."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wschat.access import Admission, JwtAccess, Tokens, new_key
from wschat.errors import ErrorCode, Refused, StartError
from wschat.protocol import Hello

KEY = bytes(range(0x80, 0xA0))
TOKENS = Tokens(new_key())


def admit(door: JwtAccess, token: str) -> Admission:
    return door.admit(Hello(name="Анна", jwt=token), "chat", "192.0.2.1", TOKENS)


def token(key: bytes) -> str:
    return jwt.encode({"sub": "42", "aud": "chat", "exp": time.time() + 600}, key, "HS256")


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (KEY, KEY), (KEY + b"\n", KEY), (KEY + b"\r\n", KEY), (KEY + b"\n\n", KEY + b"\n"), (KEY + b"\r", KEY + b"\r"),
        (KEY + b" ", KEY + b" "), (b"\t" + KEY + b" \n", b"\t" + KEY + b" "), (b"\n" + KEY, b"\n" + KEY),
        (KEY + b"\x0b\n", KEY + b"\x0b"), (KEY + b"\x85", KEY + b"\x85"), (KEY + b"\0\n", KEY + b"\0"),
    ],
)  # fmt: skip
def test_a_shared_secret_is_the_bytes_in_its_file(tmp_path: Path, content: bytes, key: bytes) -> None:
    """One newline at the end goes, and nothing else: a twentieth of all random keys ends in white space."""
    (tmp_path / "key").write_bytes(content)
    door = JwtAccess("HS256", tmp_path / "key", "chat", [])
    assert admit(door, token(key)).name == "Анна"
    with pytest.raises(Refused) as refused:
        admit(door, token(key + b"\n"))
    assert refused.value.code == ErrorCode.TOKEN_INVALID


@pytest.mark.parametrize("end", [b" ", b"\t", b"\x0b", b"\x0c", b"\r", b"a"])
def test_a_secret_of_32_bytes_is_long_enough_whatever_its_last_byte_is(tmp_path: Path, end: bytes) -> None:
    """It was refused as too short where that byte counts as white space."""
    (tmp_path / "key").write_bytes(KEY[:31] + end)
    assert JwtAccess("HS256", tmp_path / "key", "chat", [])


@pytest.mark.parametrize(
    "content",
    [b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
     b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDQ3 site@example.org\n"],
)  # fmt: skip
def test_a_key_of_another_kind_is_no_shared_secret(tmp_path: Path, content: bytes) -> None:
    """Anyone who knows the public key could sign with it, and a server that started with it would refuse everyone."""
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(StartError, match="not a shared secret; a public key requires ES256"):
        JwtAccess("HS256", tmp_path / "key", "chat", [])


@pytest.mark.parametrize("name", [1, True, ["Анна"], {"first": "Анна"}, 1.5])
def test_a_name_that_is_no_text_is_nobodys(tmp_path: Path, name: object) -> None:
    """It would be shown as Python writes it: {'first': 'Анна'}."""
    (tmp_path / "key").write_bytes(KEY)
    door = JwtAccess("HS256", tmp_path / "key", "chat", [])
    claims = {"sub": "42", "aud": "chat", "exp": time.time() + 600, "name": name}
    with pytest.raises(Refused) as refused:
        admit(door, jwt.encode(claims, KEY, "HS256"))
    assert refused.value.code == ErrorCode.TOKEN_INVALID


@pytest.mark.parametrize(
    ("changes", "key", "detail"),
    [
        (None, KEY, "the jwt is missing"),
        ({"exp": time.time() - 60}, KEY, "the jwt has expired: get a new one"),
        ({"nbf": time.time() + 60}, KEY, "the jwt isn't valid yet: compare the clocks of the site and of the chat"),
        ({}, KEY[1:] + b"x", "the jwt isn't signed with the key of this chat"),
        ({"aud": "other"}, KEY, "the jwt's aud isn't \"chat\""),
        ({"sub": None}, KEY, "the jwt needs sub, aud and exp"),
        ({"rooms": ["kitchen"]}, KEY, "the jwt isn't valid for this room"),
    ],
)
def test_a_refusal_says_what_is_wrong_with_the_token(
    tmp_path: Path, changes: dict[str, object] | None, key: bytes, detail: str
) -> None:
    """The site's developer learns whether to get another token, or to mend what makes them."""
    (tmp_path / "key").write_bytes(KEY)
    claims = {"sub": "42", "aud": "chat", "exp": time.time() + 600, **(changes or {})}
    present = {name: value for name, value in claims.items() if value is not None}
    with pytest.raises(Refused) as refused:
        admit(JwtAccess("HS256", tmp_path / "key", "chat", []), "" if changes is None else jwt.encode(present, key))
    assert (refused.value.code, refused.value.detail) == (ErrorCode.TOKEN_INVALID, detail)


@pytest.mark.parametrize("token", ["a", "a.b.c", jwt.encode({"sub": "42"}, 2 * KEY, "HS512")])
def test_a_token_of_another_kind_is_named(tmp_path: Path, token: str) -> None:
    """Broken, or signed in another way."""
    (tmp_path / "key").write_bytes(KEY)
    with pytest.raises(Refused, match="the jwt can't be read, or isn't signed as HS256"):
        admit(JwtAccess("HS256", tmp_path / "key", "chat", []), token)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
claims = st.dictionaries(st.sampled_from(["sub", "aud", "exp", "name", "rooms", "nbf", "iat", "jti", "iss"]), values)
headers = st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "cty", "jwk", "x5c", "zip"]), values)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@given(headers | st.just({"alg": "HS256"}), claims | values, st.booleans())
def test_no_token_does_more_than_be_refused(header: dict[str, Any], body: object, is_signed: bool) -> None:
    """Whatever stands in it: in the header, which is read before the signature is checked, and in the claims."""
    with tempfile.NamedTemporaryFile() as key:
        Path(key.name).write_bytes(KEY)
        door = JwtAccess("HS256", Path(key.name), "chat", [])
    both = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(body).encode())}"
    signature = hmac.digest(KEY, both.encode(), hashlib.sha256) if is_signed else b"*" * 32
    try:
        assert admit(door, f"{both}.{encoded(signature)}").lasts
    except Refused as refused:
        assert refused.code in (ErrorCode.TOKEN_INVALID, ErrorCode.NAME_INVALID)
