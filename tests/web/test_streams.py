"""The two kinds of streams below a WebSocket do the same."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from tornado.iostream import IOStream, StreamClosedError

from wschat.web.streams import Stream, reset
from wschat.web.tornado_stream import TornadoStream, take_over

from ..support.client import PATIENCE
from ..support.line import STREAMS
from ..support.room import until


class Pair:
    """A stream that is read, and the socket at its other end."""

    def __init__(self, kind: str) -> None:
        here, self.far = socket.socketpair()
        self.far.setblocking(False)
        self.stream: Stream = STREAMS[kind](here)
        self.read: list[bytes] = []
        self.ends = 0

    def start(self) -> None:
        self.stream.start_reading(self.on_bytes, self.on_close)

    def on_bytes(self, data: bytes) -> None:
        self.read.append(data)
        if data == b"bad":
            raise ZeroDivisionError

    def on_close(self) -> None:
        self.ends += 1


@pytest.fixture(params=STREAMS)
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    pair = Pair(request.param)
    yield pair
    pair.stream.close()
    pair.far.close()
    await asyncio.sleep(0)


async def test_what_is_paused_stays_in_the_kernel(pair: Pair) -> None:
    """A client whose address has to pay first can fill the kernel's buffers, not the server's memory."""
    pair.start()
    pair.far.send(b"one")
    await until(lambda: pair.read == [b"one"])
    pair.stream.pause_reading()
    pair.stream.pause_reading()
    await asyncio.sleep(0)
    sent = 0
    with suppress(BlockingIOError):
        while sent < 16 << 20:
            sent += pair.far.send(b"x" * 65536)
            await asyncio.sleep(0)
    assert sum(map(len, pair.read)) <= len(b"one") + 65536
    pair.stream.resume_reading()
    pair.stream.resume_reading()
    await until(lambda: sum(map(len, pair.read)) == len(b"one") + sent)


async def test_an_end_while_it_is_paused_is_seen_at_once(pair: Pair) -> None:
    """A client that has left is nobody to wait for, and nobody to count."""
    pair.start()
    pair.stream.pause_reading()
    pair.far.close()
    await until(lambda: pair.ends == 1)
    assert pair.stream.closed()


async def test_an_end_behind_bytes_is_seen_when_they_are_read() -> None:
    """The last words of a client that left aren't lost; Tornado's stream may drop them."""
    pair = Pair("socket")
    pair.start()
    pair.stream.pause_reading()
    pair.far.send(b"last")
    pair.far.close()
    await asyncio.sleep(0.01)
    assert pair.ends == 0
    pair.stream.resume_reading()
    await until(lambda: pair.ends == 1)
    assert pair.read == [b"last"]


async def test_pauses_may_come_at_any_time(pair: Pair) -> None:
    """Within a read or between two, several in a row; each byte is read once."""
    pair.start()
    pair.stream.pause_reading()
    pair.stream.resume_reading()
    pair.far.send(b"one")
    await until(lambda: pair.read == [b"one"])
    pair.stream.pause_reading()
    pair.far.send(b"two")
    await asyncio.sleep(0.01)
    assert pair.read == [b"one"]
    take = pair.on_bytes

    def pause_and_take(data: bytes) -> None:
        pair.stream.pause_reading()
        pair.stream.resume_reading()
        take(data)

    pair.on_bytes = pause_and_take  # type: ignore[method-assign]
    pair.start()
    pair.stream.resume_reading()
    await until(lambda: pair.read == [b"one", b"two"])
    pair.far.send(b"three")
    await until(lambda: pair.read[2:] == [b"three"])


async def test_a_closed_stream_is_freed_at_once(pair: Pair) -> None:
    """Without a garbage collection, of which there are few: thousands may leave in the same moment."""

    class Reader:
        def on_bytes(self, data: bytes) -> None: ...

        def on_close(self) -> None: ...

    reader = Reader()
    gone = weakref.ref(reader)
    gc.disable()
    try:
        pair.stream.start_reading(reader.on_bytes, reader.on_close)
        await asyncio.sleep(0)
        pair.stream.close()
        del reader
        await until(lambda: gone() is None)
    finally:
        gc.enable()


async def test_a_stream_of_tornados_that_is_closed_before_it_is_read_is_freed_at_once() -> None:
    """A closed one would keep for good what it was given to call."""
    here, far = socket.socketpair()
    far.close()
    below = IOStream(here)
    stream, gone, ended = TornadoStream(below), weakref.ref(below), asyncio.Event()
    below.close()
    gc.disable()
    try:
        stream.start_reading(lambda data: None, ended.set)
        await asyncio.wait_for(ended.wait(), PATIENCE)
        del below, stream
        await until(lambda: gone() is None)
    finally:
        gc.enable()


async def test_a_reader_that_fails_goes_on_reading(pair: Pair) -> None:
    """One message that a bug can't take doesn't leave a connection that nobody reads."""
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context["exception"]))
    pair.start()
    for each in (b"bad", b"good"):
        pair.far.send(each)
        await until(lambda each=each: each in pair.read)  # type: ignore[misc]
    assert [type(problem) for problem in problems] == [ZeroDivisionError]


async def test_a_long_write_is_done_when_the_kernel_has_all_of_it(pair: Pair) -> None:
    """In order, however little of it the other end takes at once."""
    pair.start()
    data = b"".join(b"%07d\n" % number for number in range(100_000))
    written = pair.stream.write(data)
    assert pair.stream.writing()
    received = b""
    while len(received) < len(data):
        received += await asyncio.wait_for(asyncio.get_running_loop().sock_recv(pair.far, 100_000), PATIENCE)
    assert received == data
    await asyncio.wait_for(written, PATIENCE)
    assert not pair.stream.writing()


async def test_a_write_that_the_end_cuts_off_has_failed(pair: Pair) -> None:
    """And a later one doesn't begin."""
    pair.start()
    written = pair.stream.write(b"x" * (4 << 20))
    reset(pair.stream)
    with pytest.raises(StreamClosedError):
        await asyncio.wait_for(written, PATIENCE)
    with pytest.raises(StreamClosedError):
        await pair.stream.write(b"y")
    assert not pair.stream.writing()


async def test_the_end_is_told_once_and_not_at_once(pair: Pair) -> None:
    """Whoever closes a stream goes on with what it is at first."""
    pair.start()
    pair.stream.close()
    pair.stream.close()
    assert pair.ends == 0
    pair.stream.pause_reading()
    pair.stream.resume_reading()
    await until(lambda: pair.ends == 1)
    await asyncio.sleep(0.01)
    assert pair.ends == 1


class Failing(IOStream):
    """Reads these packets, and then fails, as TLS does at garbage."""

    def __init__(self, connection: socket.socket, *packets: bytes) -> None:
        super().__init__(connection)
        self.packets = list(packets)

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        if not self.packets:
            raise ssl.SSLError(1, "bad record")
        data = self.packets.pop(0)
        buf[: len(data)] = data
        return len(data)


@pytest.mark.parametrize("make", [TornadoStream, take_over])
@pytest.mark.parametrize("good", [[], [b"good"]], ids=["at once", "behind good bytes"])
async def test_garbage_in_tls_is_an_end(good: list[bytes], make: Callable[[IOStream], Stream]) -> None:
    """No traceback, and it is told: else the connection would be counted for ever."""
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
    here, far = socket.socketpair()
    read: list[bytes] = []
    ends: list[bool] = []
    stream = make(Failing(here, *good))
    stream.start_reading(read.append, lambda: ends.append(True))
    await until(lambda: ends == [True])
    far.close()
    assert read == good
    assert stream.closed()
    assert not problems


async def test_a_stream_that_is_closed_before_it_is_read_has_ended(pair: Pair) -> None:
    """A client may have gone between its handshake and the first read."""
    pair.stream.close()
    pair.start()
    await until(lambda: pair.ends == 1)
