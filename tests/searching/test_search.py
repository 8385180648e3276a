"""Search in a room: it finds what is there now, whatever has become of the room since the last search."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from wschat.broker import clear_room
from wschat.broker.searching import search
from wschat.errors import RedisUnavailable
from wschat.redis_link import RedisLink

from ..support import Nodes
from ..support.searching import answer, found, posted, room_of, words_in


async def test_the_newest_come_first_a_page_at_a_time(node: Nodes) -> None:
    """With the words that were found, as they stand there, and whether there are more."""
    (ann,) = await node.join("Ann")
    await posted(ann, "Кошка раз", "собака", "два кошки", "три: кошку!")
    page = await answer(ann, "кошка", limit=2)
    assert [message["text"] for message in page["messages"]] == ["три: кошку!", "два кошки"]
    assert (page["words"], page["more"], page["epoch"]) == (["кошку", "кошки"], True, ann.welcome["epoch"])
    rest = await answer(ann, "кошка", limit=2, before=page["messages"][-1]["seq"])
    assert [message["text"] for message in rest["messages"]] == ["Кошка раз"]
    assert (rest["words"], rest["more"]) == (["Кошка"], False)


async def test_what_comes_changes_and_goes_between_searches(two_nodes: Nodes) -> None:
    """Also on the other node; a deleted text is nowhere found."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    seq = await posted(ann, "кошка")
    gone = await posted(ann, "кошка лишняя")
    for client in (ann, bob):
        assert await found(client, "кошка") == ["кошка лишняя", "кошка"]
    await ann.asks("edit", seq=seq, text="собака")
    await ann.asks("delete", seq=gone)
    last = await posted(bob, "ещё кошка")
    await ann.gets("message", seq=last)
    for client in (ann, bob):
        assert await found(client, "кошка") == ["ещё кошка"]
        assert await found(client, "собака") == ["собака"]
        assert await found(client, "лишняя") == []


async def test_a_message_without_words_can_get_some(node: Nodes) -> None:
    """An edit brings them."""
    (ann,) = await node.join("Ann")
    seq = await posted(ann, "?!")
    await posted(ann, "later")
    assert await found(ann, "what") == []
    await ann.asks("edit", seq=seq, text="what?!")
    await ann.gets("amended")
    assert await found(ann, "what") == ["what?!"]


async def test_a_text_without_words_finds_nothing(node: Nodes) -> None:
    """Not everything, either."""
    (ann,) = await node.join("Ann")
    await posted(ann, "?!")
    assert await found(ann, "?!") == await found(ann, "") == []


async def test_an_answer_that_is_too_long_goes_on_in_the_next(node: Nodes) -> None:
    """Nothing is left out between them."""
    (ann,) = await node.join("Ann")
    texts = [f"кошка {number} " + "\x01" * 3980 for number in range(30)]  # six bytes each
    await posted(ann, *texts)
    first = await answer(ann, "кошка", limit=50)
    rest = await answer(ann, "кошка", limit=50, before=first["messages"][-1]["seq"])
    assert (first["more"], rest["more"]) == (True, False)
    assert [message["text"] for message in first["messages"] + rest["messages"]] == texts[::-1]


async def test_a_log_that_cannot_be_read_cannot_be_searched(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client is told, and asks again."""
    (ann,) = await node.join("Ann")
    await posted(ann, "кошка")

    async def fails(*_: object) -> dict[int, bytes]:
        raise RedisUnavailable("it is away")

    log = room_of(node).feed.log
    for step in "events", "messages_at":
        monkeypatch.setattr(log, step, fails)
        await ann.send("search", text="кошка", ref="late")
        assert (await ann.is_refused("unavailable"))["ref"] == "late"
        monkeypatch.undo()
        assert await found(ann, "кошка") == ["кошка"]


async def test_only_this_room_is_searched(node: Nodes) -> None:
    """Each room has an index of its own."""
    ann, bob = await node.join("Ann", "Bob", room="kitchen")
    (cid,) = await node.join("Cid")
    await posted(ann, "secret soup")
    assert await found(bob, "soup") == ["secret soup"]
    assert await found(cid, "soup") == []


async def test_a_room_that_was_cleared_is_empty(node: Nodes, link: RedisLink) -> None:
    """The index was of the former epoch."""
    (ann,) = await node.join("Ann")
    await posted(ann, "собака", "кошка раз")
    assert await found(ann, "кошка") == ["кошка раз"]
    await clear_room(link, "chat")
    await ann.gets("reset")
    await posted(ann, "кошка два")
    assert await found(ann, "кошка") == ["кошка два"]


async def test_what_is_trimmed_is_not_found(nodes: Nodes, redis: Redis) -> None:
    """By the length of the log, while the index still has it."""
    await nodes.start(1)
    (ann,) = await nodes.join("Ann")
    await posted(ann, *(f"кошка {number}" for number in range(1, 5)))
    assert len(await found(ann, "кошка")) == 4
    await redis.xtrim("{chat}:log", minid=3, approximate=False)
    room_of(nodes).feed.log.forget_before(3)
    assert len(words_in(room_of(nodes))) == 2
    assert await found(ann, "кошка") == ["кошка 4", "кошка 3"]


async def test_a_long_log_is_searched_in_parts(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Across blocks and slices, and no further back than it may."""
    monkeypatch.setattr("wschat.broker.searching.slices.SLICE", 0.0)  # a pause after each step
    monkeypatch.setattr(search, "SEARCHED_MAX", 500)
    (ann,) = await node.join("Ann")
    await posted(ann, *("кошка" if number in (50, 120, 600) else f"n{number}" for number in range(1, 602)))
    assert [message["seq"] for message in (await answer(ann, "кошка"))["messages"]] == [600, 120]
    await posted(ann, *(f"new {number}" for number in range(30)))
    assert [message["seq"] for message in (await answer(ann, "кошка"))["messages"]] == [600]


async def test_searches_at_the_same_time_share_an_index(node: Nodes) -> None:
    """They take turns, and read nothing that is in memory."""
    ann, bob = await node.join("Ann", "Bob")
    await posted(ann, *(f"кошка {number}" for number in range(300)))
    reads = room_of(node).feed.log.redis.reads
    for client in (ann, bob) * 3:
        await client.send("search", text="кошка", ref="find")
    for client in (ann, bob) * 3:
        assert len((await client.gets("found"))["messages"]) == 20
    assert room_of(node).feed.log.redis.reads == reads, "all of it is in memory"


async def test_a_searcher_who_leaves_stops_nobody(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of making the index: the next one goes on with it."""
    monkeypatch.setattr("wschat.broker.searching.slices.SLICE", 0.0)
    ann, bob = await node.join("Ann", "Bob")
    await posted(ann, *(f"кошка {number}" for number in range(300)))
    await bob.send("search", text="кошка")
    await bob.leaves()
    assert len(await found(ann, "кошка")) == 20


async def test_a_deleted_message_leaves_no_word(node: Nodes) -> None:
    """At once, without another search."""
    (ann,) = await node.join("Ann")
    gone = await posted(ann, "тайна")
    await posted(ann, "кошка")
    assert await found(ann, "тайна") == ["тайна"]
    await ann.asks("delete", seq=gone)
    await ann.gets("amended")
    assert words_in(room_of(node)) == ["", " кошка|кошк "]


async def test_a_room_that_is_no_longer_followed_leaves_no_word(node: Nodes) -> None:
    """Nobody would hear of deletions."""
    (ann,) = await node.join("Ann")
    await posted(ann, "кошка")
    assert await found(ann, "кошка") == ["кошка"]
    room = room_of(node)
    await room.unsubscribe()
    assert words_in(room) == []
