"""Limits of posts that people share: those of an address, and of a room."""

from __future__ import annotations

import asyncio
from collections import Counter

from redis.asyncio import Redis

from wschat.app.part_settings import frame_rate, post_rate, post_rates
from wschat.session import AddressLimits

from ..support import Nodes, settings
from .poster import FULL_LENGTH, Poster, at
from .raw import Raw, command


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
    """Eight addresses flood one room over two nodes: its pace holds over both, and quiet writers get through."""
    await nodes.start(2, post_rate=1.0, trusted_proxy=("127.0.0.1",))  # slow: a slow machine's flood is one, too
    ports = [node.edge.port for node in nodes.nodes]
    flooders = [
        await Raw.join(ports[number % 2], f"Поток {number}", at(f"203.0.113.{number // 6}"), history=0)
        for number in range(48)
    ]
    anna = await Raw.join(ports[0], "Анна", at("198.51.100.1"), history=0)
    began = asyncio.get_running_loop().time()
    for turn in range(6):
        await asyncio.gather(
            *(_floods(raw, f"f{turn}", is_brief=number % 6 > 3) for number, raw in enumerate(flooders))
        )
        if turn:  # when the flood has used up what each address may write
            anna.send(command("post", id=f"a{turn}", text="слово " * 350))
            assert (await anna.event(id=f"a{turn}"))["type"] in ("ack", "message")
        await asyncio.sleep(0.5)
    stored = await redis.memory_usage("{chat}:log", samples=0)
    assert stored is not None
    passed = asyncio.get_running_loop().time() - began
    assert stored < 1.2 * (512 + passed * 51.2) * 1024  # of 4.6 MB that were sent


async def _floods(raw: Raw, post: str, *, is_brief: bool) -> None:
    """A post as long as may be, or one that fits where no such post does; returns when it is stored or refused."""
    raw.send(command("post", id=post, text="x" if is_brief else FULL_LENGTH))
    while (await raw.event(id=post))["type"] not in ("ack", "error"):
        pass


async def test_this_machine_is_bound_by_nothing_but_a_persons_pace(node: Nodes) -> None:
    """Neither the address nor the room keeps back what its owner's programs write."""
    raws = [await Raw.join(node.nodes[0].edge.port, f"Программа {number}", history=0) for number in range(10)]
    posters = [Poster(raw, [f"b{turn}" for turn in range(19)], FULL_LENGTH) for raw in raws]
    await asyncio.gather(*(poster.run() for poster in posters))
    assert sum((poster.refusals for poster in posters), Counter()) == {}


def test_limits_follow_from_the_post_rates_a_person() -> None:
    """Raising `POST_RATE` or `SOCKETS_PER_ADDRESS` raises the limits derived from it; 0 switches all of them off."""
    usual = settings(post_rate=5.0)
    assert AddressLimits.of(post_rate(usual), 500).posts == (200, 1600)
    assert AddressLimits.of(post_rate(usual), 5000).posts == (2000, 16000)
    assert AddressLimits.of(post_rate(usual), 3).posts == (200, 1600)
    assert post_rates(usual) == ((5, 20), (500, 1000), 512)
    assert post_rates(settings(post_rate=0.0))[1].per_second == 0


def test_people_who_may_hardly_post_can_still_read() -> None:
    """However low `POST_RATE` is, nobody is disconnected for pings and for scrolling back."""
    assert frame_rate(settings(post_rate=5.0)) == (100, 400)
    assert frame_rate(settings(post_rate=0.001)) == (25, 400)
    assert frame_rate(settings(post_rate=0.001, post_burst=1)) == (25, 200)
    assert frame_rate(settings(post_rate=0.0)).per_second == 0
