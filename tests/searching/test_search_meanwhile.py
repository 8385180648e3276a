"""What changes, goes or ends in the middle of a search."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from wschat.broker import clear_room
from wschat.broker.indexing.words import Query, Terms
from wschat.broker.searching import search
from wschat.broker.searching.slices import Slices
from wschat.errors import RedisUnavailable
from wschat.redis_link import RedisLink

from ..support import Client, Nodes
from ..support.searching import answer, found, posted, room_of, words_in


@pytest.mark.parametrize("step", ["events", "messages_at"])
async def test_a_room_that_is_cleared_meanwhile_is_searched_anew(
    node: Nodes, link: RedisLink, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """What was read belongs to the former epoch, before as after the look into the index."""
    ann, bob = await node.join("Ann", "Bob")
    await posted(ann, "кошка раз")
    log = room_of(node).feed.log
    read = getattr(log, step)

    async def reads(*args: Any) -> Any:
        monkeypatch.undo()
        result = await read(*args)
        await clear_room(link, "chat")
        await bob.gets("reset")
        await posted(bob, "собака", "кошка два")
        return result

    monkeypatch.setattr(log, step, reads)
    page = await answer(ann, "кошка")
    assert [message["text"] for message in page["messages"]] == ["кошка два"]
    assert page["epoch"] == log.epoch
    assert words_in(room_of(node)) == [" собака|собак ", " кошка|кошк  два|два "]


@pytest.mark.parametrize("is_read", [False, True])
@pytest.mark.parametrize("change", ["edit", "delete"])
async def test_a_message_that_changes_while_it_is_found_is_not_shown_as_it_was(
    node: Nodes, monkeypatch: pytest.MonkeyPatch, change: str, *, is_read: bool
) -> None:
    """After the look into the index, before or after it is read for the answer."""
    ann, bob = await node.join("Ann", "Bob")
    await posted(bob, "кошка ноль", "кошка раз")
    seq = await posted(bob, "кошка два")
    log = room_of(node).feed.log
    read = log.messages_at

    async def reads(numbers: list[int]) -> dict[int, bytes]:
        monkeypatch.undo()
        before = await read(numbers)
        await bob.asks(change, seq=seq, **({"text": "собака"} if change == "edit" else {}))
        await bob.gets("amended")
        return before if is_read else await read(numbers)

    monkeypatch.setattr(log, "messages_at", reads)
    page = await answer(ann, "кошка", limit=1)
    assert ([message["text"] for message in page["messages"]], page["more"]) == (["кошка раз"], True)


async def test_a_message_that_changes_before_it_is_in_the_index_leaves_no_former_word(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has been read, and waits its turn."""
    ann, bob = await node.join("Ann", "Bob")
    seqs = [await posted(bob, text) for text in ("тайна", "кошка", "третье")]
    run = Slices.run

    async def runs(slices: Slices, steps: Any) -> float:
        monkeypatch.undo()
        await bob.asks("delete", seq=seqs[0])
        await bob.asks("edit", seq=seqs[1], text="собака")
        await bob.gets("amended", message=await present_form(bob, seqs[1]))
        return await run(slices, steps)

    monkeypatch.setattr(Slices, "run", runs)
    assert await found(ann, "тре") == ["третье"]
    assert words_in(room_of(node)) == ["", " собака|собак ", " третье|трет "]


async def present_form(client: Client, seq: int) -> dict[str, Any]:
    await client.send("messages", seqs=[seq], ref="form")
    (form,) = (await client.gets("messages", ref="form"))["messages"]
    assert isinstance(form, dict)
    return form


async def test_a_room_that_is_cleared_before_its_messages_are_in_the_index_leaves_none(
    node: Nodes, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is posted then is found."""
    ann, bob = await node.join("Ann", "Bob")
    await posted(bob, "тайна", "кошка раз")
    run = Slices.run

    async def runs(slices: Slices, steps: Any) -> float:
        monkeypatch.undo()
        await clear_room(link, "chat")
        await bob.gets("reset")
        await posted(bob, "кошка два")
        return await run(slices, steps)

    monkeypatch.setattr(Slices, "run", runs)
    assert await found(ann, "кошка") == ["кошка два"]
    assert words_in(room_of(node)) == [" кошка|кошк  два|два "]


async def test_a_room_that_is_left_while_its_index_is_made_leaves_no_word(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would hear of deletions."""
    (ann,) = await node.join("Ann")
    await posted(ann, "тайна")
    room = room_of(node)
    log = room.feed.log
    read = log.events

    async def reads(first: int, last: int) -> dict[int, bytes]:
        events = await read(first, last)
        await room.unsubscribe()
        return events

    monkeypatch.setattr(log, "events", reads)
    assert await found(ann, "тайна") == []
    assert words_in(room) == []
    await ann.leaves()


async def test_pages_are_whole_after_a_searcher_left_and_the_log_was_trimmed(nodes: Nodes) -> None:
    """In order, nothing twice, and all that is kept."""
    await nodes.start(1, history_kept=200)
    ann, bob = await nodes.join("Ann", "Bob")
    await posted(ann, *(f"кошка {number}" for number in range(1, 250)))
    room = room_of(nodes)
    searching = asyncio.ensure_future(room.search.find("кошка", 2**53, 5, 2**20))
    while not room.feed.log.index.terms:
        await asyncio.sleep(0)
    searching.cancel()
    await posted(ann, *(f"кошка {number}" for number in range(250, 258)))
    numbers: list[int] = []
    before = 2**53
    while (page := await answer(bob, "кошка", before=before))["messages"]:
        numbers += [message["seq"] for message in page["messages"]]
        before = numbers[-1]
    assert numbers == list(range(257, numbers[-1] - 1, -1))
    assert numbers[-1] <= 58


async def test_messages_may_be_deleted_while_they_are_looked_through(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pause: what is left is found."""
    monkeypatch.setattr("wschat.broker.searching.slices.SLICE", 0.0)
    monkeypatch.setattr(search, "PART", 1)
    (ann,) = await node.join("Ann")
    await posted(ann, *(f"кошка {number}" for number in range(5)))
    assert await found(ann, "нет такой") == []
    index, matching = room_of(node).feed.log.index, Query.matching

    def deletes(query: Query, numbers: list[int], terms: Mapping[int, str]) -> list[int]:
        index.forget_before(3)
        return matching(query, numbers, terms)

    monkeypatch.setattr(Query, "matching", deletes)
    assert len(index.terms) == 5
    assert await found(ann, "кошка") == ["кошка 4", "кошка 3", "кошка 2"]


async def test_all_who_wait_for_an_index_share_a_failure(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is asked once; otherwise each of them would wait for the failures of those before."""
    ann, bob = await node.join("Ann", "Bob")
    await posted(ann, "кошка")
    asked, fails = 0, asyncio.Event()

    async def events(*_: object) -> dict[int, bytes]:
        nonlocal asked
        asked += 1
        await fails.wait()
        raise RedisUnavailable("it is away")

    monkeypatch.setattr(room_of(node).feed.log, "events", events)
    for client in (ann, bob):
        await client.send("search", text="кошка", ref="find")
        await client.is_there()
    fails.set()
    for client in (ann, bob):
        assert (await client.is_refused("unavailable"))["ref"] == "find"
    assert asked == 1


@pytest.mark.parametrize("step", ["events", "messages_at"])
async def test_a_message_that_reaches_its_age_meanwhile_is_not_shown(
    node: Nodes, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Nor does it leave a word."""
    (ann,) = await node.join("Ann")
    await posted(ann, "кошка раз", "кошка два")
    log = room_of(node).feed.log
    read = getattr(log, step)

    async def reads(*args: Any) -> Any:
        monkeypatch.undo()
        result = await read(*args)
        log.forget_before(2)
        return result

    monkeypatch.setattr(log, step, reads)
    assert await found(ann, "кошка") == ["кошка два"]
    assert words_in(room_of(node)) == [" кошка|кошк  два|два "]


async def test_an_index_that_is_forgotten_meanwhile_is_looked_through_anew(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For other rooms' sake, in the middle of a look, and made again before its end."""
    ann, bob = await node.join("Ann", "Bob")
    await posted(ann, "кошка раз", "кошка два", "кошка три")
    assert len(await found(ann, "кошка")) == 3
    log = room_of(node).feed.log
    read = log.messages_at

    async def reads(numbers: list[int]) -> dict[int, bytes]:
        monkeypatch.undo()
        log.index.forget()
        assert len(await found(bob, "раз")) == 1
        return {number: form for number, form in (await read(numbers)).items() if number > 1}

    monkeypatch.setattr(log, "messages_at", reads)
    assert len(await found(ann, "кошка")) == 3


async def test_what_a_reading_that_died_has_left_is_found(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ended between two messages."""
    (ann,) = await node.join("Ann")
    await posted(ann, "кошка раз", "кошка два", "кошка три")
    terms_of = Terms.of

    def dies(terms: Terms, text: str) -> str:
        if "два" in text:
            raise asyncio.CancelledError
        return terms_of(terms, text)

    monkeypatch.setattr(Terms, "of", dies)
    with pytest.raises(asyncio.CancelledError):
        await room_of(node).search.find("кошка", 9, 9, 9999)
    monkeypatch.undo()
    assert await found(ann, "кошка") == ["кошка три", "кошка раз"]


async def test_however_many_search_others_wait_for_one_slice() -> None:
    """No turn of the loop has work of two searches."""
    slices, turn, ran = Slices(), 0, defaultdict[int, set[int]](set)

    def work(search: int) -> Iterator[None]:
        for _ in range(3):
            ran[turn].add(search)
            yield

    searches = asyncio.gather(*(slices.run(work(search)) for search in range(50)))
    while not searches.done():
        turn += 1
        await asyncio.sleep(0)
    assert len(ran) == 50
    assert {len(each) for each in ran.values()} == {1}
