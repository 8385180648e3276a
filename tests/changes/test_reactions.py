"""Reactions: gathered, counted, listed in their order, and bound by the pace of posts."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from wschat.broker import IGNORE_PACE, ChangeOrigin, ChangeRequest, PostRates, Publisher, ReactionRequest
from wschat.broker.changing.reactions import GATHER
from wschat.broker.storing.change_calls import Made
from wschat.broker.storing.outcomes import KINDS_MAX
from wschat.errors import ErrorCode, Refused
from wschat.limits import Rate
from wschat.redis_link import PrimaryLink

from ..support.changes import (
    Answers,
    code,
    edit,
    level,
    react,
    snapshot,
)
from ..support.room import LocalNode, until

EMOJIS = ["👍", "👎", "😀", "😂", "😍", "😮", "😢", "😡", "🎉", "🔥", "🚀", "👀", "🙏"]


# --- reactions ----------------------------------------------------------------------


async def test_reactions_at_once_make_few_entries(room_node: LocalNode, more_nodes: list[LocalNode]) -> None:
    """Hundreds of people on two nodes: each is counted, and what is gathered goes as one change."""
    await room_node.fill(1)
    await level(room_node, *more_nodes)
    answers = Answers()
    for number in range(400):
        each = (room_node, more_nodes[0])[number % 2]
        each.room.changes.react(1, ReactionRequest(f"person {number}", EMOJIS[number % 2], True, answers, IGNORE_PACE))
    await until(lambda: len(answers.outcomes) == 400)
    assert answers.codes == ["done"] * 400
    await level(room_node, *more_nodes)
    assert room_node.feed.log.seq <= 1 + 4
    for each in (room_node, *more_nodes):
        reactions = snapshot(each)[0]["reactions"]
        assert sorted((one["emoji"], one["count"], len(one["people"])) for one in reactions) == [
            (EMOJIS[0], 200, 20), (EMOJIS[1], 200, 20),
        ]  # fmt: skip


async def test_the_first_people_are_listed_in_the_order_of_time(room_node: LocalNode) -> None:
    """Twenty are the most, and taking one back makes room for the next."""
    await room_node.fill(1)
    answers = Answers()
    await react(room_node, 1, person="zed")
    for number in range(30):
        room_node.room.changes.react(1, ReactionRequest(f"p{number:02}", "👍", True, answers, IGNORE_PACE))
    # They are told a moment after the answers.
    await until(lambda: snapshot(room_node)[0]["reactions"][0]["count"] == 31)
    people = snapshot(room_node)[0]["reactions"][0]["people"]
    assert people == ["zed", *(f"p{number:02}" for number in range(19))]
    await react(room_node, 1, on=False, person="zed")
    await until(lambda: snapshot(room_node)[0]["reactions"][0]["count"] == 30)
    assert snapshot(room_node)[0]["reactions"][0]["people"] == [f"p{number:02}" for number in range(20)]


async def test_there_are_at_most_twelve_kinds(room_node: LocalNode) -> None:
    """One more is refused until one of them is gone; more of a kind are always welcome."""
    await room_node.fill(1)
    answers = Answers()
    for emoji in EMOJIS:
        room_node.room.changes.react(1, ReactionRequest("ann", emoji, True, answers, share=IGNORE_PACE))
    await until(lambda: len(answers.outcomes) == len(EMOJIS))
    assert answers.codes == ["done"] * KINDS_MAX + ["too_many"]
    assert isinstance(await react(room_node, 1, EMOJIS[3], person="bob"), int)
    assert code(await react(room_node, 1, EMOJIS[12], person="bob")) is ErrorCode.TOO_MANY
    assert isinstance(await react(room_node, 1, EMOJIS[0], on=False), int)
    assert isinstance(await react(room_node, 1, EMOJIS[12], person="bob"), int)
    await level(room_node)
    assert len(snapshot(room_node)[0]["reactions"]) == KINDS_MAX


async def test_a_reaction_is_answered_once(room_node: LocalNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if what is done with the answer fails: a session counts its changes by their answers."""
    await room_node.fill(1)

    def fail_afterwards(publisher: Publisher, request: ChangeRequest) -> None:
        request.on_verdict(Made([2]))
        raise AssertionError("a bug")

    monkeypatch.setattr(Publisher, "change", fail_afterwards)
    answers = Answers()
    room_node.room.changes.react(1, ReactionRequest("ann", "👍", True, answers, IGNORE_PACE))
    assert answers.codes == ["done"]


async def test_a_reaction_taken_back_at_once_leaves_nothing(room_node: LocalNode) -> None:
    """Within one gathering it never was; each step is answered."""
    await room_node.fill(1)
    await react(room_node, 1, "🎉")
    answers = Answers()
    for on in (True, False, True, False):
        room_node.room.changes.react(1, ReactionRequest("bob", "👍", on, answers, share=IGNORE_PACE))
    await until(lambda: len(answers.outcomes) == 4)
    assert answers.codes == ["done"] * 4
    await until(lambda: room_node.feed.log.seq == 2)


async def test_kinds_that_change_places_within_one_gathering_stay_apart(room_node: LocalNode) -> None:
    """Bob's kind goes and comes back, and another takes its place in between."""
    await room_node.fill(1)
    await react(room_node, 1, "👍", person="ann")
    await asyncio.sleep(GATHER)
    await react(room_node, 1, "🎉", person="bob")
    answers = Answers()
    for person, emoji, on in (("bob", "🎉", False), ("cleo", "🚀", True), ("bob", "🎉", True), ("dan", "🎉", True)):
        room_node.room.changes.react(1, ReactionRequest(person, emoji, on, answers, share=IGNORE_PACE))
    await until(lambda: len(answers.outcomes) == 4)
    await until(lambda: len(snapshot(room_node)[0]["reactions"]) == 3)
    assert {one["emoji"]: (one["count"], one["people"]) for one in snapshot(room_node)[0]["reactions"]} == {
        "👍": (1, ["ann"]), "🚀": (1, ["cleo"]), "🎉": (2, ["bob", "dan"]),
    }  # fmt: skip


@pytest.mark.parametrize("score", ["1e30", "+inf", "1.4e15", "5", "-inf"])
async def test_a_reaction_counts_only_where_it_is_shown(room_node: LocalNode, redis: Redis, score: str) -> None:
    """Under a score beyond those of the kinds it is nobody's: it doesn't keep its person from making it."""
    await room_node.fill(1)
    await react(room_node, 1)
    await redis.zadd("{chat}:reactions:1", {"🎉\tbob": float(score)})
    assert await react(room_node, 1, "🎉", person="bob") == 3
    await until(lambda: room_node.feed.log.seq == 3)
    assert [kind["people"] for kind in snapshot(room_node)[0]["reactions"]] == [["ann"], ["bob"]]
    assert await react(room_node, 1, "🎉", on=False, person="bob") == 4


@pytest.mark.parametrize("score", ["1e30", "+inf", "1.4e15"])
async def test_what_another_program_adds_to_reactions_counts_for_nothing(
    room_node: LocalNode, redis: Redis, score: str
) -> None:
    """Nor does it hold up the script, whatever its score."""
    await room_node.fill(1)
    await react(room_node, 1, "👍", person="ann")
    await redis.zadd("{chat}:reactions:1", {"x": float(score)})
    await asyncio.sleep(GATHER)
    assert isinstance(await react(room_node, 1, "🎉", person="bob"), int)
    await until(lambda: len(snapshot(room_node)[0]["reactions"]) == 2)


async def test_a_reaction_in_the_place_of_another_kind_can_be_taken_back(room_node: LocalNode, redis: Redis) -> None:
    """However it came there."""
    await room_node.fill(1)
    await react(room_node, 1, "👍", person="ann")
    score = await redis.zscore("{chat}:reactions:1", "👍\tann")
    assert score
    await redis.zadd("{chat}:reactions:1", {"🎉\tbob": score + 1})
    await asyncio.sleep(GATHER)
    assert isinstance(await react(room_node, 1, "🎉", on=False, person="bob"), int)
    assert await redis.zrange("{chat}:reactions:1", 0, -1) == ["👍\tann".encode()]


async def test_reactions_stay_when_a_message_is_edited(room_node: LocalNode) -> None:
    """Also when its text looks like them."""
    await room_node.fill(1)
    await react(room_node, 1)
    text = 'x","deleted":true,"rev":7,"reactions":[{"emoji":"💥","count":9}]}'
    await edit(room_node, 1, text)
    await react(room_node, 1, "🎉")
    await asyncio.sleep(GATHER)
    await react(room_node, 1, "🚀", person="bob")
    await until(lambda: len(snapshot(room_node)[0]["reactions"]) == 3)
    message = snapshot(room_node)[0]
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
        node.room.changes.react(1, ReactionRequest("ann", "👍", True, answers, 1.0))
        await until(lambda: len(answers.outcomes) == 1)
        node.room.changes.edit(ChangeOrigin("ann", 1, answers, 0.5), "y" * 4000)
        node.room.changes.react(1, ReactionRequest("ann", "🎉", True, answers, 1.0))
        await until(lambda: len(answers.outcomes) == 3)
        assert answers.codes == ["done", "rate_limited", "rate_limited"]
        assert all(float(one.facts["retry_after"]) > 0 for one in answers.outcomes if isinstance(one, Refused))
        assert await edit(node, 1, "y" * 4000) == 3
        node.room.changes.delete(ChangeOrigin("ann", 1, answers, 1.0))
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
        node.room.changes.react(1, ReactionRequest("ann", "🎉", True, answers, share=IGNORE_PACE))
        node.room.changes.react(1, ReactionRequest("bob", "🎉", True, others, share=IGNORE_PACE))
        await until(lambda: answers.outcomes and others.outcomes)
        assert (answers.codes, others.codes) == (["rate_limited"], ["done"])
        node.post("p2")
        await until(lambda: "p2" in node.sender.refused)
    finally:
        await node.stop()
