"""A command that erases is ended before Redis has rewritten its file: what was erased doesn't stay there for good."""

from __future__ import annotations

import asyncio
import itertools
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker.erasing.file_rewriting import DUE_KEY
from wschat.cli import erasing
from wschat.concurrency import cancel_all
from wschat.redis_link import Call, PrimaryLink

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


@pytest.fixture
async def alone(node: Nodes, redis: Redis) -> None:
    """A message, in a room that nobody is in any more, before one of somebody else."""
    for name, text in (("Ann", "secret-words"), ("Bob", "words of Bob")):
        (person,) = await node.join(name, room="kitchen")
        await person.posts(text)
        await person.leaves()
    await node.stop()
    await redis.delete("{chat:kitchen}:online")  # their leases have ended


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


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("words", [PERSON, ROOM, CLEAR])
async def test_the_same_command_again_has_the_file_rewritten(redis: Redis, program: Program, words: list[str]) -> None:
    """Although there is nothing to erase any more; it says so, and a third time there is nothing to rewrite either."""
    await interrupt(redis, program, words)
    done = await program.tried(*words)
    assert b"secret-words" not in await files(redis)
    assert not await redis.exists(DUE_KEY)
    if words is not CLEAR:  # which erases again what came meanwhile
        sentence = "Redis has rewritten its append-only file, which may still have had what was erased before.\n"
        for heading in (sentence, ""):
            assert (done.code, done.errors.partition("Error: ")[0]) == (2, heading), done
            done = await program.tried(*words)


@pytest.mark.usefixtures("alone")
async def test_a_rewrite_is_noted_before_anything_is_erased(redis: Redis, program: Program) -> None:
    """A command may be ended at any moment, as this one is by a key of another type."""
    await put(redis, "{chat:kitchen}:meta", "string")
    assert (await program.tried(*CLEAR)).code == 2
    assert await redis.exists(DUE_KEY)


async def test_a_file_that_cannot_be_rewritten_is_not_passed_over(redis: Redis, program: Program) -> None:
    """Nothing is found any more, but that isn't all there is to say."""
    await redis.zadd(DUE_KEY, {"ended": 0})
    await redis.execute_command("ACL", "SETUSER", "default", "-bgrewriteaof")
    try:
        done = await program.tried(*PERSON)
    finally:
        await redis.execute_command("ACL", "SETUSER", "default", "+bgrewriteaof")
    assert done.code == 2
    assert "What was erased before is gone from Redis, but this user may not have the append-only file" in done.errors
    assert "Error: Found nothing about anybody with the name or id Ann.\n" in done.errors
    assert await redis.exists(DUE_KEY)


@pytest.mark.parametrize("file", ["yes", "no"])
async def test_a_mistyped_room_is_said_to_be_one(redis: Redis, program: Program, file: str) -> None:
    """Also after a command that was ended just now; and what became of the file is said besides."""
    now, _ = await redis.time()
    before = (await redis.config_get("appendonly"))["appendonly"] or "yes"
    await redis.zadd(DUE_KEY, {"ended": now * 1e6})
    await redis.config_set("appendonly", file)
    try:
        done = await program.tried("clear", "kichten", "--yes")
    finally:
        await redis.config_set("appendonly", before)
    about_file, error = done.errors.splitlines()
    assert (done.code, error) == (2, "Error: There is no room kichten. Existing rooms: chat.")
    assert ("Redis keeps no append-only file" in about_file) == (file == "no"), about_file


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("words", [PERSON, CLEAR])
async def test_a_user_without_that_key_erases_all_the_same(redis: Redis, program: Program, words: list[str]) -> None:
    """The user of the operator's commands has the keys of the chat alone (docs/security-settings.md)."""
    keys = ["~{chat}:*", "~{chat:*}:*", "~wschat:key", "~wschat:moderators"]
    await redis.execute_command("ACL", "SETUSER", "default", "resetkeys", *keys)
    try:
        await program(*words)
        done = await program.tried(*PERSON)
    finally:
        await redis.execute_command("ACL", "SETUSER", "default", "allkeys")
    assert b"secret-words" not in await files(redis)
    assert done.errors == "Error: Found nothing about anybody with the name or id Ann.\n"


@pytest.mark.usefixtures("alone")
async def test_a_command_that_was_killed_at_any_moment_is_made_up_for(
    redis: Redis, link: PrimaryLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each of its calls, the last one of which is executed: run again, it leaves the text in no file."""
    before = {key: await redis.dump(key) or b"" async for key in redis.scan_iter()}
    run, left, is_dead = link.run, [0], asyncio.Event()

    async def ends(calls: Sequence[Call], *, transaction: bool = False) -> list[Any]:
        left[0] -= 1
        if left[0] < 0:
            is_dead.set()
            await asyncio.Event().wait()
        return await run(calls, transaction=transaction)

    async def forget() -> None:
        """Run the command."""
        found, *_ = await erasing._find(link, "Ann")
        await (erasing._erase(link, "Ann", found) if found else erasing._rewrite_if_due(link))

    for calls in itertools.count(1):
        await redis.flushall()
        for key, value in before.items():
            await redis.restore(key, 0, value)
        assert b"secret-words" in await files(redis)
        left[0] = calls
        is_dead.clear()
        monkeypatch.setattr(link, "run", ends)
        command, death = asyncio.ensure_future(forget()), asyncio.ensure_future(is_dead.wait())
        await asyncio.wait([command, death], return_when=asyncio.FIRST_COMPLETED)
        is_over = command.done()
        await cancel_all([command, death])
        monkeypatch.setattr(link, "run", run)
        if is_over:
            break
        await forget()
        assert b"secret-words" not in await files(redis), calls
    assert calls > 10


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("words", [ROOM, CLEAR])
async def test_the_file_is_rewritten_although_another_room_cannot_be_purged(
    redis: Redis, program: Program, words: list[str]
) -> None:
    """Redis is full, and refuses that. What the command erased is in no file, and the rest is said to be in one."""
    await put(redis, "{chat:cellar}:log", "stream")
    await redis.hset("{chat:cellar}:meta", mapping={"epoch": "e", "seq": 1, "purge": 1})
    await redis.config_set("maxmemory", "1")
    try:
        done = await program.tried(*words)
    finally:
        await redis.config_set("maxmemory", "0")
    assert done.code == 2
    assert "Erased from Redis, but Redis keeps the bytes of deleted messages in some rooms" in done.errors
    assert b"secret-words" not in await files(redis)
