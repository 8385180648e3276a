"""How much may be written: by a person, from an address and in a room, in messages and in bytes."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.app.part_settings import post_rate, post_rates
from wschat.session import AddressLimits, post_quotas

from ..support import Nodes, settings
from .raw import BINARY, CLOSE, TEXT, Raw, command, frame

LIMITS: dict[str, Any] = {"post_rate": 20.0, "post_burst": 20, "trusted_proxy": ("127.0.0.1",)}
FULL_LENGTH = "x" + "\u0001" * 3998 + "x"  # most of it takes six bytes for each character in JSON: 24 KB


def at(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


class Poster:
    """A client that follows docs/protocol.md, except that it sends all its posts at once."""

    def __init__(self, raw: Raw, posts: list[str], text: str = "x") -> None:
        self.raw = raw
        self.acked: dict[str, int] = {}
        self.refusals: Counter[str] = Counter()
        self.closed = 0
        self._left = set(posts)
        self._posts = posts
        self._text = text

    async def run(self, seconds: float = 60.0) -> Poster:
        """Send them, and each again after `retry_after`, until all are stored or the connection ends."""
        self._send(*self._posts)
        await asyncio.wait_for(self._listen(), seconds)
        return self

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        while self._left:
            got = await self.raw.frame()
            if got is None or got.opcode == CLOSE:
                self.closed = int.from_bytes(got.payload[:2], "big") if got else 1006
                return
            event = json.loads(got.payload) if got.opcode == TEXT else {}
            if event.get("type") == "ack":
                self.acked[event["id"]] = event["seq"]
                self._left.discard(event["id"])
            elif event.get("type") == "error":
                self.refusals[event["id"]] += 1
                loop.call_later(event["retry_after"], self._send, event["id"])

    def _send(self, *posts: str) -> None:
        self.raw.send(*(command("post", id=post, text=self._text) for post in posts))


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
    await asyncio.sleep(0.1)
    assert sum("Closed a connection" in record.message for record in caplog.records) == 1


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
    await asyncio.sleep(0.3)
    assert sum("Closed a connection" in record.message for record in caplog.records) == 1


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
    """Five messages at first; who comes back with an old token has the whole burst, and keeps the token."""
    monkeypatch.setattr(post_quotas, "EARNED_AFTER", 2.0)
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


# -- addresses and rooms -------------------------------------------------------------------------


async def test_a_class_behind_one_address_isnt_held_up(nodes: Nodes) -> None:
    """Forty who have just come write five short messages at once, and then each pastes a page of code."""
    await nodes.start(1, post_rate=5.0, trusted_proxy=("127.0.0.1",))
    port = nodes.nodes[0].edge.port
    raws = [await Raw.join(port, f"Ученик {number}", at("203.0.113.1")) for number in range(40)]
    code = ("    return [token for token in tokens if token]\n" * 90)[:4000]
    for text, times in (("привет всем", 5), (code, 1)):
        posters = [Poster(raw, [f"{len(text)}{turn}" for turn in range(times)], text) for raw in raws]
        await asyncio.gather(*(poster.run() for poster in posters))
        assert sum((poster.refusals for poster in posters), Counter()) == {}
        await asyncio.sleep(1.0)


async def test_forty_strangers_at_one_address_fill_neither_redis_nor_the_lines_of_readers(
    nodes: Nodes, redis: Redis
) -> None:
    """They post 24 KB five times a second; what is stored is what the address may, and others write unhindered."""
    await nodes.start(1, post_rate=5.0, trusted_proxy=("127.0.0.1",))
    port = nodes.nodes[0].edge.port
    reader = await Raw.join(port, "Читатель", at("203.0.113.9"), history=0)
    strangers = [await Raw.join(port, f"Чужой {number}", at("203.0.113.1"), history=0) for number in range(40)]
    writer = await Raw.join(port, "Писатель", at("203.0.113.2"), history=0)
    before = int((await redis.info("memory"))["used_memory"])
    began = asyncio.get_running_loop().time()
    waits = []
    for turn in range(10):
        for number, raw in enumerate(strangers):
            raw.send(command("post", id=f"s{number}-{turn}", text=FULL_LENGTH))
        asked = asyncio.get_running_loop().time()
        writer.send(command("post", id=f"w{turn}", text="слово"))
        await writer.event("ack", id=f"w{turn}")
        waits.append(asyncio.get_running_loop().time() - asked)
        await asyncio.sleep(0.2)
    stored = int((await redis.info("memory"))["used_memory"]) - before
    passed = asyncio.get_running_loop().time() - began
    assert stored < 1.2 * (512 + passed * 64) * 1024  # of 9.6 MB that were sent
    assert sorted(waits)[5] < 2.0
    seen = 0
    reader.send(command("ping"))
    while (event := await reader.event())["type"] != "pong":
        seen += event["type"] == "message" and event["text"] == "слово"
    assert seen == 10


async def test_changes_count_for_the_address_like_posts(nodes: Nodes) -> None:
    """An edit sends a whole message to everyone: ten people at one address write 24 KB each, again and again."""
    await nodes.start(1, post_rate=5.0, trusted_proxy=("127.0.0.1",))
    port = nodes.nodes[0].edge.port
    raws = [await Raw.join(port, f"Чужой {number}", at("203.0.113.1"), history=0) for number in range(10)]
    outcomes: Counter[str] = Counter()
    for raw in raws:
        raw.send(command("post", id="mine", text="x"))
    seqs = [(await raw.event("ack"))["seq"] for raw in raws]
    for raw, seq in zip(raws, seqs):
        for turn in range(4):
            raw.send(command("edit", ref=str(turn), seq=seq, text=FULL_LENGTH.replace("x", str(turn))))
        raw.send(command("react", ref="r", seq=seq, emoji="👍"))
    for raw in raws:
        for _ in range(5):
            while (event := await raw.event()).get("ref") is None:
                pass
            outcomes[event.get("code", event["type"])] += 1
    assert outcomes["done"] + outcomes["rate_limited"] == 50
    assert outcomes["done"] < 25  # of 40 edits, ten fit into what newcomers may


async def test_a_long_answer_isnt_what_cuts_its_reader(node: Nodes) -> None:
    """Fifty messages of 24 KB are more than may wait for a client: it gets those that fit."""
    raw = await Raw.join(node.nodes[0].edge.port, "Анна", history=0)
    raw.send(*(command("post", id=f"p{number}", text=FULL_LENGTH) for number in range(20)))
    for number in range(20):
        await raw.event("ack", id=f"p{number}")
    await asyncio.sleep(4.1)
    raw.send(*(command("post", id=f"q{number}", text=FULL_LENGTH) for number in range(20)))
    for number in range(20):
        await raw.event("ack", id=f"q{number}")
    raw.send(command("messages", ref="m", seqs=list(range(1, 41))))
    messages = (await raw.event("messages"))["messages"]
    assert 20 <= len(messages) < 25
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))


async def test_many_addresses_leave_something_of_a_room_to_others(nodes: Nodes, redis: Redis) -> None:
    """Twelve addresses flood one room over two nodes: its pace holds over both, and who writes little still writes."""
    await nodes.start(2, post_rate=5.0, trusted_proxy=("127.0.0.1",))
    ports = [node.edge.port for node in nodes.nodes]
    flooders = [
        await Raw.join(ports[number % 2], f"Поток {number}", at(f"203.0.113.{number // 4}"), history=0)
        for number in range(48)
    ]
    anna = await Raw.join(ports[0], "Анна", at("198.51.100.1"), history=0)
    began = asyncio.get_running_loop().time()
    for turn in range(10):
        for number, raw in enumerate(flooders):
            raw.send(command("post", id=f"f{number}-{turn}", text=FULL_LENGTH))
        anna.send(command("post", id=f"a{turn}", text="слово"))
        assert (await anna.event(id=f"a{turn}"))["type"] in ("ack", "message")
        await asyncio.sleep(0.25)
    stored = await redis.memory_usage("{chat}:log", samples=0)
    assert stored is not None
    passed = asyncio.get_running_loop().time() - began
    assert stored < 1.2 * (512 + passed * 256) * 1024  # of 11.5 MB that were sent


async def test_this_machine_is_bound_by_nothing_but_a_persons_pace(node: Nodes) -> None:
    """Neither the address nor the room keeps back what its owner's programs write."""
    raws = [await Raw.join(node.nodes[0].edge.port, f"Программа {number}", history=0) for number in range(10)]
    posters = [Poster(raw, [f"b{turn}" for turn in range(19)], FULL_LENGTH) for raw in raws]
    await asyncio.gather(*(poster.run() for poster in posters))
    assert sum((poster.refusals for poster in posters), Counter()) == {}


def test_limits_follow_from_the_post_rates_a_person() -> None:
    """Who raises `POST_RATE` or `SOCKETS_PER_ADDRESS` raises what follows from it; 0 switches all of it off."""
    usual = settings(post_rate=5.0)
    assert AddressLimits.of(post_rate(usual), 500).posts == (200, 1600)
    assert AddressLimits.of(post_rate(usual), 5000).posts == (2000, 16000)
    assert AddressLimits.of(post_rate(usual), 3).posts == (200, 1600)
    assert post_rates(usual) == ((5, 20), (500, 1000), 512)
    assert post_rates(settings(post_rate=0.0))[1].per_second == 0
