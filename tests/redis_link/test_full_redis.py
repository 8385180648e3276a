"""A Redis that stores nothing, at the start and under workers: people read, and `/health` says what can't be done."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from wschat import __version__
from wschat.access import new_key

from ..support import Client, Nodes, Server, StartServer, join
from ..support.redis import needs_embedded, system_redis


async def health(url: str) -> dict[str, Any]:
    def ask() -> dict[str, Any]:
        with urllib.request.urlopen(f"{url}/health") as answer:
            assert answer.status == 200
            found: dict[str, Any] = json.load(answer)
            return found

    return await asyncio.to_thread(ask)


async def until_health(url: str, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(600):
        with suppress(OSError):  # all workers are dead
            if is_it(found := await health(url)):
                return found
        await asyncio.sleep(0.05)
    raise AssertionError(await health(url))


async def is_refused(client: Client) -> None:
    """The last page of a full disk may still take a few posts."""
    for _ in range(20):
        await client.says("x" * 4000)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(client.is_refused("unavailable"), 0.7)
            return
    raise AssertionError("all posts were stored")


async def test_health_says_so_while_redis_stores_nothing(nodes: Nodes, redis: AsyncRedis) -> None:
    """Also when nobody writes; it needs no key of its own for that, and says nothing when all is well."""
    await nodes.start(1)
    keys = set(await redis.keys())
    well = {"redis": "up", "cannot": [], "sessions": 0, "version": __version__}
    assert await health(nodes.url()) == well
    await redis.config_set("maxmemory", "1")
    try:
        found = await until_health(nodes.url(), lambda answer: "writes" in answer)
        assert found["redis"] == "up"
        assert found["cannot"] == ["post", "edit", "delete", "react"]
        assert found["writes"].startswith("refused: ")
        assert "maxmemory" in found["writes"]
    finally:
        await redis.config_set("maxmemory", "0")
    await until_health(nodes.url(), lambda answer: "writes" not in answer)
    assert set(await redis.keys()) == keys


async def test_health_says_so_from_the_start(nodes: Nodes, redis: AsyncRedis) -> None:
    """The first answer is true."""
    await redis.set("wschat:key", f"1700000000000.{new_key()}")
    await redis.config_set("maxmemory", "1")
    try:
        await nodes.start(1)
        assert "writes" in await health(nodes.url())
    finally:
        await redis.config_set("maxmemory", "0")


async def test_workers_that_die_come_back_at_a_full_redis(tmp_path: Path) -> None:
    """Both of them: people read what there is."""
    with system_redis(tmp_path) as url, Redis.from_url(url) as redis:
        server = Server(tmp_path / "data", "--workers", "2", redis=url).start()
        ann = await join(server.ws, "Ann")
        await ann.posts("before")
        redis.config_set("maxmemory", "1")
        assert server.process is not None
        workers = psutil.Process(server.process.pid).children()
        for worker in workers:
            worker.kill()
        psutil.wait_procs(workers, 5)
        await until_health(server.url, lambda answer: "writes" in answer)
        bob = await join(server.ws, "Bob")
        assert [message["text"] for message in bob.welcome["messages"]] == ["before"]
        await is_refused(bob)
        redis.config_set("maxmemory", "0")
        await until_health(server.url, lambda answer: "writes" not in answer)
        await bob.posts("after")
        assert await server.stops() == 0


@needs_embedded
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_the_embedded_redis_starts_on_a_full_disk(
    workers: str, start_server: StartServer, small_disk: Path
) -> None:
    """People read; as soon as there is room they write, and nothing was lost or told anew."""
    data = small_disk / "data"
    server = start_server("--workers", workers, "--post-rate", "0", data=data)
    ann = await join(server.ws, "Ann")
    await ann.posts("before")
    epoch = ann.welcome["epoch"]
    await server.stops()
    with suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)
    server.restart_at_same_port()
    bob = await join(server.ws, "Bob")
    assert [message["text"] for message in bob.welcome["messages"]] == ["before"]
    await is_refused(bob)
    await until_health(server.url, lambda answer: "writes" in answer)
    (small_disk / "filler").unlink()
    for _ in range(20):  # Redis looks for room once a second
        await bob.says("after", id="last")
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(bob.gets("ack", id="last"), 0.5)
            break
    assert await server.stops() == 0
    server.restart_at_same_port()
    late = await join(server.ws, "Late")
    texts = [message["text"] for message in late.welcome["messages"]]
    assert (late.welcome["epoch"], texts[0], texts[-1]) == (epoch, "before", "after")
