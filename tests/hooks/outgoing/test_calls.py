"""A program is called for the messages that are for it, and its reply is posted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.hooks import CallAnswer, make_hook, revoke_hook

from ...support import Nodes
from ...support.moderation import act, moderator
from ...support.program import Program
from ...support.redis import needs_embedded
from ...support.room import until
from ..requests import TestHook
from .receiver import HERE, Receiver, hooked, read_up_to


async def test_a_mention_calls_the_program(calling: Nodes, receiver: Receiver) -> None:
    """With the message as the protocol has it, and neither before nor for other messages."""
    (ann,) = await calling.join("Ann", room="кухня")
    await ann.posts("@бот, was before")
    hook = await hooked(calling, receiver.url, "кухня")
    await ann.posts("nobody")
    seq = await ann.posts("Привет, @БОТ!")
    await receiver.is_called("Привет, @БОТ!")
    call = receiver.calls[0].json
    message = await ann.gets("message", seq=seq)
    assert call == {"type": "message", "room": "кухня", "hook": {"id": hook.id, "name": "Бот"}, "message": message}
    assert receiver.calls[0].headers["Content-Type"] == "application/json"


async def test_a_word_calls_the_program(calling: Nodes, receiver: Receiver) -> None:
    """As the first word, in whatever case."""
    await hooked(calling, receiver.url, word="deploy")
    (ann,) = await calling.join("Ann")
    for text in ("deploy", "/deployed", "now /deploy", "/Deploy main", "/deploy\nmain"):
        await ann.posts(text)
    await receiver.is_called("/Deploy main", "/deploy\nmain")


async def test_each_call_is_signed(calling: Nodes, receiver: Receiver) -> None:
    """By Standard Webhooks: over the id, the time and the body, with the secret that only the operator has seen."""
    hook = await hooked(calling, receiver.url)
    (ann,) = await calling.join("Ann")
    seq = await ann.posts("@Бот")
    await receiver.is_called("@Бот")
    headers, body = receiver.calls[0]
    key = base64.b64decode(hook.secret.removeprefix("whsec_"))
    signed = b"%s.%s.%s" % (headers["Webhook-Id"].encode(), headers["Webhook-Timestamp"].encode(), body)
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert (len(key), headers["Webhook-Signature"]) == (32, f"v1,{expected}")
    assert headers["Webhook-Id"] == f"{hook.id}-{ann.welcome['epoch']}-{seq}"
    assert abs(int(headers["Webhook-Timestamp"]) - time.time()) < 60


async def test_a_reply_is_posted(calling: Nodes, receiver: Receiver, redis: Redis) -> None:
    """As the program's message, which calls no program, not even another one that it mentions."""
    hook = await hooked(calling, receiver.url)
    other = Receiver()
    await hooked(calling, other.url, name="Другой")
    (ann,) = await calling.join("Ann")
    receiver.answers = [{"text": "*Готово*, @Бот и @Другой"}]
    await ann.posts("@Бот, давай")
    reply = await ann.gets("message", text="**Готово**, @Бот и @Другой")
    assert (reply["from"], reply["hook"]) == ({"id": hook.id, "name": "Бот"}, True)
    ci = await TestHook.made(calling)
    await ci.posts("@Бот, сборка упала")
    await ann.posts("@Другой")
    await other.is_called("@Другой")
    assert receiver.texts == ["@Бот, давай"]
    await other.stop()


@pytest.mark.parametrize("answer", [{}, {"text": ""}, {"other": 1}, {"text": "\u200b"}, {"text": "x" * 4001}])
async def test_an_answer_without_a_message_is_enough(
    calling: Nodes, receiver: Receiver, redis: Redis, answer: dict[str, Any]
) -> None:
    """The program has taken the message, so it isn't sent again."""
    await hooked(calling, receiver.url)
    (ann,) = await calling.join("Ann")
    receiver.answers = [answer]
    await ann.posts("@Бот 1")
    await ann.posts("@Бот 2")
    await receiver.is_called("@Бот 1", "@Бот 2")
    assert await redis.xlen("{chat}:log") == 2


async def test_people_hold_the_room_alone(calling: Nodes, receiver: Receiver) -> None:
    """A lock and a password keep no message from the program: the operator has let it in."""
    await hooked(calling, receiver.url)
    mia = await moderator(calling)
    await act(mia, "lock", on=True)
    await act(mia, "password", text="сезам")
    receiver.answers = [{"text": "тут"}]
    await mia.posts("@Бот")
    assert (await mia.gets("message", text="тут"))["hook"] is True


async def test_a_program_that_is_removed_reads_nothing(calling: Nodes, receiver: Receiver) -> None:
    """Until a moderator lets it in; one that is muted is called, but its reply is dropped."""
    hook = await hooked(calling, receiver.url)
    mia = await moderator(calling)
    receiver.answers = [{"text": "тут"}, {"text": "неслышно"}, {"text": "снова"}]
    reply = await mia.posts("@Бот 1") + 1
    await mia.gets("message", text="тут")
    await act(mia, "remove", seq=reply, seconds=0)
    await read_up_to(calling, hook, await mia.posts("@Бот 2"))
    await act(mia, "let_in", person=hook.id)
    await act(mia, "mute", seq=reply, seconds=0)
    await read_up_to(calling, hook, await mia.posts("@Бот 3"))
    await act(mia, "let_in", person=hook.id)
    await mia.posts("@Бот 4")
    await mia.gets("message", text="снова")
    assert receiver.texts == ["@Бот 1", "@Бот 3", "@Бот 4"]


async def test_a_reply_that_must_wait_calls_nobody_again(calling: Nodes, receiver: Receiver) -> None:
    """In slow mode, say: the program has taken the message, and its first reply is posted when it may be."""
    await hooked(calling, receiver.url)
    mia = await moderator(calling)
    await act(mia, "slow", seconds=1)
    receiver.answers = [{"text": "раз"}, {"text": "два"}, {"text": "три"}]
    await mia.posts("@Бот 1")
    await mia.posts("@Бот 2")
    await mia.gets("message", text="раз")
    await mia.gets("message", text="два")
    assert receiver.texts == ["@Бот 1", "@Бот 2"]
    assert calling.nodes[0].counters.hook_calls["failed"] > 0


async def test_the_message_is_sent_as_it_is_now(calling: Nodes, receiver: Receiver) -> None:
    """An edit changes what waits, and a deleted message is never sent."""
    await hooked(calling, receiver.url)
    (ann,) = await calling.join("Ann")
    receiver.is_open.clear()
    await ann.posts("@Бот 1")
    await until(lambda: receiver.calls)
    edited, deleted = await ann.posts("@Бот 2"), await ann.posts("@Бот 3")
    await ann.asks("edit", seq=edited, text="@Бот 2, исправлено")
    await ann.asks("delete", seq=deleted)
    receiver.is_open.set()
    await ann.posts("@Бот 4")
    await receiver.is_called("@Бот 1", "@Бот 2, исправлено", "@Бот 4")
    assert receiver.calls[1].json["message"]["edited"]


async def test_a_message_that_is_deleted_is_not_sent_again(calling: Nodes, receiver: Receiver) -> None:
    """Though its call has failed, and is repeated; an edit meanwhile is sent."""
    await hooked(calling, receiver.url)
    (ann,) = await calling.join("Ann")
    receiver.answers = [500, 500]
    receiver.is_open.clear()
    first = await ann.posts("@Бот 1")
    await until(lambda: receiver.calls)
    await ann.asks("edit", seq=first, text="@Бот, другое")
    receiver.on_call = receiver.is_open.clear
    receiver.is_open.set()
    await until(lambda: len(receiver.calls) == 2)
    await ann.asks("delete", seq=first)
    receiver.is_open.set()
    await ann.posts("@Бот 2")
    await receiver.is_called("@Бот 1", "@Бот, другое", "@Бот 2")
    receiver.is_open.set()


async def test_a_revoked_hook_is_called_no_more(calling: Nodes, receiver: Receiver, redis: Redis) -> None:
    """Not even for what waits; a reply that comes later isn't posted, and nothing of it is left but its mark."""
    hook = await hooked(calling, receiver.url)
    other = Receiver()
    await hooked(calling, other.url, name="Другой")
    (ann,) = await calling.join("Ann")
    receiver.is_open.clear()
    receiver.answers = [{"text": "поздно"}]
    await ann.posts("@Бот 1 @Другой")
    await until(lambda: receiver.calls)
    await ann.posts("@Бот 2")
    await revoke_hook(calling.nodes[0].link, "chat", hook.id)
    receiver.is_open.set()
    await ann.posts("@Другой 2")
    await other.is_called("@Бот 1 @Другой", "@Другой 2")
    assert (receiver.texts, await redis.xlen("{chat}:log")) == (["@Бот 1 @Другой"], 3)
    assert await redis.hget("{chat}:hooks", hook.id) == b""
    assert not await redis.hexists("{chat}:hooks:cursors", hook.id)
    await other.stop()


async def test_a_program_that_is_gone_revokes_its_hook(
    calling: Nodes, receiver: Receiver, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """By 410: the chat calls it no more."""
    hook = await hooked(calling, receiver.url)
    (ann,) = await calling.join("Ann")
    receiver.answers = [410]
    await ann.posts("@Бот 1")
    await until(lambda: redis.hget("{chat}:hooks", hook.id))
    await until(lambda: "its address is gone (410)" in caplog.text)
    assert await redis.hget("{chat}:hooks", hook.id) == b""
    assert "@Бот" not in caplog.text


async def test_what_the_operator_says_calls_programs(calling: Nodes, receiver: Receiver, program: Program) -> None:
    """A person writes it, even if nobody is in the room."""
    await hooked(calling, receiver.url, "cellar")
    await program("say", "cellar", "@Бот, ты тут?")
    await receiver.is_called("@Бот, ты тут?")


async def test_a_chat_without_outgoing_hooks_has_nothing_of_them(calling: Nodes, redis: Redis) -> None:
    """No connection of theirs, and no question but the first one."""
    await make_hook(calling.nodes[0].link, "chat", "CI", time.time())
    node = calling.nodes[0]
    assert node.hooks._outgoing is None
    assert (await redis.info("commandstats"))["cmdstat_hkeys"]["calls"] >= 1
    await redis.config_resetstat()
    (ann,) = await calling.join("Ann")
    await ann.posts("@CI")
    assert "cmdstat_hkeys" not in await redis.info("commandstats")


def test_a_server_loads_nothing_of_hooks_at_its_start() -> None:
    """Nor the HTTP client for them."""
    code = "import sys, wschat.app.start, wschat.app.standalone, wschat.app.node; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "wschat.app.node_hooks" in loaded
    assert not {"wschat.hooks", "wschat.web.webhook_client", "tornado.simple_httpclient"} & {*loaded}


async def test_calls_are_counted(calling: Nodes, receiver: Receiver) -> None:
    """By their outcome, and the hooks whose program hasn't taken a message."""
    await hooked(calling, receiver.url)
    node = calling.nodes[0]
    (ann,) = await calling.join("Ann")
    receiver.answers = [500]
    receiver.is_open.clear()
    await ann.posts("@Бот")
    await until(lambda: node.snapshot().hooks_waiting == 1)
    receiver.is_open.set()
    await until(lambda: node.snapshot().hook_calls == {"failed": 1, "done": 1})
    await until(lambda: node.snapshot().hooks_waiting == 0)


async def test_a_room_that_the_operator_closed_calls_nobody(nodes: Nodes, receiver: Receiver, redis: Redis) -> None:
    """Its hooks wait until ROOMS has it again."""
    await nodes.start(1, hook_networks=HERE)
    await hooked(nodes, receiver.url, "cellar")
    await nodes.stop()
    await nodes.start(1, hook_networks=HERE, rooms=("kitchen",))
    await hooked(nodes, receiver.url, "kitchen")
    assert not await redis.exists("{chat:cellar}:hooks:lease")


@needs_embedded  # with the append-only file that erasing asks for
async def test_a_forgotten_room_has_no_outgoing_hooks(
    calling: Nodes, receiver: Receiver, program: Program, redis: Redis
) -> None:
    """Nothing is left of it, not even its name."""
    await hooked(calling, receiver.url, "cellar")
    await program("say", "cellar", "@Бот")
    await receiver.is_called("@Бот")
    await program("forget", "--room", "cellar", "--yes")
    await until(lambda: _nothing_of(redis, "cellar"))
    assert not await redis.hexists("wschat:hooks", "cellar")


async def _nothing_of(redis: Redis, room: str) -> bool:
    return not [key async for key in redis.scan_iter(f"*{room}*")]


async def test_an_outgoing_hook_comes_back_from_a_backup(
    calling: Nodes, receiver: Receiver, program: Program, redis: Redis, tmp_path: Path
) -> None:
    """It is called for what is written from then on."""
    await hooked(calling, receiver.url, "cellar")
    await program("say", "cellar", "@Бот 1")
    await receiver.is_called("@Бот 1")
    await program("backup", str(tmp_path / "copy"))
    await redis.flushall()
    await program("restore", str(tmp_path / "copy"), "--yes")
    await until(lambda: redis.exists("{chat:cellar}:hooks:lease"))
    await until(lambda: redis.hexists("{chat:cellar}:hooks:cursors", receiver.calls[0].json["hook"]["id"]))
    await program("say", "cellar", "@Бот 2")
    await receiver.is_called("@Бот 1", "@Бот 2")


def test_an_answer_is_read_as_json_only() -> None:
    """Programs answer `ok`, or a page, by which they mean nothing."""
    assert CallAnswer(200, "application/json; charset=utf-8", b'{"text": "a"}').reply() == "a"
    assert CallAnswer(200, "text/plain", b"ok").reply() == ""
    assert CallAnswer(200, "application/json", b"").reply() == ""
