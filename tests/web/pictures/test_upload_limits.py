"""How many uploads are in memory and are read at once, and how long each may take."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from wschat.protocol import Picture
from wschat.session import AddressShare
from wschat.web import picture_traffic
from wschat.web.http_connections import TIMEOUTS, Phase

from ...support import Nodes
from ...support.pictures import open_upload, png, ticket, upload
from ...support.room import until


async def test_few_uploads_are_in_memory_at_once(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others wait, and are to come again after a while. Those of clients that have gone don't count any more."""
    monkeypatch.setattr(picture_traffic, "PLACE_TIMEOUT", 0.2)
    (ann,) = await node.join("Ann")
    places = node.nodes[0].edge._traffic._places
    slow = [await open_upload(node, await ticket(ann), len(png())) for _ in range(picture_traffic.AT_ONCE)]
    await until(places.locked)
    token = await ticket(ann)
    answer = await upload(node, token)
    assert (answer.status, answer.body["code"], answer.retry_after) == (503, "busy", 3)
    for _, writer in slow[1:]:
        writer.close()
    reader, writer = slow[0]
    writer.write(png())
    assert b" 201 " in await reader.readline()
    assert (await upload(node, token)).status == 201
    writer.close()
    for _ in range(picture_traffic.AT_ONCE):
        assert places.take()


async def test_who_hangs_up_keeps_the_place_until_the_picture_is_gone(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is still in memory while it waits to be read: many who send one and leave would fill that."""
    (ann,) = await node.join("Ann")
    pictures, began, goes_on = node.nodes[0].pictures, asyncio.Event(), asyncio.Event()
    assert pictures is not None
    add = pictures.add

    async def slow_add(room: str, data: bytes) -> Picture:
        began.set()
        await goes_on.wait()
        return await add(room, data)

    monkeypatch.setattr(pictures, "add", slow_add)
    _, writer = await open_upload(node, await ticket(ann), len(png()))
    writer.write(png())
    await began.wait()
    writer.transport.abort()
    await until(lambda: not len(node.nodes[0].edge.http_connections))
    places = node.nodes[0].edge._traffic._places
    assert places._value == picture_traffic.AT_ONCE - 1
    goes_on.set()
    await until(lambda: places._value == picture_traffic.AT_ONCE)


async def test_an_address_has_one_picture_read_at_a_time(
    nodes: Nodes, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures that take long, made for that, would occupy all processes, and nobody else's would be read."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",), post_rate=5.0, pictures=str(folder))
    (ann,) = await nodes.join("Ann")
    pictures, goes_on, reading = nodes.nodes[0].pictures, asyncio.Event(), list[bytes]()
    assert pictures is not None

    async def slow_add(room: str, data: bytes) -> Picture:
        reading.append(data)
        await goes_on.wait()
        return Picture("A" * 22, 4, 3)

    monkeypatch.setattr(pictures, "add", slow_add)
    tickets = [await ticket(ann) for _ in range(3)]
    sent = [
        asyncio.ensure_future(upload(nodes, each, address.encode(), forwarded=f"203.0.113.{address}"))
        for each, address in zip(tickets, "112", strict=True)
    ]
    await until(lambda: b"2" in reading)
    assert sorted(reading) == [b"1", b"2"]
    goes_on.set()
    assert [(await one).status for one in sent] == [201] * 3


async def test_an_address_leaves_places_to_others(nodes: Nodes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It pays for the bytes, whether they are used or not, and for the time."""
    monkeypatch.setattr(picture_traffic, "PLACE_TIMEOUT", 0.2)
    monkeypatch.setattr(picture_traffic, "OF_ADDRESS", 1)
    await nodes.start(1, trusted_proxy=("127.0.0.1",), post_rate=5.0, pictures=str(folder))
    (ann,) = await nodes.join("Ann")
    _, slow = await open_upload(nodes, f"{await ticket(ann)}\r\nX-Forwarded-For: 203.0.113.1", 5)
    await until(lambda: nodes.nodes[0].edge._traffic._places._value < picture_traffic.AT_ONCE)
    assert (await upload(nodes, await ticket(ann), forwarded="203.0.113.1")).body["code"] == "busy"
    paid = list[float]()
    monkeypatch.setattr(AddressShare, "spend_answer", lambda share, size: paid.append(size))
    monkeypatch.setattr(AddressShare, "spend", lambda share, seconds: paid.append(seconds))
    assert (await upload(nodes, await ticket(ann), forwarded="203.0.113.2")).status == 201
    assert (paid[0], paid[1] >= 0.01) == (len(png()), True)
    await upload(nodes, "x", b"x" * 3000, forwarded="203.0.113.2")
    assert paid[2] == 3000
    slow.close()


async def test_a_slow_upload_is_taken_and_one_that_stalls_is_not(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte earns a little time: a phone far from its mast gets through, who only holds a place doesn't."""
    monkeypatch.setitem(TIMEOUTS, Phase.BODY, 0.1)
    monkeypatch.setattr(picture_traffic, "SLOWEST", len(png()))  # all of it earns a second
    (ann,) = await node.join("Ann")
    places, sweep = node.nodes[0].edge._traffic._places, node.nodes[0].edge.http_connections.sweep
    reader, writer = await open_upload(node, await ticket(ann), len(png()))
    _, stalling = await open_upload(node, await ticket(ann), len(png()))
    await until(lambda: places._value == picture_traffic.AT_ONCE - 2)
    half = len(png()) // 2
    writer.write(png()[:half])
    await asyncio.sleep(0.3)
    sweep()
    await until(lambda: places._value == picture_traffic.AT_ONCE - 1)
    writer.write(png()[half:])
    assert b" 201 " in await reader.readline()
    writer.close()
    stalling.close()
