"""At least once: whatever fails, the program gets each message, in their order, and can tell a repeat by its id."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from wschat import hooks
from wschat.app.node import Node
from wschat.broker import clear_room
from wschat.hooks import CallTimes, make_outgoing_hook
from wschat.hooks.outgoing import hook_caller, registry
from wschat.hooks.outgoing.hook_log import HookLog
from wschat.model import Position
from wschat.protocol import Message

from ...support import Nodes, Server, join
from ...support.program import wschat
from ...support.room import until
from .receiver import HERE, Receiver, has_lease, hooked


async def test_a_failed_call_is_repeated(calling: Nodes, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """With the same id, before any later message; the log has one line for it, without the text."""
    await hooked(calling, receiver.url)
    (ann,) = await calling.join("Ann")
    receiver.answers = [500, 302, 404, 503]
    await ann.posts("@Бот 1")
    await ann.posts("@Бот 2")
    await receiver.is_called(*["@Бот 1"] * 5, "@Бот 2")
    assert len({call.id for call in receiver.calls}) == 2
    lines = [record.message for record in caplog.records if "Could not call a hook" in record.message]
    assert lines[0] == "Could not call a hook, will retry: it answered 500"
    warned = [record for record in caplog.records if "call a hook" in record.message and record.levelname == "WARNING"]
    assert (len(warned), "@Бот" in caplog.text) == (1, False)


async def test_a_repeated_reply_is_posted_once(calling: Nodes, receiver: Receiver, redis: Redis) -> None:
    """Where the node died between the reply and its note of it."""
    hook = await hooked(calling, receiver.url)
    (ann,) = await calling.join("Ann")
    receiver.answers = [{"text": "раз"}, {"text": "раз"}]
    await ann.posts("@Бот")
    await ann.gets("message", text="раз")
    await calling.stop()
    epoch = ann.welcome["epoch"]
    await redis.hset("{chat}:hooks:cursors", hook.id, f"{epoch} 0")
    await calling.start(1, hook_networks=HERE)
    await receiver.is_called("@Бот", "@Бот")
    (bob,) = await calling.join("Bob")
    await bob.posts("@Бот 2")
    await receiver.is_called("@Бот", "@Бот", "@Бот 2")
    assert receiver.calls[0].id == receiver.calls[1].id
    assert await redis.xlen("{chat}:log") == 3


async def test_an_old_message_is_skipped_in_the_end(
    nodes: Nodes, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After several attempts, so that one program that is away for good holds nothing up; the log says so."""
    short = CallTimes(first_delay=0.01, longest_delay=0.02, given_up=0.0)
    monkeypatch.setattr(hooks, "CallTimes", lambda: short)
    await nodes.start(1, hook_networks=HERE)
    await hooked(nodes, receiver.url)
    (ann,) = await nodes.join("Ann")
    receiver.answers = [500] * hook_caller.STREAK
    await ann.posts("@Бот 1")
    await until(lambda: "Skipped a message" in caplog.text)
    assert receiver.texts == ["@Бот 1"] * hook_caller.STREAK
    assert nodes.nodes[0].counters.hook_calls["skipped"] == 1


def test_the_pauses_grow_to_minutes() -> None:
    """There is no end to it, and none takes longer than five."""
    times = CallTimes()
    assert [times.delay(count) for count in (1, 2, 3, 9, 10, 10_000)] == [1, 2, 4, 256, 300, 300]


async def test_one_node_calls_at_a_time(nodes: Nodes, receiver: Receiver) -> None:
    """Of several with the same hooks."""
    await nodes.start(3, hook_networks=HERE)
    await hooked(nodes, receiver.url)
    people = await nodes.join("Ann", "Bob", "Cid")
    for number, person in enumerate(people):
        await person.posts(f"@Бот {number}")
    await receiver.is_called("@Бот 0", "@Бот 1", "@Бот 2")
    await asyncio.sleep(0.3)
    assert len(receiver.calls) == 3


def die(node: Node) -> None:
    """What kill -9 leaves: a lease in Redis, and nobody who renews it or calls."""
    hooks = node.hooks._outgoing
    assert hooks is not None
    hooks._tasks.cancel()
    for room in hooks._rooms.values():
        room._tasks.cancel()


async def test_another_node_takes_over_from_one_that_died(nodes: Nodes, receiver: Receiver) -> None:
    """Once the lease has run out, with the message that was on its way."""
    await nodes.start(1, hook_networks=HERE)
    await hooked(nodes, receiver.url)
    await nodes.start(1, hook_networks=HERE)
    (ann,) = await nodes.join("Ann")
    await ann.posts("@Бот 1")
    await receiver.is_called("@Бот 1")
    await until(lambda: nodes.nodes[0].counters.hook_calls["done"] == 1)
    receiver.is_open.clear()
    await ann.posts("@Бот 2")
    await until(lambda: len(receiver.calls) == 2)
    die(nodes.nodes[0])
    await ann.posts("@Бот 3")
    receiver.is_open.set()
    await receiver.is_called("@Бот 1", "@Бот 2", "@Бот 2", "@Бот 3")
    await until(lambda: nodes.nodes[1].counters.hook_calls["done"] == 2)


async def test_a_node_that_stops_gives_the_lease_back(nodes: Nodes, receiver: Receiver, redis: Redis) -> None:
    """So that another one goes on at once."""
    await nodes.start(1, hook_networks=HERE)
    await hooked(nodes, receiver.url)
    await nodes.stop()
    assert not await redis.exists("{chat}:hooks:lease")


async def test_what_waits_is_sent_after_a_restart(nodes: Nodes, receiver: Receiver) -> None:
    """Though nobody opens the room."""
    await nodes.start(1, hook_networks=HERE)
    await hooked(nodes, receiver.url, "cellar")
    (ann,) = await nodes.join("Ann", room="cellar")
    receiver.answers = [500] * 1000
    await ann.posts("@Бот")
    await until(lambda: receiver.calls)
    await nodes.stop()
    receiver.calls.clear()
    receiver.answers.clear()
    await nodes.start(1, hook_networks=HERE)
    await receiver.is_called("@Бот")
    assert not len(nodes.nodes[0].rooms)


async def test_an_answer_leaves_nothing_of_a_forgotten_room(calling: Nodes, receiver: Receiver, redis: Redis) -> None:
    """Not even the mark of a revoked hook, if the program is gone meanwhile."""
    await hooked(calling, receiver.url)
    (ann,) = await calling.join("Ann")
    receiver.is_open.clear()
    receiver.answers = [410]
    await ann.posts("@Бот")
    await until(lambda: receiver.calls)
    await redis.delete("{chat}:hooks", "{chat}:hooks:cursors")
    node = calling.nodes[0]
    assert node.hooks._outgoing is not None
    caller = node.hooks._outgoing._rooms["chat"]._running
    receiver.is_open.set()
    await until(lambda: not caller)
    assert not await redis.exists("{chat}:hooks", "{chat}:hooks:cursors")


async def test_messages_without_a_signal_are_found(calling: Nodes, receiver: Receiver, redis: Redis) -> None:
    """The log is the truth: when the subscription begins again, it is read."""
    await hooked(calling, receiver.url)
    (ann,) = await calling.join("Ann")
    await ann.posts("@Бот 1")
    await receiver.is_called("@Бот 1")
    await redis.client_kill_filter(_type="pubsub")
    await ann.posts("@Бот 2")
    await receiver.is_called("@Бот 1", "@Бот 2")


async def test_a_hook_of_which_no_signal_came_is_found(
    calling: Nodes, receiver: Receiver, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the subscription begins again, since the signal may have been lost with the former one."""

    async def nothing(link: object) -> None:
        return None

    monkeypatch.setattr(registry, "tell_hooks_changed", nothing)
    await make_outgoing_hook(calling.nodes[0].link, "chat", "Бот", receiver.url, "", time.time())
    assert not await redis.exists("{chat}:hooks:lease")
    await redis.client_kill_filter(_type="pubsub")
    await until(lambda: redis.exists("{chat}:hooks:lease"))


async def test_calls_go_on_in_a_new_epoch(calling: Nodes, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """With what was written since a moderator cleared the room."""
    await hooked(calling, receiver.url)
    (ann,) = await calling.join("Ann")
    await ann.posts("@Бот 1")
    await receiver.is_called("@Бот 1")
    await clear_room(calling.nodes[0].link, "chat")
    await ann.gets("reset")
    await ann.posts("@Бот 2")
    await receiver.is_called("@Бот 1", "@Бот 2")
    assert caplog.text.count("Hooks continue in a log that has begun anew") == 1


def anything(message: Message) -> bool:
    return True


async def test_a_log_that_began_anew_has_its_new_messages(redis: Redis, calling: Nodes) -> None:
    """And those of the former epoch that follow the cursor: a backup was restored. Older ones were sent before."""
    texts = {1: ("old", "a"), 2: ("old", "b"), 3: ("older", "c"), 4: ("new", "d")}
    for seq, (epoch, text) in texts.items():
        entry = (
            f'{{"type":"message","seq":{seq},"epoch":"{epoch}","room":"chat","id":"p{seq}",'
            f'"from":{{"id":"ann","name":"Ann"}},"text":"{text}","time":"2026-11-23T12:00:00.000Z"}}'
        )
        await redis.xadd("{chat}:log", {"m": entry}, id=f"{seq}-0")
    await redis.hset("{chat}:meta", mapping={"epoch": "new", "seq": 4})
    log = HookLog(calling.nodes[0].link, "chat")
    portion = await log.after(Position("old", 1), anything)
    assert [message.text for message in portion.messages] == ["b", "d"]
    assert (portion.end, portion.is_last) == (Position("new", 4), True)
    assert not (await log.after(portion.end, anything)).messages


async def test_a_trimmed_log_goes_on_where_it_begins(
    room_texts: list[str], calling: Nodes, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """With one line that says what nobody will get."""
    (ann,) = await calling.join("Ann")
    await ann.posts_many(room_texts)
    await redis.xtrim("{chat}:log", minid="351-0", approximate=False)
    log = HookLog(calling.nodes[0].link, "chat")
    portion = await log.after(Position(ann.welcome["epoch"], 5), anything)
    assert [portion.messages[0].seq, portion.messages[-1].seq, portion.is_last] == [351, 400, True]
    (line,) = [one for one in caplog.records if "trimmed before hooks" in one.message]
    assert (line.__dict__["from"], line.__dict__["to"]) == (6, 350)


@pytest.fixture
def room_texts() -> list[str]:
    return [f"m{number}" for number in range(1, 401)]


async def test_a_hook_outlives_its_failure(calling: Nodes, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug of ours ends a caller; the next turn begins again where it was."""
    await hooked(calling, receiver.url)
    (ann,) = await calling.join("Ann")
    present = HookLog.present
    broken = [True]

    async def failing(log: HookLog, message: Message) -> bytes | None:
        if broken.pop() if broken else False:
            raise ZeroDivisionError
        return await present(log, message)

    monkeypatch.setattr(HookLog, "present", failing)
    await ann.posts("@Бот")
    await receiver.is_called("@Бот")
    assert await has_lease(calling)


@pytest.mark.slow  # the leases of real servers
async def test_a_killed_server_is_replaced(
    start_server: Callable[..., Server], redis_server: str, redis: Redis, receiver: Receiver
) -> None:
    """By another one, within the time that the docs name, though it could tidy nothing up."""
    options = ("--hook-networks", "127.0.0.1", "--pictures", "off")
    first = start_server(*options, redis=redis_server)
    words = ("--hook-networks", "127.0.0.1", "hook", "--name", "Бот", "--to", receiver.url)
    assert (await asyncio.to_thread(wschat, *words, redis=redis_server)).code == 0
    await until(lambda: redis.exists("{chat}:hooks:lease"))
    second = start_server(*options, redis=redis_server)
    ann = await join(second.ws, "Ann")
    receiver.is_open.clear()
    await ann.posts("@Бот")
    await until(lambda: receiver.calls)
    first.kill()
    receiver.is_open.set()
    killed = time.monotonic()
    await receiver.is_called("@Бот", "@Бот")
    assert time.monotonic() - killed < CallTimes().lease + CallTimes().renewal + 5
    assert receiver.calls[0].id == receiver.calls[1].id
