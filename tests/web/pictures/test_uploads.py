"""Uploads over HTTP: what is taken, what is refused and how the client gets to know."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.access import new_ticket
from wschat.errors import CloseCode, RedisUnavailable
from wschat.model import UPLOAD_MAX
from wschat.pictures import Pictures

from ...support import Nodes, join
from ...support.client import PATIENCE
from ...support.http import get
from ...support.pictures import open_upload, png, receipt, ticket, upload, upload_head


def stored(folder: Path) -> int:
    """The number of pictures in the folder."""
    return len(list(folder.glob("*/*.webp")))


async def test_a_picture_goes_with_a_message(node: Nodes) -> None:
    """Ann uploads it and posts it without a text; Bob gets it, with its size."""
    ann, bob = await node.join("Ann", "Bob")
    uploaded = await upload(node, await ticket(ann), png(4, 3))
    assert (uploaded.status, uploaded.body["width"], uploaded.body["height"]) == (201, 4, 3)
    await ann.send("post", id="p1", text="", pictures=[uploaded.body["picture"]])
    message = await bob.gets("message", id="p1")
    assert message["pictures"] == [{"id": uploaded.body["id"], "width": 4, "height": 3}]


async def test_only_a_valid_ticket_opens(node: Nodes, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One of this server, for this room, that wasn't used for another picture. None is ever logged."""
    (ann,) = await node.join("Ann")
    good = await ticket(ann)
    assert (await upload(node, good)).status == 201
    other_room = await upload(node, await ticket(ann), room="kitchen")
    for wrong in (
        good,
        good[:-1],
        "x",
        await receipt(node, ann),
        new_ticket(b"other", "chat", "e1", "ann"),
        "я".encode().decode("latin-1"),
    ):
        answer = await upload(node, wrong)
        assert (answer.status, answer.body["code"], answer.retry_after) == (403, "not_allowed", 0), wrong
    assert (await upload(node, good, b"x" * (UPLOAD_MAX + 1))).status == 403, "before its body is looked at"
    assert (other_room.status, other_room.body["code"]) == (403, "not_allowed")
    status, _, body = await get(node, "/r/chat/pictures", "POST", {}, png())
    assert (status, b"not_allowed" in body, stored(folder)) == (403, True, 2)
    assert good not in caplog.text


async def test_a_room_has_one_address_for_all_spellings(node: Nodes) -> None:
    """As its page has."""
    (ann,) = await node.join("Ann", room="Кухня")
    assert (await upload(node, await ticket(ann), room="кУхня")).status == 201


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_picture_that_is_too_large_is_refused_so_that_its_sender_sees_it(
    node: Nodes, folder: Path, is_chunked: bool
) -> None:
    """The rest is read, since an answer would be lost with a connection that is closed before."""
    (ann,) = await node.join("Ann")
    token, size = await ticket(ann), UPLOAD_MAX + (4 << 20)
    length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {size}"
    data = b"%x\r\n%b\r\n0\r\n\r\n" % (size, b"x" * size) if is_chunked else b"x" * size

    def send_all_and_read() -> bytes:
        with socket.create_connection(("127.0.0.1", node.nodes[0].edge.port), timeout=PATIENCE) as client:
            client.sendall(upload_head(token, length).replace(b"Bearer", b"bearer") + data)
            return client.recv(4096)

    answer = await asyncio.to_thread(send_all_and_read)
    assert b" 413 " in answer.splitlines()[0]
    assert b'"code":"too_large"' in answer
    assert (await upload(node, token)).status == 201, "the ticket can still be used"
    assert stored(folder) == 1


async def test_a_body_without_end_is_not_read(node: Nodes) -> None:
    """It is answered at once, or when it has come too far."""
    (ann,) = await node.join("Ann")
    reader, writer = await open_upload(node, await ticket(ann), 3 * UPLOAD_MAX)
    assert b" 413 " in await reader.readline()
    writer.close()


async def test_what_is_no_picture_is_refused(node: Nodes, folder: Path) -> None:
    """Its ticket is used: to try a picture costs more than to store it."""
    (ann,) = await node.join("Ann")
    token = await ticket(ann)
    answer = await upload(node, token, b"<svg/>")
    assert (answer.status, answer.body["code"]) == (415, "picture_invalid")
    assert (await upload(node, token)).status == 403
    assert (await upload(node, await ticket(ann), b"")).status == 415
    assert stored(folder) == 0


async def test_another_sites_page_cannot_upload(nodes: Nodes, folder: Path) -> None:
    """Nor even ask whether it may, unless the operator has allowed it."""
    await nodes.start(1, pictures=str(folder), origin=("https://friend.example",))
    (ann,) = await nodes.join("Ann")
    token = await ticket(ann)
    for origin in ("https://evil.example", "null"):
        answer = await upload(nodes, token, origin=origin)
        assert (answer.status, answer.body["code"]) == (403, "not_allowed")
    assert (await upload(nodes, token, origin="https://friend.example")).status == 201
    assert (await upload(nodes, await ticket(ann), origin=nodes.url())).status == 201


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_uploads_take_only_post(node: Nodes, method: str) -> None:
    """A page of another site isn't allowed to ask either."""
    status, headers, _ = await get(node, "/r/chat/pictures", method, {"Origin": "https://example.org"})
    assert (status, headers["Allow"], headers["Access-Control-Allow-Origin"]) == (405, "POST", None)


async def test_below_a_path_pictures_are_there(nodes: Nodes, folder: Path) -> None:
    """As everything of the chat."""
    await nodes.start(1, pictures=str(folder), base_path="/talk")
    ann = await join(nodes.url(scheme="ws") + "/talk/ws", "Ann")
    headers = {"Authorization": f"Bearer {await ticket(ann)}"}
    assert (await get(nodes, "/r/chat/pictures", "POST", headers, png()))[0] == 404
    status, _, body = await get(nodes, "/talk/r/chat/pictures", "POST", headers, png())
    assert status == 201
    picture = json.loads(body)["id"]
    assert (await get(nodes, f"/talk/r/chat/pictures/{picture}"))[0] == 200


async def test_a_server_without_pictures_takes_none(nodes: Nodes) -> None:
    """Whoever has a ticket of another one is refused, and nothing is shown."""
    await nodes.start(1, pictures="off")
    key = nodes.nodes[0].services.tokens.key
    assert (await upload(nodes, new_ticket(key, "chat", "e1", "ann"))).body["code"] == "not_allowed"
    assert (await get(nodes, "/r/chat/pictures/" + "a" * 22))[0] == 404


async def test_a_server_that_drains_sends_uploads_away(node: Nodes) -> None:
    """Another one takes them, or this one when it is back."""
    (ann,) = await node.join("Ann")
    token = await ticket(ann)
    node.nodes[0].end(CloseCode.RESTARTING, 0.0)
    answer = await upload(node, token)
    assert (answer.status, answer.body["code"], answer.retry_after) == (503, "unavailable", 3)


async def test_an_upload_needs_no_redis(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a message with a picture can wait for it as any other."""
    (ann,) = await node.join("Ann")
    token, link = await ticket(ann), node.nodes[0].link

    async def fails(*_: object) -> None:
        raise RedisUnavailable("gone")

    for name in ("execute", "pipeline"):
        monkeypatch.setattr(link, name, fails)
    assert (await upload(node, token)).status == 201


async def test_a_bug_is_answered_and_logged_without_the_ticket(
    node: Nodes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor with the picture's address."""
    (ann,) = await node.join("Ann")
    token = await ticket(ann)

    async def breaks(*_: object) -> None:
        raise ValueError("a bug")

    for name in ("add", "get"):
        monkeypatch.setattr(Pictures, name, breaks)
    answer = await upload(node, token)
    assert (answer.status, answer.body["code"]) == (500, "internal")
    assert (await get(node, "/r/chat/pictures/" + "a" * 22))[0] == 500
    assert "a bug" in caplog.text
    assert token not in caplog.text
    assert "a" * 22 not in caplog.text


async def test_a_ticket_can_be_used_again_where_a_repeat_may_succeed(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store fails once, and then not."""
    (ann,) = await node.join("Ann")
    token = await ticket(ann)
    pictures = node.nodes[0].pictures
    assert pictures is not None
    failing, put = [OSError("no disk")], pictures.store.put

    async def fails_once(*args: Any) -> None:
        if failing:
            raise failing.pop()
        await put(*args)

    monkeypatch.setattr(pictures.store, "put", fails_once)
    answer = await upload(node, token)
    assert (answer.status, answer.body["code"], answer.retry_after > 0) == (503, "unavailable", True)
    assert (await upload(node, token)).status == 201
    assert (await upload(node, token)).status == 403


async def test_no_upload_touches_the_log(node: Nodes, redis: Redis) -> None:
    """Before its message it is in no room."""
    (ann,) = await node.join("Ann")
    await receipt(node, ann)
    assert await redis.xlen("{chat}:log") == 0
