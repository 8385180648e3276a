"""`bar`, `unbar` and `bars` of addresses, while people talk on running nodes."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from wschat.moderation.acts import BARS_MAX

from ..support import Nodes
from ..support.moderation import HOME, act, at_the_door, from_home, id_of, is_out, link_of
from ..support.program import Program, wschat

ELSEWHERE = "198.51.100.9"
NEARLY = ["203.0.113.0/24", "2001:db8::/64", "[2001:db8::1]", "203.0.113.7:5555", " 203.0.113.7"]
ALL_HOME_6 = ("2001:db8:1:2::5", "2001:db8:1:2:ffff::9")


@pytest.mark.parametrize("homes", [(HOME, HOME), ALL_HOME_6])
async def test_nobody_comes_from_an_address_that_is_barred(
    nodes: Nodes, program: Program, homes: tuple[str, str]
) -> None:
    """People there are removed, moderators stay, and nobody else notices; then the address is let in again."""
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


@pytest.mark.parametrize("command", ["bar", "unbar"])
@pytest.mark.parametrize("who", NEARLY)
async def test_what_is_nearly_an_address_is_said_to_be_none(
    node: Nodes, program: Program, command: str, who: str
) -> None:
    """As a proxy's log or a firewall has it; nobody has such a name."""
    await node.join("Ann")
    done = await program.tried(command, "chat", who)
    assert done.code == 2
    assert "Write an address like 203.0.113.7 or 2001:db8::1, which stands for its /64." in done.errors
    assert "Write an address" not in (await program.tried(command, "chat", "4.5 stars: fine")).errors


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
    assert "bars no longer hold" in done.errors
    (bar,) = (await program("bars", "--json")).json
    barred = (await program("bar", "chat", HOME, "--json")).json
    assert [one["id"] for one in barred] != [bar["id"]]
    await program("unbar", "chat", bar["id"])
    assert [one["id"] for one in (await program("bars", "--json")).json] == [one["id"] for one in barred]


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


async def test_those_who_were_barred_before_the_list_was_full_are_named(
    nodes: Nodes, program: Program, redis: Redis
) -> None:
    """The address is the last one for which there is room."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",))
    await from_home(nodes, "Troll")
    bar = '0 1  {"person":{"id":"u","name":"U"},"act":"mute","by":{"id":"o","name":"O"},"time":""}'
    await redis.hset("{chat}:barred", mapping={f"mute:{number}": bar for number in range(BARS_MAX - 1)})
    done = await program.tried("bar", "chat", HOME, "--json")
    assert (done.code, [one["name"] for one in done.json]) == (2, ["Адрес"])
    assert f"{BARS_MAX} people are barred already" in done.errors


def test_where_addresses_are_not_barred_it_says_so(redis_server: str) -> None:
    """The setting is the servers'."""
    done = wschat("bar", "chat", HOME, redis=redis_server, environment={"WSCHAT_BAR_ADDRESSES": "off"})
    assert done.code == 2
    assert "WSCHAT_BAR_ADDRESSES is off" in done.errors
