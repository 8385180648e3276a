"""Sending to many sockets with one system call."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from wschat.fan_out import io_uring
from wschat.fan_out.io_uring import Ring

from ..support.ring import needs_ring

pytestmark = needs_ring
SIZE = 8  # of the rings here
DATA_MAX = 1 << 20

Pairs = list[tuple[socket.socket, socket.socket]]


@pytest.fixture
def ring() -> Iterator[Ring]:
    opened = Ring(SIZE, DATA_MAX)
    yield opened
    opened.close()


@pytest.fixture
def pairs() -> Iterator[Pairs]:
    """Connections, each with its near and its far end."""
    made = [socket.socketpair() for _ in range(SIZE)]
    yield made
    for pair in made:
        for end in pair:
            end.close()


def test_each_socket_gets_all_bytes_in_order(ring: Ring, pairs: Pairs) -> None:
    """Whatever the number of sockets and of bytes; both queues begin again at their start many times."""
    random = Random(1)
    expected: dict[int, bytes] = {near.fileno(): b"" for near, _ in pairs}
    for _ in range(100):
        chosen = random.sample(list(expected), random.randint(1, SIZE))
        data = random.randbytes(random.choice((1, 1, 250, 251)))
        assert ring.send(data, chosen) == [len(data)] * len(chosen)
        for number in chosen:
            expected[number] += data
    for near, far in pairs:
        assert far.recv(1 << 20) == expected[near.fileno()]


def test_each_result_is_that_of_its_socket(ring: Ring, pairs: Pairs) -> None:
    """It doesn't matter where in the queue it is."""
    fine, full, gone = (near for near, _ in pairs[:3])
    while True:
        try:
            full.send(b"x" * 1000, socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
    pairs[2][1].close()
    for _ in range(SIZE + 1):
        results = ring.send(b"abc", [full.fileno(), fine.fileno(), -1, gone.fileno(), fine.fileno()])
        assert results == [-errno.EAGAIN, 3, -errno.EBADF, -errno.EPIPE, 3]


def test_a_socket_takes_what_it_has_room_for(ring: Ring, pairs: Pairs) -> None:
    """The result is the size of that part."""
    near, far = pairs[0]
    data = Random(1).randbytes(DATA_MAX)
    sent, other = ring.send(data, [near.fileno(), -1])
    assert 0 < sent < len(data)
    assert other == -errno.EBADF
    received = b""
    while len(received) < sent:
        received += far.recv(1 << 20)
    assert received == data[:sent]


def test_what_the_kernel_does_not_take_is_not_sent_later(
    ring: Ring, pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes fewer submissions if it lacks memory."""
    numbers = [near.fileno() for near, _ in pairs]
    enter = ring._enter

    def short_of_memory(call: int, fd: int, count: int, wait: int, *rest: Any) -> int:
        taken = min(count, room)
        return enter(call, fd, taken, taken, *rest)

    monkeypatch.setattr(ring, "_enter", short_of_memory)
    for room in (3, 5):
        assert ring.send(b"%d" % room, numbers) == [1] * room + [0] * (SIZE - room)
    monkeypatch.undo()
    assert ring.send(b".", numbers) == [1] * SIZE
    assert [far.recv(100) for _, far in pairs] == [b"35."] * 3 + [b"5."] * 2 + [b"."] * 3


def test_a_refused_call_sends_nothing(ring: Ring, pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it was to send isn't sent by the next one either."""
    numbers = [near.fileno() for near, _ in pairs]
    with monkeypatch.context() as patch:
        patch.setattr(ring, "_fd", -1)
        with pytest.raises(OSError, match="Bad file descriptor"):
            ring.send(b"refused", numbers)
    assert ring.send(b"sent", numbers) == [4] * SIZE
    assert [far.recv(100) for _, far in pairs] == [b"sent"] * SIZE


def test_a_kernel_that_has_none_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that denies the system call answers likewise."""
    monkeypatch.setattr(io_uring, "_SETUP", 10_000)
    with pytest.raises(OSError, match="not implemented"):
        Ring(SIZE, DATA_MAX)


def test_a_closed_ring_leaves_nothing_open() -> None:
    """Its memory is unmapped with the last reference to it."""
    before = os.listdir("/proc/self/fd")
    ring = Ring(SIZE, DATA_MAX)
    ring.send(b"", [-1])
    ring.close()
    del ring
    assert os.listdir("/proc/self/fd") == before
