"""What the log says, what it never says, and that a flood doesn't flood it."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from wschat.app.logs import SAME_MOST, SAME_TIME, JsonLines, TextLines, Throttle, ThrottledLogger, set_up_logging

from ..support import Server
from ..support.frames import CLOSE, frame
from .raw import Raw, command


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def record(message: str = "Rejected a connection", **facts: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": message, "name": "wschat.web", "levelname": "INFO", "levelno": 20})
    made.__dict__.update(facts)
    return made


def test_a_line_says_who_and_why_beside_what() -> None:
    """Fields follow the message, as JSON or as `key=value`, and nobody can inject line breaks."""
    line = json.loads(JsonLines().format(record(address="192.0.2.1", code=4003, reason="too many\nframes")))
    assert (line["message"], line["address"], line["code"]) == ("Rejected a connection", "192.0.2.1", 4003)
    words = TextLines().format(record(address="192.0.2.1", reason="too many\nframes"))
    assert words.endswith("Rejected a connection address='192.0.2.1' reason='too many\\nframes'")


def test_a_name_of_a_file_may_have_any_bytes() -> None:
    """JSON has no way to write those that are no text, so they are escaped."""
    name = os.fsdecode(b"/data/\xff")
    line = json.loads(JsonLines().format(record(f"Using {name}", file=name)))
    assert (line["message"], line["file"]) == ("Using /data/\\udcff", "/data/\\udcff")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to the log, whose throttle has a clock of its own."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(ThrottledLogger, "throttle", Throttle(Clock()))
    root, kind = logging.root, logging.getLoggerClass()
    before = root.handlers[:], root.level, {one: type(one) for one in all_loggers()}
    set_up_logging("json", "info")
    yield written
    logging.setLoggerClass(kind)
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    for one in all_loggers():
        one.__class__ = before[2].get(one, kind)


def all_loggers() -> list[logging.Logger]:
    return [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]


def test_a_thousand_lines_about_the_same_become_twenty(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one says how many were suppressed, and other messages are logged as usual."""
    logger, clock = logging.getLogger("wschat.web"), Clock()
    monkeypatch.setattr(ThrottledLogger, "throttle", Throttle(clock))
    for number in range(1000):
        logger.info("Rejected a connection", extra={"address": str(number)})
    logger.info("something else")
    clock.now = SAME_TIME
    logger.info("Rejected a connection", extra={"address": "last"})
    *before, other, late = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert len(before) == SAME_MOST
    assert "suppressed" not in before[-1] | other
    assert (late["address"], late["suppressed"]) == ("last", 1000 - SAME_MOST)


def test_loggers_that_were_made_before_and_after_are_throttled(lines: io.StringIO) -> None:
    """Modules make theirs when they are imported, and libraries when they are first used."""
    for name in ("wschat.app.node", "tornado.application", f"made.later.{os.urandom(4).hex()}"):
        for number in range(100):
            logging.getLogger(name).warning("the same from %s", name, extra={"number": number})
    assert len(lines.getvalue().splitlines()) == 3 * SAME_MOST


def test_a_line_that_is_left_out_is_never_made(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood costs as little as it can: its lines aren't made only to be dropped."""
    factory = Mock(wraps=logging.LogRecord)
    monkeypatch.setattr(logging, "_logRecordFactory", factory)
    for _ in range(100):
        logging.getLogger("wschat.web").info("Joined", extra={"address": "192.0.2.1"})
    assert factory.call_count == SAME_MOST


def test_the_throttle_stays_small_even_if_all_messages_differ() -> None:
    """Its memory is bounded, whatever is logged."""
    throttle = Throttle(Clock())
    for number in range(5000):
        throttle.count("wschat.web", f"message {number}")
    assert len(throttle._kinds) < 1100


async def test_nothing_that_people_say_or_are_called_is_in_the_log(server: Server) -> None:
    """The debug log shows no texts, names or secrets through all kinds of trouble, and doesn't flood."""
    lines = len(server.log)
    person = await Raw.connect(server.port)
    person.send(command("hello", name="Тайное имя"))
    token = (await person.event("welcome"))["token"]
    person.send(command("post", id="secret-1", text="тайные слова"))
    await person.event("ack")
    hook = await Raw.open(server.port)
    hook.send(b"POST /hook/chat/Key-of-a-hook HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\nx")
    assert b"413" in await hook.reader.readline()
    for number in range(60):
        client = await Raw.connect(server.port, {"Origin": f"http://evil{number}.example"})
        await client.close()
        client = await Raw.join(server.port, f"Тайный {number}", token="тайный токен")
        client.send(command("post", id="x y", text="тайные слова"), frame(CLOSE, b"\x00"))
        await client.close_code()
        await client.close()
    person.send(*[command("post", id="1", text="тайные слова" * 400)] * 60)
    await person.close_code()
    server.wait_for_log("too many refused commands")
    said = "".join(server.log[lines:])
    for secret in ("тайн", "Тайн", token, token.split(".")[0] + ".", "secret-1", "Key-of-a-hook"):
        assert secret not in said
    for told in ("another origin", "too many refused commands", "invalid close code", "address='127.0.0.1'"):
        assert told in said
    assert said.count("another origin") <= SAME_MOST
    assert len(server.log) - lines < 100
