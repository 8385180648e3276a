"""How much may be written: by a person, from an address and in a room, in messages and in bytes."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from wschat.session.limits import post_pace

from ..support import Nodes
from ..support.frames import BINARY, CLOSE, TEXT, frame
from ..support.room import until
from .poster import LIMITS, Poster, at
from .raw import Raw, command

# -- a client that obeys -------------------------------------------------------------------------


async def test_a_client_that_obeys_keeps_its_order(nodes: Nodes) -> None:
    """Of sixty posts at once, each that is refused is told another moment, and none overtakes another."""
    await nodes.start(1, post_rate=5.0)
    raw = await Raw.join(nodes.nodes[0].edge.port, "Анна")
    posts = [f"p{number}" for number in range(60)]
    poster = await Poster(raw, posts).run()
    assert (poster.closed, len(poster.acked)) == (0, 60)
    assert sorted(posts, key=poster.acked.__getitem__) == posts
    assert max(poster.refusals.values()) <= 2
    assert sum(poster.refusals.values()) <= 50


async def test_a_client_that_obeys_is_never_cut(nodes: Nodes) -> None:
    """However many posts it has waiting, all are stored in the time that they take at the person's pace."""
    await nodes.start(1, **LIMITS)
    raw = await Raw.join(nodes.nodes[0].edge.port, "Анна")
    poster = await Poster(raw, [f"p{number}" for number in range(200)]).run()
    assert (poster.closed, len(poster.acked)) == (0, 200)
    assert sum(poster.refusals.values()) < 600


async def test_two_tabs_of_one_person_that_obey_are_never_cut(nodes: Nodes) -> None:
    """They share an allowance, on two nodes, without knowing of one another."""
    await nodes.start(2, **LIMITS)
    first, second = (node.edge.port for node in nodes.nodes)
    one = await Raw.connect(first)
    one.send(command("hello", name="Анна"))
    token = (await one.event("welcome"))["token"]
    other = await Raw.join(second, "Анна", token=token)
    posters = [Poster(raw, [f"{name}{number}" for number in range(40)]) for name, raw in (("a", one), ("b", other))]
    for poster in await asyncio.gather(*(poster.run() for poster in posters)):
        assert (poster.closed, len(poster.acked)) == (0, 40)


def cuts(caplog: pytest.LogCaptureFixture) -> int:
    """The lines of the log about connections that were closed."""
    return sum("Closed a connection" in record.message for record in caplog.records)


async def test_who_doesnt_obey_is_told_to_wait_and_then_cut_with_one_line(
    nodes: Nodes, caplog: pytest.LogCaptureFixture
) -> None:
    """A cut is one line in the log, however many posts were on their way."""
    caplog.set_level(logging.INFO)
    await nodes.start(1, post_rate=5.0)
    raw = await Raw.join(nodes.nodes[0].edge.port, "Упрямый")
    told = 0
    for number in range(390):
        raw.send(command("post", id=f"p{number}", text="x"))
        if number % 10 == 0:
            await asyncio.sleep(0.01)
    while (got := await raw.frame()) is not None and got.opcode != CLOSE:
        told += got.opcode == TEXT and json.loads(got.payload).get("code") == "rate_limited"
    assert got is not None
    assert int.from_bytes(got.payload[:2], "big") == 4003
    assert told > 100
    await until(lambda: cuts(caplog))
    await asyncio.sleep(0.1)
    assert cuts(caplog) == 1


@pytest.mark.parametrize(
    "flood",
    [
        command("post", id="x", text="x"),
        command("post", id="x", text="x" * 4001),
        command("fly"),
        frame(BINARY, b"x"),
        frame(TEXT, b"x" * 100, final=False),
    ],
    ids=["frames", "errors", "unknown commands", "binary", "fragments"],
)
async def test_a_cut_is_one_line(nodes: Nodes, caplog: pytest.LogCaptureFixture, flood: bytes) -> None:
    """Whatever it is for, and whatever was on its way when it came."""
    caplog.set_level(logging.INFO)
    await nodes.start(1, post_rate=5.0)
    raw = await Raw.join(nodes.nodes[0].edge.port, "Поток")
    raw.send(*(command("post", id=f"p{number}", text="x") for number in range(60)))
    raw.send(flood * 1000)
    await raw.close_code()
    await until(lambda: cuts(caplog))
    await asyncio.sleep(0.3)
    assert cuts(caplog) == 1


@pytest.mark.parametrize("kind", ["history", "people", "rename"])
async def test_commands_that_come_at_once_are_told_different_moments(node: Nodes, kind: str) -> None:
    """So the client that obeys is refused each once, and isn't cut."""
    raw = await Raw.join(node.nodes[0].edge.port, "Ищу")
    fields: dict[str, dict[str, Any]] = {"history": {"before": 1}, "people": {}, "rename": {"name": "Я"}}
    raw.send(*(command(kind, ref=str(number), **fields[kind]) for number in range(60)))
    answers: dict[str, dict[str, Any]] = {}
    while len(answers) < 60:
        event = await raw.event()
        if "ref" in event:
            answers[event["ref"]] = event
    waits = [answers[ref]["retry_after"] for ref in sorted(answers, key=int) if answers[ref]["type"] == "error"]
    assert len(waits) >= 15
    assert waits == sorted(waits)
    assert len(set(waits)) > len(waits) / 2
    raw.send(command("ping"))
    await raw.event("pong")


async def test_welcome_tells_the_rates(nodes: Nodes) -> None:
    """A client needn't guess: what it may send stands in `limits`, and 0 is no limit."""
    await nodes.start(1, post_rate=5.0, trusted_proxy=("10.0.0.1",))
    await nodes.start(1, post_rate=0.0)
    limits = []
    for number, node in enumerate(nodes.nodes):
        raw = await Raw.connect(node.edge.port)
        raw.send(command("hello", name=f"Анна {number}"))
        limits.append((await raw.event("welcome"))["limits"])
    rates = [{key: value for key, value in one.items() if "rate" in key or "burst" in key} for one in limits]
    assert rates[0] == {"post_rate": 5, "post_burst": 20, "frame_rate": 100, "frame_burst": 400}
    assert rates[1] == {"post_rate": 0, "post_burst": 20, "frame_rate": 0, "frame_burst": 0}


# -- newcomers -----------------------------------------------------------------------------------


async def test_a_newcomer_earns_the_burst(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newcomer has five messages; a person with an old token has the whole burst, and keeps the token."""
    monkeypatch.setattr(post_pace, "EARNED_AFTER", 2.0)
    await nodes.start(1, post_rate=5.0, trusted_proxy=("127.0.0.1",))
    port = nodes.nodes[0].edge.port

    async def comes(name: str = "Анна", **hello: str) -> tuple[Raw, dict[str, Any]]:
        raw = await Raw.connect(port, at("203.0.113.1"))
        raw.send(command("hello", name=name, **hello))
        return raw, await raw.event("welcome")

    raw, welcome = await comes()
    assert welcome["limits"]["post_burst"] == 5
    poster = await Poster(raw, [f"p{number}" for number in range(10)]).run()
    assert 1 <= len(poster.refusals) <= 5
    await raw.close()
    await asyncio.sleep(3.1)
    raw, again = await comes(token=welcome["token"])
    assert (again["token"], again["limits"]["post_burst"]) == (welcome["token"], 20)
    _, forged = await comes("Борис", token=welcome["token"] + "x")
    assert forged["limits"]["post_burst"] == 5
