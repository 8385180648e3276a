"""Backup and restore through standard output and input, as out of a container and into it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest
from redis.asyncio import Redis

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.server import ROOT


async def test_a_backup_may_be_a_stream(node: Nodes, redis: Redis, redis_server: str, tmp_path: Path) -> None:
    """From a container, where no file may be written; what the command says goes elsewhere."""
    (ann,) = await node.join("Ann")
    await ann.posts("one")
    copy, command = tmp_path / "copy", [sys.executable, "-m", "wschat", "--redis", redis_server]
    with copy.open("wb") as target:
        made = await asyncio.create_subprocess_exec(*command, "backup", "-", stdout=target, stderr=PIPE, cwd=ROOT)
        assert (await made.communicate())[1] == b"Copied 1 room with 1 entry\n"
    await ann.leaves()
    await node.stop()
    await redis.flushall()
    with copy.open("rb") as source:
        done = await asyncio.create_subprocess_exec(*command, "restore", "-", stdin=source, stdout=PIPE, cwd=ROOT)
        assert (await done.communicate())[0] == b"Restored 1 room with 1 entry\n"
    assert await redis.xlen("{chat}:log") == 1
    assert not (ROOT / "-").exists()


async def test_a_stream_answers_no_question(node: Nodes, redis: Redis, redis_server: str, tmp_path: Path) -> None:
    """Whoever is asked whether messages may be lost can't answer: standard input is the backup."""
    (ann,) = await node.join("Ann")
    await ann.posts("one")
    copy, command = tmp_path / "copy", [sys.executable, "-m", "wschat", "--redis", redis_server]
    made = await asyncio.create_subprocess_exec(*command, "backup", str(copy), stdout=PIPE, cwd=ROOT)
    assert await made.wait() == 0
    with copy.open("rb") as source:
        asked = await asyncio.create_subprocess_exec(*command, "restore", "-", stdin=source, stderr=PIPE, cwd=ROOT)
        errors = (await asked.communicate())[1].decode()
    assert errors.endswith("Error: Nothing was changed, because nobody answered. To confirm beforehand, use --yes.\n")
    assert asked.returncode == 2
    assert "Traceback" not in errors
    assert await redis.xlen("{chat}:log") == 1


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_backup_is_not_for_a_terminal(command: str, tmp_path: Path) -> None:
    """It holds the token key; and nobody types one."""
    master, terminal = os.openpty()
    words = ["--redis", "embedded", "--data", str(tmp_path / "data"), command, "-"]
    done = subprocess.run(
        [sys.executable, "-m", "wschat", *words],
        stdin=terminal,
        stdout=terminal,
        stderr=PIPE,
        text=True,
        check=False,
        cwd=ROOT,
    )
    for end in (master, terminal):
        os.close(end)
    assert done.returncode == 2
    assert "expected a file, not the terminal" in done.stderr


SHOWING = ["rooms", "people chat", "tail chat", "stats", "bars", "link chat --moderator --revoke", "export chat"]


@pytest.mark.parametrize(
    ("words", "closed", "stream"),
    [("restore --yes -", "<&-", "input"), *((words, ">&-", "output") for words in ("backup -", *SHOWING))],
)
async def test_a_closed_stream_takes_nothing(
    node: Nodes, redis: Redis, redis_server: str, words: str, closed: str, stream: str
) -> None:
    """What a command shows or copies would be lost without a word: it says so, with exit code 2."""
    (ann,) = await node.join("Ann")
    await ann.posts("one")
    line = f"exec {sys.executable} -m wschat --redis {redis_server} {words} {closed}"
    done = await asyncio.create_subprocess_shell(line, stdin=DEVNULL, stderr=PIPE, cwd=ROOT)
    try:
        errors = (await asyncio.wait_for(done.communicate(), PATIENCE))[1].decode()
    finally:
        if done.returncode is None:  # `tail` would go on
            done.kill()
    assert (done.returncode, errors.splitlines()[-1]) == (2, f"Error: Standard {stream} is closed.")
