"""Faults 15 to 17: one client floods, hundreds hold on to half a connection, and one sends all that is wrong.

Against a server process of its own, so that its cost can be told from that of the test; figures are printed.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import threading
import time
from collections.abc import Callable

import psutil
import pytest

from ..support import Client, Server, join
from ..support.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame
from .raw import Raw, command, request

FLOOD = 4003
MIB = 1 << 20


# -- 15: as fast as it goes, from one client -------------------------------------


class Flooder(threading.Thread):
    """Sends the same bytes as fast as the socket takes them, in a thread of its own, until it is cut."""

    def __init__(self, port: int, data: bytes, first: bytes = b"", one_by_one: bool = False) -> None:
        super().__init__(daemon=True)
        self.data = data if one_by_one else data * (65536 // len(data))
        self.sent = 0
        self.seconds = 0.0
        self.code = 0
        self._one_by_one = one_by_one
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request(port))
        assert b" 101 " in self._socket.recv(4096)
        self._socket.sendall(first)

    def run(self) -> None:
        self._socket.setblocking(False)
        started = time.monotonic()
        while not self.code and time.monotonic() - started < 15:
            self._send()
            self._receive()
        self.seconds = time.monotonic() - started
        self._socket.close()

    def _send(self) -> None:
        try:
            self.sent += self._socket.send(self.data[:1] if self._one_by_one else self.data)
        except BlockingIOError:
            time.sleep(0.001)
        except OSError:
            self.code = self.code or 1006

    def _receive(self) -> None:
        try:
            data = self._socket.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            self.code = self.code or 1006
            return
        if (b"\x88" in data and FLOOD.to_bytes(2, "big") in data) or not data:
            self.code = FLOOD if data else 1006


FLOODS = {
    "pings": (frame(PING), b"", False),
    "big pings": (frame(PING, b"*" * 125), b"", False),
    "pongs": (frame(PONG), b"", False),
    "tiny frames": (frame(TEXT, b"{}"), b"", False),
    "one-byte fragments": (frame(CONTINUATION, b" ", final=False), frame(TEXT, b" ", final=False), False),
    "empty fragments": (frame(CONTINUATION, final=False), frame(TEXT, final=False), False),
    "single bytes": (b" " * 10, frame(TEXT, b" " * 65_000)[:14], True),
    "posts": (command("post", id="x", text="flood"), command("hello", name="Потоп"), False),
}


async def latencies(people: list[Client], until: Callable[[], bool]) -> list[float]:
    """A well-behaved person writes every 40 ms; seconds until all the others have each message."""
    found = []
    while not until():
        started = time.monotonic()
        words = f"message {started}"
        await people[0].says(words)
        await asyncio.gather(*(person.hears(words) for person in people))
        found.append(time.monotonic() - started)
        await asyncio.sleep(0.2 if len(found) > 15 else 0.02)
    return found


@pytest.mark.parametrize("kind", FLOODS)
async def test_15_a_flood_is_cut_and_the_others_hardly_notice(server: Server, kind: str) -> None:
    """It is closed, nobody waits for that, and the memory doesn't grow."""
    data, first, one_by_one = FLOODS[kind]
    people = [await join(server.ws, f"{kind} {number}") for number in range(4)]
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    flooder = Flooder(server.port, data, first, one_by_one)
    flooder.start()
    ended = time.monotonic() + 1.0
    found = sorted(await latencies(people, lambda: not flooder.is_alive() and time.monotonic() > ended))
    p99 = found[-1 - len(found) // 100]
    grown = process.memory_info().rss - before
    print(
        f"\n15 {kind}: cut after {flooder.seconds * 1000:.0f} ms and {flooder.sent / 1024:.0f} KiB "
        f"with {flooder.code}; the others' p50 {found[len(found) // 2] * 1000:.0f} ms, "
        f"p99 {p99 * 1000:.0f} ms; memory {grown / MIB:+.2f} MiB"
    )
    for person in people:
        await person.leaves()
    assert flooder.code in (FLOOD, 1006)
    assert flooder.seconds < 10.0  # on an idle machine 0.1 s, and 0.05 s for the others
    assert p99 < 2.0
    assert grown < 8 * MIB


# -- 16: half a connection, five hundred times -----------------------------------------


@pytest.mark.slow
async def test_16_half_handshakes_and_silent_sockets_end_in_time(server: Server) -> None:
    """Each of 500 is closed at its timeout, and meanwhile others join within 500 ms."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    half = [Raw(*await asyncio.open_connection("127.0.0.1", server.port)) for _ in range(500)]
    for raw in half:
        raw.send(request(server.port)[:-4])
    silent = [await Raw.connect(server.port) for _ in range(500)]
    started = time.monotonic()
    ends: dict[str, list[float]] = {"half": [], "silent": []}

    async def wait(kind: str, raw: Raw) -> None:
        while await asyncio.wait_for(raw.reader.read(4096), 30):
            raw.writer.close()  # the answer to the close frame
        ends[kind].append(time.monotonic() - started)

    waiting = [asyncio.ensure_future(wait("half", raw)) for raw in half]
    waiting += [asyncio.ensure_future(wait("silent", raw)) for raw in silent]
    joins = []
    for number in range(20):
        joined = time.monotonic()
        person = await join(server.ws, f"Гость {number}")
        joins.append(time.monotonic() - joined)
        await person.leaves()
        await asyncio.sleep(0.3)
    await asyncio.gather(*waiting)
    for raw in half:
        await raw.close()
    print(
        f"\n16: half handshakes cut after {min(ends['half']):.1f} to {max(ends['half']):.1f} s, "
        f"silent sockets after {min(ends['silent']):.1f} to {max(ends['silent']):.1f} s; "
        f"meanwhile joins took {max(joins) * 1000:.0f} ms at most"
    )
    assert len(ends["half"]) == len(ends["silent"]) == 500
    assert max(ends["half"]) < 14
    assert max(ends["silent"]) < 18
    assert max(joins) < 0.5


# -- 17: everything that is wrong ------------------------------------------------------


def text(words: str | bytes) -> bytes:
    return frame(TEXT, words if isinstance(words, bytes) else words.encode())


DEEP = '{"type":"post","id":"1","text":' + "[" * 20_000 + "]" * 20_000 + "}"
ERRORS: list[tuple[str, bytes, str]] = [
    ("no JSON", text("hello"), "bad_json"),
    ("half JSON", text('{"type":"ping"'), "bad_json"),
    ("nothing", text(""), "bad_json"),
    ("a list", text("[]"), "bad_json"),
    ("a number", text("1"), "bad_json"),
    ("null", text("null"), "bad_json"),
    ("NaN", text('{"type":"history","before":NaN}'), "bad_json"),
    ("Infinity", text('{"type":"history","before":Infinity}'), "bad_json"),
    ("a huge number", text('{"type":"history","before":' + "9" * 400 + "}"), "bad_field"),
    ("a huge exponent", text('{"type":"history","before":1e400}'), "bad_field"),
    ("a negative number", text('{"type":"history","before":-1}'), "bad_field"),
    ("a fraction", text('{"type":"history","before":1.5}'), "bad_field"),
    ("true for a number", text('{"type":"history","before":true}'), "bad_field"),
    ("deep nesting", text(DEEP), "bad_field"),
    (
        "deep nesting in an unknown field",
        text('{"type":"ping","x":' + "[" * 20_000 + "]" * 20_000 + "}"),
        "bad_json",
    ),
    ("deep objects", text('{"a":' * 10_000 + "1" + "}" * 10_000), "bad_json"),
    ("no type", text("{}"), "bad_field"),
    ("a type that is no text", text('{"type":1}'), "bad_field"),
    ("an unknown command", text('{"type":"fly"}'), "unknown_command"),
    ("an event", text('{"type":"welcome"}'), "unknown_command"),
    ("a field missing", text('{"type":"post","id":"1"}'), "bad_field"),
    ("a number for a text", text('{"type":"post","id":"1","text":1}'), "bad_field"),
    ("null for a text", text('{"type":"post","id":"1","text":null}'), "bad_field"),
    ("a bad id", text('{"type":"post","id":"a b","text":"x"}'), "bad_field"),
    ("an id with a line end", text('{"type":"post","id":"a\\n","text":"x"}'), "bad_field"),
    ("a long id", text('{"type":"post","id":"' + "a" * 65 + '","text":"x"}'), "bad_field"),
    ("an empty text", text('{"type":"post","id":"1","text":" \\n "}'), "text_empty"),
    ("a long text", text('{"type":"post","id":"1","text":"' + "a" * 4001 + '"}'), "text_too_long"),
    ("a lone surrogate", text('{"type":"post","id":"1","text":"\\ud800"}'), "text_invalid"),
    ("NUL", text('{"type":"post","id":"1","text":"a\\u0000b"}'), "text_invalid"),
    ("a surrogate in a query", text('{"type":"people","query":"\\ud800","ref":"r"}'), "bad_json"),
    ("a surrogate in a ref", text('{"type":"people","ref":"\\ud800"}'), "bad_json"),
    ("a long ref", text('{"type":"people","ref":"' + "r" * 65 + '"}'), "bad_field"),
    ("too many at once", text('{"type":"people","limit":201}'), "bad_field"),
    ("a second hello", text('{"type":"hello","name":"Другой"}'), "hello_again"),
    ("a surrogate for a name", text('{"type":"rename","name":"\\ud800"}'), "bad_json"),
    ("a token where none is used", text('{"type":"renew","jwt":"a.b.c"}'), "token_invalid"),
]
CLOSES: list[tuple[str, bytes, int]] = [
    ("bad UTF-8", text(b"\xff\xfe"), 1007),
    ("half a character", text(b'{"type":"\xd0'), 1007),
    ("a surrogate in UTF-8", text(b"\xed\xa0\x80"), 1007),
    ("binary", frame(BINARY, b"\x00"), 1003),
    ("a message over the limit", frame(TEXT, b"a" * 65_537)[:14], 1009),
    ("a length of 2^63", bytes([0x81, 0xFF]) + b"\x7f" + b"\xff" * 7 + b"\0\0\0\0", 1009),
    ("a length of 2^64 - 1", bytes([0x81, 0xFF]) + b"\xff" * 8 + b"\0\0\0\0", 1009),
    ("reserved bits", frame(TEXT, b"{}", reserved=4), 1002),
    ("compression that wasn't agreed on", frame(TEXT, b"\xaa\x56\x4a", reserved=4), 1002),
    ("an unknown opcode", frame(3), 1002),
    ("an unknown control opcode", frame(15), 1002),
    ("no mask", frame(TEXT, b"{}", mask=None), 1002),
    ("a long control frame", frame(PING, b"a" * 126), 1002),
    ("half a control frame", frame(PING, b"a", final=False), 1002),
    ("a continuation of nothing", frame(CONTINUATION, b"a"), 1002),
    ("a close code that doesn't exist", frame(CLOSE, b"\x03\xee"), 1002),
    ("half a close code", frame(CLOSE, b"\x03"), 1002),
    ("a close reason that isn't text", frame(CLOSE, b"\x03\xe8\xff"), 1007),
    ("HTTP in the middle", b"GET / HTTP/1.1\r\n\r\n", 1002),
]


@pytest.mark.parametrize(("what", "data", "code"), ERRORS, ids=[row[0] for row in ERRORS])
async def test_17_what_is_wrong_in_a_command_gets_its_error(server: Server, what: str, data: bytes, code: str) -> None:
    """The error is the documented one, and the session continues unaffected."""
    raw = await Raw.join(server.port, f"17 {ERRORS.index((what, data, code))}")
    raw.send(data, command("ping"))
    events = []
    while (event := await raw.event())["type"] != "pong":
        events.append(event)
    errors = [event["code"] for event in events if event["type"] == "error"]
    assert errors == [code]


@pytest.mark.parametrize(("what", "data", "code"), CLOSES, ids=[row[0] for row in CLOSES])
async def test_17_what_is_wrong_in_a_frame_closes_with_its_code(
    server: Server, what: str, data: bytes, code: int
) -> None:
    """The close code is the documented one."""
    raw = await Raw.join(server.port, f"17c {CLOSES.index((what, data, code))}")
    raw.send(data)
    assert await raw.close_code() == code


async def test_17_all_of_it_over_and_over_costs_nothing(server: Server) -> None:
    """No traceback appears, memory grows by less than 5 MB, and other clients are served."""
    witness = await join(server.ws, "Свидетель")
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    await _everything(server, 1)
    before = process.memory_info().rss
    await _everything(server, 5)
    grown = process.memory_info().rss - before
    await witness.says("ещё здесь")
    await witness.hears("ещё здесь")
    print(f"\n17: {5 * (len(ERRORS) + len(CLOSES))} wrong things: memory {grown / MIB:+.2f} MiB")
    await witness.leaves()
    assert grown < 5 * MIB
    for word in ("Traceback", "Exception", " ERROR ", "internal"):
        assert word not in server.output


async def _everything(server: Server, times: int) -> None:
    for turn in range(times):
        for number, (_, data, _) in enumerate(CLOSES):
            raw = await Raw.join(server.port, f"Вредитель {times} {turn} {number}")
            raw.send(data)
            await raw.close_code()
            await raw.close()
        raw = await Raw.join(server.port, f"Вредитель {times} {turn}")
        for _, data, _ in ERRORS:
            raw.send(data)
        raw.send(command("ping"))
        await raw.event("pong")
        await raw.close()
