"""A command that erases is ended before Redis has rewritten its file: what was erased doesn't stay there for good."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest
from redis.asyncio import Redis

from wschat.broker.erasing.file_rewriting import DUE_KEY

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.foreign import put
from ..support.program import Program
from ..support.rewrites import files, is_rewriting, kill_rewrite, slowly_rewriting
from ..support.room import until
from ..support.server import ROOT

PERSON = ["forget", "--person", "Ann", "--yes"]
ROOM = ["forget", "--room", "kitchen", "--yes"]
CLEAR = ["clear", "kitchen", "--yes"]


async def write(node: Nodes, redis: Redis) -> None:
    """A message, in a room that nobody is in any more."""
    (ann,) = await node.join("Ann", room="kitchen")
    await ann.posts("secret-words")
    await ann.leaves()
    await node.stop()
    await redis.delete("{chat:kitchen}:online")  # her lease has ended


async def interrupt(redis: Redis, program: Program, words: list[str]) -> None:
    """Run a command, and end it while Redis rewrites its file, which fails then, too."""
    command = [sys.executable, "-m", "wschat", "--redis", program.redis, *words]
    async with slowly_rewriting(redis):
        running = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        await until(lambda: is_rewriting(redis))
        running.send_signal(signal.SIGINT)
        await asyncio.wait_for(running.communicate(), PATIENCE)
        await kill_rewrite(redis)
    assert running.returncode == 130
    assert b"secret-words" in await files(redis)
    assert await redis.exists(DUE_KEY)  # by which the next start of a server makes up for it, too


@pytest.mark.parametrize("words", [PERSON, ROOM, CLEAR])
async def test_the_same_command_again_has_the_file_rewritten(
    node: Nodes, redis: Redis, program: Program, words: list[str]
) -> None:
    """Although there is nothing to erase any more; it says so, and a third time there is nothing to rewrite either."""
    await write(node, redis)
    await interrupt(redis, program, words)
    done = await program.tried(*words)
    assert b"secret-words" not in await files(redis)
    assert not await redis.exists(DUE_KEY)
    if words is not CLEAR:  # which erases again what came meanwhile
        sentence = "Redis has rewritten its append-only file, which still had what was erased before.\n"
        for heading in (sentence, ""):
            assert (done.code, done.errors.partition("Error: ")[0]) == (2, heading), done
            done = await program.tried(*words)


async def test_a_rewrite_is_noted_before_anything_is_erased(node: Nodes, redis: Redis, program: Program) -> None:
    """A command may be ended at any moment, as this one is by a key of another type."""
    await write(node, redis)
    await put(redis, "{chat:kitchen}:meta", "string")
    assert (await program.tried(*CLEAR)).code == 2
    assert await redis.exists(DUE_KEY)


async def test_a_file_that_cannot_be_rewritten_is_not_passed_over(node: Nodes, redis: Redis, program: Program) -> None:
    """Nothing is found any more, but that isn't all there is to say."""
    await redis.zadd(DUE_KEY, {"ended": 0})
    await redis.execute_command("ACL", "SETUSER", "default", "-bgrewriteaof")
    try:
        done = await program.tried(*PERSON)
    finally:
        await redis.execute_command("ACL", "SETUSER", "default", "+bgrewriteaof")
    assert done.code == 2
    assert "What was erased before is gone from Redis, but this user may not have the append-only file" in done.errors
    assert await redis.exists(DUE_KEY)


@pytest.mark.parametrize("words", [PERSON, CLEAR])
async def test_a_user_without_that_key_erases_all_the_same(
    node: Nodes, redis: Redis, program: Program, words: list[str]
) -> None:
    """The user of the operator's commands has the keys of the chat alone (docs/security-settings.md)."""
    await write(node, redis)
    keys = ["~{chat}:*", "~{chat:*}:*", "~wschat:key", "~wschat:moderators"]
    await redis.execute_command("ACL", "SETUSER", "default", "resetkeys", *keys)
    try:
        await program(*words)
        done = await program.tried(*PERSON)
    finally:
        await redis.execute_command("ACL", "SETUSER", "default", "allkeys")
    assert b"secret-words" not in await files(redis)
    assert done.errors == "Error: Found nothing about anybody with the name or id Ann.\n"
