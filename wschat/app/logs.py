"""The log: one line an event, as text for people or JSON for machines, on the error stream."""

from __future__ import annotations

import logging
import sys

import msgspec

from ..model import timestamp


class JsonLines(logging.Formatter):
    """`{"time", "level", "logger", "message"}` and `exception` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": timestamp(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(entry).decode()


def set_up_logging(kind: str, level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S")
    handler.setFormatter(JsonLines() if kind == "json" else text)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("tornado.access", "tornado.general", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
