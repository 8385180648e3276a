"""The link to Redis: scripts, pipelines, and what an error means."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, ResponseError

from wschat.config.redis_url import parse_engine_url
from wschat.errors import RedisRejected, RedisUnavailable, RedisWriteRefused
from wschat.redis_link import Call, CallResult, PrimaryLink, Script
from wschat.redis_link.probe import find_trouble
from wschat.redis_link.redis_connection import CommandArgs
from wschat.redis_link.redis_errors import from_redis
from wschat.redis_link.sentinel import SentinelTopology

from ..support import free_port
from ..support.client import PATIENCE
from ..support.redis import system_redis
from ..support.room import until
from ..support.server import ROOT


def scripted(source: str, keys: list[str | bytes], args: Sequence[str | bytes | int]) -> Call:
    return Call.of(Script("test", source, hashlib.sha1(source.encode()).hexdigest()), keys, args)


def sum_of(*numbers: int) -> Call:
    return scripted("return ARGV[1] + ARGV[2]", [], numbers)


def set_if_given(value: str) -> Call:
    """Writes only if there is a value, as scripts do that find nothing to be changed."""
    source = "if ARGV[1] ~= '' then redis.call('SET', KEYS[1], ARGV[1]) end return redis.call('GET', KEYS[1])"
    return scripted(source, ["k"], [value])


def results(replies: list[CallResult]) -> list[Any]:
    return [reply.result() for reply in replies]


async def test_calls_go_together_and_are_answered_in_their_order(link: PrimaryLink) -> None:
    """Commands and scripts share one round trip."""
    replies = await link.pipeline([Call.command("SET", "k", "v"), Call.command("GET", "k"), sum_of(2, 3)])
    assert results(replies) == [b"OK", b"v", 5]


async def test_a_script_that_redis_has_forgotten_is_loaded_and_nothing_runs_twice(
    link: PrimaryLink, redis: Redis
) -> None:
    """After a restart of Redis, calls that were answered aren't repeated."""
    await link.execute(sum_of(1, 1))
    await redis.script_flush()
    calls = [Call.command("INCR", "n"), sum_of(2, 3), Call.command("INCR", "n"), sum_of(4, 5)]
    assert results(await link.pipeline(calls)) == [1, 5, 2, 9]


async def test_a_script_that_is_forgotten_again_at_once_is_no_rejection(
    link: PrimaryLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was executed, and the next attempt may find it: the caller tries again, and refuses nobody a post."""
    exchange = link._connections.exchange

    async def forgetful(commands: Sequence[CommandArgs]) -> list[Any]:
        replies = await exchange(commands)
        if commands[0][0] == "SCRIPT":
            await redis.script_flush()
        return replies

    await redis.script_flush()
    monkeypatch.setattr(link._connections, "exchange", forgetful)
    with pytest.raises(RedisUnavailable) as raised:
        await link.execute(sum_of(1, 1))
    assert raised.type is RedisUnavailable


async def test_a_redis_that_lets_nobody_load_scripts_says_so(link: PrimaryLink, redis: Redis) -> None:
    """The call that needed one is rejected with Redis's reason; the others of the pipeline have their replies."""
    await redis.script_flush()
    await redis.execute_command("ACL", "SETUSER", "default", "-script|load")
    try:
        known, rejected = await link.pipeline([Call.command("SET", "k", "v"), sum_of(2, 3)])
    finally:
        await redis.execute_command("ACL", "SETUSER", "default", "+script|load")
    assert known.result() == b"OK"
    with pytest.raises(RedisRejected, match="script"):
        rejected.result()


async def test_the_failure_of_one_call_is_raised_by_its_own_reply(link: PrimaryLink) -> None:
    """The other calls have their replies."""
    calls = [Call.command("SET", "k", "v"), Call.command("INCR", "k"), Call.command("GET", "k")]
    before, failed, after = await link.pipeline(calls)
    assert results([before, after]) == [b"OK", b"v"]
    with pytest.raises(RedisUnavailable):
        failed.result()
    with pytest.raises(RedisUnavailable):
        await link.execute(Call.command("INCR", "k"))


async def test_a_redis_that_is_full_refuses_and_that_is_no_loss_of_it(link: PrimaryLink, redis: Redis) -> None:
    """RedisWriteRefused means that nothing was stored, and the link stays up."""
    await redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(RedisWriteRefused):
            await link.execute(Call.command("SET", "k", "v"))
        (reply,) = await link.pipeline([Call.command("SET", "k", "v")])
        with pytest.raises(RedisWriteRefused):
            reply.result()
    finally:
        await redis.config_set("maxmemory", "0")
    assert link.is_up


async def test_a_redis_that_has_become_a_replica_is_looked_for_again_at_its_address(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """After a failover behind one address, the connections to the former primary stand, and would refuse for ever; and
    the subscription there hears nothing of what is published at the new one.
    """
    address = tmp_path / "address.sock"
    with ExitStack() as running:
        places = [tmp_path / name for name in ("former", "new")]
        for place in places:
            place.mkdir()
        former, new = (running.enter_context(system_redis(place)) for place in places)
        address.symlink_to(former.removeprefix("unix://"))
        link = PrimaryLink(f"unix://{address}")
        heard: list[bytes | None] = []
        link.subscribe("chat", heard.append)
        await link.start()
        await asyncio.gather(*(link.execute(Call.command("SET", "k", "v")) for _ in range(3)))
        async with Redis.from_url(former) as client:
            await client.replicaof("127.0.0.1", str(free_port()))
        for _ in range(2):  # while it is the one at the address, what reads goes on
            with pytest.raises(RedisWriteRefused):
                await link.execute(Call.command("SET", "k", "v"))
            with pytest.raises(RedisWriteRefused):
                await link.execute(set_if_given("v"))
            assert await link.execute(set_if_given("")) == b"v"
            assert await link.execute(Call.command("GET", "k")) == b"v"
        assert "taken over" not in caplog.text
        address.unlink()
        address.symlink_to(new.removeprefix("unix://"))
        with pytest.raises(RedisWriteRefused):
            await link.execute(Call.command("SET", "k", "v"))
        assert heard == [None]
        assert await link.execute(Call.command("SET", "k", "v")) == b"OK"
        await until(lambda: heard == [None, None])  # other calls may fail while the subscription is renewed
        again = await asyncio.gather(*(link.execute(Call.command("SET", "k", "v")) for _ in range(3)))
        assert again == [b"OK"] * 3
        async with Redis.from_url(new) as client:
            await client.publish("chat", "new")
        await until(lambda: heard[2:] == [b"new"])
        assert link.is_up
        await link.stop()


async def test_no_answer_in_time_means_that_the_fate_is_unknown(tmp_path: Path) -> None:
    """The link raises RedisUnavailable if Redis is unreachable."""
    link = PrimaryLink(f"redis://127.0.0.1:{free_port()}")
    with pytest.raises(RedisUnavailable):
        await link.execute(Call.command("PING"))
    await link.stop()


async def test_a_transaction_answers_with_values_or_raises(link: PrimaryLink) -> None:
    """All calls see the same moment, and the first failure is raised for all."""
    assert await link.transaction([Call.command("SET", "a", 1), Call.command("GET", "a")]) == [b"OK", b"1"]
    with pytest.raises(RedisUnavailable):
        await link.transaction([Call.command("SET", "a", "x"), Call.command("INCR", "a")])


async def test_a_bug_is_not_taken_for_a_broken_link(link: PrimaryLink) -> None:
    """A wrong argument or our own error is raised as it is, so that nobody retries it forever."""
    with pytest.raises(TypeError):
        await link.execute(Call(None, ("SET", "k", object())))


async def is_left_by_all_but(others: int, redis: Redis) -> None:
    """Wait until only so many are connected: Redis takes a moment to see that somebody has gone."""
    while len(await redis.client_list()) > others:
        await asyncio.sleep(0.001)


async def test_a_stopped_link_leaves_no_connection_open(redis: Redis, redis_server: str) -> None:
    """The stop may arrive at any point of a call, and later calls are rejected."""
    others = len(await redis.client_list())
    for turns in range(30):
        link = PrimaryLink(redis_server)
        await link.start()
        asking = [asyncio.ensure_future(link.execute(Call.command("BLPOP", "nothing", 3))) for _ in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
        asking[0].cancel()
        await link.stop()
        await asyncio.wait_for(is_left_by_all_but(others, redis), PATIENCE)
        answers = await asyncio.gather(*asking, return_exceptions=True)
        assert all(isinstance(answer, (RedisUnavailable, asyncio.CancelledError)) for answer in answers)
        with pytest.raises(RedisUnavailable):
            await link.execute(Call.command("PING"))


def test_what_passes_by_itself_is_no_rejection() -> None:
    """It is waited for. Without a password, Redis calls what is long a protocol error."""
    for text in (
        "Protocol error: unauthenticated multibulk length",
        "Protocol error: unauthenticated bulk length",
        "max number of clients + cluster connections reached",
        "BUSY Redis is busy running a script",
    ):
        assert type(from_redis(ResponseError(text))) is RedisUnavailable, text


def test_an_operator_is_told_why_and_not_in_which_script() -> None:
    """Redis appends the digest of the script; that is worth something only where the script is wrong."""
    place = " script: 78cc435d898c544138e94c7c2fcdba2c8c44d956, on @user_script:212."
    full = "command not allowed when used memory > 'maxmemory'."
    assert str(from_redis(OutOfMemoryError(full + place))) == full
    assert str(from_redis(ResponseError(f"wrong number of args{place}"))) == f"wrong number of args{place}"


async def link_to(port: int) -> None:
    """A call and a subscription."""
    link = PrimaryLink(f"redis://127.0.0.1:{port}")
    with suppress(RedisUnavailable):
        await link.execute(Call.command("ECHO", "x"))
    with suppress(RedisUnavailable):
        await link.start()
    await link.stop()


async def sentinel_at(port: int) -> None:
    topology = SentinelTopology(parse_engine_url(f"redis+sentinel://127.0.0.1:{port}/chat"))
    topology.start(lambda: None, lambda address: None)
    with suppress(RedisUnavailable):
        await topology.find()
    await topology.stop()


async def look_at(port: int) -> None:
    await asyncio.to_thread(find_trouble, f"redis://127.0.0.1:{port}")


@pytest.mark.parametrize("come", [link_to, sentinel_at, look_at])
async def test_nobody_asks_for_another_form_of_replies(
    come: Callable[[int], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RESP3, which redis-py would ask for on its own, has pongs and messages of other forms."""
    first: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first.append((await reader.read(1000)).upper())
        writer.close()

    monkeypatch.setattr("wschat.redis_link.primary.COMMAND_TIMEOUT", 0.5)
    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        await come(server.sockets[0].getsockname()[1])
        await until(lambda: first)
    assert [words for words in first if b"HELLO" in words or b"SETINFO" in words] == []


@pytest.mark.parametrize("kind", ["lua", "py"])
async def test_no_command_is_younger_than_the_oldest_redis(redis: Redis, kind: str) -> None:
    """Debian's is 7.0: it has neither HEXPIRE nor WAITAOF, and a script that asks for them would fail there alone."""
    form = r"redis\.p?call\(\s*'(\w+)'" if kind == "lua" else r"Call\.command\(\s*\"(\w+)\""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "wschat").rglob(f"*.{kind}")]
    commands = sorted({name for text in texts for name in re.findall(form, text)})
    assert len(commands) > 20
    redis.response_callbacks.pop("COMMAND")  # it expects the reply of COMMAND on its own
    found = await redis.execute_command("COMMAND", "DOCS", *commands)
    docs = dict(zip(found[::2], found[1::2], strict=True))
    since = {name: docs[name.lower().encode()][3].decode() for name in commands}
    assert {name: since[name] for name in commands if tuple(map(int, since[name].split("."))) > (7, 0, 0)} == {}
