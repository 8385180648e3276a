"""Nobody floods the others: what a person may write, and what a socket may send at all."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from redis.asyncio import Redis

from ..support import Nodes
from ..support.frames import CLOSE, CONTINUATION, PING, TEXT, frame
from .raw import Raw, command

FLOOD = 4003


async def outcomes(raw: Raw, ids: list[str]) -> dict[str, dict[str, Any]]:
    """The ack or error of each of these posts."""
    found: dict[str, dict[str, Any]] = {}
    while len(found) < len(ids):
        event = await raw.event()
        if event["type"] in ("ack", "error") and event.get("id") in ids:
            found[event["id"]] = event
    return found


async def test_a_person_may_write_twenty_at_once_over_all_tabs_and_nodes(two_nodes: Nodes) -> None:
    """Two tabs on two nodes share one allowance, and posts beyond it are refused with the time to wait."""
    first, second = (node.edge.port for node in two_nodes.nodes)
    one = await Raw.connect(first)
    one.send(command("hello", name="Анна"))
    token = (await one.event("welcome"))["token"]
    other = await Raw.join(second, "Анна", token=token)
    tabs = {one: [f"a{n}" for n in range(15)], other: [f"b{n}" for n in range(15)]}
    started = asyncio.get_running_loop().time()
    for raw, ids in tabs.items():
        raw.send(*(command("post", id=post, text="x") for post in ids))
    results = [event for raw, ids in tabs.items() for event in (await outcomes(raw, ids)).values()]
    refused = [event for event in results if event["type"] == "error"]
    passed = asyncio.get_running_loop().time() - started
    assert 20 <= len(results) - len(refused) <= 21 + 5 * passed  # one every 200 ms comes free meanwhile
    assert {event["code"] for event in refused} == {"rate_limited"}
    for ids in tabs.values():  # each is told another moment
        waits = [event["retry_after"] for event in refused if event["id"] in ids]
        assert all(0 < wait <= 0.4 + 0.2 * place for place, wait in enumerate(waits))


async def test_a_retry_is_never_lost_to_the_limit(node: Nodes) -> None:
    """A stored post is acknowledged again however often it arrives, and a refused one is stored later."""
    raw = await Raw.join(node.nodes[0].edge.port, "Анна")
    ids = [f"p{n}" for n in range(24)]
    raw.send(*(command("post", id=post, text="x") for post in ids))
    first = await outcomes(raw, ids)
    assert first["p0"]["type"] == "ack"
    assert first["p23"]["type"] == "error"
    raw.send(command("post", id="p0", text="x"))
    assert (await outcomes(raw, ["p0"]))["p0"] == first["p0"]
    await asyncio.sleep(0.3)
    raw.send(command("post", id="p23", text="x"))
    assert (await outcomes(raw, ["p23"]))["p23"]["type"] == "ack"


async def test_a_retry_takes_nothing_of_the_allowance(node: Nodes) -> None:
    """A post counts once, however often it is sent, so nineteen others are stored with it."""
    raw = await Raw.join(node.nodes[0].edge.port, "Анна")
    for _ in range(25):
        raw.send(command("post", id="again", text="x"))
        await raw.event("ack", id="again")
    ids = [f"p{n}" for n in range(19)]
    raw.send(*(command("post", id=post, text="x") for post in ids))
    assert {event["type"] for event in (await outcomes(raw, ids)).values()} == {"ack"}


async def test_one_persons_flood_doesnt_limit_another(node: Nodes) -> None:
    """The allowance belongs to the person, not to the room."""
    port = node.nodes[0].edge.port
    loud, quiet = await Raw.join(port, "Громкий"), await Raw.join(port, "Тихий")
    loud.send(*(command("post", id=f"p{n}", text="x") for n in range(30)))
    quiet.send(command("post", id="mine", text="тоже"))
    assert (await outcomes(quiet, ["mine"]))["mine"]["type"] == "ack"


async def test_without_a_limit_everything_goes(nodes: Nodes) -> None:
    """`--post-rate 0`, for load tests, also switches off the limit on frames."""
    await nodes.start(1, post_rate=0.0)
    raw = await Raw.join(nodes.nodes[0].edge.port, "Нагрузка")
    for start in range(0, 600, 30):
        ids = [f"p{n}" for n in range(start, start + 30)]
        raw.send(*(command("post", id=post, text="x") for post in ids))
        assert {event["type"] for event in (await outcomes(raw, ids)).values()} == {"ack"}


async def test_whoever_doesnt_listen_to_the_limit_is_cut(node: Nodes) -> None:
    """Refusals are strikes, and after a few hundred in a row the connection is closed."""
    raw = await Raw.join(node.nodes[0].edge.port, "Упрямый")
    for number in range(400):
        raw.send(command("post", id=f"p{number}", text="x"))
        if number % 10 == 0:
            await asyncio.sleep(0.01)
    assert await raw.close_code() == FLOOD


@pytest.mark.parametrize("wrong", [b"{", b'{"type":"fly"}', b'{"type":"post","id":"1"}', b"[]"])
async def test_nothing_but_errors_is_cut(node: Nodes, wrong: bytes) -> None:
    """Fifty errors are tolerated and answered; after that the connection is closed."""
    raw = await Raw.join(node.nodes[0].edge.port, "Ошибка")
    raw.send(*[frame(TEXT, wrong)] * 60)
    errors = 0
    while (got := await raw.frame()) is not None and got.opcode != CLOSE:
        errors += json.loads(got.payload)["type"] == "error"
    assert got is not None
    assert int.from_bytes(got.payload[:2], "big") == FLOOD
    assert 50 <= errors <= 52


@pytest.mark.parametrize(
    ("kind", "fields", "allowed"),
    [
        ("people", {"ref": "r"}, 30),
        ("history", {"ref": "r", "before": 1}, 40),
        ("rename", {"ref": "r", "name": "Я"}, 5),
    ],
)
async def test_costly_commands_have_a_pace(node: Nodes, kind: str, fields: dict[str, Any], allowed: int) -> None:
    """Commands that make the server search, read or notify everyone are limited, but no user of a page notices."""
    raw = await Raw.join(node.nodes[0].edge.port, "Ищу")
    raw.send(*[command(kind, **fields)] * (allowed + 5))
    answers = [await raw.event(ref="r") for _ in range(allowed + 5)]
    assert sum(event.get("code") == "rate_limited" for event in answers) >= 4
    assert sum(event["type"] != "error" for event in answers) >= allowed


@pytest.mark.parametrize(
    "flood",
    [
        frame(PING),
        frame(0xA, b"pong"),
        frame(PING, b"*" * 125),
        command("ping"),
        command("stay"),
        frame(TEXT, b"{}"),
        frame(CONTINUATION, b"*", final=False),
        frame(CONTINUATION, b"", final=False),
    ],
    ids=[
        "pings",
        "pongs",
        "big pings",
        "ping commands",
        "stay",
        "tiny texts",
        "fragments",
        "empty fragments",
    ],
)
async def test_frames_as_fast_as_they_go_are_cut(node: Nodes, flood: bytes) -> None:
    """A burst of 400 and 100 a second are allowed; of 2,000 at once, almost none is processed."""
    raw = await Raw.join(node.nodes[0].edge.port, "Поток")
    if flood[0] == CONTINUATION:
        raw.send(frame(TEXT, b"*", final=False))
    raw.send(flood * 2000)
    assert await raw.close_code() == FLOOD


async def test_bytes_that_come_one_by_one_are_cut(node: Nodes) -> None:
    """Each of them wakes up the server, whether or not it completes a frame."""
    raw = await Raw.join(node.nodes[0].edge.port, "Капля")
    whole = frame(TEXT, b"*" * 60_000)
    sent = 0
    while not raw.reader.at_eof() and sent < len(whole):
        raw.send(whole[sent : sent + 1])
        sent += 1
        await asyncio.sleep(0)
        if raw.reader._buffer.find(FLOOD.to_bytes(2, "big")) >= 0:  # type: ignore[attr-defined]
            break
    assert await raw.close_code() == FLOOD
    assert sent < 20_000


async def test_a_page_at_its_busiest_isnt_cut(node: Nodes) -> None:
    """It may send five posts a second with typing, pings, searches and scrolling in between."""
    raw = await Raw.join(node.nodes[0].edge.port, "Живой")
    for number in range(10):
        raw.send(command("typing"), command("ping"), command("people", ref="p", query="ж"))
        raw.send(command("history", ref="h", before=1), command("post", id=f"p{number}", text="привет"))
        assert (await outcomes(raw, [f"p{number}"]))[f"p{number}"]["type"] == "ack"
        await asyncio.sleep(0.05)


async def test_nobody_makes_rooms_without_end(nodes: Nodes) -> None:
    """An address may enter fifty unused rooms, then few; rooms with people in them stay open to it."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",))
    port = nodes.nodes[0].edge.port
    here = {"X-Forwarded-For": "203.0.113.1"}
    for number in range(50):
        await (await Raw.join(port, f"Строитель {number}", here, room=f"r{number}")).close()
    raw = await Raw.connect(port, here)
    raw.send(command("hello", name="Ещё", room="r50"))
    assert (await raw.event("error"))["code"] == "rate_limited"
    raw.send(command("hello", name="Ещё", room="r49"))
    await raw.event("welcome")
    await Raw.join(port, "Другой", {"X-Forwarded-For": "203.0.113.2"}, room="r50")


async def test_a_room_is_forgotten_a_month_after_its_last_message(node: Nodes, redis: Redis) -> None:
    """All rooms except the main one expire, so that nobody can fill Redis with rooms."""
    month = 30 * 24 * 3600
    for room in ("chat", "временная"):
        raw = await Raw.join(node.nodes[0].edge.port, "Гость", room=room)
        assert month - 60 < await redis.ttl("{chat:временная}:meta") <= month or room == "chat"
        raw.send(command("post", id="1", text="слово"))
        await raw.event("ack")
    for key in ("log", "meta"):
        assert month - 60 < await redis.ttl(f"{{chat:временная}}:{key}") <= month
        assert await redis.ttl(f"{{chat}}:{key}") == -1
