"""The signals that ask this process to stop, from its first line to its last: Ctrl-C and Ctrl-\\, SIGTERM, and a
terminal's SIGHUP.

No handler raises: an exception at an arbitrary line leaves locks held and servers running. As long as there is nothing
to undo, a signal ends the process at once. From then on it is recorded, and all long operations check for it.
"""

from __future__ import annotations

import os
import signal
import time

TYPE_CHECKING = False  # not from typing: this module is imported first, and its imports delay the first handler
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import TypeVar

    T = TypeVar("T")
    Handler = Callable[[int, FrameType | None], object]

STOPPING = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
CHECK_EVERY = 0.02  # s between two checks whether a signal has come


def exit_on_signal() -> None:
    """End the process at once, with code 0: for its first moments, when there is nothing to undo."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # a task dump: there are no tasks yet
    _handle(lambda number, frame: os._exit(0))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)  # a program may have started this one with signals blocked


class StopSignals:
    """Records the signals that come between `record` and `ignore` or `restore`; without `record`, it has none.

    `is_orphan` returns another reason to stop, for a process that is of no use without its parent.
    """

    def __init__(self, is_orphan: Callable[[], bool] = lambda: False) -> None:
        self.is_orphan = is_orphan
        self._received: list[int] = []
        self._listener: Callable[[int], object] = lambda number: None

    @property
    def requested(self) -> bool:
        return bool(self._received) or self.is_orphan()

    def record(self) -> None:
        _handle(self._on_signal)

    def request(self) -> None:
        """Request a stop, as a signal would."""
        self._received.append(signal.SIGTERM)

    def ignore(self) -> None:
        """Ignore signals, since the process now ends on its own, with its own exit code."""
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)

    def restore(self) -> None:
        """Restore the usual effect of signals on a Python program."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _handle(signal.SIG_DFL, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)

    def listen(self, listener: Callable[[int], object]) -> None:
        """Call `listener` with each signal, including earlier ones. It must be safe in a signal handler."""
        self._listener = listener
        for number in self._received:
            listener(number)

    def check(self) -> None:
        """Check whether a signal has come. Raises Stopped."""
        if self.requested:
            from .errors import Stopped

            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Sleep for `seconds`. Raises Stopped as soon as a signal comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, CHECK_EVERY))
        self.check()

    def unless_stopped(self, call: Callable[[], T]) -> T:
        """The result of `call()`, which can't be interrupted (it looks up a host name, say). Raises Stopped.

        It runs in a thread of its own, which is left behind on a stop, and ends with the process.
        """
        import threading

        values: list[T] = []
        problems: list[BaseException] = []

        def run() -> None:
            try:
                values.append(call())
            except BaseException as problem:
                problems.append(problem)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        while thread.is_alive():
            self.check()
            thread.join(CHECK_EVERY)
        for problem in problems:
            raise problem
        return values[0]

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._received.append(number)
        self._listener(number)


def has_terminal() -> bool:
    """Whether there is a terminal that could hang up. A service has none: for it, SIGHUP means to reload its files."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _handle(handler: Handler | signal.Handlers, *numbers: signal.Signals) -> None:
    for number in numbers or STOPPING:
        if number == signal.SIGHUP and not has_terminal():
            signal.signal(number, lambda number, frame: None)  # app/os_signals.py handles it once there is a server
        elif number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup requires it to be ignored
            signal.signal(number, handler)
