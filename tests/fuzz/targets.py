"""The targets of the fuzzer. Each takes any bytes and may raise nothing but what it catches itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

import msgspec
from tornado.httputil import HTTPHeaders, parse_request_start_line

from wschat.errors import CloseCode, ErrorCode, Refused
from wschat.fan_out import Opcode
from wschat.model import NAME_MAX, message_text, room_name
from wschat.names import folded, numbered, person_name, skeletons
from wschat.protocol import (
    amended_event,
    error_event,
    event_position,
    likeness,
    read_change,
    read_command,
    read_outside,
    revision,
    split_amended,
)
from wschat.web.client_address import Proxies, rate_limit_key
from wschat.web.decoder import Decoder, Received
from wschat.web.handshake import plain_handshake
from wschat.web.origins import Origins

MESSAGE_MAX = 4096
FRAMES_MAX = 200
HANDSHAKE = (  # all that is needed: what comes after it is only more lines, or their end
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
TORNADOS_END = re.compile(rb"\r?\n\r?\n")  # of a request's head, as HTTP1Connection looks for it


def frames(data: bytes) -> None:
    """The frame decoder: the same messages however the bytes are cut, whole, bounded, and text in UTF-8."""
    whole, code = _decode([data])
    cut = data[0] if data else 0
    pieces, code_of_pieces = _decode([data[:cut], data[cut:]])
    assert code in (0, *map(int, CloseCode))
    for item in pieces:
        assert len(item.payload) <= MESSAGE_MAX
        if item.opcode is Opcode.TEXT:
            item.payload.decode()
    if any(item.opcode is Opcode.CLOSE for item in whole):
        return  # what follows a close isn't looked at: the caller must not feed it
    if code != CloseCode.FLOOD:  # which counts the frames of one portion
        assert (pieces, code_of_pieces) == (whole, code)


def _decode(chunks: list[bytes]) -> tuple[list[Received], int]:
    decoder = Decoder(MESSAGE_MAX, FRAMES_MAX)
    received = [item for chunk in chunks for item in decoder.feed(chunk)]
    return received, int(decoder.error.code) if decoder.error else 0


def names(data: bytes) -> None:
    """Names: a good one stays itself, claims something, and has good suggestions; else it is refused as
    one."""
    raw = data.decode(errors="surrogateescape")
    try:
        name = person_name(raw)
    except Refused as refused:
        if refused.code is not ErrorCode.NAME_INVALID:
            raise
        return
    assert person_name(name) == name
    assert all(skeletons(name))
    assert len(name.encode()) <= 4 * 6 * NAME_MAX
    assert person_name(numbered(name, 2)).endswith("2")
    assert folded(folded(name)) == folded(name)


def commands(data: bytes) -> None:
    """Commands: one that is known, or a refusal that can be told."""
    try:
        command = read_command(data)
    except Refused as refused:
        msgspec.json.encode(error_event(refused))
        return
    for field, check in (
        ("text", lambda text: message_text(text, 4000)),
        ("room", room_name),
        ("name", person_name),
    ):
        value = getattr(command, field, None)
        if value is not None:
            with suppress(Refused):
                checked = check(value)
                checked.encode()
                assert check(checked) == checked


def published(data: bytes) -> None:
    """Payloads that other programs publish, or put into the log: a message, a change, a text, or nothing."""
    event_position(data)
    likeness(data)
    revision(data)
    read_outside(data)
    read_change(data, 4)
    split = split_amended(data)
    if split is not None:
        change, form = split
        assert amended_event(change, form) == data


def headers(data: bytes) -> None:
    """Origin, X-Forwarded-For and Forwarded: an answer, whatever stands in them."""
    words = data.decode("latin-1")
    origin, _, forwarded = words.partition("\n")
    Origins(["https://site.example"]).allows(origin, "chat.example:8888")
    Origins().allows("https://chat.example", origin)
    for header in ("x-forwarded-for", "forwarded"):
        client = Proxies(["10.0.0.0/8"]).client("10.0.0.1", {header: forwarded})
        assert rate_limit_key(client)


def handshakes(data: bytes) -> None:
    """A request that is answered at once is one that Tornado reads in the same way, up to the same byte."""
    for request in (data, HANDSHAKE + data, HANDSHAKE + data + b"\r\n", HANDSHAKE + data + b"\r\n\r\n"):
        _as_tornado_reads_it(request)


def _as_tornado_reads_it(data: bytes) -> None:
    headers = plain_handshake(data)
    if headers is not None:
        end = TORNADOS_END.search(data)
        assert end is not None
        assert end.end() == len(data)
        start_line, _, rest = data.decode("latin-1").partition("\r\n")
        assert parse_request_start_line(start_line) == ("GET", "/ws", "HTTP/1.1")
        theirs = HTTPHeaders.parse(rest[:-2])
        assert headers == {name.lower(): value for name, value in theirs.get_all()}
        assert len(headers) == len(list(theirs.get_all()))
        assert headers.keys().isdisjoint({"content-length", "transfer-encoding", "expect"})


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (frames, names, commands, published, headers, handshakes)
}
