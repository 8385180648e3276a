"""Acts of moderators about people and messages, over real sockets: each holds on every node at once."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from ..support import Nodes, join
from ..support.moderation import act, entry_refused, id_of, moderator, refused_act


async def test_an_act_that_changes_nothing_is_told_to_nobody(node: Nodes) -> None:
    """It is done all the same."""
    mod = await moderator(node)
    await act(mod, "lock", on=True)
    version = (await mod.gets("rules"))["version"]
    for _ in range(3):
        await act(mod, "lock", on=True)
    await act(mod, "lock", on=False)
    assert (await mod.gets("rules"))["version"] == version + 1
    assert [one["act"] for one in (await act(mod, "barred"))["acts"]] == ["lock", "lock"]


# -- people ------------------------------------------------------------------------------


async def test_a_muted_person_reads_and_does_not_write(two_nodes: Nodes) -> None:
    """They are told for how long, in every tab, and when they enter; and when it is over."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await act(mod, "mute", person=id_of(ann), seconds=600)
    assert (await ann.gets("muted"))["seconds"] == 600
    await ann.says("x")
    assert 590 < (await ann.is_refused("muted"))["retry_after"] <= 600
    await mod.says("hear me")
    await ann.hears("hear me")
    tab = await join(two_nodes.ws(0), "Anna", token=ann.welcome["token"])
    assert 590 < tab.welcome["muted"] <= 600
    await act(mod, "let_in", person=id_of(ann))
    assert (await ann.gets("muted"))["seconds"] is None
    await ann.posts("x")


async def test_a_muted_person_says_nothing_by_a_name_or_by_typing(two_nodes: Nodes) -> None:
    """Neither in a tab that was there nor in one that comes; when it is over, both go again."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await act(mod, "mute", person=id_of(ann), seconds=600)
    await ann.gets("muted")
    tab = await join(two_nodes.ws(0), "Ann", token=ann.welcome["token"])
    for one in (ann, tab):
        await one.send("typing")
        await one.send("rename", name="I still speak", ref="r")
        error = await one.gets("error", ref="r")
        assert (error["code"], 590 < error["retry_after"] <= 600) == ("muted", True)
    await mod.posts("x")
    assert not [event for event in mod.events if event["type"] == "typing"]
    await act(mod, "let_in", person=id_of(ann))
    for one in (ann, tab):
        await one.gets("muted", seconds=None)
    await ann.send("typing")
    await mod.gets("typing")
    await tab.send("rename", name="Anna", ref="r2")
    await tab.gets("renamed", ref="r2")


async def test_a_removed_person_is_out_on_every_node(two_nodes: Nodes) -> None:
    """All their tabs are closed with a reason and a time, the others see it once, and no token or name leads back."""
    mod, bob = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Bob")
    tabs = [await join(two_nodes.ws(number), "Ann", secret="s" * 20) for number in (0, 1)]
    await act(mod, "remove", person=id_of(tabs[0]), seconds=3600)
    for tab in tabs:
        assert 3590 < (await tab.is_refused("barred"))["retry_after"] <= 3600
        assert await tab.close_code() == 4501
    left = await bob.gets("online")
    while not left["left"]:
        left = await bob.gets("online")
    assert (left["left"], left["count"]) == ([{"id": id_of(tabs[0]), "name": "Ann"}], 2)
    for number in (0, 1):
        for hello in ({"token": tabs[0].welcome["token"]}, {"secret": "s" * 20}):
            error = await entry_refused(two_nodes, "Other", "barred", number, **hello)
            assert 3500 < error["retry_after"] <= 3600  # type: ignore[operator]
    await act(mod, "let_in", person=id_of(tabs[0]))
    await join(two_nodes.ws(1), "Ann", secret="s" * 20)


async def test_the_author_of_a_message_is_removed_after_they_have_left(two_nodes: Nodes) -> None:
    """A moderator names the message; for good means without an end."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    seq = await ann.posts("rude")
    await ann.leaves()
    await act(mod, "remove", seq=seq, seconds=0)
    error = await entry_refused(two_nodes, "Ann", "barred", token=ann.welcome["token"])
    assert "retry_after" not in error
    done = await act(mod, "barred")
    assert [(one["person"], one["act"], one["seconds"]) for one in done["barred"]] == [
        ({"id": id_of(ann), "name": "Ann"}, "remove", 0)
    ]
    assert done["barred"][0]["by"] == {"id": id_of(mod), "name": "Mia"}
    assert "rude" not in str(done)


async def test_nobody_who_is_gone_can_be_named_by_id_alone(node: Nodes) -> None:
    """Neither one that never was; a message that isn't kept names nobody either."""
    mod = await moderator(node)
    assert (await refused_act(mod, "mute", person="nobody", seconds=1))["code"] == "gone"
    assert (await refused_act(mod, "mute", seq=99, seconds=1))["code"] == "gone"
    await act(mod, "let_in", person="nobody")


async def test_a_bar_ends_by_itself(node: Nodes) -> None:
    """Nobody has to let the person in again."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    await act(mod, "mute", person=id_of(ann), seconds=1)
    await ann.says("x")
    await asyncio.sleep((await ann.is_refused("muted"))["retry_after"])
    await ann.posts("x")
    assert (await act(mod, "barred"))["barred"] == []


async def test_the_same_mute_again_is_one(node: Nodes) -> None:
    """A client whose answer was lost repeats it; another length of time is another mute."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    for seconds in (600, 600, 3600):
        await act(mod, "mute", person=id_of(ann), seconds=seconds)
    assert [one["seconds"] for one in (await act(mod, "barred"))["acts"]] == [3600, 600]


async def test_only_a_moderator_deletes_messages_of_others(two_nodes: Nodes, redis: Redis) -> None:
    """It is recorded whose it was, without its text."""
    mod, ann, bob = await moderator(two_nodes, 0), *(await two_nodes.join("Ann", "Bob"))
    seq = await ann.posts("secret words")
    await bob.send("delete", seq=seq, ref="d")
    assert (await bob.gets("error", ref="d"))["code"] == "not_yours"
    await mod.send("delete", seq=seq, ref="d")
    await mod.gets("done", ref="d")
    assert (await bob.gets("amended"))["message"]["deleted"] is True
    recorded = (await act(mod, "barred"))["acts"][0]
    assert (recorded["act"], recorded["seq"], recorded["person"]["name"]) == ("delete", seq, "Ann")
    assert "secret words" not in str(await redis.xrange("{chat}:acts"))


async def test_a_cleared_room_is_empty_for_everyone(two_nodes: Nodes) -> None:
    """They stay in it, under its rules."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await act(mod, "topic", text="soup")
    await ann.posts("gone")
    await act(mod, "clear")
    assert (await ann.gets("reset"))["messages"] == []
    await ann.posts("new")
    welcome = (await join(two_nodes.ws(0), "Bob")).welcome
    assert ([one["text"] for one in welcome["messages"]], welcome["rules"]["topic"]) == (["new"], "soup")


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "mute", "seconds": 60},
        {"act": "mute", "person": "p", "seq": 1, "seconds": 60},
        {"act": "remove", "person": "p"},
        {"act": "slow"},
        {"act": "slow", "seconds": 86401},
        {"act": "lock"},
        {"act": "password", "text": "x" * 257},
        {"act": "topic", "text": "x" * 201},
        {"act": "topic", "text": "a\0b"},
        {"act": "let_in"},
        {"act": "dance"},
    ],
    ids=str,
)
async def test_an_act_without_what_it_needs_is_refused(node: Nodes, fields: dict[str, object]) -> None:
    """With the field that is missing or wrong."""
    mod = await moderator(node)
    await mod.posts("1")
    await mod.send("moderate", ref="m", **fields)
    assert (await mod.gets("error", ref="m"))["code"] == "bad_field"


async def test_acts_have_a_bound(node: Nodes) -> None:
    """A moderator who is a program can't keep a node busy."""
    mod = await moderator(node)
    for number in range(40):
        await mod.send("moderate", act="topic", text=str(number), ref=str(number))
    assert (await mod.is_refused("rate_limited"))["retry_after"] > 0
    assert await mod.is_there()


async def test_the_last_hundred_acts_are_kept(node: Nodes, redis: Redis) -> None:
    """Older ones go."""
    mod = await moderator(node)
    await redis.delete("{chat}:acts")
    for number in range(150):
        await redis.xadd("{chat}:acts", {"a": f'{{"act":"x{number}","by":{{"id":"p","name":"P"}},"time":"t"}}'})
    await act(mod, "lock", on=True)
    acts = (await act(mod, "barred"))["acts"]
    assert (len(acts), acts[0]["act"], acts[-1]["act"]) == (100, "lock", "x51")


# -- kept right ---------------------------------------------------------------------------


async def test_an_act_about_a_message_of_a_lost_log_is_refused(node: Nodes) -> None:
    """Its number may be somebody else's message by now."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    await ann.posts("x")
    await act(mod, "clear")
    await ann.gets("reset")
    seq = await ann.posts("y")
    error = await refused_act(mod, "mute", seq=seq, epoch=mod.welcome["epoch"], seconds=60)
    assert error["code"] == "gone"


async def test_bars_of_a_rooms_rules_outlive_the_nodes(nodes: Nodes) -> None:
    """They are in Redis, not on a node."""
    await nodes.start(1)
    mod, ann = await moderator(nodes), await join(nodes.ws(), "Ann")
    await act(mod, "remove", person=id_of(ann), seconds=0)
    token = ann.welcome["token"]
    await ann.close_code()
    await mod.leaves()
    await nodes.stop()
    await nodes.start(1)
    await entry_refused(nodes, "Ann", "barred", token=token)


async def test_joins_are_logged_without_names(node: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """With the address and the id, so that an operator has something to act on."""
    with caplog.at_level("INFO"):
        ann = await join(node.ws(), "Ann Smith")
    joined = next(record for record in caplog.records if record.message == "Joined")
    assert (joined.person, joined.address, joined.room) == (id_of(ann), "127.0.0.1", "chat")  # type: ignore[attr-defined]
    assert "Smith" not in caplog.text


async def test_acts_are_logged_without_texts(node: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """The log tells who did what to whom, without any text."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    with caplog.at_level("INFO"):
        await act(mod, "topic", text="secret topic")
        seq = await ann.posts("secret text")
        await act(mod, "mute", seq=seq, seconds=60)
        await mod.send("delete", ref="d", seq=seq)
        await mod.gets("done", ref="d")
    lines = [vars(record) for record in caplog.records if record.message == "Moderated"]
    assert [(one["act"], one["by"], one.get("person")) for one in lines] == [
        ("topic", id_of(mod), None),
        ("mute", id_of(mod), id_of(ann)),
        ("delete", id_of(mod), id_of(ann)),
    ]
    assert "secret" not in str(lines)
