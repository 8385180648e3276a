"""Whatever a client does wrong has its answer in docs/protocol.md: an `error`, or a close code."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.errors import ErrorCode
from wschat.protocol import Typing
from wschat.session import joined

from ..support import Client, Nodes, join
from ..support.moderation import act, id_of, moderator
from ..support.room import until

TOO_LONG = "x" * 4001


async def outcome(client: Client, frame: str | dict[str, Any]) -> dict[str, Any]:
    """The `error` that this frame earns; afterwards the connection stands."""
    await client.connection.send(frame if isinstance(frame, str) else json.dumps(frame))
    error = await client.gets("error")
    assert await client.is_there()
    return error


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("hello", "bad_json"),
        ("[]", "bad_json"),
        ('{"type":"post","id":"a"', "bad_json"),
        ('{"type":"fly"}', "unknown_command"),
        ("{}", "bad_field"),
        ('{"type":"post","id":"a"}', "bad_field"),
        ('{"type":"post","id":"a","text":5}', "bad_field"),
        ('{"type":"post","id":"a b","text":"x"}', "bad_field"),
        ('{"type":"hello","name":"Ann"}', "hello_again"),
        ('{"type":"post","id":"a","text":" "}', "text_empty"),
        (json.dumps({"type": "post", "id": "a", "text": TOO_LONG}), "text_too_long"),
        ('{"type":"post","id":"a","text":"\\ud800"}', "text_invalid"),
        ('{"type":"post","id":"a","text":"\\u0000"}', "text_invalid"),
        ('{"type":"rename","name":""}', "name_invalid"),
        ('{"type":"rename","name":"Bob"}', "name_taken"),
        ('{"type":"history","before":0}', "bad_field"),
        (json.dumps({"type": "edit", "seq": 1, "text": TOO_LONG}), "text_too_long"),
        ('{"type":"edit","seq":1,"text":"\\ud800"}', "text_invalid"),
        ('{"type":"edit","seq":0,"text":"x"}', "bad_field"),
        ('{"type":"edit","seq":1,"text":"x"}', "gone"),
        ('{"type":"delete","seq":9007199254740992}', "gone"),
        ('{"type":"react","seq":1,"emoji":"👍"}', "gone"),
        ('{"type":"react","seq":1,"emoji":"x"}', "bad_field"),
        ('{"type":"react","seq":1,"emoji":"👍👍"}', "bad_field"),
        (json.dumps({"type": "messages", "seqs": list(range(1, 52))}), "bad_field"),
        ('{"type":"moderate","act":"lock","on":true}', "not_allowed"),
        ('{"type":"moderate","act":"dance"}', "bad_field"),
    ],
)
async def test_what_a_joined_client_does_wrong_is_refused_and_the_connection_stays(
    node: Nodes, frame: str, code: str
) -> None:
    """The error has the documented code and an explanation for the developer."""
    ann, _ = await node.join("Ann", "Bob")
    error = await outcome(ann, frame)
    assert error["code"] == code
    assert error["detail"]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"type":"post","id":"a","text":"x"}', "hello_first"),
        ('{"type":"stay"}', "hello_first"),
        ('{"type":"people"}', "hello_first"),
        ('{"type":"hello"}', "bad_field"),
        ('{"type":"hello","name":"  "}', "name_invalid"),
        ('{"type":"hello","name":"' + "x" * 33 + '"}', "name_invalid"),
        ('{"type":"hello","name":"a\\u0000"}', "name_invalid"),
        ('{"type":"hello","name":"Ann","room":"a b"}', "room_invalid"),
        ('{"type":"hello","name":"Ann","room":""}', "room_invalid"),
        ('{"type":"hello","name":"Ann","history":1000}', "bad_field"),
    ],
)
async def test_what_a_client_does_wrong_at_the_door_is_refused_and_it_may_try_again(
    node: Nodes, frame: str, code: str
) -> None:
    """A second `hello` is accepted."""
    client = await node.visit()
    assert (await outcome(client, frame))["code"] == code
    await client.send("hello", name="Ann")
    assert await client.gets("welcome")


async def test_the_answer_names_the_command(node: Nodes) -> None:
    """It carries the `id` of a post or the `ref` of another command, with limits and suggestions."""
    ann, _ = await node.join("Ann", "Bob")
    assert (await outcome(ann, {"type": "post", "id": "p1", "text": ""}))["id"] == "p1"
    assert (await outcome(ann, {"type": "post", "id": "p1", "text": TOO_LONG}))["limit"] == 4000
    taken = await outcome(ann, {"type": "rename", "name": "Bob", "ref": "r1"})
    assert taken["ref"] == "r1"
    assert taken["suggestion"] not in ("", "Bob")


async def test_changes_that_are_refused_say_why(nodes: Nodes) -> None:
    """The errors are not_yours, too_late with the window, and too_many with the number of kinds."""
    await nodes.start(edit_window=0.05)
    ann, bob = await nodes.join("Ann", "Bob")
    seq = await ann.posts("mine")
    assert (await outcome(bob, {"type": "edit", "seq": seq, "text": "x", "ref": "r1"}))["code"] == "not_yours"
    refused = await outcome(bob, {"type": "delete", "seq": seq, "ref": "r2"})
    assert (refused["code"], refused["ref"]) == ("not_yours", "r2")
    await asyncio.sleep(0.1)
    refused = await outcome(ann, {"type": "edit", "seq": seq, "text": "x", "ref": "r3"})
    assert (refused["code"], refused["ref"], refused["limit"]) == ("too_late", "r3", 0.05)
    for emoji in "👍👎😀😂😍😮😢😡🎉🔥🚀👀":
        await bob.send("react", seq=seq, emoji=emoji)
    refused = await outcome(bob, {"type": "react", "seq": seq, "emoji": "🙏", "ref": "r4"})
    assert (refused["code"], refused["ref"], refused["limit"]) == ("too_many", "r4", 12)


async def test_a_text_can_be_taken_only_where_there_are_pictures(node: Nodes) -> None:
    """The error of an edit is text_empty, as that of a post."""
    (ann,) = await node.join("Ann")
    seq = await ann.posts("mine")
    refused = await outcome(ann, {"type": "edit", "seq": seq, "text": " ", "ref": "r1"})
    assert (refused["code"], refused["ref"]) == ("text_empty", "r1")


async def test_whoever_has_too_many_posts_waiting_is_asked_to_wait(node: Nodes, redis: Redis) -> None:
    """With a slow Redis the 33rd post is busy, and all accepted ones are stored later, in order."""
    (ann,) = await node.join("Ann")
    await redis.execute_command("CLIENT", "PAUSE", 1000, "ALL")
    for number in range(1, 34):
        await ann.says(str(number), id=f"p{number}")
    error = await ann.is_refused("busy")
    assert error["id"] == "p33"
    assert error["retry_after"] > 0
    for number in range(1, 33):
        assert (await ann.gets("ack", id=f"p{number}"))["seq"] == number
    assert await ann.posts("33", id="p33") == 33


async def test_whoever_writes_too_fast_is_asked_to_wait(nodes: Nodes) -> None:
    """The error is rate_limited with the seconds, after which posts are accepted again."""
    await nodes.start(post_rate=2.0, post_burst=2)  # slow: three posts may take a busy machine a while
    (ann,) = await nodes.join("Ann")
    for number in range(3):
        await ann.says(str(number))
    error = await ann.is_refused("rate_limited")
    assert 0 < error["retry_after"] <= 1
    await asyncio.sleep(error["retry_after"] + 0.1)
    assert await ann.posts("again")


async def test_while_redis_is_full_posts_are_refused_and_can_be_sent_again(node: Nodes, redis: Redis) -> None:
    """The error is unavailable with the seconds, and a later retry stores the post."""
    (ann,) = await node.join("Ann")
    await redis.config_set("maxmemory", "1")
    try:
        await ann.says("later", id="p1")
        error = await ann.is_refused("unavailable")
        assert error["id"] == "p1"
        assert error["retry_after"] > 0
    finally:
        await redis.config_set("maxmemory", "0")
    assert await ann.posts("later", id="p1") == 1


async def test_a_chat_with_a_password_asks_for_it(nodes: Nodes) -> None:
    """The errors are password_required and password_wrong, and the right one is accepted."""
    await nodes.start(password="open sesame")
    client = await nodes.visit()
    assert (await outcome(client, {"type": "hello", "name": "Ann"}))["code"] == "password_required"
    wrong = await outcome(client, {"type": "hello", "name": "Ann", "password": "sesame"})
    assert wrong["code"] == "password_wrong"
    await asyncio.sleep(wrong.get("retry_after", 0.0))
    await client.send("hello", name="Ann", password="open sesame")
    assert await client.gets("welcome")


async def test_a_chat_that_another_site_vouches_for_asks_for_its_token(nodes: Nodes, tmp_path: Path) -> None:
    """The error is token_invalid."""
    key = tmp_path / "key"
    key.write_text("a secret of at least thirty-two bytes, shared with the site")
    await nodes.start(auth="jwt", jwt_key_file=key, jwt_audience="chat")
    client = await nodes.visit()
    assert (await outcome(client, {"type": "hello", "name": "Ann"}))["code"] == "token_invalid"
    assert (await outcome(client, {"type": "hello", "name": "Ann", "jwt": "a.b.c"}))["code"] == "token_invalid"


async def test_a_fault_of_ours_is_said_to_be_one(
    node: Nodes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The client receives only `internal`, and the log has the details."""

    def broken(session: object, command: object) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setitem(joined._HANDLERS, Typing, broken)
    (ann,) = await node.join("Ann")
    error = await outcome(ann, {"type": "typing"})
    assert error == {"type": "error", "code": "internal", "detail": "internal error, see the server log"}
    assert "secret details" in caplog.text


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"act": "read_only", "on": True}, "read_only"),
        ({"act": "slow", "seconds": 60}, "slow"),
        ({"act": "mute", "seq": 1, "seconds": 60}, "muted"),
    ],
)
async def test_what_a_moderator_has_ruled_is_an_error_of_its_own(node: Nodes, rule: dict[str, Any], code: str) -> None:
    """The connection stays open, and `retry_after` says when it ends, where it does."""
    mia, ann = await moderator(node), await join(node.ws(), "Ann")
    await ann.posts("one")
    await act(mia, rule.pop("act"), **rule)
    if code == "slow":
        await ann.posts("two")
    error = await outcome(ann, {"type": "post", "id": "p", "text": "three"})
    assert (error["code"], error["id"], "retry_after" in error) == (code, "p", code != "read_only")


@pytest.mark.parametrize("code", ["barred", "locked", "room_unknown"])
async def test_who_may_not_enter_is_told_why(nodes: Nodes, code: str) -> None:
    """The connection stays open, so that another name or room can be tried."""
    await nodes.start(1, rooms=("kitchen",))
    mia, ann = await moderator(nodes), await join(nodes.ws(), "Ann")
    await act(mia, "remove", person=id_of(ann), seconds=60)
    await act(mia, "lock", on=True)
    hello = {
        "barred": {"token": ann.welcome["token"]},
        "locked": {},
        "room_unknown": {"room": "cellar"},
    }[code]
    client = await nodes.visit()
    assert (await outcome(client, {"type": "hello", "name": "Bob", **hello}))["code"] == code
    assert await client.is_there()


def test_every_error_code_is_provoked_here() -> None:
    """Or in the file about pictures: a new code needs a test over a real socket."""
    files = Path(__file__), Path(__file__).with_name("test_picture_errors.py")
    sources = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [code.value for code in ErrorCode if code.value not in sources] == []


# --- close codes --------------------------------------------------------------


async def test_binary_data_is_not_accepted(node: Nodes) -> None:
    """The close code is 1003."""
    (ann,) = await node.join("Ann")
    await ann.connection.send(b"\x00")
    assert await ann.close_code() == 1003


async def test_a_message_beyond_64_kib_is_not_accepted(node: Nodes) -> None:
    """The close code is 1009; a message of exactly that size is read and refused for its content."""
    (ann,) = await node.join("Ann")
    assert (await outcome(ann, "x" * (64 << 10)))["code"] == "bad_json"
    await ann.connection.send("x" * ((64 << 10) + 1))
    assert await ann.close_code() == 1009


async def test_text_that_is_not_utf8_ends_the_connection(node: Nodes) -> None:
    """The close code is 1007."""
    (ann,) = await node.join("Ann")
    await ann.connection.send(b"\xff", text=True)
    assert await ann.close_code() == 1007


async def test_whoever_is_wrong_all_the_time_is_shown_the_door(node: Nodes) -> None:
    """Hundreds of errors in a moment lead to close code 4003."""
    (ann,) = await node.join("Ann")
    for _ in range(200):
        await ann.connection.send("nonsense")
    assert await ann.close_code() == 4003


async def test_a_connection_that_breaks_off_is_forgotten(node: Nodes) -> None:
    """A reset in the middle leaves no session behind."""
    (ann,) = await node.join("Ann")
    ann.connection.transport.abort()
    edge = node.nodes[0].edge
    await until(lambda: not edge.sessions)
