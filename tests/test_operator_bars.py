"""`bar`, `unbar` and `bars`: what an operator does to people, while they talk on running nodes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect

from wschat.admin import RoomBars
from wschat.model import Person
from wschat.moderation import Terms
from wschat.redis_link import PrimaryLink

from .support import Client, Nodes, join
from .support.moderation import HOME, act, at_the_door, from_home, id_of, link_of, moderator
from .support.program import Program, wschat

ACTS_AT_ONCE = 60  # of a moderator (docs/security-settings.md)
ELSEWHERE = "198.51.100.9"
ALL_HOME_6 = ("2001:db8:1:2::5", "2001:db8:1:2:ffff::9")


@pytest.fixture
def program(redis: Redis, redis_server: str) -> Program:
    return Program(redis_server)


async def is_out(client: Client) -> None:
    """The person was told why, and the connection is closed."""
    await client.is_refused("barred")
    assert await client.close_code() == 4501


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


@pytest.mark.parametrize("homes", [(HOME, HOME), ALL_HOME_6])
async def test_nobody_comes_from_an_address_that_is_barred(
    nodes: Nodes, program: Program, homes: tuple[str, str]
) -> None:
    """Who is there from it goes, moderators stay, and those from elsewhere notice nothing; then it is let in again."""
    await nodes.start(2, trusted_proxy=("127.0.0.1",))
    mod = await from_home(nodes, "Mia", 0, homes[0], mod=await link_of(nodes))
    troll = await from_home(nodes, "Troll", 1, homes[0])
    ann = await from_home(nodes, "Ann", 1, ELSEWHERE)
    found = (await program("bar", "chat", homes[1], "--json")).json
    assert {one["name"] for one in found} == {"Адрес", "Troll"}
    await is_out(troll)
    stranger = await at_the_door(nodes, "Stranger", 0, homes[1])
    assert (await stranger.is_refused("barred"))["retry_after"] > 6 * 24 * 3600
    await mod.posts("still here")
    await ann.hears("still here")
    assert homes[1] not in str(await act(mod, "barred"))
    assert len((await program("unbar", "chat", homes[0], "--json")).json) == 2
    await from_home(nodes, "Stranger", 0, homes[1])
    await from_home(nodes, "Troll", 0, homes[0], token=troll.welcome["token"])


async def test_the_same_address_is_one_entry(node: Nodes, program: Program, redis: Redis) -> None:
    """However often it is barred; the address itself stands nowhere in Redis."""
    await node.join("Ann")
    for minutes in ("10", "20"):
        await program("bar", "chat", HOME, "--minutes", minutes)
    assert len((await program("bars", "chat", "--json")).json) == 1
    stored = str(await redis.hgetall("{chat}:barred")) + str(await redis.xrange("{chat}:acts"))
    assert HOME not in stored


async def test_another_key_ends_all_bars_and_says_so(nodes: Nodes, program: Program) -> None:
    """People and addresses are known by what the key makes of them; the old bar can be let in by its id."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",))
    await program("bar", "chat", HOME)
    done = await program.tried("rotate-key", text="y\n")
    assert "Everybody who reconnects will be somebody new, also who is barred" in done.errors
    (bar,) = (await program("bars", "--json")).json
    barred = (await program("bar", "chat", HOME, "--json")).json
    assert [one["id"] for one in barred] != [bar["id"]]
    await program("unbar", "chat", bar["id"])
    assert [one["id"] for one in (await program("bars", "--json")).json] == [one["id"] for one in barred]


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


async def test_an_operator_has_no_pace(link: PrimaryLink) -> None:
    """Moderators have one; here nobody from an address stays because many others went first."""
    bars = RoomBars(link, "chat", Person("operator", "Operator"))
    for number in range(2 * ACTS_AT_ONCE):
        await bars.bar(Person(f"p{number}", "Troll"), Terms("remove", 0))
    assert len(await bars.barred()) == 2 * ACTS_AT_ONCE


async def test_an_address_shortens_no_bar(nodes: Nodes, program: Program) -> None:
    """Somebody who was muted for good stays so; a shorter mute becomes as long as that of the address."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",))
    for name, terms in (("Ann", []), ("Bea", ["--minutes", "20"]), ("Cleo", ["--minutes", "1"])):
        await from_home(nodes, name)
        await program("bar", "chat", name, "--mute", *terms)
    muted = (await program("bar", "chat", HOME, "--mute", "--minutes", "10", "--json")).json
    assert [one["name"] for one in muted] == ["Адрес", "Cleo"]
    ends = {one["name"]: one["until"] for one in (await program("bars", "--json")).json}
    assert ends.pop("Ann") is None
    assert ends["Bea"] > ends["Cleo"]


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
    """Nobody is, until an id says who."""
    for room in ("chat", "kitchen"):
        await node.join("Ann", room=room)
        await program("bar", room, "Ann")
    done = await program.tried("unbar", "chat", "Ann", "--all-rooms")
    assert done.code == 2
    assert "Several people are called Ann" in done.errors
    assert len((await program("bars", "--json")).json) == 2


async def test_a_neighbour_of_somebody_muted_is_let_in(nodes: Nodes, program: Program) -> None:
    """They stand in no list of bars: the mute came with the address."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",))
    await from_home(nodes, "Troll")
    await program("bar", "chat", "Troll", "--mute")
    ann = await from_home(nodes, "Ann")
    assert ann.welcome["muted"] > 0
    await program("unbar", "chat", "Ann")
    await ann.gets("muted", seconds=None)
    await ann.posts("hello")


async def test_to_look_changes_nothing(node: Nodes, program: Program, redis: Redis) -> None:
    """A room without bars gets no rules, and one that isn't there doesn't come to be."""
    await (await node.join("Ann"))[0].posts("hello")
    before = sorted(await redis.keys())
    for words in (["bars"], ["bars", "nowhere"], ["bar", "nowhere", "Ann"], ["unbar", "nowhere", "Ann"]):
        await program.tried(*words)
    assert sorted(await redis.keys()) == before


async def test_what_others_wrote_into_redis_is_passed_over(node: Nodes, program: Program, redis: Redis) -> None:
    """A bar that ends after all dates, and a remembered address of another type."""
    (ann,) = await node.join("Ann")
    who = '{"id":"u","name":"U"}'
    await redis.hset(
        "{chat}:barred", "mute:u", f'999999999999999 1  {{"person":{who},"act":"mute","by":{who},"time":""}}'
    )
    assert [(one["name"], one["until"]) for one in (await program("bars", "--json")).json] == [("U", None)]
    await redis.delete(f"{{chat}}:address:{id_of(ann)}")
    await redis.hset(f"{{chat}}:address:{id_of(ann)}", "a", "b")
    await program("bar", "chat", HOME)


async def test_a_forgotten_persons_reason_goes(node: Nodes, program: Program, redis: Redis) -> None:
    """It may have their name."""
    (troll,) = await node.join("Troll")
    await program("bar", "chat", "Troll", "--reason", "Troll of old")
    await program.tried("forget", "--person", id_of(troll), "--yes")
    stored = str(await redis.hgetall("{chat}:barred")) + str(await redis.xrange("{chat}:acts"))
    assert "Troll" not in stored
    assert "remove" in stored


def test_where_addresses_are_not_barred_it_says_so(redis_server: str) -> None:
    """The setting is the servers'."""
    done = wschat("bar", "chat", HOME, redis=redis_server, environment={"WSCHAT_BAR_ADDRESSES": "off"})
    assert done.code == 2
    assert "WSCHAT_BAR_ADDRESSES is off" in done.errors
