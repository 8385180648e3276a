"""What the costliest frames cost others: no ten of them hold up the loop for as long as anyone notices."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from wschat.access import JwtAccess, PasswordAccess
from wschat.model import Person, room_name
from wschat.protocol import AnyCommand
from wschat.session import Services, Session

from ..support import Nodes
from ..support.recording import RecordingTransport
from ..support.room import until
from .raw import Raw, command

FRAME = 64 << 10  # bytes of the largest frame
TEN = 0.05  # s of processor that ten such frames may cost
KEY = b"*" * 32
MARKS = "\u0301\u0323"  # in the wrong order: to normalize n of them takes time in the square of n
WIDE = "\ufdfa"  # NFKC makes eighteen characters of it
DIGITS = "\u0660"  # for each, RFC 8266 looks at the whole name


def frame_of(type_: str, **fields: Any) -> bytes:
    """The frame, in which "…" at the end of a field stands for as much of what is before it as fits."""
    filled = {
        name: value[:-1] * ((FRAME - 600) // len(value[:-1].encode())) if str(value).endswith("…") else value
        for name, value in fields.items()
    }
    data = json.dumps({"type": type_, **filled}, ensure_ascii=False).encode()
    assert len(data) <= FRAME
    return data


def filled(start: bytes, each: bytes, end: bytes = b"") -> bytes:
    return start + each * ((FRAME - len(start) - len(end)) // len(each)) + end


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def signed(claims: dict[str, Any]) -> str:
    both = f"{encoded(json.dumps({'alg': 'HS256'}))}.{encoded(json.dumps(claims, ensure_ascii=False))}"
    digest = hmac.digest(KEY, both.encode(), hashlib.sha256)
    return f"{both}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


NESTED = "[" * 2900 + "]" * 2900
SITE = {"sub": "1", "aud": "chat", "exp": 4_000_000_000}

STRANGER = {
    "room of marks": frame_of("hello", name="a", room=f"{MARKS}…"),
    "room of jamo": frame_of("hello", name="a", room="\u1100\u1161\u11a8…"),
    "room as long as it may be": frame_of("hello", name="a", room="a" + MARKS * 127),
    "room of 64 marked letters": frame_of("hello", name="a", room="कि" * 32),
    "name of marks": frame_of("hello", name=f"{MARKS}…"),
    "name as long as it may be": frame_of("hello", name="a" + MARKS * 95),
    "name that grows": frame_of("hello", name=WIDE * 192),
    "name that grows to its limit": frame_of("hello", name=WIDE * 10),
    "name of digits": frame_of("hello", name=DIGITS * 192),
    "name of as many digits as it may have": frame_of("hello", name=DIGITS * 32),
    "name with non-joiners": frame_of("hello", name=("\u0628" + "\u064b\u064c\u064d" + "\u200c") * 32),
    "name of families": frame_of("hello", name="👨‍👩‍👧‍👦" * 27),
    "name of spaces": frame_of("hello", name="\u3000" * 191 + "a"),
    "token": frame_of("hello", name="a", token="я" * 1024),
    "token of dots": frame_of("hello", name="a", token="." * 1024),
    "secret": frame_of("hello", name="a", secret="🙂" * 64),
    "password": frame_of("hello", name="a", password="🙂" * 1024),
    "long password": frame_of("hello", name="a", password="🙂…"),
    "jwt": frame_of("hello", name="a", jwt="." * 8192),
    "jwt with a nested header": frame_of("hello", name="a", jwt=encoded(f'{{"alg":"HS256","x":{NESTED}}}') + ".e30.AA"),
    "jwt with a long number": frame_of("hello", name="a", jwt=encoded(f'{{"alg":{"9" * 6000}}}') + ".e30.AA"),
    "jwt with many rooms": frame_of("hello", name="a", jwt=signed({**SITE, "rooms": ["Ы"] * 1000})),
    "jwt with rooms of marks": frame_of("hello", name="a", jwt=signed({**SITE, "rooms": ["a" + MARKS * 127] * 10})),
    "jwt with a name of marks": frame_of("hello", name="a", jwt=signed({**SITE, "name": MARKS * 1000})),
    "epoch": frame_of("hello", name="a", resume={"epoch": "e" * 64, "seq": 2**53}),
    "long epoch": frame_of("hello", name="a", resume={"epoch": "e" * 60_000, "seq": 2**53}),
    "unknown command": frame_of("x…"),
    "long type": filled(b'{"type":"', b"a", b'"}'),
    "number of 60,000 digits": filled(b'{"type":"history","before":', b"9", b"}"),
    "nesting": filled(b'{"type":"ping","x":', b"["),
    "closed nesting": b'{"type":"ping","x":' + b"[" * 32_000 + b"]" * 32_000 + b"}",
    "nested objects": filled(b'{"type":"ping","x":', b'{"a":'),
    "many keys": filled(b'{"type":"history"', b',"ref":"a"', b"}"),
    "escapes": filled(b'{"type":"ping","x":"', b"\\u0041", b'"}'),
    "surrogates": filled(b'{"type":"post","id":"a","text":"', b"\\ud800", b'"}'),
    "a surrogate and a list": filled(b'{"type":"post","id":"a","text":"\\ud800","x":[0', b",0", b"]}"),
    "a surrogate and nesting": filled(b'{"type":"post","id":"a","text":"\\ud800","x":', b"["),
    "white space": filled(b"", b" "),
}
MEMBER = {
    "post": frame_of("post", id="a", text="я" * 4000),
    "post of marks": frame_of("post", id="a", text=MARKS * 2000),
    "post that is too long": frame_of("post", id="a", text=f"{MARKS}…"),
    "post of spaces": frame_of("post", id="a", text=" …"),
    "post of lines and a letter": filled(b'{"type":"post","id":"a","text":"', b"\\n", b'a"}'),
    "post of invisible lines": frame_of("post", id="a", text="a" + "\u200b\n" * 12_000),
    "post with a long id": frame_of("post", id="a…", text="x"),
    "typing": frame_of("typing", x="я…"),
    "rename": frame_of("rename", ref="я" * 64, name=WIDE * 10),
    "rename of marks": frame_of("rename", name=f"{MARKS}…"),
    "history": frame_of("history", ref="🙂" * 64, before=2**53, limit=200),
    "history with a long ref": frame_of("history", ref="🙂…", before=1),
    "people": frame_of("people", ref="🙂" * 64, query=WIDE * 64),
    "people by marks": frame_of("people", query=MARKS * 32, offset=2**53),
    "people by a long query": frame_of("people", query=f"{MARKS}…"),
    "stay": frame_of("stay", x=["я" * 30_000]),
    "ping": frame_of("ping", x=["я" * 30_000]),
    "renew": frame_of("renew", ref="🙂" * 64, jwt="." * 8192),
    "renew with a nested header": frame_of("renew", jwt=encoded(f'{{"alg":"HS256","x":{NESTED}}}') + ".e30.AA"),
}


@pytest.fixture
async def services(nodes: Nodes) -> Services:
    await nodes.start(1)
    services = nodes.nodes[0].services
    assert services is not None
    session = Session(services, RecordingTransport())
    session.receive(frame_of("hello", name="Кто́-то", room="other"))  # reads the tables
    session.closed()
    return services


def cost(receivers: list[Callable[[bytes], None]], frame: bytes) -> float:
    """The processor's time in s until each has dealt with the frame."""
    started = time.thread_time()
    for receive in receivers:
        receive(frame)
    return time.thread_time() - started


@pytest.mark.parametrize("frame", STRANGER.values(), ids=STRANGER.keys())
@pytest.mark.parametrize("access", ["open", "password", "jwt"])
async def test_no_frame_of_a_stranger_holds_up_others(
    services: Services, tmp_path: Path, access: str, frame: bytes
) -> None:
    """Ten connections say it at once, before anyone knows who they are."""
    (tmp_path / "key").write_bytes(KEY)
    if access == "password":
        services.access = PasswordAccess("сезам", [], time.monotonic)
    elif access == "jwt":
        services.access = JwtAccess("HS256", tmp_path / "key", "chat", [])
    sessions = [Session(services, RecordingTransport(), str(number)) for number in range(10)]
    spent = cost([session.receive for session in sessions], frame)
    print(f"{spent * 100:.2f} ms each")
    for session in sessions:
        session.closed()
    assert spent < TEN


@pytest.mark.parametrize("frame", MEMBER.values(), ids=MEMBER.keys())
async def test_no_frame_of_a_member_holds_up_others(services: Services, tmp_path: Path, frame: bytes) -> None:
    """Somebody in a room of two hundred says it ten times."""
    roster = services.rooms.open("chat").presence.roster
    for number in range(200):
        roster.put(Person(f"p{number}", f"Анна-Мария́ {number}"))
    transport = RecordingTransport()
    session = Session(services, transport)
    session.receive(frame_of("hello", name="Анна"))
    await until(lambda: transport.got("welcome"))
    (tmp_path / "key").write_bytes(KEY)
    services.access = JwtAccess("HS256", tmp_path / "key", "chat", [])
    spent = cost([session.receive] * 10, frame)
    await asyncio.sleep(0.05)
    session.closed()
    print(f"{spent * 100:.2f} ms each")
    assert spent < TEN


def test_every_command_has_its_costliest_frames() -> None:
    """A command that is added gets a row."""
    types = {json.loads(frame).get("type") for frame in (*MEMBER.values(), STRANGER["token"])}
    assert types == {kind.__struct_config__.tag for kind in get_args(AnyCommand)}


async def test_ten_rooms_of_marks_delay_nobody(node: Nodes) -> None:
    """As it was done to an earlier version: everybody's ping waited for 2.2 s."""
    port = node.nodes[0].edge.port
    ann, stranger = await Raw.join(port, "Анна"), await Raw.connect(port)
    stranger.send(*[command("hello", name="a", room=MARKS * 2500)] * 10)
    started = time.monotonic()
    ann.send(command("ping"))
    await ann.event("pong")
    assert time.monotonic() - started < 0.5
    assert (await stranger.event("error"))["code"] == "room_invalid"


def test_the_length_of_a_room_is_looked_at_first() -> None:
    """A megabyte takes no longer than a letter."""
    started = time.thread_time()
    for raw in (MARKS * 500_000, "\u1100\u1161\u11a8" * 300_000, "A" * 1_000_000):
        with pytest.raises(Exception, match="room"):
            room_name(raw)
    assert time.thread_time() - started < 0.005
