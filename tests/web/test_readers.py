"""One epoll watches all WebSockets."""

from __future__ import annotations

import asyncio
import logging
import select
import socket
from collections.abc import AsyncIterator

import pytest

from wschat.web.readers import EpollReaders

from ..support.room import until

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="there is epoll only on Linux")


class Readable:
    """A socket that can be read, and how often its callback was called."""

    def __init__(self, readers: EpollReaders) -> None:
        self.readers = readers
        self.here, self.far = socket.socketpair()
        self.far.send(b"x")
        self.calls = 0

    def close(self) -> None:
        if self.here.fileno() >= 0:
            self.readers.remove_reader(self.here.fileno())
            self.here.close()
            self.far.close()


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Readable, Readable]]:
    readers = EpollReaders()
    one, other = Readable(readers), Readable(readers)
    yield one, other
    one.close()
    other.close()


async def test_a_callback_may_close_other_sockets(
    pair: tuple[Readable, Readable], caplog: pytest.LogCaptureFixture
) -> None:
    """A client that is dropped for another isn't called any more, even if its bytes had arrived with the other's."""
    for one, other in (pair, pair[::-1]):

        def close_other(one: Readable = one, other: Readable = other) -> None:
            one.calls += 1
            other.close()

        one.readers.add_reader(one.here.fileno(), close_other)
    await until(lambda: any(one.calls for one in pair))
    assert sorted(one.calls > 0 for one in pair) == [False, True]
    assert not caplog.records


async def test_a_callback_that_fails_keeps_no_other_from_being_called(
    pair: tuple[Readable, Readable], caplog: pytest.LogCaptureFixture
) -> None:
    """The failure is logged with its traceback, as the event loop does."""
    failing, other = pair

    def fail() -> None:
        failing.close()
        raise ZeroDivisionError

    def count() -> None:
        other.calls += 1

    failing.readers.add_reader(failing.here.fileno(), fail)
    failing.readers.add_reader(other.here.fileno(), count)
    with caplog.at_level(logging.ERROR, "asyncio"):
        await until(lambda: other.calls > 1 and bool(caplog.records))
    assert caplog.records[0].exc_info is not None
    assert caplog.records[0].exc_info[0] is ZeroDivisionError


async def test_a_socket_that_is_no_longer_watched_isnt_called(pair: tuple[Readable, Readable]) -> None:
    """The place of its number is free for the next connection."""
    one, other = pair
    one.readers.add_reader(one.here.fileno(), lambda: pytest.fail("it is no longer watched"))
    one.readers.remove_reader(one.here.fileno())
    one.readers.remove_reader(one.here.fileno())  # does nothing
    called = asyncio.Event()
    one.readers.add_reader(other.here.fileno(), lambda: pytest.fail("the callback was replaced"))
    one.readers.add_reader(other.here.fileno(), called.set)
    await asyncio.wait_for(called.wait(), 5)


async def test_a_callback_that_fails_before_it_reads_holds_up_no_other(
    pair: tuple[Readable, Readable], caplog: pytest.LogCaptureFixture
) -> None:
    """Its bytes stay, so it is the first to be called in each turn of the loop."""
    failing, other = pair

    def fail() -> None:
        failing.calls += 1
        raise ZeroDivisionError

    def count() -> None:
        other.calls += 1

    failing.readers.add_reader(failing.here.fileno(), fail)
    failing.readers.add_reader(other.here.fileno(), count)
    with caplog.at_level(logging.CRITICAL, "asyncio"):
        await until(lambda: failing.calls > 1)
    assert other.calls == failing.calls
