"""Programs that publish to the channel themselves are heard."""

from __future__ import annotations

import json
import time

import pytest
from redis.asyncio import Redis

from ..support import Nodes, join


async def test_plain_text_is_heard_by_everyone(two_nodes: Nodes, redis: Redis) -> None:
    """`PUBLISH chat "Привет"` becomes a message without a number, marked as from outside."""
    for client in await two_nodes.join("Ann", "Bob"):
        await redis.publish("chat", "Привет")
        message = await client.hears("Привет")
        assert message["outside"] is True
        assert message["from"] == {"name": ""}
        assert not {"seq", "epoch", "id"} & message.keys()
        assert message["time"].endswith("Z")


async def test_json_with_text_and_name_is_heard_under_that_name(node: Nodes, redis: Redis) -> None:
    """`PUBLISH chat '{"text": …, "name": …}'` becomes a message with that name."""
    (ann,) = await node.join("Ann")
    await redis.publish("chat", json.dumps({"text": "Сборка готова", "name": "Робот"}))
    assert (await ann.hears("Сборка готова"))["from"] == {"name": "Робот"}


async def test_it_is_in_no_log(node: Nodes, redis: Redis) -> None:
    """Clients that weren't connected never see it, and the next message has the next number."""
    (ann,) = await node.join("Ann")
    await redis.publish("chat", "gone with the wind")
    await ann.hears("gone with the wind")
    assert await ann.posts("kept") == 1
    bob = await join(node.ws(), "Bob")
    assert [message["text"] for message in bob.welcome["messages"]] == ["kept"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"\xff\xfe",
        b'{"text":""}',
        b'{"text":"na\xefve"}',
        b"\0",
        b'{"text":"a\\u0000"}',
        b'{"text":"x","name":"\\u0000"}',
        "\u200b\ufeff\u3164".encode(),
        b'{"text":"\\u2800 \\u202e\\u202c"}',
    ],
)
async def test_what_is_no_text_is_not_heard(node: Nodes, redis: Redis, data: bytes) -> None:
    """It has no other effect either."""
    (ann,) = await node.join("Ann")
    await redis.publish("chat", data)
    await redis.publish("chat", "after it")
    await ann.hears("after it")
    assert [event["text"] for event in ann.events if event["type"] == "message"] == ["after it"]


async def test_it_is_trimmed_as_a_post_is(node: Nodes, redis: Redis) -> None:
    """Indentation stays, empty lines at the ends go, and a name that nobody can see is none."""
    (ann,) = await node.join("Ann")
    await redis.publish("chat", json.dumps({"text": "\n\n    indented\n  code\n\n", "name": "\u200b\u3164"}))
    message = await ann.gets("message")
    assert (message["text"], message["from"]) == ("    indented\n  code", {"name": ""})


async def test_a_text_of_megabytes_from_outside_holds_nobody_up(node: Nodes, redis: Redis) -> None:
    """Whatever it consists of, it is cut in less time than one notices."""
    (ann,) = await node.join("Ann")
    for text in ("\n" * 4_000_000 + "a", "a" + "\u200b\n" * 1_000_000, "\u0301" * 2_000_000):
        started = time.process_time()
        await redis.publish("chat", json.dumps({"text": text}))
        await ann.gets("message")
        assert time.process_time() - started < 1.0


async def test_a_very_long_text_and_name_are_cut(node: Nodes, redis: Redis) -> None:
    """The limits are 4,000 and 32 characters."""
    (ann,) = await node.join("Ann")
    await redis.publish("chat", json.dumps({"text": "x" * 10_000, "name": "n" * 100}))
    message = await ann.gets("message")
    assert (len(message["text"]), len(message["from"]["name"])) == (4000, 32)


async def test_something_that_only_looks_like_a_message_breaks_nothing(node: Nodes, redis: Redis) -> None:
    """The feed checks a wrong number against the log, which doesn't have it."""
    (ann,) = await node.join("Ann")
    await redis.publish(
        "chat", '{{"type":"message","seq":99,"epoch":"{}","text":"made up"}}'.format(ann.welcome["epoch"])
    )
    await redis.publish("chat", '{"type":"message","seq":1,"epoch":"another","text":"made up"}')
    assert await ann.posts("true") == 1
    await ann.hears("true")
    assert "made up" not in [event.get("text") for event in ann.events]
