"""The log: one line per event, as text for people or JSON for machines, on the error stream.

Structured fields follow the message: `logger.info("Rejected a connection", extra={"address": ...})`. The log never
contains message texts, names, tokens or passwords.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import msgspec

from ..model import timestamp

SAME_MOST = 20  # lines about the same thing in SAME_TIME
SAME_TIME = 10.0  # s
KINDS_MOST = 1000
# The levels of syslog(3), highest first.
PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.NOTSET, 7))

_USUAL = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class TextLines(logging.Formatter):
    """Formats lines as `time level message key=value …`; without time and level for a journal, which adds its own."""

    def __init__(self, *, for_journal: bool = False) -> None:
        line = "%(message)s" if for_journal else "%(asctime)s %(levelname)-7s %(message)s"
        super().__init__(line, "%Y-%m-%d %H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        facts = "".join(f" {name}={value!r}" for name, value in facts_of(record).items())
        return super().formatMessage(record) + facts


class JsonLines(logging.Formatter):
    """Formats lines as JSON: `{"time", "level", "logger", "message"}`, the facts, and `exception`, if any."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": timestamp(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **facts_of(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode({name: _as_text(value) for name, value in entry.items()}).decode()


def json_line(message: str) -> str:
    """A message in the JSON form of the log, for another stream."""
    record = logging.LogRecord("wschat", logging.INFO, "", 0, message, None, None)
    return JsonLines().format(record)


def _as_text(value: str | int | float) -> str | int | float:
    """The value with escapes in place of bytes that aren't text, which a file's name may contain."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def facts_of(record: logging.LogRecord) -> dict[str, str | int | float]:
    """The fields that were passed as `extra`."""
    return {
        name: value if isinstance(value, (int, float)) else str(value)
        for name, value in record.__dict__.items()
        if name not in _USUAL
    }


class JournalLines(logging.Formatter):
    """Formats each line of `lines` with its priority for journald (sd-daemon(3))."""

    def __init__(self, lines: logging.Formatter) -> None:
        super().__init__()
        self._lines = lines

    def format(self, record: logging.LogRecord) -> str:
        priority = next(number for level, number in PRIORITIES if record.levelno >= level)
        return "\n".join(f"<{priority}>{line}" for line in self._lines.format(record).split("\n"))


class Throttle:
    """Keeps a flood of visitors from becoming a flood of lines: at most SAME_MOST about one thing per SAME_TIME."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: dict[tuple[str, str], tuple[float, int]] = {}

    def count(self, logger: str, message: str) -> int | None:
        """How many lines like this one were left out before it, or None if this one is to be left out, too."""
        kind, now, suppressed = (logger, message), self._clock(), 0
        since, count = self._kinds.get(kind, (now, 0))
        if now - since >= SAME_TIME:
            suppressed = max(0, count - SAME_MOST)
            since, count = now, 0
        elif len(self._kinds) > KINDS_MOST:
            self._kinds.clear()
        self._kinds[kind] = (since, count + 1)
        return suppressed if count < SAME_MOST else None


class ThrottledLogger(logging.Logger):
    """Asks the throttle before it makes a line: in a flood, making the lines to be left out took 5 % of a join.

    The next line about the same thing has the number of those that were left out, as the fact `suppressed`.
    """

    throttle = Throttle()

    def _log(
        self, level: int, msg: object, args: Any, exc_info: Any = None, extra: Any = None, *rest: Any, **others: Any
    ) -> None:
        suppressed = self.throttle.count(self.name, str(msg))
        if suppressed is None:
            return
        if suppressed:
            extra = {**(extra or {}), "suppressed": suppressed}
        super()._log(level, msg, args, exc_info, extra, *rest, **others)


def set_up_logging(kind: str, level: str) -> None:
    """Log to the error stream; `kind` is "text" or "json". With "json", nothing else is written there."""
    is_journal = goes_to_journal()
    lines = JsonLines() if kind == "json" else TextLines(for_journal=is_journal)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JournalLines(lines) if is_journal else lines)
    if kind == "json":
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_exception
    _leave_out_the_caller()
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    _throttle_loggers()
    for chatty in ("tornado.access", "tornado.general", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))


def _throttle_loggers() -> None:
    """Throttle the loggers that modules have made when they were imported, and those that are made later."""
    logging.setLoggerClass(ThrottledLogger)
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.__class__ = ThrottledLogger


def _leave_out_the_caller() -> None:
    """Don't find out the place in the code, the thread and the process of each line, which takes half of its time.

    The section "Optimization" of Python's logging how-to explains it.
    """
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def goes_to_journal() -> bool:
    """Whether journald reads the error stream: it names the stream's device and inode in the environment."""
    try:
        stream = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):  # it is closed, or isn't a file
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stream.st_dev}:{stream.st_ino}"


def _log_exception(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("wschat").critical("Unhandled exception; the server ends", exc_info=(kind, problem, trace))
