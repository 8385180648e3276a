"""Linux's io_uring, as far as it sends the same bytes to many sockets with one system call.

A ring is memory shared with the kernel: a queue of submissions, each of which asks for what one system call would do,
and a queue of completions with their results (io_uring(7); the numbers are those of <linux/io_uring.h>). Here all
submissions are sends that don't wait. The kernel finishes such a send while it takes the submission, so that nothing
is under way between two calls.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import socket
import struct
import sys
import weakref
from array import array
from collections.abc import Callable, Sequence

_SETUP, _ENTER = 425, 426  # system calls
_FLAGS = 1 << 12 | 1 << 13 | 1 << 16  # SINGLE_ISSUER, DEFER_TASKRUN, NO_SQARRAY: all of them exist from Linux 6.6 on
_GETEVENTS = 1  # flag of _ENTER
_OFF_SQES = 0x10000000  # mmap's offset of the submissions
_SEND = 26  # operation

_PARAMS = struct.Struct("2I I 7I 10I 10I")  # io_uring_params: sizes of both queues, flags, …, offsets in both
_SUBMISSION = struct.Struct("=BBHiQQIIQ24x")  # io_uring_sqe: operation, …, socket, …, address, size, flags, number
_SUBMISSION_WORDS, _SOCKET, _SIZE = 16, 1, 6  # its ints, and the indices of two of them
_COMPLETION = struct.Struct("=QiI")  # io_uring_cqe: the submission's number, result, flags
_COMPLETION_WORDS, _NUMBER, _RESULT = 4, 0 if sys.byteorder == "little" else 1, 2
_WORD = 4  # bytes
_WRAP = 1 << 32  # positions in the queues are unsigned ints, and overflow


class Ring:
    """A ring for the thread that makes it; at most `data_max` bytes are sent to at most `entries` sockets at once.

    Raises OSError if there is no io_uring: another system, a kernel before 6.6, or one that is told to deny it.
    """

    def __init__(self, entries: int, data_max: int) -> None:
        self._enter, self._fd, params = _set_up(entries)
        self.close = weakref.finalize(self, os.close, self._fd)  # once, though it be called twice or never
        size, completions = params[:2]
        submission_offsets, completion_offsets = params[10:20], params[20:30]
        queues = memoryview(mmap.mmap(self._fd, completion_offsets[5] + completions * _COMPLETION.size))
        self._positions = queues.cast("I")
        self._tail, self._head = submission_offsets[1] // _WORD, completion_offsets[0] // _WORD  # those that we move
        words = queues[completion_offsets[5] :].cast("i")
        self._numbers, self._results = words[_NUMBER::_COMPLETION_WORDS], words[_RESULT::_COMPLETION_WORDS]

        self._data = mmap.mmap(-1, data_max)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._data))
        submissions = mmap.mmap(self._fd, size * _SUBMISSION.size, offset=_OFF_SQES)
        for number in range(size):
            fields = (_SEND, 0, 0, -1, 0, address, 0, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL, number)
            _SUBMISSION.pack_into(submissions, number * _SUBMISSION.size, *fields)
        words = memoryview(submissions).cast("i")
        self._sockets, self._sizes = words[_SOCKET::_SUBMISSION_WORDS], words[_SIZE::_SUBMISSION_WORDS]
        self._size = 0  # that all submissions have
        self._position = 0  # in both queues: a call takes the results of all that it submitted

    def send(self, data: bytes, sockets: Sequence[int]) -> list[int]:
        """Send as much of `data` to each socket as it takes at once.

        Returns for each the number of bytes sent (0: the kernel had no memory to try), or a negated errno: -EAGAIN if
        it takes nothing, -EBADF for a number that isn't an open descriptor, such as -1. Raises OSError if the kernel
        refuses the call; then nothing was sent.
        """
        first, count = self._position, len(sockets)
        self._data[: len(data)] = data
        if self._size != len(data):
            self._sizes[:] = memoryview(array("i", [len(data)]) * len(self._sizes))
            self._size = len(data)
        _write_around(self._sockets, first, memoryview(array("i", sockets)))
        self._positions[self._tail] = (first + count) % _WRAP
        taken = self._enter(_ENTER, self._fd, count, count, _GETEVENTS, None, 0)
        # The results are freed; submissions that the kernel left are overwritten by the next ones.
        self._position = self._positions[self._head] = (first + max(taken, 0)) % _WRAP
        if taken < 0:
            raise _error()
        results = _read_around(self._results, first, taken)
        if results.count(len(data)) != taken:  # else their order makes no difference
            by_number = dict(zip(_read_around(self._numbers, first, taken), results, strict=True))
            results = [by_number[position % len(self._sockets)] for position in range(first, first + taken)]
        return results + [0] * (count - taken)


def _set_up(entries: int) -> tuple[Callable[..., int], int, tuple[int, ...]]:
    """Make a ring; returns the function for system calls, its descriptor, and io_uring_params. Raises OSError."""
    if sys.platform != "linux" or hasattr(sys, "getandroidapilevel"):  # Android ends a process that tries
        raise OSError("io_uring exists only on Linux")
    # PyDLL keeps the interpreter's lock during a call: these are short, and other threads would delay their return.
    call = ctypes.PyDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    params = bytearray(_PARAMS.pack(0, 0, _FLAGS, *[0] * 27))
    fd = call(ctypes.c_long(_SETUP), entries, (ctypes.c_char * len(params)).from_buffer(params))
    if fd < 0:
        raise _error()
    call.argtypes = (ctypes.c_long, ctypes.c_int, *[ctypes.c_uint] * 3, ctypes.c_void_p, ctypes.c_size_t)
    return call, fd, _PARAMS.unpack(params)


def _error() -> OSError:
    """The error of the last system call."""
    return OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _write_around(queue: memoryview, position: int, values: memoryview) -> None:
    """Write `values` from `position` on into a queue that goes on at its start."""
    start = position % len(queue)
    rest = len(queue) - start
    queue[start : start + len(values)] = values[:rest]
    queue[: max(0, len(values) - rest)] = values[rest:]


def _read_around(queue: memoryview, position: int, count: int) -> list[int]:
    """The `count` values from `position` on in a queue that goes on at its start."""
    start = position % len(queue)
    end = start + count
    return queue[start:end].tolist() + queue[: max(0, end - len(queue))].tolist()
