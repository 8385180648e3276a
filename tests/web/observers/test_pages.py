"""`GET /r/ROOM/messages`: pages of messages, from the newest back."""

from __future__ import annotations

import re
from email.message import Message
from pathlib import Path
from urllib.parse import quote

import pytest

from wschat.broker import store_post
from wschat.model import Person
from wschat.web.event_format import picture_path

from ...support import Client, Nodes
from ...support.http import get
from ...support.pictures import receipt
from .reading import Follower, reads


def link_of(headers: Message) -> str:
    """The path in the header `Link`; "" without one."""
    found = re.fullmatch(r'<([^>]+)>; rel="prev"', headers["Link"] or "")
    return found[1] if found else ""


async def filled(nodes: Nodes, count: int) -> Client:
    (ann,) = await nodes.join("Ann")
    await ann.posts_many(f"m{number}" for number in range(1, count + 1))
    return ann


async def test_links_lead_through_all_messages_once(node: Nodes) -> None:
    """The newest page comes first; within a page, the oldest message does."""
    await filled(node, 25)
    path, pages = "/r/chat/messages?limit=10", list[list[str]]()
    while path:
        reply = await reads(node, path)
        assert reply.status == 200
        pages.append(reply.texts)
        path = link_of(reply.headers)
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [text for page in reversed(pages) for text in page] == [f"m{number}" for number in range(1, 26)]


async def test_a_page_has_messages_as_they_are_now(node: Nodes) -> None:
    """Edited, deleted, with reactions and quotes; and the position, with which a program goes on to follow the room."""
    (ann,) = await node.join("Ann")
    first, second = await ann.posts("one"), await ann.posts("two")
    await ann.asks("edit", seq=first, text="one!")
    await ann.asks("delete", seq=second)
    await ann.asks("react", seq=first, emoji="👍")
    await ann.send("post", id="r", text="an answer", reply=first)
    last = (await ann.gets("ack", id="r"))["seq"]
    reply = await reads(node)
    one, two, answer = reply.body["messages"]
    assert (one["text"], one["reactions"][0]["emoji"], "edited" in one) == ("one!", "👍", True)
    assert two["deleted"]
    assert "text" not in two
    assert answer["reply"]["seq"] == first
    assert (reply.body["room"], reply.body["seq"], reply.body["epoch"]) == ("chat", last, ann.welcome["epoch"])
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"
    assert "Link" not in reply.headers


async def test_an_unchanged_page_is_not_sent_again(node: Nodes) -> None:
    """To a program that asks every minute, and sends the ETag of the last answer."""
    ann = await filled(node, 3)
    etag = (await reads(node)).headers["Etag"]
    assert (await reads(node, If_None_Match=etag)).status == 304
    await ann.posts("new")
    assert (await reads(node, If_None_Match=etag)).texts[-1] == "new"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=ten", "limit"),
        ("limit=%D9%A3", "limit"),
        ("before=0", "before"),
        ("before=-1", "before"),
        ("before=9007199254740993", "before"),
        ("before=", "before"),
        ("before=1e3", "before"),
    ],
)
async def test_a_bad_parameter_is_named(node: Nodes, query: str, named: str) -> None:
    """In a sentence, with what is expected."""
    reply = await reads(node, f"/r/chat/messages?{query}")
    assert (reply.status, reply.body["code"]) == (400, "bad_field")
    assert reply.body["detail"].startswith(f"{named} isn't a number from 1 to ")


@pytest.mark.parametrize(("room", "code"), [("no%20room", "room_invalid"), ("other", "room_unknown")])
async def test_a_room_that_cannot_be_is_not_found(nodes: Nodes, room: str, code: str) -> None:
    """A name that rooms can't have, or a room that the operator doesn't allow."""
    await nodes.start(1, rooms=("kitchen",))
    for what in ("messages", "events"):
        reply = await reads(nodes, f"/r/{room}/{what}")
        assert (reply.status, reply.body["code"]) == (404, code)
    assert (await reads(nodes, "/r/KITCHEN/messages")).body["room"] == "kitchen"


async def test_an_empty_room_has_an_empty_page(node: Nodes) -> None:
    """With a position, as any other; `before` the first message there is nothing, either."""
    reply = await reads(node, "/r/nobody/messages")
    assert (reply.status, reply.body["messages"], reply.body["seq"]) == (200, [], 0)
    await filled(node, 2)
    assert (await reads(node, "/r/chat/messages?before=1")).body["messages"] == []


async def test_pictures_have_addresses(nodes: Nodes, tmp_path: Path) -> None:
    """Each leads to its picture. A text that looks like a picture has none."""
    await nodes.start(1, pictures=str(tmp_path))
    (ann,) = await nodes.join("Ann")
    fake = ',"pictures":[{"id":"abc"}]'
    receipts = [await receipt(nodes, ann) for _ in range(2)]
    async with Follower(nodes) as follower:
        await ann.send("post", id="p", text=fake, pictures=receipts)
        told = (await follower.gets("message")).data
    (message,) = (await reads(nodes)).body["messages"]
    assert told["pictures"] == message["pictures"]
    assert (told["text"], message["text"]) == (fake, fake)
    for picture in message["pictures"]:
        status, headers, _ = await get(nodes, picture["url"])
        assert (status, headers["Content-Type"]) == (200, "image/webp")


async def test_only_reading_is_possible(node: Nodes) -> None:
    """HEAD has the headers of GET; others are refused with what is allowed."""
    await filled(node, 12)
    got = await reads(node, "/r/chat/messages?limit=10")
    head = await reads(node, "/r/chat/messages?limit=10", "HEAD")
    assert (head.status, head.body, head.headers["Link"]) == (200, {}, got.headers["Link"])
    for what in ("messages", "events"):
        refused = await reads(node, f"/r/chat/{what}", "DELETE")
        assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert (
            refused.body["detail"] == "this address is only for reading: use GET; to write, use a hook or a WebSocket"
        )


async def test_the_operator_can_switch_it_off(nodes: Nodes) -> None:
    """Then there are no such addresses."""
    await nodes.start(1, observers="off")
    for what in ("messages", "events"):
        status, _, _ = await get(nodes, f"/r/chat/{what}")
        assert status == 404


async def test_older_pages_come_from_redis(node: Nodes) -> None:
    """Of a log that is longer than what a node has in memory."""
    await filled(node, 450)
    assert (await reads(node, "/r/chat/messages?before=60&limit=50")).texts == [f"m{n}" for n in range(10, 60)]


async def test_links_stand_below_the_base_path(nodes: Nodes) -> None:
    """With the room's canonical name."""
    await nodes.start(1, base_path="/chat")
    publisher = nodes.nodes[0].publisher
    for post in ("p1", "p2"):
        await store_post(publisher, "кухня", Person("a", "Ann"), post, post, share=1.0)
    reply = await reads(nodes, f"/chat/r/{quote('Кухня')}/messages?limit=1")
    assert link_of(reply.headers) == f"/chat/r/{quote('кухня')}/messages?before=2&limit=1"
    assert picture_path("/chat", "кухня") == f"/chat/r/{quote('кухня')}/pictures/"
