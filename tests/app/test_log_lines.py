"""The log as others read it: journald's priorities, JSON from the first line to the last, and what the start says."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wschat.app.logs import JournalLines, JsonLines, TextLines

from ..support import free_port, settings
from ..support.redis import running_redis
from ..support.server import ROOT

LEVELS = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}


def record(level: str, message: str) -> logging.LogRecord:
    return logging.LogRecord("wschat", logging.getLevelName(level), "", 0, message, None, None)


@pytest.mark.parametrize(("level", "priority"), LEVELS.items())
def test_a_line_for_the_journal_has_its_priority(level: str, priority: int) -> None:
    """Each of several lines, since journald makes an entry of each; the time is the journal's own."""
    lines = JournalLines(TextLines(for_journal=True)).format(record(level, "one\ntwo"))
    assert lines == f"<{priority}>one\n<{priority}>two"


def test_json_for_the_journal_is_json_behind_its_priority() -> None:
    """Journald takes the priority off."""
    line = JournalLines(JsonLines()).format(record("INFO", "one\ntwo"))
    assert line.startswith("<6>")
    assert json.loads(line[3:])["message"] == "one\ntwo"


def run(*words: str, until: str = "", **environment: str) -> tuple[int, list[str]]:
    """The server's exit code, and all that it writes; it is stopped when a line has these words."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "server.py"), "--port", "0", *words], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment},
    )  # fmt: skip
    lines = []
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if until and until in line:
                process.send_signal(signal.SIGTERM)
    return process.wait(30), lines


def test_with_json_every_line_is_json(tmp_path: Path) -> None:
    """From the first to the last, «Server started at» among them; the start says what runs and what was set."""
    with running_redis(tmp_path) as url:
        code, lines = run(
            "--redis", url, "--pictures", "off", "--log-format", "json",
            until="Server started", WSCHAT_LANG="en", WSCHAT_PASSWORD="secret",
        )  # fmt: skip
    assert code == 0
    read = [json.loads(line) for line in lines]
    assert read[0]["message"].startswith("Starting version ")
    assert f"port=0 redis={url} pictures=off lang=en log_format=json password=(secret)" == read[0]["settings"]
    assert any(line["message"].startswith("Server started at http://localhost:") for line in read)
    assert read[-1]["message"] == "Shutting down (signal received)"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--redis", "redis://127.0.0.1:1?x=1"], "Could not connect to Redis at redis://127.0.0.1:1"),
        (["--workers", "x"], "Invalid value for --workers"),
        (["--auth", "jwt"], "--auth is jwt, which requires"),
        (["--nonsense"], "No such option"),
    ],
)
def test_a_failed_start_is_a_line_of_json_too(words: list[str], message: str) -> None:
    """With the exit code, and the whole sentence."""
    code, lines = run("--log-format", "json", *words)
    assert code == 2
    last = json.loads(lines[-1])
    assert message in last["message"]
    assert (last["level"], last["exit_code"]) == ("critical", 2)
    assert all(json.loads(line) for line in lines)


def test_a_bug_is_a_line_of_json_too(tmp_path: Path) -> None:
    """Here the page is missing, which nothing expects."""
    code = "from wschat.app.logs import set_up_logging; set_up_logging('json', 'info'); 1 / 0"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    (line,) = done.stderr.splitlines()
    assert "ZeroDivisionError" in json.loads(line)["exception"]
    assert done.returncode == 1


def test_a_failed_start_has_a_priority_in_the_journal(tmp_path: Path) -> None:
    """Journald is told by the device and inode of the stream that it reads."""
    with (tmp_path / "log").open("w") as log:
        stream = os.fstat(log.fileno())
        subprocess.run(
            [sys.executable, str(ROOT / "server.py"), "--redis", f"redis://127.0.0.1:{free_port()}?x=1"],
            stderr=log, env={**os.environ, "JOURNAL_STREAM": f"{stream.st_dev}:{stream.st_ino}"}, check=False,
        )  # fmt: skip
    first, *_, last = (tmp_path / "log").read_text().splitlines()
    assert first.startswith("<6>Starting version ")
    assert last.startswith("<2>")


def test_what_was_set_is_shown_without_secrets() -> None:
    """Neither the password nor that in the URL of Redis."""
    found = settings(
        redis="redis://user:secret@host:1/2?ssl=secret", password="secret", origin=("a", "b"), idle_timeout=0.0,
        sources=dict.fromkeys(settings().sources, "--x"),
    )  # fmt: skip
    assert found.changed["redis"] == "redis://host:1/2"
    assert found.changed["password"] == "(secret)"
    assert found.changed["origin"] == "a,b"
    assert found.changed["idle_timeout"] == "0"
    assert "secret" not in str(found.changed).replace("(secret)", "")
