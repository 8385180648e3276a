"""`bar`, `unbar` and `bars`: what an operator does to people, while they talk on running nodes."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect

from wschat.admin import RoomBars
from wschat.cli.bar_length import seconds_of
from wschat.cli.failure import Failure
from wschat.model import Person
from wschat.moderation import BarTerms
from wschat.redis_link import PrimaryLink

from ..support import Client, Nodes, join
from ..support.moderation import HOME, act, id_of, is_out, moderator
from ..support.program import Program, wschat

ACTS_AT_ONCE = 60  # of a moderator (docs/security-settings.md)


async def test_a_bar_acts_at_once_on_every_node_and_is_in_the_acts(two_nodes: Nodes, program: Program) -> None:
    """The troll is out on the other node and doesn't come back with the token; moderators see by whom, and why."""
    mod = await moderator(two_nodes, 0)
    troll = await join(two_nodes.ws(1), "Troll")
    (barred,) = (await program("bar", "chat", "troll", "--minutes", "30", "--reason", "spam", "--json")).json
    assert (barred["room"], barred["id"], barred["act"], barred["reason"]) == ("chat", id_of(troll), "remove", "spam")
    await is_out(troll)
    again = Client(await connect(two_nodes.ws(0), ping_interval=None), "Troll")
    await again.send("hello", name="Other", token=troll.welcome["token"])
    assert 1700 < (await again.is_refused("barred"))["retry_after"] <= 1801
    record = await act(mod, "barred")
    (bar,), (done,) = record["barred"], record["acts"]
    assert (bar["person"]["name"], bar["by"]["name"], bar["reason"]) == ("Troll", "Оператор", "spam")
    assert (done["act"], done["by"], done["seconds"], done["reason"]) == ("remove", bar["by"], 1800, "spam")


async def test_an_unbar_lets_in(node: Nodes, program: Program) -> None:
    """By the name in the list of bars, which is empty then."""
    (troll,) = await node.join("Troll")
    assert "for good" in (await program("bar", "chat", id_of(troll))).output
    assert [one["name"] for one in (await program("bars", "--json")).json] == ["Troll"]
    assert "Troll" in (await program("bars", "chat")).output
    assert (await program("unbar", "chat", "TROLL")).output.startswith("Let in: Troll")
    assert (await program("bars", "chat", "--json")).json == []
    await join(node.ws(), "Troll", token=troll.welcome["token"])


async def test_a_mute_keeps_from_writing_until_then(node: Nodes, program: Program) -> None:
    """Somebody who has left is found by what they wrote; the time is that of the operator's clock."""
    (ann,) = await node.join("Ann")
    await ann.posts("hello")
    await ann.leaves()
    tomorrow = datetime.now().astimezone() + timedelta(days=1)
    await program("bar", "chat", "Ann", "--mute", "--until", f"{tomorrow:%Y-%m-%d %H:%M}")
    again = await join(node.ws(), "Ann", token=ann.welcome["token"])
    assert 23 * 3600 < again.welcome["muted"] < 25 * 3600
    await program("unbar", "chat", "Ann")
    await again.gets("muted", seconds=None)
    await again.posts("x")


async def test_all_rooms_are_those_that_there_are(node: Nodes, program: Program) -> None:
    """A person who was barred in one room goes on in no other."""
    (troll,) = await node.join("Troll")
    (ann,) = await node.join("Ann", room="kitchen")
    await ann.posts("hello")
    token = troll.welcome["token"]
    found = (await program("bar", "chat", "Troll", "--all-rooms", "--json")).json
    assert [one["room"] for one in found] == ["chat", "kitchen"]
    again = Client(await connect(node.ws(), ping_interval=None), "Troll")
    await again.send("hello", name="Troll", token=token, room="kitchen")
    await again.is_refused("barred")
    assert len((await program("unbar", "chat", "Troll", "--all-rooms", "--json")).json) == 2


async def test_what_cannot_be_barred_is_a_sentence(node: Nodes, program: Program) -> None:
    """The exit code is 2, and nobody is barred."""
    mod = await moderator(node)
    for words, sentence in (
        (["chat", "Nobody"], "Nobody in the room chat has the name or id Nobody. Known are those who"),
        (["chat", id_of(mod)], "Moderators can't be barred. Revoke their links first"),
        (["chat", "127.0.0.1"], "127.0.0.1 can't be barred: it is this machine"),
        (["chat", HOME, "--minutes", "20000"], "An address can be barred for a week at most"),
        (["chat", "Mia", "--until", "2020-01-01"], "2020-01-01 00:00 has passed"),
        (["chat", "Mia", "--until", "0001-01-01"], "has passed"),
        (["chat", "Mia", "--until", "2999-01-01"], "2999-01-01 00:00 is more than a year from now"),
        (["chat", "Mia", "--reason", "\udcff"], "expected text in UTF-8"),
        (["chat", "\udcff"], "expected text in UTF-8"),
        (["chat", "Mia", "--minutes", "1", "--until", "2020-01-01"], "Expected --minutes or --until, not both"),
        (["chat", "Mia", "--reason", "x" * 201], "The reason is longer than 200 characters"),
    ):
        done = await program.tried("bar", *words)
        assert done.code == 2
        assert sentence in done.errors
        assert "Traceback" not in done.errors
    done = await program.tried("unbar", "chat", "Mia")
    assert (done.code, "Nobody with the name, id or address Mia is barred there" in done.errors) == (2, True)
    assert (await program("bars", "--json")).json == []


@pytest.mark.parametrize("place", ["UTC", "MSK-3", "EST5"])
@pytest.mark.parametrize(
    ("until", "sentence"), [("0001-01-01 01:00", "has passed"), ("9999-12-31 23:00", "is more than a year from now")]
)
def test_the_ends_of_the_calendar_are_times_everywhere(
    until: str, sentence: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In UTC they may be no times any more."""
    monkeypatch.setenv("TZ", place)
    time.tzset()
    try:
        with pytest.raises(Failure, match=sentence):
            seconds_of(None, datetime.fromisoformat(until))
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_of_two_with_one_name_an_id_tells(node: Nodes, program: Program) -> None:
    """One wrote under the name that another has now."""
    (first,) = await node.join("Ann")
    await first.posts("hello")
    await first.send("rename", ref="r", name="Bea")
    await first.gets("online")
    (second,) = await node.join("Ann")
    done = await program.tried("bar", "chat", "Ann")
    assert done.code == 2
    assert id_of(first) in done.errors
    assert id_of(second) in done.errors
    assert (await program("bar", "chat", id_of(first), "--json")).json[0]["id"] == id_of(first)
    await second.posts("not me")


async def test_nobody_hides_behind_an_id_as_a_name(node: Nodes, program: Program) -> None:
    """An id is its owner's, whatever somebody else is called: also where both are barred."""
    (troll,) = await node.join("Troll")
    (friend,) = await node.join(id_of(troll))
    await friend.posts("hello")
    assert (await program("bar", "chat", id_of(troll), "--json")).json[0]["name"] == "Troll"
    await program("bar", "chat", id_of(friend))
    assert (await program("unbar", "chat", id_of(troll), "--json")).json[0]["name"] == "Troll"


async def test_an_id_is_its_owners_also_in_another_room(node: Nodes, program: Program) -> None:
    """Somebody in the room that is named has it as a name; with --all-rooms its owner is meant, wherever that is."""
    (eve,) = await node.join("Eve", room="kitchen")
    (mallory,) = await node.join(id_of(eve))
    words = ["chat", id_of(eve), "--all-rooms"]
    await program("bar", "chat", id_of(mallory), "--mute")
    assert "Nobody" in (await program.tried("unbar", *words)).errors, "Eve isn't barred, and nobody else is meant"
    await program("bar", "kitchen", "Eve", "--mute")
    assert [(one["room"], one["name"]) for one in (await program("unbar", *words, "--json")).json] == [
        ("kitchen", "Eve")
    ]
    barred = (await program("bar", *words, "--json")).json
    assert {(one["room"], one["id"]) for one in barred} == {("chat", id_of(eve)), ("kitchen", id_of(eve))}
    assert await mallory.is_there()


async def test_an_operator_has_no_pace(link: PrimaryLink) -> None:
    """Moderators have one; here nobody from an address stays because many others went first."""
    bars = RoomBars(link, "chat", Person("operator", "Operator"))
    for number in range(2 * ACTS_AT_ONCE):
        await bars.bar(Person(f"p{number}", "Troll"), BarTerms("remove", 0))
    assert len(await bars.barred()) == 2 * ACTS_AT_ONCE


async def test_a_reason_can_be_given_later(node: Nodes, program: Program) -> None:
    """The bar itself stays as it was."""
    await node.join("Troll")
    for words in ([], ["--reason", "spam"], []):
        await program("bar", "chat", "Troll", *words)
    (bar,) = (await program("bars", "--json")).json
    assert (bar["reason"], bar["until"]) == ("spam", None)


async def test_one_room_that_refuses_does_not_spare_the_others(node: Nodes, program: Program) -> None:
    """A moderator of one room is barred in all others, and the command says where not."""
    (troll,) = await node.join("Troll")
    await moderator(node, 0, "Troll", room="attic", token=troll.welcome["token"])
    await (await node.join("Ann", room="kitchen"))[0].posts("hello")
    done = await program.tried("bar", "chat", "Troll", "--all-rooms", "--json")
    assert done.code == 2
    assert "Not in attic: Moderators can't be barred." in done.errors
    assert "link attic --moderator --revoke" in done.errors
    assert "or, if it is a link for all rooms: python -m wschat link --moderator --all-rooms --revoke\n" in done.errors
    assert [one["room"] for one in done.json] == ["chat", "kitchen"]


async def test_a_moderator_of_the_sites_is_no_matter_of_links_alone(
    node: Nodes, redis_server: str, tmp_path: Path
) -> None:
    """With AUTH jwt, the site's token may give the role."""
    mod = await moderator(node)
    (tmp_path / "key").write_bytes(b"k" * 32)
    environment = {"WSCHAT_AUTH": "jwt", "WSCHAT_JWT_KEY_FILE": str(tmp_path / "key"), "WSCHAT_JWT_AUDIENCE": "chat"}
    words = ["bar", "chat", id_of(mod)]
    done = await asyncio.to_thread(wschat, *words, redis=redis_server, environment=environment)
    assert "If the site's token gives them the role, have it taken away there." in done.errors


async def test_namesakes_in_other_rooms_are_not_let_in(node: Nodes, program: Program) -> None:
    """The name is that of somebody in the room that was named; the other one needs an id."""
    for room in ("chat", "kitchen"):
        await node.join("Ann", room=room)
        await program("bar", room, "Ann")
    done = await program("unbar", "chat", "Ann", "--all-rooms", "--json")
    assert [one["room"] for one in done.json] == ["chat"]
    assert [one["room"] for one in (await program("bars", "--json")).json] == ["kitchen"]


async def test_to_look_changes_nothing(node: Nodes, program: Program, redis: Redis) -> None:
    """A room without bars gets no rules, and one that isn't there doesn't come to be."""
    await (await node.join("Ann"))[0].posts("hello")
    before = sorted(await redis.keys())
    for words in (["bars"], ["bars", "nowhere"], ["bar", "nowhere", "Ann"], ["unbar", "nowhere", "Ann"]):
        await program.tried(*words)
    assert sorted(await redis.keys()) == before


async def test_a_forgotten_persons_reason_goes(node: Nodes, program: Program, redis: Redis) -> None:
    """It may have their name."""
    (troll,) = await node.join("Troll")
    await program("bar", "chat", "Troll", "--reason", "Troll of old")
    await program.tried("forget", "--person", id_of(troll), "--yes")
    stored = str(await redis.hgetall("{chat}:barred")) + str(await redis.xrange("{chat}:acts"))
    assert "Troll" not in stored
    assert "remove" in stored
