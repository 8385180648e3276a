"""`say`, where Redis doesn't reply: whether the message is stored, nobody knows. And where the input is no text."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from importlib import import_module
from types import SimpleNamespace

import pytest
from redis.asyncio import Redis

from wschat.cli.failure import Failure
from wschat.cli.main import program as command_line
from wschat.model import Person
from wschat.redis_link import CallResult, RedisLink

from ..support.nodes import defaults
from ..support.program import TIMEOUT, Program
from ..support.server import ROOT

say = import_module("wschat.cli.say")


async def test_a_message_without_a_reply_is_not_said_to_be_refused(
    link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever would send it again should look first."""

    async def is_silent(calls: object) -> list[CallResult]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(link, "pipeline", is_silent)
    monkeypatch.setattr(say, "TIMEOUT", 0.01)
    with pytest.raises(Failure, match="Redis didn't reply within 0.01 s: look whether it has the message"):
        await say.post(link, "chat", Person("operator", "Server"), "x")


async def test_input_that_is_no_text_is_a_sentence(program: Program, redis: Redis) -> None:
    """In any locale."""
    words = [sys.executable, "-m", "wschat", "--redis", program.redis, "say", "chat", "-"]
    for locale in ("C", "C.UTF-8"):
        done = await asyncio.to_thread(
            subprocess.run, words, input=b"\xff", cwd=ROOT, capture_output=True, timeout=TIMEOUT, check=False,
            env={**os.environ, "LC_ALL": locale},
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (2, b"Error: Standard input isn't text in UTF-8.\n")


@pytest.mark.parametrize("words", [["say", "chat", "-"], ["restore", "-"]], ids=lambda words: words[0])
def test_ctrl_c_while_input_is_read_is_code_130(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As docs/operations.md says of all commands but `tail`."""

    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    stdin = SimpleNamespace(buffer=SimpleNamespace(read=interrupted), read=interrupted, isatty=lambda: False)
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(SystemExit) as end:
        command_line(defaults(), ROOT)(words)
    assert end.value.code == 130
    assert capsys.readouterr().err == "\n"
