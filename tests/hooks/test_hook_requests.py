"""Programs write into a room over HTTP, as any person does, and are told in one line what is wrong."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import Publisher
from wschat.errors import CloseCode, RedisRejected, RedisUnavailable
from wschat.hooks import posting
from wschat.session.limits.address_share import AddressShare
from wschat.web import hook_handler

from ..support import Nodes
from ..support.http import get
from ..support.moderation import act, moderator
from ..support.room import until
from .requests import Reply, TestHook, texts

NO_HOOK = Reply(404, hook_handler.NO_HOOK.line + "\n", 0)


async def test_a_program_writes_into_a_room(hook: TestHook, two_nodes: Nodes) -> None:
    """People on every node receive its message, which says that a program wrote it."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    assert await hook.sends(text="*Готово*") == (200, "ok", 0)
    for person in (ann, bob):
        message = await person.gets("message", text="**Готово**")
        assert (message["from"], message["hook"], message["seq"]) == ({"id": hook.id, "name": "CI"}, True, 1)
    await ann.posts("a person's")
    assert "hook" not in await bob.gets("message", text="a person's")


async def test_a_room_that_nobody_has_opened_keeps_the_message(node: Nodes) -> None:
    """Whoever comes later reads it, in a room of any script; a slash after the address doesn't count."""
    hook = await TestHook.made(node, "кухня", "Погода")
    assert await hook.posts("Снег", path=hook.path + "/") == (200, "ok", 0)
    assert not len(node.nodes[0].rooms)
    (ann,) = await node.join("Ann", room="Кухня")
    (message,) = ann.welcome["messages"]
    assert (message["text"], message["from"]["name"], message["hook"]) == ("Снег", "Погода", True)


async def test_a_hooks_message_is_one_like_others(hook: TestHook, node: Nodes) -> None:
    """It is replied to, reacted to, found, and deleted by a moderator; its tombstone is still a program's."""
    await hook.posts("Сборка готова")
    mia = await moderator(node)
    await mia.send("search", ref="s", text="сборка")
    assert (await mia.gets("found"))["messages"][0]["hook"] is True
    await mia.asks("react", seq=1, emoji="👍")
    assert (await mia.gets("amended"))["message"]["hook"] is True
    await mia.asks("delete", seq=1)
    gone = (await mia.gets("amended"))["message"]
    assert (gone["deleted"], gone["moderated"], gone["hook"]) == (True, True, True)


async def test_a_repeated_message_is_stored_once(hook: TestHook, node: Nodes, redis: Redis) -> None:
    """The same Idempotency-Key is the same message of this hook, whatever it is, and each repeat is answered alike."""
    keys = ["build-7", '"quoted;=,"', "k" * 255]
    for key in keys:
        for _ in range(2):
            assert await hook.posts("x", Idempotency_Key=key) == (200, "ok", 0)
    for _ in range(2):
        assert (await hook.posts("x")).status == 200
    other = await TestHook.made(node)
    assert (await other.posts("x", Idempotency_Key=keys[0])).status == 200
    assert await redis.xlen("{chat}:log") == len(keys) + 2 + 1


@pytest.mark.parametrize("key", ["k" * 256, "ключ".encode().decode("latin-1"), "two words"])
async def test_a_bad_idempotency_key_is_refused(hook: TestHook, redis: Redis, key: str) -> None:
    """It would be stored again when it is repeated."""
    assert await hook.posts("x", Idempotency_Key=key) == (400, hook_handler.BAD_IDEMPOTENCY_KEY.line + "\n", 0)
    assert await redis.xlen("{chat}:log") == 0


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("", 400, "There is no text"),
        (" \u200b\n", 400, "There is no text"),
        ("a\0b", 400, "NUL"),
        ("x" * 4001, 413, "4000 characters"),
        (b"\xff", 400, "UTF-8"),
        ("x" * 65_537, 413, "64 KiB"),
    ],
    ids=["empty", "invisible", "NUL", "long", "no UTF-8", "large"],
)
async def test_what_cannot_be_stored_is_a_sentence(hook: TestHook, text: str | bytes, status: int, words: str) -> None:
    """In one line, for whoever reads the program's log."""
    reply = await hook.posts(text)
    assert (reply.status, words in reply.line, reply.line.count("\n")) == (status, True, 1)


async def test_a_text_may_have_4000_characters(hook: TestHook) -> None:
    """However many bytes these are, even as JSON has them."""
    assert (await hook.posts("ы" * 4000)).status == 200
    assert (await hook.sends(text="😀" * 4000)).status == 200


async def test_an_address_that_is_no_hooks_tells_nothing(hook: TestHook, node: Nodes, redis: Redis) -> None:
    """Another room, one that isn't, a revoked key, a wrong one: the answer is the same, and costs one HGET."""
    await hook.posts("x")
    await redis.config_resetstat()
    wrong = "A" * 43
    for path in (f"/hook/chat/{wrong}", f"/hook/none/{wrong}", f"/hook/none/{hook.key}", f"/hook/%D0%AF/{wrong}"):
        assert await hook.posts("x", path=path) == NO_HOOK
    assert (await redis.info("commandstats"))["cmdstat_hget"]["calls"] == 4
    await redis.config_resetstat()
    shapes = ("x", wrong + "A", wrong[1:], wrong[1:] + ".", wrong[1:] + "%0A", "%FF")
    for path in (*(f"/hook/chat/{key}" for key in shapes), f"/hook/a%20b/{wrong}", f"/hook/%FF/{wrong}"):
        assert await hook.posts("x", path=path) == NO_HOOK
    assert "cmdstat_hget" not in await redis.info("commandstats")


async def test_a_revoked_hook_writes_no_more(hook: TestHook, redis: Redis) -> None:
    """From the moment on in which the command ends."""
    (digest,) = await redis.hkeys("{chat}:hooks")
    await redis.hset("{chat}:hooks", digest, "")
    assert await hook.posts("x") == NO_HOOK


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_only_post_is_taken(hook: TestHook, method: str) -> None:
    """A page of another site isn't allowed to ask either."""
    status, headers, _ = await get(hook.nodes, hook.path, method, {"Origin": "https://example.org"})
    assert (status, headers["Allow"], headers["Access-Control-Allow-Origin"]) == (405, "POST", None)


async def test_rooms_that_the_operator_leaves_out_have_no_hooks(nodes: Nodes) -> None:
    """ROOMS may have become shorter since the hook was made."""
    await nodes.start(1, rooms=("kitchen",))
    hooks = [await TestHook.made(nodes, room) for room in ("chat", "kitchen", "cellar")]
    assert [(await hook.posts("x")).status for hook in hooks] == [200, 200, 404]


async def test_below_a_path_hooks_are_there(nodes: Nodes) -> None:
    """As everything of the chat."""
    await nodes.start(1, base_path="/talk")
    hook = await TestHook.made(nodes)
    assert (await hook.posts("x", path="/talk" + hook.path)).status == 200
    assert (await hook.posts("x")).status == 404


async def test_the_rules_of_the_room_hold(hook: TestHook, node: Nodes) -> None:
    """Read-only, slow mode, a mute, a removal: each is a status and a sentence."""
    mia = await moderator(node)
    await act(mia, "read_only", on=True)
    assert (await hook.posts("x"))[:2] == (403, "Only moderators may write in this room at the moment.\n")
    await act(mia, "read_only", on=False)
    await act(mia, "slow", seconds=60)
    assert (await hook.posts("one")).status == 200
    status, line, retry_after = await hook.posts("two")
    assert (status, line.startswith("Slow mode"), 50 < retry_after <= 60) == (429, True, True)
    await act(mia, "slow", seconds=0)
    for bar, word in (("mute", "muted"), ("remove", "removed")):
        await act(mia, bar, seq=1, seconds=600)
        status, line, _ = await hook.posts("x")
        assert (status, word in line) == (403, True)
        await act(mia, "let_in", person=hook.id)
        assert (await hook.posts("x")).status == 200


async def test_a_hook_has_a_persons_pace(nodes: Nodes, redis: Redis) -> None:
    """Its own, over all nodes; an accepted message that is repeated costs none."""
    await nodes.start(1, post_rate=0.1, post_burst=2)
    hook, other = [await TestHook.made(nodes) for _ in range(2)]
    for _ in range(3):
        assert (await hook.posts("x", Idempotency_Key="once")).status == 200
    assert (await hook.posts("x")).status == 200
    status, line, retry_after = await hook.posts("x")
    assert (status, line.startswith("Too many messages"), 0 < retry_after <= 10) == (429, True, True)
    assert (await other.posts("x")).status == 200


async def test_an_address_pays_for_what_it_sends(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the bytes, whether they are used or not, and for the time that it takes to read them."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",), post_rate=5.0)
    hook, paid = await TestHook.made(nodes), list[float]()
    monkeypatch.setattr(AddressShare, "spend_answer", lambda share, size: paid.append(size))
    monkeypatch.setattr(AddressShare, "spend", lambda share, seconds: paid.append(seconds))
    await hook.posts("x" * 3000, X_Forwarded_For="203.0.113.1")
    assert (paid[0], paid[1] > 0) == (3000, True)
    await hook.posts("x" * 3000, path="/hook/chat/x", X_Forwarded_For="203.0.113.1")
    assert paid[2] == 3000


async def test_a_message_of_a_hook_keeps_the_server_running(hook: TestHook) -> None:
    """As a person's does, even where nobody is connected; a refused one doesn't, nor an address that is no hook's."""
    mia = await moderator(hook.nodes)
    await act(mia, "read_only", on=True)
    seen: list[int] = []
    hook.nodes.activity = lambda: seen.append(1)
    for path in (hook.path, "/hook/chat/" + "A" * 43):
        assert (await hook.posts("x", path=path)).status in (403, 404)
    assert not seen
    await act(mia, "read_only", on=False)
    seen.clear()
    await hook.posts("x")
    assert seen


async def test_a_server_that_drains_sends_hooks_away(hook: TestHook) -> None:
    """Another one takes them, behind a balancer, or this one when it is back."""
    hook.nodes.nodes[0].end(CloseCode.RESTARTING, 0.0)
    status, line, retry_after = await hook.posts("x")
    assert (status, "restarting" in line, retry_after) == (503, True, 5)


@pytest.mark.parametrize("problem", [RedisUnavailable("gone"), RedisRejected("WRONGTYPE")], ids=["away", "rejects"])
async def test_without_redis_a_hook_is_to_come_again(
    hook: TestHook, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    """Nothing else is said than that; a key of the wrong shape is as unknown as ever."""

    async def fails(call: object) -> None:
        raise problem

    monkeypatch.setattr(hook.nodes.nodes[0].link, "execute", fails)
    status, line, retry_after = await hook.posts("x")
    assert (status, "Redis is unreachable" in line, retry_after) == (503, True, 5)
    monkeypatch.setattr(hook.nodes.nodes[0].link, "serves", lambda keys: False)
    assert (await hook.posts("x")).status == 503
    assert await hook.posts("x", path="/hook/chat/x") == NO_HOOK


async def test_a_message_that_redis_does_not_confirm_is_to_be_repeated(
    hook: TestHook, monkeypatch: pytest.MonkeyPatch, redis: Redis
) -> None:
    """It may be stored later, and the repeat with the same key is the same message."""
    publisher = hook.nodes.nodes[0].publisher
    await publisher._lanes.stop()
    monkeypatch.setattr(hook_handler, "TIMEOUT", 0.05)
    status, line, retry_after = await hook.posts("x", Idempotency_Key="k")
    assert (status, "Idempotency-Key" in line, retry_after) == (503, True, 5)
    monkeypatch.undo()
    publisher.start()
    assert (await hook.posts("x", Idempotency_Key="k")).status == 200
    await until(lambda: not publisher.waiting)
    assert await redis.xlen("{chat}:log") == 1


async def test_a_full_redis_or_a_bug_has_its_status(
    hook: TestHook, monkeypatch: pytest.MonkeyPatch, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug is logged without the key, which stands in the path."""
    await redis.config_set("maxmemory", 1)
    try:
        status, line, retry_after = await hook.posts("x")
    finally:
        await redis.config_set("maxmemory", 0)
    assert (status, "can't store" in line, retry_after) == (503, True, 5)

    def breaks(*_: Any, **__: Any) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(Publisher, "post", breaks)
    assert await hook.posts("x") == (500, "Internal error: see the server's log.\n", 0)
    assert "a bug" in caplog.text
    assert hook.key not in caplog.text


async def test_a_hook_has_few_requests_at_once(hook: TestHook, monkeypatch: pytest.MonkeyPatch, redis: Redis) -> None:
    """Each has its body in memory. Those of clients that have gone don't count any more."""
    monkeypatch.setattr(posting, "AT_ONCE", 2)
    port = hook.nodes.nodes[0].edge.port
    half = f"POST {hook.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab".encode()
    slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    posts = hook.nodes.nodes[0].hooks.posts
    for _, writer in slow:
        writer.write(half)
    await until(lambda: posts._requests[hook.id] == 2)
    status, _, retry_after = await hook.posts("x")
    assert (status, retry_after) == (503, 1)
    reader, writer = slow[0]
    writer.write(b"cde")
    assert b" 200 " in await reader.readline()
    slow[1][1].close()
    await until(lambda: not posts._requests)
    assert (await hook.posts("x")).status == 200
    writer.close()
    assert await texts(redis) == ["abcde", "x"]
