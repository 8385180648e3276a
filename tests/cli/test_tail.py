"""`tail`: what it shows of a room, and when it ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.cli.tail import OUTSIDE_MAX, _Tail
from wschat.redis_link import PrimaryLink

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.program import Program
from ..support.room import until
from ..support.server import ROOT


async def test_tail_follows_what_is_written_changed_and_published(node: Nodes, program: Program, redis: Redis) -> None:
    """It shows the newest messages and goes on; Ctrl-C is its end."""
    (ann,) = await node.join("Ann")
    await ann.posts("before")
    words = [sys.executable, "-m", "wschat", "--redis", program.redis, "tail", "chat"]
    tail = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = tail.stdout, tail.stderr
    assert output is not None
    assert errors is not None

    async def line() -> str:
        read: bytes = await asyncio.wait_for(output.readline(), PATIENCE)
        return read.decode()

    assert re.fullmatch(r"\d{4}-\d\d-\d\d \(\S+\)\n", await line())
    assert (await line()).endswith(" Ann: before\n")
    seq = await ann.posts("after\x1b[31m\n12:00 Bob: no")
    assert (await line()).endswith(" Ann: after\N{REPLACEMENT CHARACTER}[31m\n")
    assert await line() == "      12:00 Bob: no\n"
    await ann.send("edit", ref="r", seq=seq, text="edited")
    assert (await line()).endswith("~Ann: edited\n")
    await redis.publish("chat", "from outside")
    assert "from outside" in await line()
    tail.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(tail.wait(), PATIENCE) == 0
    assert await errors.read() == b""


async def test_tail_ends_when_nobody_reads_it_any_more(node: Nodes, program: Program, redis: Redis) -> None:
    """As in `tail chat | head -1`, at the next output; without a traceback."""
    (ann,) = await node.join("Ann")
    await ann.posts("hello")

    async def listens() -> bool:
        return (await redis.pubsub_numsub("chat"))[0][1] == 2  # the node and the command

    ours, theirs = os.pipe()
    words = [sys.executable, "-m", "wschat", "--redis", program.redis, "tail", "chat"]
    tail = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    with os.fdopen(ours) as output:
        for _ in ("day", "message"):
            await asyncio.wait_for(asyncio.to_thread(output.readline), PATIENCE)
    await until(listens)
    await redis.publish("chat", "from outside")
    _, errors = await asyncio.wait_for(tail.communicate(), PATIENCE)
    assert (tail.returncode, errors) == (1, b"")


async def test_a_flood_from_outside_is_bounded(link: PrimaryLink, capsys: pytest.CaptureFixture[str]) -> None:
    """While Redis doesn't reply to a command, what other programs publish may still come; what is left out is said."""
    tail: Any = _Tail(link, "chat", as_json=False)
    for number in range(OUTSIDE_MAX + 3):
        tail._on_publish(b"outside %d" % number)
    tail._show_outside()
    tail._show_outside()
    output, errors = capsys.readouterr()
    assert len(output.splitlines()) == OUTSIDE_MAX
    assert errors == "Left out 3 messages from outside: too many at once.\n"
