"""Changes that are repeated, come at once, or come to a node that is behind: each is made once, the last one stays."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from wschat.broker import IGNORE_PACE, ChangeOrigin, ChangeRequest
from wschat.broker.storing.change_calls import Made, Verdict
from wschat.errors import ErrorCode, Refused
from wschat.protocol import Message
from wschat.redis_link import RoomKeys

from ..support.changes import (
    Answers,
    code,
    delete,
    edit,
    level,
    react,
    snapshot,
)
from ..support.redis import contents
from ..support.room import LocalNode, until

KEYS = RoomKeys("chat")


async def test_a_change_that_is_the_case_already_makes_no_entry(room_node: LocalNode) -> None:
    """Clients repeat what they don't know the fate of: the same text, reaction, deletion again are answered `done`."""
    await room_node.fill(1)
    assert await edit(room_node, 1, "m1") == 0
    assert await edit(room_node, 1, "other") == 2
    assert await edit(room_node, 1, "other") == 2
    assert await react(room_node, 1) == 3
    assert await react(room_node, 1) == 3
    assert await react(room_node, 1, on=False) == 4
    assert await react(room_node, 1, on=False) == 4
    assert await react(room_node, 1, "🎉", on=False) == 4
    await until(lambda: room_node.feed.log.seq == 4)
    assert "reactions" not in snapshot(room_node)[0]


async def test_a_deletion_is_answered_although_what_follows_it_fails(
    room_node: LocalNode, caplog: pytest.LogCaptureFixture
) -> None:
    """The room's own work after it has a bug, which is logged: the message is deleted all the same."""

    class Right:
        def script_args(self, message: Message) -> tuple[str, str]:
            return "*", ""

        def on_done(self, message: Message) -> None:
            raise ZeroDivisionError

    await room_node.fill(1)
    answers = Answers()
    room_node.room.changes.delete(ChangeOrigin("mia", 1, answers, share=IGNORE_PACE), Right())
    await until(lambda: caplog.records)
    assert answers.outcomes == [2]


async def test_a_change_sent_again_by_its_node_is_stored_once(room_node: LocalNode, redis: Redis) -> None:
    """The answer was lost, and somebody else changed the message meanwhile: it isn't changed back."""
    await room_node.fill(1)
    calls = []
    change = room_node.publisher.change
    room_node.publisher.change = lambda request: calls.append(request) or change(request)  # type: ignore[method-assign, func-returns-value]
    assert await edit(room_node, 1, "first") == 2
    assert await edit(room_node, 1, "second") == 3
    verdicts: list[Verdict] = []
    change(calls[0]._replace(on_verdict=verdicts.append))
    await until(lambda: verdicts)
    assert verdicts == [Made([2])]
    await until(lambda: room_node.feed.log.seq == 3)
    assert 0 < await redis.ttl(KEYS.changed(calls[0].id)) <= 24 * 3600


async def test_two_edits_at_once_are_both_made_in_turn(room_node: LocalNode, more_nodes: list[LocalNode]) -> None:
    """The second one is told how the message is by now, and begins again from there."""
    await room_node.fill(1)
    await level(room_node, *more_nodes)
    nodes = [room_node, *more_nodes]
    outcomes = await asyncio.gather(*(edit(each, 1, f"by {number}") for number, each in enumerate(nodes)))
    assert sorted(map(int, outcomes)) == [2, 3, 4]  # type: ignore[arg-type]
    await level(room_node, *more_nodes)
    last = outcomes.index(4)
    assert all(snapshot(each)[0]["text"] == f"by {last}" for each in nodes)


@pytest.mark.parametrize("turn", range(6))
async def test_a_deletion_beats_edits_at_the_same_moment(
    room_node: LocalNode, more_nodes: list[LocalNode], redis: Redis, turn: int
) -> None:
    """Two edits and a deletion on three nodes: whatever comes first, the message is deleted everywhere."""
    await room_node.fill(1)
    await level(room_node, *more_nodes)
    nodes = [room_node, *more_nodes]
    one, two, three = (nodes[(turn + each) % 3] for each in range(3))
    works = [edit(one, 1, "edit one"), delete(two, 1), edit(three, 1, "edit two")]
    outcomes = await asyncio.gather(*(works if turn < 3 else works[::-1]))
    assert all(isinstance(outcome, int) or outcome.code is ErrorCode.GONE for outcome in outcomes)
    await until(lambda: all("text" not in snapshot(each)[0] for each in nodes))
    await room_node.feed.log.purge(after=0)
    dump = await contents(redis)
    assert b"edit one" not in dump
    assert b"edit two" not in dump


async def test_a_change_does_not_overtake_the_posts_before_it(room_node: LocalNode) -> None:
    """All wait in one queue: what a person did stands in the log in its order."""
    await room_node.fill(2)
    answers = Answers()
    room_node.post("a")
    room_node.room.changes.edit(ChangeOrigin("ann", 1, answers, share=IGNORE_PACE), "edited")
    room_node.post("b")
    room_node.room.changes.delete(ChangeOrigin("ann", 2, answers, share=IGNORE_PACE))
    room_node.post("c")
    await until(lambda: room_node.feed.log.seq == 7 and len(answers.outcomes) == 2)
    assert [seq for _, seq in room_node.sender.acks] == [1, 2, 3, 5, 7]
    assert answers.outcomes == [4, 6]


async def test_of_many_edits_by_one_person_the_last_one_stays(room_node: LocalNode) -> None:
    """However quickly they come, and also behind a deletion that is refused."""
    await room_node.fill(1)
    answers = Answers()
    for number in range(20):
        room_node.room.changes.edit(ChangeOrigin("ann", 1, answers, share=IGNORE_PACE), f"edit {number}")
        room_node.room.changes.delete(ChangeOrigin("bob", 1, answers, share=IGNORE_PACE))
        if number % 3 == 0:
            await asyncio.sleep(0)
    await until(lambda: len(answers.outcomes) == 40)
    await until(lambda: snapshot(room_node)[0]["text"] == "edit 19")
    assert answers.codes.count("not_yours") == 20


async def test_a_stale_node_does_not_take_a_change_for_made(room_node: LocalNode, more_nodes: list[LocalNode]) -> None:
    """It is deaf and still has the old text: to set that again is a change, as Redis knows."""
    other = more_nodes[0]
    await room_node.fill(1)
    await level(room_node, other)
    room_node.link.subscribe(KEYS.channel, lambda data: None)
    await until(lambda: not room_node.feed.is_syncing)
    assert await edit(other, 1, "new") == 2
    assert await edit(room_node, 1, "m1") == 3


async def test_a_client_that_cannot_be_answered_holds_up_no_further_change(room_node: LocalNode) -> None:
    """It is told once, and the message's next change comes in its turn."""
    await room_node.fill(1)
    told = []

    def broken(outcome: int | Refused) -> None:
        told.append(outcome)
        raise RuntimeError("a bug")

    room_node.room.changes.edit(ChangeOrigin("ann", 1, broken, share=IGNORE_PACE), "first")
    assert await edit(room_node, 1, "second") == 3
    assert told == [2]


@pytest.mark.parametrize("is_in_memory", [True, False])
async def test_a_bug_in_a_change_holds_up_no_further_one(
    room_node: LocalNode, monkeypatch: pytest.MonkeyPatch, is_in_memory: bool
) -> None:
    """Whoever made it is told, edit or reaction, and the message's next change comes in its turn."""
    await room_node.fill(1)
    change, bugs = room_node.publisher.change, [RuntimeError("a bug"), RuntimeError("another bug")]

    def broken(request: ChangeRequest) -> None:
        if bugs:
            raise bugs.pop()
        change(request)

    monkeypatch.setattr(room_node.publisher, "change", broken)
    if not is_in_memory:
        monkeypatch.setattr(room_node.feed.log, "in_memory", lambda number: None)
    assert code(await react(room_node, 1)) is ErrorCode.INTERNAL
    assert code(await edit(room_node, 1, "first")) is ErrorCode.INTERNAL
    assert await edit(room_node, 1, "second") == 2
