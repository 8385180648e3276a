"""Pictures over HTTP: what a client gets, and that they go with their messages."""

from __future__ import annotations

import asyncio
import gc
import http.client
from pathlib import Path

import pytest

from wschat.pictures import Part, Pictures
from wschat.pictures.store import PART
from wschat.session import AddressShare
from wschat.web.http_connections import HttpConnections
from wschat.web.picture_traffic import SLOWEST

from ...support import Client, Nodes
from ...support.http import get
from ...support.moderation import act, deletes, id_of, moderator
from ...support.pictures import png, receipt, ticket, upload
from ...support.program import Program
from ...support.room import until


def stored(folder: Path) -> set[str]:
    """The ids of the pictures in the folder."""
    return {file.stem for file in folder.glob("*/*.webp")}


async def posted(nodes: Nodes, client: Client, count: int = 1, text: str = "") -> list[str]:
    """The addresses of the pictures of a message that the client has posted."""
    receipts = [await receipt(nodes, client) for _ in range(count)]
    await client.send("post", id=f"p{receipts[0][-8:]}", text=text, pictures=receipts)
    message = await client.gets("message", id=f"p{receipts[0][-8:]}")
    return [f"/r/chat/pictures/{picture['id']}" for picture in message["pictures"]]


async def test_a_picture_may_be_kept_for_ever_and_does_nothing(node: Nodes) -> None:
    """Its address can't be guessed, and what is there never changes."""
    (ann,) = await node.join("Ann")
    (address,) = await posted(node, ann)
    status, headers, body = await get(node, address)
    assert (status, body[:4], body[8:12]) == (200, b"RIFF", b"WEBP")
    expected = {
        "Content-Type": "image/webp",
        "Content-Length": str(len(body)),
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    assert {name: headers[name] for name in expected} == expected
    status, headers, body = await get(node, address, "HEAD")
    assert (status, {name: headers[name] for name in expected}, body) == (200, expected, b"")


async def test_where_there_is_no_picture_is_nothing(node: Nodes) -> None:
    """In another room there is none of this id, nor at any other address. It isn't kept that there was none."""
    (ann,) = await node.join("Ann")
    (address,) = await posted(node, ann)
    picture = address.rpartition("/")[2]
    for wrong in (
        f"/r/kitchen/pictures/{picture}",
        f"/r/a%20b/pictures/{picture}",
        f"{address}A",
        f"/r/chat/pictures/{'A' * 22}",
    ):
        status, headers, _ = await get(node, wrong)
        assert (status, headers["Cache-Control"]) == (404, "no-store"), wrong
    for wrong in ("/r/chat/pictures/..%2F..%2Fx", f"{address}/x"):
        assert (await get(node, wrong))[0] == 404
    for method in ("POST", "DELETE", "OPTIONS"):
        status, headers, _ = await get(node, address, method)
        assert (status, headers["Allow"]) == (405, "GET, HEAD")


async def test_a_store_that_fails_is_to_be_asked_again(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser shows it when the person looks again."""
    (ann,) = await node.join("Ann")
    (address,) = await posted(node, ann)
    pictures = node.nodes[0].pictures
    assert pictures is not None

    async def fails(*_: object) -> None:
        raise OSError("no disk")

    monkeypatch.setattr(pictures.store, "get", fails)
    status, headers, _ = await get(node, address)
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "5", "no-store")


async def test_a_download_is_paid_for_and_may_take_its_time(
    nodes: Nodes, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the address that gets it; a phone on a slow line isn't cut off."""
    await nodes.start(1, pictures=str(folder), trusted_proxy=("127.0.0.1",), post_rate=5.0)
    (ann,) = await nodes.join("Ann")
    (address,) = await posted(nodes, ann)
    paid, given = list[int](), list[float]()
    monkeypatch.setattr(AddressShare, "spend_answer", lambda share, size: paid.append(size))
    monkeypatch.setattr(HttpConnections, "extend", lambda connections, stream, seconds: given.append(seconds))
    _, _, body = await get(nodes, address, headers={"X-Forwarded-For": "203.0.113.1"})
    assert (paid, given) == ([len(body)], [len(body) / SLOWEST])


async def test_all_who_get_a_picture_share_its_bytes(node: Nodes) -> None:
    """A thousand people get it at once; it is forgotten with the last of them."""
    (ann,) = await node.join("Ann")
    (address,) = await posted(node, ann)
    picture, traffic = address.rpartition("/")[2], node.nodes[0].edge._traffic
    one, other = [await traffic.get("chat", picture) for _ in range(2)]
    assert one is other is not None
    del one, other
    gc.collect()
    assert not traffic._parts


async def test_who_is_slow_has_little_of_a_picture_in_memory(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may open hundreds, and take nothing of them."""
    pictures, starts = node.nodes[0].pictures, list[int]()
    assert pictures is not None

    async def part(room: str, picture: str, start: int = 0) -> Part:
        starts.append(start)
        return Part(bytes(PART), 1 << 30)

    monkeypatch.setattr(pictures, "get", part)
    _, writer = await asyncio.open_connection("127.0.0.1", node.nodes[0].edge.port, limit=1)
    writer.write(f"GET /r/chat/pictures/{'A' * 22} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await until(lambda: len(starts) > 3)
    await asyncio.sleep(0.2)
    assert starts[-1] < 64 << 20  # as much as the sockets hold
    writer.transport.abort()


async def test_a_picture_that_is_deleted_while_it_is_sent_breaks_off(
    node: Nodes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its reader must not take the beginning for all of it, and it is no bug."""
    pictures = node.nodes[0].pictures
    assert pictures is not None

    async def part(room: str, picture: str, start: int = 0) -> Part | None:
        return None if start else Part(b"RIFF", 8)

    monkeypatch.setattr(pictures, "get", part)
    with pytest.raises(http.client.IncompleteRead):
        await get(node, f"/r/chat/pictures/{'A' * 22}")
    assert [record for record in caplog.records if record.exc_info] == []


async def test_pictures_go_with_their_message(node: Nodes, folder: Path) -> None:
    """Deleted by its author, by a moderator, or with all that somebody wrote; others stay."""
    (ann,) = await node.join("Ann")
    mia = await moderator(node)
    by_author, by_moderator, by_erasure = [await posted(node, ann, count, "x") for count in (2, 1, 1)]
    (kept,) = await posted(node, mia)
    await deletes(ann, 1)
    await until(lambda: len(stored(folder)) == 3)
    await deletes(mia, 2)
    await until(lambda: len(stored(folder)) == 2)
    await act(mia, "erase", person=id_of(ann), seconds=0)
    await until(lambda: len(stored(folder)) == 1)
    assert (await get(node, kept))[0] == 200
    for address in (*by_author, *by_moderator, *by_erasure):
        assert (await get(node, address))[0] == 404


async def test_an_edit_leaves_the_pictures(node: Nodes, folder: Path) -> None:
    """So does a deletion that is refused."""
    ann, bob = await node.join("Ann", "Bob")
    (address,) = await posted(node, ann, text="x")
    await ann.asks("edit", seq=1, text="")
    await bob.send("delete", ref="d", seq=1)
    await bob.is_refused("not_yours")
    assert (await get(node, address))[0] == 200


async def test_a_deletion_succeeds_though_the_pictures_stay(
    node: Nodes, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """That is logged, and the sweeper makes up for it."""
    (ann,) = await node.join("Ann")
    await posted(node, ann)
    pictures = node.nodes[0].pictures
    assert pictures is not None

    async def fails(*_: object) -> None:
        raise OSError("no disk")

    monkeypatch.setattr(pictures.store, "delete", fails)
    await ann.asks("delete", seq=1)
    await until(lambda: "Could not delete pictures" in caplog.text)
    assert len(stored(folder)) == 1


async def test_every_node_shows_every_picture(nodes: Nodes, folder: Path) -> None:
    """A receipt of one counts on the other, and a deletion there deletes the file."""
    await nodes.start(2, pictures=str(folder))
    ann, bob = await nodes.join("Ann", "Bob")
    uploaded = await upload(nodes, await ticket(ann), png())
    again = await nodes.visit(1)
    await again.send("hello", name="Ann", token=ann.welcome["token"])
    await again.gets("welcome")
    await again.send("post", id="p", text="", pictures=[uploaded.body["picture"]])
    assert (await bob.gets("message", id="p"))["pictures"][0]["id"] == uploaded.body["id"]
    await again.asks("delete", seq=1)
    await until(lambda: not stored(folder))


async def test_nothing_of_pictures_is_loaded_before_the_first(nodes: Nodes, folder: Path) -> None:
    """A node starts, and people join and write, without them."""
    await nodes.start(1, pictures=str(folder))
    ann, _ = await nodes.join("Ann", "Bob")
    await ann.posts("x")
    await ann.asks("delete", seq=1)
    assert nodes.nodes[0]._pictures._opened is None
    await receipt(nodes, ann)
    assert isinstance(nodes.nodes[0]._pictures._opened, Pictures)


async def test_a_backup_says_that_it_has_no_pictures(node: Nodes, redis_server: str, tmp_path: Path) -> None:
    """Only where messages have some, apart from the result: words that look like it don't count."""
    (ann,) = await node.join("Ann")
    await ann.posts('"pictures":[{')
    program = Program(redis_server)
    assert "pictures" not in (await program("backup", str(tmp_path / "without"))).errors
    await posted(node, ann)
    done = await program("backup", str(tmp_path / "with"))
    assert "The pictures aren't in the backup: copy their folder or bucket, too." in done.errors
