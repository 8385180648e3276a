"""Messages that are edited, deleted and reacted to: who may do what, and that a message looks the same to everyone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import Changes, PostRates, Reacting
from wschat.broker.changes import GATHER
from wschat.broker.outcomes import KINDS_MAX
from wschat.errors import ErrorCode, Refused
from wschat.model import Person
from wschat.rate_limit import Rate
from wschat.redis_link import PrimaryLink, RoomKeys
from wschat.tasks import Group

from .support.room import ANN, LocalNode, seqs, until

KEYS = RoomKeys.of("chat")
BOB = Person("bob", "Bob")
EMOJIS = ["👍", "👎", "😀", "😂", "😍", "😮", "😢", "😡", "🎉", "🔥", "🚀", "👀", "🙏"]


@pytest.fixture
async def node(link: PrimaryLink) -> AsyncIterator[LocalNode]:
    node = await LocalNode(link).start()
    yield node
    await node.stop()


@pytest.fixture
async def more_nodes(redis_server: str, node: LocalNode) -> AsyncIterator[list[LocalNode]]:
    """Two more nodes with the same room."""
    links = [PrimaryLink(redis_server) for _ in range(2)]
    await asyncio.gather(*(link.start() for link in links))
    nodes = [await LocalNode(link).start() for link in links]
    yield nodes
    for node, link in zip(nodes, links):
        await node.stop()
        await link.stop()


class Answers:
    """Keeps what became of changes."""

    def __init__(self) -> None:
        self.outcomes: list[int | Refused] = []

    def __call__(self, outcome: int | Refused) -> None:
        self.outcomes.append(outcome)

    @property
    def codes(self) -> list[str]:
        return [outcome.code.value if isinstance(outcome, Refused) else "done" for outcome in self.outcomes]


async def edit(node: LocalNode, seq: int, text: str, person: Person = ANN) -> int | Refused:
    answers = Answers()
    node.room.changes.edit(person.id, seq, text, answers)
    await until(lambda: answers.outcomes)
    return answers.outcomes[0]


async def delete(node: LocalNode, seq: int, person: Person = ANN) -> int | Refused:
    answers = Answers()
    node.room.changes.delete(person.id, seq, answers)
    await until(lambda: answers.outcomes)
    return answers.outcomes[0]


async def react(node: LocalNode, seq: int, emoji: str = "👍", *, on: bool = True, person: str = "ann") -> int | Refused:
    answers = Answers()
    node.room.changes.react(seq, Reacting(person, emoji, on, answers))
    await until(lambda: answers.outcomes)
    return answers.outcomes[0]


def code(outcome: int | Refused) -> ErrorCode:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


async def level(*nodes: LocalNode) -> None:
    """Wait until all nodes have delivered what the first one has."""
    await until(lambda: all(node.feed.log.position == nodes[0].feed.log.position for node in nodes))


def snapshot(node: LocalNode, count: int = 50) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = json.loads(bytes(node.feed.snapshot(count)[1]))
    return messages


async def by_every_way(node: LocalNode, seq: int) -> list[dict[str, Any]]:
    """The message as a newcomer sees it, as history has it, as it is looked up, and as its changes tell."""
    page, _ = await node.feed.history(seq + 1, 1)
    found = await node.feed.log.messages_at([seq])
    events = [json.loads(event) for event in (await node.feed.next_events(0)).events]
    told = [event["message"] for event in events if event["type"] == "amended" and event["message"]["seq"] == seq]
    return [one for one in snapshot(node, 200) if one["seq"] == seq] + [
        json.loads(page[0]),
        json.loads(found[seq]),
        *told,
    ]


async def all_events(node: LocalNode, after: int) -> list[dict[str, Any]]:
    """What somebody gets who comes back with this position."""
    found: list[dict[str, Any]] = []
    while after < node.feed.log.seq:
        batch = await node.feed.next_events(after)
        found += map(json.loads, batch.events)
        after = batch.seq
    return found


async def everything_in(redis: Redis) -> bytes:
    """Whatever Redis has, as bytes."""

    async def dump(key: bytes) -> bytes:
        return await redis.dump(key) or b""

    return b"".join([key + await dump(key) async for key in redis.scan_iter()])


# --- what a change is ---------------------------------------------------------------


async def test_a_change_takes_the_next_number_and_carries_the_whole_message(node: LocalNode, redis: Redis) -> None:
    """Everyone hears it; the entry in the log has no text, and the message is in one place."""
    member = node.listen()
    await node.fill(2)
    assert await edit(node, 1, "better") == 3
    await until(lambda: len(member.events) == 3)
    amended = member.events[2]
    assert {key: amended[key] for key in ("type", "seq", "epoch")} == {
        "type": "amended", "seq": 3, "epoch": node.feed.log.epoch,
    }  # fmt: skip
    assert amended["message"] == {
        "type": "message", "seq": 1, "epoch": node.feed.log.epoch, "rev": 3, "room": "chat", "id": "p1",
        "from": {"id": "ann", "name": "Ann"}, "text": "better", "time": "1970-01-01T00:00:00.000Z",
        "edited": "1970-01-01T00:00:00.000Z",
    }  # fmt: skip
    entries: Any = await redis.xrange(KEYS.log, "3-0", "3-0")
    entry = json.loads(entries[0][1][b"m"])
    assert entry == {"type": "amended", "seq": 3, "epoch": node.feed.log.epoch, "id": amended["id"], "of": 1}
    assert json.loads(await redis.hget(KEYS.amended, "1") or b"") == amended["message"]


async def test_a_message_looks_the_same_by_every_way(node: LocalNode, more_nodes: list[LocalNode]) -> None:
    """To those who were there, to newcomers and on a node that has just begun."""
    await node.fill(3)
    await edit(node, 2, "better")
    await react(node, 2)
    await react(node, 2, "🎉", person="bob")
    await level(node, *more_nodes)
    ways = [way for each in (node, *more_nodes) for way in await by_every_way(each, 2)]
    assert len(ways) == 3 * 6
    assert all(way == ways[0] for way in ways)
    assert ways[0]["text"] == "better"
    assert ways[0]["reactions"] == [
        {"emoji": "👍", "count": 1, "people": ["ann"]}, {"emoji": "🎉", "count": 1, "people": ["bob"]},
    ]  # fmt: skip


async def test_a_deleted_text_is_nowhere(node: LocalNode, more_nodes: list[LocalNode], redis: Redis) -> None:
    """Not in the memory of a node, not in Redis, and not in the bytes that its files are written from."""
    await node.fill(10)
    await node.fill(1, size=3000)
    await edit(node, 5, "secret words")
    node.feed.snapshot(50)
    await react(node, 5)
    assert await delete(node, 5) == 14
    await level(node, *more_nodes)
    await node.feed.log.purge(after=0)
    assert b"secret words" not in await everything_in(redis)
    assert b'"m5"' not in await everything_in(redis)
    for each in (node, *more_nodes):
        for way in await by_every_way(each, 5):
            assert way["deleted"] is True
            assert not {"text", "reactions", "reply"} & way.keys()
            assert way["edited"] >= way["time"]  # when it was deleted: pages show a tombstone for a while
            assert way["from"] == {"id": "ann", "name": "Ann"}
        events = (await each.feed.next_events(0)).events
        assert not any(b"secret words" in event or b'"m5"' in event for event in events)
        assert seqs(events) == list(range(1, 15))


async def test_purging_changes_nothing_that_anybody_reads(node: LocalNode, redis: Redis) -> None:
    """The log is copied in portions; what is posted meanwhile is in it, and a room without deletions isn't copied."""
    await node.fill(1200)
    await node.feed.log.purge(after=0)
    await delete(node, 3)
    await node.feed.log.purge(after=60)
    assert await redis.hexists(KEYS.meta, "purge")
    purging = asyncio.ensure_future(node.feed.log.purge(after=0))
    await node.fill(50)
    await purging
    assert not await redis.hexists(KEYS.meta, "purge")
    assert await redis.exists(KEYS.log_copy) == 0
    assert await redis.ttl(KEYS.log) == -1
    entries: Any = await redis.xrange(KEYS.log)
    assert [int(entry[0].split(b"-")[0]) for entry in entries] == [1, 2, *range(4, 1252)]


async def test_every_node_purges_what_was_deleted_anywhere(node: LocalNode, redis: Redis) -> None:
    """It sees so when it polls, some seconds later."""
    await node.fill(3)
    await delete(node, 2)
    await redis.hset(KEYS.meta, "purge", 1)

    async def is_purged() -> bool:
        return not await redis.hexists(KEYS.meta, "purge")

    await until(is_purged)
    assert b"m2" not in await everything_in(redis)


# --- rights -------------------------------------------------------------------------


async def test_only_the_author_changes_a_message(node: LocalNode) -> None:
    """Anyone else is refused, whatever is to be done to it; a reaction is everybody's right."""
    await node.fill(1)
    assert code(await edit(node, 1, "mine", BOB)) is ErrorCode.NOT_YOURS
    assert code(await delete(node, 1, BOB)) is ErrorCode.NOT_YOURS
    assert await react(node, 1, person="bob") == 2


async def test_editing_has_a_window_and_deleting_has_none(node: LocalNode) -> None:
    """The window is a setting; 0 is none."""
    await node.fill(1)
    log, publisher = node.feed.log, node.publisher
    for window, now, refused in ((60.0, 61.0, True), (60.0, 59.0, False), (0.0, 1e9, False)):
        changes = Changes("chat", log, publisher, Group(), clock=lambda now=now: now, edit_window=window)  # type: ignore[misc]
        answers = Answers()
        changes.edit("ann", 1, f"at {now}", answers)
        await until(lambda answers=answers: answers.outcomes)  # type: ignore[misc]
        assert answers.codes == ["too_late" if refused else "done"]
    changes = Changes("chat", log, publisher, Group(), clock=lambda: 1e9, edit_window=60.0)
    answers = Answers()
    changes.delete("ann", 1, answers)
    await until(lambda: answers.outcomes)
    assert answers.codes == ["done"]


@pytest.mark.parametrize("seq", [2, 99, 2**53])
async def test_what_is_not_there_is_gone(node: LocalNode, seq: int) -> None:
    """A number that is no message's, or not given out yet, can't be changed."""
    await node.fill(1)
    await edit(node, 1, "x")
    assert code(await edit(node, seq, "x y")) is ErrorCode.GONE
    assert code(await delete(node, seq)) is ErrorCode.GONE
    assert code(await react(node, seq)) is ErrorCode.GONE


async def test_a_deleted_message_cannot_be_changed(node: LocalNode) -> None:
    """A deletion stands; to delete it again is nothing to complain of."""
    await node.fill(1)
    assert await delete(node, 1) == 2
    assert code(await edit(node, 1, "back")) is ErrorCode.GONE
    assert code(await react(node, 1)) is ErrorCode.GONE
    assert await delete(node, 1) == 2
    assert node.feed.log.seq == 2


# --- idempotence and races ----------------------------------------------------------


async def test_a_change_that_is_the_case_already_makes_no_entry(node: LocalNode) -> None:
    """Clients repeat what they don't know the fate of: the same text, reaction, deletion again are answered `done`."""
    await node.fill(1)
    assert await edit(node, 1, "m1") == 0
    assert await edit(node, 1, "other") == 2
    assert await edit(node, 1, "other") == 2
    assert await react(node, 1) == 3
    assert await react(node, 1) == 3
    assert await react(node, 1, on=False) == 4
    assert await react(node, 1, on=False) == 4
    assert await react(node, 1, "🎉", on=False) == 4
    assert node.feed.log.seq == 4
    assert "reactions" not in snapshot(node)[0]


async def test_a_change_sent_again_by_its_node_is_stored_once(node: LocalNode, redis: Redis) -> None:
    """The answer was lost, and somebody else changed the message meanwhile: it isn't changed back."""
    await node.fill(1)
    calls = []
    change = node.publisher.change
    node.publisher.change = lambda request: calls.append(request) or change(request)  # type: ignore[method-assign, func-returns-value]
    assert await edit(node, 1, "first") == 2
    assert await edit(node, 1, "second") == 3
    replies: list[Any] = []
    change(calls[0]._replace(on_reply=replies.append))
    await until(lambda: replies)
    assert replies == [[b"done", 2, 0]]
    assert node.feed.log.seq == 3
    assert 0 < await redis.ttl(KEYS.changed(calls[0].id)) <= 24 * 3600


async def test_two_edits_at_once_are_both_made_in_turn(node: LocalNode, more_nodes: list[LocalNode]) -> None:
    """The second one is told how the message is by now, and begins again from there."""
    await node.fill(1)
    await level(node, *more_nodes)
    nodes = [node, *more_nodes]
    outcomes = await asyncio.gather(*(edit(each, 1, f"by {number}") for number, each in enumerate(nodes)))
    assert sorted(map(int, outcomes)) == [2, 3, 4]  # type: ignore[arg-type]
    await level(node, *more_nodes)
    last = outcomes.index(4)
    assert all(snapshot(each)[0]["text"] == f"by {last}" for each in nodes)


@pytest.mark.parametrize("turn", range(6))
async def test_a_deletion_beats_edits_at_the_same_moment(
    node: LocalNode, more_nodes: list[LocalNode], redis: Redis, turn: int
) -> None:
    """Two edits and a deletion on three nodes: whatever comes first, the message is deleted everywhere."""
    await node.fill(1)
    await level(node, *more_nodes)
    nodes = [node, *more_nodes]
    one, two, three = (nodes[(turn + each) % 3] for each in range(3))
    works = [edit(one, 1, "edit one"), delete(two, 1), edit(three, 1, "edit two")]
    outcomes = await asyncio.gather(*(works if turn < 3 else works[::-1]))
    assert all(isinstance(outcome, int) or outcome.code is ErrorCode.GONE for outcome in outcomes)
    await until(lambda: all("text" not in snapshot(each)[0] for each in nodes))
    await node.feed.log.purge(after=0)
    dump = await everything_in(redis)
    assert b"edit one" not in dump
    assert b"edit two" not in dump


async def test_a_change_does_not_overtake_the_posts_before_it(node: LocalNode) -> None:
    """All wait in one queue: what a person did stands in the log in its order."""
    await node.fill(2)
    answers = Answers()
    node.post("a")
    node.room.changes.edit("ann", 1, "edited", answers)
    node.post("b")
    node.room.changes.delete("ann", 2, answers)
    node.post("c")
    await until(lambda: node.feed.log.seq == 7 and len(answers.outcomes) == 2)
    assert [seq for _, seq in node.sender.acks] == [1, 2, 3, 5, 7]
    assert answers.outcomes == [4, 6]


async def test_of_many_edits_by_one_person_the_last_one_stays(node: LocalNode) -> None:
    """However quickly they come, and also behind a deletion that is refused."""
    await node.fill(1)
    answers = Answers()
    for number in range(20):
        node.room.changes.edit("ann", 1, f"edit {number}", answers)
        node.room.changes.delete("bob", 1, answers)
        if number % 3 == 0:
            await asyncio.sleep(0)
    await until(lambda: len(answers.outcomes) == 40)
    assert snapshot(node)[0]["text"] == "edit 19"
    assert answers.codes.count("not_yours") == 20


async def test_a_stale_node_does_not_take_a_change_for_made(node: LocalNode, more_nodes: list[LocalNode]) -> None:
    """It is deaf and still has the old text: to set that again is a change, as Redis knows."""
    other = more_nodes[0]
    await node.fill(1)
    await level(node, other)
    node.link.subscribe(KEYS.channel, lambda data: None)
    await until(lambda: not node.feed.is_syncing)
    assert await edit(other, 1, "new") == 2
    assert await edit(node, 1, "m1") == 3


# --- reactions ----------------------------------------------------------------------


async def test_reactions_at_once_make_few_entries(node: LocalNode, more_nodes: list[LocalNode]) -> None:
    """Hundreds of people on two nodes: each is counted, and what is gathered goes as one change."""
    await node.fill(1)
    await level(node, *more_nodes)
    answers = Answers()
    for number in range(400):
        each = (node, more_nodes[0])[number % 2]
        each.room.changes.react(1, Reacting(f"person {number}", EMOJIS[number % 2], True, answers))
    await until(lambda: len(answers.outcomes) == 400)
    assert answers.codes == ["done"] * 400
    await level(node, *more_nodes)
    assert node.feed.log.seq <= 1 + 4
    for each in (node, *more_nodes):
        reactions = snapshot(each)[0]["reactions"]
        assert sorted((one["emoji"], one["count"], len(one["people"])) for one in reactions) == [
            (EMOJIS[0], 200, 20), (EMOJIS[1], 200, 20),
        ]  # fmt: skip


async def test_the_first_people_are_listed_in_the_order_of_time(node: LocalNode) -> None:
    """Twenty of them; who takes a reaction back makes room for the next one."""
    await node.fill(1)
    answers = Answers()
    await react(node, 1, person="zed")
    for number in range(30):
        node.room.changes.react(1, Reacting(f"p{number:02}", "👍", True, answers))
    await until(lambda: len(answers.outcomes) == 30)
    people = snapshot(node)[0]["reactions"][0]["people"]
    assert people == ["zed", *(f"p{number:02}" for number in range(19))]
    await react(node, 1, on=False, person="zed")
    await until(lambda: snapshot(node)[0]["reactions"][0]["count"] == 30)
    assert snapshot(node)[0]["reactions"][0]["people"] == [f"p{number:02}" for number in range(20)]


async def test_there_are_at_most_twelve_kinds(node: LocalNode) -> None:
    """One more is refused until one of them is gone; more of a kind are always welcome."""
    await node.fill(1)
    answers = Answers()
    for emoji in EMOJIS:
        node.room.changes.react(1, Reacting("ann", emoji, True, answers))
    await until(lambda: len(answers.outcomes) == len(EMOJIS))
    assert answers.codes == ["done"] * KINDS_MAX + ["too_many"]
    assert isinstance(await react(node, 1, EMOJIS[3], person="bob"), int)
    assert code(await react(node, 1, EMOJIS[12], person="bob")) is ErrorCode.TOO_MANY
    assert isinstance(await react(node, 1, EMOJIS[0], on=False), int)
    assert isinstance(await react(node, 1, EMOJIS[12], person="bob"), int)
    await asyncio.sleep(GATHER)
    assert len(snapshot(node)[0]["reactions"]) == KINDS_MAX


async def test_a_reaction_taken_back_at_once_leaves_nothing(node: LocalNode) -> None:
    """Within one gathering it never was; each step is answered."""
    await node.fill(1)
    await react(node, 1, "🎉")
    answers = Answers()
    for on in (True, False, True, False):
        node.room.changes.react(1, Reacting("bob", "👍", on, answers))
    await until(lambda: len(answers.outcomes) == 4)
    assert answers.codes == ["done"] * 4
    assert node.feed.log.seq == 2


async def test_reactions_stay_when_a_message_is_edited(node: LocalNode) -> None:
    """Also when its text looks like them."""
    await node.fill(1)
    await react(node, 1)
    text = 'x","deleted":true,"rev":7,"reactions":[{"emoji":"💥","count":9}]}'
    await edit(node, 1, text)
    await react(node, 1, "🎉")
    await asyncio.sleep(GATHER)
    await react(node, 1, "🚀", person="bob")
    message = snapshot(node)[0]
    assert message["text"] == text
    assert [one["emoji"] for one in message["reactions"]] == ["👍", "🎉", "🚀"]


# --- pace ---------------------------------------------------------------------------


async def test_changes_count_against_the_pace_of_the_room(link: PrimaryLink) -> None:
    """An edit, and a reaction to a long message, sends as many bytes to everyone as a post; this machine is exempt."""
    pace = PostRates(person=Rate(100, 100), room=Rate(1, 10), unit=1000)
    node = await LocalNode(link, rates=pace).start()
    answers = Answers()
    try:
        node.post("p1", "x" * 4000, share=1.0)
        await until(lambda: node.sender.acks)
        node.room.changes.react(1, Reacting("ann", "👍", True, answers, 1.0))
        await until(lambda: len(answers.outcomes) == 1)
        node.room.changes.edit("ann", 1, "y" * 4000, answers, 0.5)
        node.room.changes.react(1, Reacting("ann", "🎉", True, answers, 1.0))
        await until(lambda: len(answers.outcomes) == 3)
        assert answers.codes == ["done", "rate_limited", "rate_limited"]
        assert all(float(one.facts["retry_after"]) > 0 for one in answers.outcomes if isinstance(one, Refused))
        assert await edit(node, 1, "y" * 4000) == 3
        node.room.changes.delete("ann", 1, answers, 1.0)
        await until(lambda: len(answers.outcomes) == 4)
        assert answers.codes[3] == "done"  # it sends little
    finally:
        await node.stop()


async def test_changes_count_against_the_pace_of_posts(link: PrimaryLink) -> None:
    """It is the person's one pace, whatever they do; somebody else's reaction in the same gathering goes on."""
    node = await LocalNode(link, rates=PostRates(person=Rate(1, 4))).start()
    try:
        node.post("p1")
        await until(lambda: node.sender.acks)
        assert await edit(node, 1, "one") == 2
        assert await react(node, 1) == 3
        assert await edit(node, 1, "two") == 4
        refused = await edit(node, 1, "three")
        assert code(refused) is ErrorCode.RATE_LIMITED
        assert isinstance(refused, Refused)
        assert 0 < float(refused.facts["retry_after"]) <= 1
        answers, others = Answers(), Answers()
        node.room.changes.react(1, Reacting("ann", "🎉", True, answers))
        node.room.changes.react(1, Reacting("bob", "🎉", True, others))
        await until(lambda: answers.outcomes and others.outcomes)
        assert (answers.codes, others.codes) == (["rate_limited"], ["done"])
        node.post("p2")
        await until(lambda: "p2" in node.sender.refused)
    finally:
        await node.stop()


# --- memory and Redis ---------------------------------------------------------------


async def test_a_snapshot_has_as_many_messages_as_asked_for_behind_many_changes(
    node: LocalNode, link: PrimaryLink
) -> None:
    """A busy message doesn't push the others out of what newcomers see, nor out of a page of history."""
    await node.fill(60)
    answers = Answers()
    for number in range(600):
        node.room.changes.edit("ann", 60, f"edit {number}", answers)
        if number % 100 == 99:
            await until(lambda number=number: len(answers.outcomes) == number + 1)  # type: ignore[misc]
    await until(lambda: node.feed.log.seq == 660)
    fresh = await LocalNode(link).start()
    try:
        for each in (node, fresh):
            assert [message["seq"] for message in snapshot(each, 50)] == list(range(11, 61))
            page, start = await each.feed.history(661, 50)
            assert (seqs(page), start) == (list(range(11, 61)), False)
            page, start = await each.feed.history(11, 50)
            assert (seqs(page), start) == (list(range(1, 11)), True)
            events = (await each.feed.next_events(600)).events
            assert seqs(events) == list(range(601, 661))
            assert {json.loads(event)["message"]["text"] for event in events} == {"edit 599"}
    finally:
        await fresh.stop()


async def test_messages_in_cached_blocks_change_too(node: LocalNode, more_nodes: list[LocalNode]) -> None:
    """A page that was read is right the next time as well, without being read again."""
    other = more_nodes[0]
    await node.fill(900)
    await level(node, other)
    await node.feed.history(100, 50)
    reads = node.feed.log.reads
    await edit(other, 80, "better")
    await level(other, node)
    page, _ = await node.feed.history(100, 50)
    assert [json.loads(message)["text"] for message in page if json.loads(message)["seq"] == 80] == ["better"]
    await delete(other, 80)
    await level(other, node)
    page, _ = await node.feed.history(100, 50)
    assert [json.loads(message)["deleted"] for message in page if json.loads(message)["seq"] == 80] == [True]
    assert len(page) == 50
    assert node.feed.log.reads == reads


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_message_that_changes_while_it_is_read_is_given_as_it_is_after_that(
    node: LocalNode, is_first: bool
) -> None:
    """The answer from Redis may be older than what was delivered meanwhile, also of the first change ever."""
    await node.fill(900)
    if not is_first:
        await edit(node, 1, "before")
        await node.feed.log.messages_at([2])
    answered, may_go_on = asyncio.Event(), asyncio.Event()

    def slowly(ask: Any) -> Any:
        async def slow(*args: Any) -> Any:
            reply = await ask(*args)
            answered.set()
            await may_go_on.wait()
            return reply

        return slow

    execute, transaction = node.link.execute, node.link.transaction
    node.link.execute, node.link.transaction = slowly(execute), slowly(transaction)  # type: ignore[method-assign]
    page = asyncio.ensure_future(node.feed.history(100, 50))
    found = asyncio.ensure_future(node.room.messages([80]))
    await answered.wait()
    node.link.execute, node.link.transaction = execute, transaction  # type: ignore[method-assign]
    before = node.feed.log.seq
    node.room.changes.delete("ann", 70, lambda _: None)
    assert isinstance(await delete(node, 80), int)
    await until(lambda: node.feed.log.seq == before + 2)
    may_go_on.set()
    for messages in ((await page)[0], await found, (await node.feed.history(100, 50))[0]):
        assert messages
        assert not any(b'"m80"' in message or b'"m70"' in message for message in messages)


async def test_somebody_who_comes_back_gets_every_change_of_what_they_have(node: LocalNode, link: PrimaryLink) -> None:
    """Also of messages that are older than everything else they missed, and of those that the log doesn't keep now."""
    await node.fill(700)
    await edit(node, 10, "better")
    await delete(node, 20)
    await node.fill(300)
    fresh = await LocalNode(link).start()
    try:
        for each in (node, fresh):
            events = await all_events(each, 700)
            assert [event["seq"] for event in events] == list(range(701, 1003))
            assert (events[0]["message"]["text"], events[1]["message"]["deleted"]) == ("better", True)
    finally:
        await fresh.stop()


async def test_forms_go_when_nobody_can_need_them_any_more(link: PrimaryLink, redis: Redis) -> None:
    """That is when the log keeps neither the message nor its last change: until then it is news to somebody."""
    node = await LocalNode(link, keep=200).start()
    try:
        await node.fill(10)
        for seq in range(1, 9):
            await edit(node, seq, "better")
            await react(node, seq)
        await delete(node, 9)
        await node.fill(150)
        await redis.xtrim(KEYS.log, minid="15-0", approximate=False)
        await node.fill(1)
        assert await redis.hlen(KEYS.amended) == 7
        fresh = await LocalNode(link).start()
        events = await all_events(fresh, 14)
        assert [event["seq"] for event in events] == list(range(15, node.feed.log.seq + 1))
        assert events[0]["message"]["text"] == "better"
        assert snapshot(fresh, 200)[0]["seq"] > 14
        assert code(await edit(fresh, 1, "too late")) is ErrorCode.GONE
        await fresh.stop()
        await node.fill(700)
        await node.fill(1)
        left = [key async for key in redis.scan_iter(match="{chat}:reactions:*")]
        assert (await redis.hlen(KEYS.amended), left) == (0, [])
    finally:
        await node.stop()


async def test_keys_of_changes_end_with_the_room_or_later(node: LocalNode, redis: Redis) -> None:
    """In a room other than the main one each has an end; reactions are renewed with the room's posts."""
    room = node.rooms.open("team")
    keys = room.keys
    node.publisher.post("team", ANN, "p1", "x", node.sender)
    await until(lambda: room.feed.log.seq == 1)
    answers = Answers()
    room.changes.edit("ann", 1, "better", answers)
    room.changes.react(1, Reacting("ann", "👍", True, answers))
    await until(lambda: len(answers.outcomes) == 2)
    ends = {key: await redis.ttl(key) for key in (keys.log, keys.meta, keys.amended, keys.reactions(1))}
    assert min(ends.values()) > 0
    assert ends[keys.amended] >= ends[keys.log]
    assert ends[keys.reactions(1)] >= 2 * keys.kept - 10
    await redis.expire(keys.reactions(1), 1000)
    await redis.expire(keys.amended, 1000)
    await redis.hset(keys.meta, "renewed", 1)
    node.publisher.post("team", ANN, "p2", "x", node.sender)
    await until(lambda: ("p2", 4) in node.sender.acks)
    assert await redis.ttl(keys.reactions(1)) > keys.kept
    assert await redis.ttl(keys.amended) > 1000


async def test_deleted_messages_at_the_beginning_are_kept_with_the_log(node: LocalNode, link: PrimaryLink) -> None:
    """They are no hole: whoever reads the beginning sees that something was deleted there."""
    await node.fill(5)
    for seq in (1, 2, 3):
        await delete(node, seq)
    fresh = await LocalNode(link).start()
    try:
        for each in (node, fresh):
            assert seqs((await each.feed.next_events(0)).events) == list(range(1, 9))
            page, start = await each.feed.history(9, 50)
            assert (seqs(page), start) == ([1, 2, 3, 4, 5], True)
            assert [message["seq"] for message in snapshot(each)] == [1, 2, 3, 4, 5]
    finally:
        await fresh.stop()


async def test_a_log_that_lost_a_change_has_gone_back(node: LocalNode, redis: Redis) -> None:
    """Another change has its number by now: a replica lagged, and became the primary."""
    await node.fill(1)
    await edit(node, 1, "before")
    epoch = node.feed.log.epoch
    entries: Any = await redis.xrange(KEYS.log, "2-0", "2-0")
    other = json.loads(entries[0][1][b"m"]) | {"id": "another"}
    pipeline = redis.pipeline()
    pipeline.xdel(KEYS.log, "2-0")
    pipeline.xrange(KEYS.log)
    pipeline.delete(KEYS.log)
    await pipeline.execute()
    message = json.dumps(
        {"type": "message", "seq": 1, "epoch": epoch, "room": "chat", "id": "p1", "from": {"id": "ann", "name": "Ann"},
         "text": "m1", "time": ""}, separators=(",", ":"),
    )  # fmt: skip
    await redis.xadd(KEYS.log, {"m": message}, id="1-0")
    await redis.xadd(KEYS.log, {"m": json.dumps(other, separators=(",", ":"))}, id="2-0")
    await node.feed.verify()
    assert node.feed.log.epoch != epoch


async def test_forms_of_a_lost_log_are_nobodys(node: LocalNode, redis: Redis) -> None:
    """An operator emptied the room and forgot a key: new messages look like themselves, and can be changed."""
    await node.fill(3)
    await edit(node, 1, "of the old log")
    await react(node, 1)
    await delete(node, 2)
    await redis.delete(KEYS.log, KEYS.meta)
    node.post("new1", "new one")
    node.post("new2", "new two")
    await until(lambda: node.feed.log.seq == 2)
    await node.feed.verify()
    assert [message["text"] for message in snapshot(node)] == ["new one", "new two"]
    fresh = await LocalNode(node.link).start()
    assert [message["text"] for message in snapshot(fresh)] == ["new one", "new two"]
    assert await react(fresh, 1, "🎉") == 3
    await until(lambda: fresh.feed.log.seq == 3)
    assert snapshot(fresh)[0]["reactions"] == [{"emoji": "🎉", "count": 1, "people": ["ann"]}]
    await fresh.stop()
