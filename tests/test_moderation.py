"""Moderators and the rules of a room, over real sockets: each act holds on every node at once."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from wschat.room.order import RoomOrder

from .support import Nodes, join, visit
from .support.moderation import act, entries, id_of, link_of, moderator, refused_act


async def entry_refused(nodes: Nodes, name: str, code: str, number: int = 0, **hello: object) -> dict[str, object]:
    """The `error` that a `hello` gets."""
    visitor = await visit(nodes.ws(number), name)
    await visitor.send("hello", name=name, **hello)
    error = await visitor.is_refused(code)
    await visitor.leaves()
    return error


# -- who is a moderator ---------------------------------------------------------------


async def test_a_link_makes_a_moderator_on_every_device(two_nodes: Nodes) -> None:
    """The welcome says so, and everyone's list."""
    first, second = await moderator(two_nodes, 0), await moderator(two_nodes, 1, "Max")
    assert (first.welcome["role"], second.welcome["role"]) == ("moderator", "moderator")
    ann = await join(two_nodes.ws(0), "Ann")
    assert "role" not in ann.welcome
    assert entries(ann.welcome) == {"Ann": "", "Mia": "moderator", "Max": "moderator"}


@pytest.mark.parametrize("token", ["", "nonsense", "WyIiLCJtb2RlcmF0b3IiLCJ4Il0.AAAA"])
async def test_a_token_that_nobody_signed_makes_nobody_a_moderator(node: Nodes, token: str) -> None:
    """It is no error: the link may just be old."""
    ann = await join(node.ws(), "Ann", mod=token)
    assert "role" not in ann.welcome
    assert (await refused_act(ann, "lock", on=True))["code"] == "not_allowed"


async def test_a_link_of_another_room_is_none(node: Nodes) -> None:
    """It is valid in its own room only, however that is spelled."""
    token = await link_of(node, "kitchen")
    assert "role" not in (await join(node.ws(), "Ann", mod=token)).welcome
    assert (await join(node.ws(), "Ann", mod=token, room="Kitchen")).welcome["role"] == "moderator"


async def test_a_link_for_all_rooms_is_valid_everywhere_until_it_is_revoked(two_nodes: Nodes) -> None:
    """Also in rooms that nobody has opened yet."""
    token = await link_of(two_nodes, None)
    people = [await join(two_nodes.ws(1), "Ann", room=room, mod=token) for room in ("chat", "kitchen")]
    assert [one.welcome["role"] for one in people] == ["moderator", "moderator"]
    await act(people[1], "topic", text="soup")
    await link_of(two_nodes, None, revoke=True)
    for one in people:
        await one.gets("role", role="")
        assert (await refused_act(one, "lock", on=True))["code"] == "not_allowed"
    assert "role" not in (await join(two_nodes.ws(0), "Bob", mod=token)).welcome


async def test_moderators_lose_a_revoked_link_at_once(two_nodes: Nodes) -> None:
    """On every node, and in everyone's list; a new link is valid."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    token = await link_of(two_nodes, revoke=True)
    await mod.gets("role", role="")
    assert (await refused_act(mod, "lock", on=True))["code"] == "not_allowed"
    without_role = {"id": id_of(mod), "name": "Mia"}
    while without_role not in (change := await ann.gets("online"))["joined"] + change["renamed"]:
        pass
    assert (await join(two_nodes.ws(1), "Mia", mod=token, token=mod.welcome["token"])).welcome["role"] == "moderator"


async def test_a_second_tab_without_the_link_leaves_the_mark(two_nodes: Nodes) -> None:
    """The person is a moderator, that session isn't."""
    mod = await moderator(two_nodes, 0)
    tab = await join(two_nodes.ws(1), "Mia", token=mod.welcome["token"])
    assert "role" not in tab.welcome
    assert (await refused_act(tab, "lock", on=True))["code"] == "not_allowed"
    assert entries((await join(two_nodes.ws(1), "Ann")).welcome)["Mia"] == "moderator"


async def test_messages_of_moderators_look_like_everyones(node: Nodes) -> None:
    """The list says who is one; a message says who wrote it."""
    mod = await moderator(node)
    await mod.says("hello")
    assert (await mod.hears("hello"))["from"] == {"id": id_of(mod), "name": "Mia"}


# -- rules ------------------------------------------------------------------------------


async def test_rules_are_told_to_everyone_and_to_newcomers(two_nodes: Nodes) -> None:
    """One event for each change, with all rules."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    version = ann.welcome["rules"]["version"]
    await act(mod, "topic", text="  Soup   today\n")
    told = await ann.gets("rules")
    expected = {"slow": 0, "read_only": False, "locked": False, "password": False, "topic": "Soup today"}
    assert told == {"type": "rules", "version": version + 1, **expected}
    assert (await join(two_nodes.ws(0), "Bob")).welcome["rules"] == {"version": version + 1, **expected}


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


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("soup\u202e gnp.exe", "soup gnp.exe"),
        ("\u2069\u202b a \u2066b", "a b"),
        ("\u202e\u202c", ""),
        ("👩\u200d🍳", "👩\u200d🍳"),
    ],
)
async def test_a_topic_turns_no_text_around(node: Nodes, text: str, topic: str) -> None:
    """What would show its letters, or those behind it, in another order than they are in is taken out."""
    mod = await moderator(node)
    await act(mod, "topic", text="before")
    await act(mod, "topic", text=text)
    assert (await join(node.ws(), "Ann")).welcome["rules"]["topic"] == topic


async def test_in_a_read_only_room_only_moderators_write(two_nodes: Nodes) -> None:
    """Others can neither post nor edit nor react, but delete what they wrote."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    seq = await ann.posts("before")
    await act(mod, "read_only", on=True)
    await ann.says("now", id="p1")
    assert (await ann.is_refused("read_only"))["id"] == "p1"
    await ann.send("edit", seq=seq, text="other", ref="e")
    assert (await ann.gets("error", ref="e"))["code"] == "read_only"
    await ann.send("react", seq=seq, emoji="👍", ref="r")
    assert (await ann.gets("error", ref="r"))["code"] == "read_only"
    await ann.send("delete", seq=seq, ref="d")
    await ann.gets("done", ref="d")
    await mod.posts("announcement")
    await act(mod, "read_only", on=False)
    await ann.posts("again")


async def test_a_post_that_was_stored_is_acknowledged_again_in_a_read_only_room(node: Nodes) -> None:
    """The rule came between it and its retry."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    seq = await ann.posts("x", id="p1")
    await act(mod, "read_only", on=True)
    assert await ann.posts("x", id="p1") == seq


async def test_slow_mode_spaces_the_posts_of_each_person(two_nodes: Nodes) -> None:
    """Over all tabs and nodes; each is told how long to wait, and a newcomer waits as long before the first."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(0), "Ann")
    tab = await join(two_nodes.ws(1), "Ann", token=ann.welcome["token"])
    await act(mod, "slow", seconds=60)
    await ann.posts("one")
    for client in (ann, tab):
        await client.says("two")
        assert 55 < (await client.is_refused("slow"))["retry_after"] <= 60
    bob = await join(two_nodes.ws(1), "Bob")
    await bob.says("hi")
    assert 55 < (await bob.is_refused("slow"))["retry_after"] <= 60
    for text in ("a", "b"):
        await mod.posts(text)
    await act(mod, "slow", seconds=0)
    await ann.posts("two")


async def test_who_waits_as_told_in_slow_mode_posts(node: Nodes) -> None:
    """The wait that the refusal names is enough."""
    mod, ann = await moderator(node), await join(node.ws(), "Ann")
    await act(mod, "slow", seconds=1)
    await ann.posts("one")
    await ann.says("two", id="p2")
    await asyncio.sleep((await ann.is_refused("slow"))["retry_after"])
    await ann.posts("two", id="p2")


async def test_nobody_new_enters_a_locked_room(two_nodes: Nodes) -> None:
    """Whoever is in comes back, in another tab or after a reload; moderators enter."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await act(mod, "lock", on=True)
    await entry_refused(two_nodes, "Bob", "locked", 1)
    tab = await join(two_nodes.ws(0), "Ann", token=ann.welcome["token"])
    await tab.leaves()
    await ann.leaves()
    again = await join(two_nodes.ws(0), "Ann", token=ann.welcome["token"])
    await again.send("rename", name="Anna", ref="n")
    await again.gets("renamed", ref="n")
    await moderator(two_nodes, 1, "Second")
    await act(mod, "lock", on=False)
    await join(two_nodes.ws(1), "Bob")


async def test_a_rooms_password_is_asked_of_newcomers(two_nodes: Nodes, redis: Redis) -> None:
    """In `password` or `room_password`; whoever is in stays, and wrong ones cost time."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await act(mod, "password", text="сезам")
    assert (await ann.gets("rules"))["password"] is True
    assert "сезам".encode() not in bytes(await redis.hget("{chat}:rules", "password") or b"")  # type: ignore[arg-type]
    assert (await entry_refused(two_nodes, "Bob", "password_required", 1))["scope"] == "room"
    wrong = await entry_refused(two_nodes, "Bob", "password_wrong", 1, password="сим")
    assert (wrong["scope"], wrong["retry_after"]) == ("room", 1.0)
    early = await entry_refused(two_nodes, "Bob", "password_wrong", 1, password="сезам")
    assert 0 < early["retry_after"] <= 1.0  # type: ignore[operator]
    await join(two_nodes.ws(0), "Bob", room_password="сезам")
    await join(two_nodes.ws(0), "Eve", password="сезам")
    await join(two_nodes.ws(0), "Ann", token=ann.welcome["token"])
    await act(mod, "password", text="")
    await join(two_nodes.ws(1), "Cleo")


async def test_the_password_of_the_chat_is_not_taken_for_the_rooms(nodes: Nodes) -> None:
    """Where both have one, each has its own field."""
    await nodes.start(1, password="chat")
    mod = await moderator(nodes, password="chat")
    await act(mod, "password", text="room")
    assert (await entry_refused(nodes, "Bob", "password_required", password="chat"))["scope"] == "room"
    await join(nodes.ws(), "Bob", password="chat", room_password="room")


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


async def test_a_moderator_is_not_barred_by_another(two_nodes: Nodes) -> None:
    """The operator revokes links."""
    first, second = await moderator(two_nodes, 0), await moderator(two_nodes, 1, "Second")
    for name in ("mute", "remove"):
        assert (await refused_act(first, name, person=id_of(second), seconds=60))["code"] == "not_allowed"


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


async def test_a_node_that_missed_a_signal_notices_by_the_version(two_nodes: Nodes, redis: Redis) -> None:
    """Its people are told the rules, and one who is removed is closed."""
    mod, (ann, bob) = await moderator(two_nodes, 0), [await join(two_nodes.ws(1), name) for name in ("Ann", "Bob")]
    link = two_nodes.nodes[1].link
    channel = "{chat}:signals"
    listener = two_nodes.nodes[1].rooms.open("chat")._on_signal
    link.subscribe(channel, lambda data: None)
    await act(mod, "lock", on=True)
    await act(mod, "remove", person=id_of(ann), seconds=60)
    assert await ann.close_code() == 4501
    assert (await bob.gets("rules"))["locked"] is True
    link.subscribe(channel, listener)
    assert await bob.is_there()


async def test_a_node_that_heard_of_no_revocation_lets_nobody_act(two_nodes: Nodes) -> None:
    """The script compares the links, so no act or deletion of somebody who was a moderator succeeds."""
    mod, ann = await moderator(two_nodes, 1), await join(two_nodes.ws(0), "Ann")
    deaf = two_nodes.nodes[1]
    deaf.link.subscribe("{chat}:signals", lambda data: None)
    await deaf.poller.stop()
    seq = await ann.posts("x")
    await link_of(two_nodes, revoke=True)
    assert (await refused_act(mod, "lock", on=True))["code"] == "not_allowed"
    await mod.send("delete", seq=seq, ref="d")
    assert (await mod.gets("error", ref="d"))["code"] == "not_allowed"


async def test_a_node_that_heard_of_no_revocation_for_all_rooms_lets_nobody_delete(
    two_nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scripts don't know those links, so the node asks Redis first."""
    ann = await join(two_nodes.ws(0), "Ann")
    mod = await join(two_nodes.ws(1), "Mia", mod=await link_of(two_nodes, None))
    for text in ("x", "y"):
        await ann.posts(text)
    await mod.send("delete", seq=1, ref="d1")
    await mod.gets("done", ref="d1")
    monkeypatch.setattr(RoomOrder, "revoke", lambda order, generation: None)
    await link_of(two_nodes, None, revoke=True)
    await mod.send("delete", seq=2, ref="d2")
    assert (await mod.gets("error", ref="d2"))["code"] == "not_yours"
    assert [event["role"] for event in mod.events if event["type"] == "role"] == [""]


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


async def test_a_room_that_is_full_of_rules_costs_others_nothing(node: Nodes, redis: Redis) -> None:
    """A room that was never moderated has neither rules nor bars in Redis."""
    ann = await join(node.ws(), "Ann")
    await ann.posts("x")
    assert not await redis.exists("{chat}:rules", "{chat}:barred", "{chat}:acts")
    assert await redis.hget("{chat}:meta", "rules") is None


async def test_rooms_that_the_operator_does_not_list_are_none(nodes: Nodes) -> None:
    """The main room always exists, and names may be spelled in any way."""
    await nodes.start(1, rooms=("kitchen",))
    await join(nodes.ws(), "Ann")
    await join(nodes.ws(), "Ann", room="Kitchen")
    await entry_refused(nodes, "Ann", "room_unknown", room="cellar")


async def test_joins_are_logged_without_names(node: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """With the address and the id, so that an operator has something to act on."""
    with caplog.at_level("INFO"):
        ann = await join(node.ws(), "Ann Smith")
    joined = next(record for record in caplog.records if record.message == "Joined")
    assert (joined.person, joined.address, joined.room) == (id_of(ann), "127.0.0.1", "chat")  # type: ignore[attr-defined]
    assert "Smith" not in caplog.text


async def test_acts_are_logged_without_texts(node: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """Who did what to whom."""
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
