"""A barred person tries every way around it: the table of acts, ways and outcomes.

docs/security-settings.md has the same table in words; failovers and a Redis that goes away are in tests/faults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect

from wschat.app.node import Node
from wschat.redis_link import Call

from ..support import Client, Nodes
from ..support.moderation import act, id_of, link_of
from ..support.room import until

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"
HOME_6, NEIGHBOUR_6, ELSEWHERE_6 = "2001:db8:1:2::5", "2001:db8:1:2:ffff::9", "2001:db8:1:3::5"


async def come(nodes: Nodes, number: int = 0, address: str = HOME, **hello: Any) -> Client:
    """Connect through the proxy from this address and say hello; the answer is in `welcome`, or in an `error`."""
    headers = {"X-Forwarded-For": address}
    client = Client(await connect(nodes.ws(number), additional_headers=headers, ping_interval=None), "")
    await client.send("hello", **{"name": "Bob", **hello})
    return client


async def enter(nodes: Nodes, number: int = 0, address: str = HOME, **hello: Any) -> Client:
    client = await come(nodes, number, address, **hello)
    client.welcome = await client.gets("welcome")
    return client


@dataclass
class Troll:
    """Somebody who was in the room twice: under an older identity, and as the one who is barred."""

    older: Client
    client: Client
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return str(self.client.welcome["token"])

    @property
    def position(self) -> dict[str, Any]:
        return {"epoch": self.client.welcome["epoch"], "seq": self.client.welcome["seq"]}


@pytest.fixture
async def proxied(nodes: Nodes) -> Nodes:
    """Two nodes behind a proxy on this machine."""
    return await nodes.start(2, trusted_proxy=("127.0.0.1",))


async def moderator(nodes: Nodes) -> Client:
    return await enter(nodes, 0, "192.0.2.1", name="Mia", mod=await link_of(nodes))


async def troll(nodes: Nodes, home: str = HOME) -> Troll:
    older = await enter(nodes, 0, ELSEWHERE, name="Old")
    await older.leaves()
    link = nodes.nodes[0].link
    await until(lambda: not nodes.nodes[0].rooms.open("chat").occupants.of(id_of(older)))
    await link.execute(Call.command("ZREM", "{chat}:online", id_of(older)))  # the grace is over
    return Troll(older, await enter(nodes, 1, home, name="Troll", secret="t" * 20))


Way = Callable[[Nodes, Troll], Any]

WAYS: dict[str, Way] = {
    "a reload": lambda nodes, one: come(nodes, 1, token=one.token),
    "a tab on another node": lambda nodes, one: come(nodes, 0, token=one.token),
    "another name": lambda nodes, one: come(nodes, 1, token=one.token, name="Somebody"),
    "another address": lambda nodes, one: come(nodes, 1, ELSEWHERE, token=one.token),
    "the secret instead of the token": lambda nodes, one: come(nodes, 0, ELSEWHERE, secret="t" * 20),
    "a position to resume from": lambda nodes, one: come(nodes, 0, token=one.token, resume=one.position),
    "no token: a new person": lambda nodes, one: come(nodes, 0, name="Newcomer"),
    "an older identity": lambda nodes, one: come(nodes, 1, token=one.older.welcome["token"]),
    "a forged address before the proxy's": lambda nodes, one: come(nodes, 0, f"{ELSEWHERE}, {HOME}", name="Newcomer"),
    "a forged moderator's link": lambda nodes, one: come(nodes, 0, token=one.token, mod="WyIiXQ.AAAA"),
    "spelling of the room": lambda nodes, one: come(nodes, 0, token=one.token, room="CHAT"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_no_way_leads_back_after_a_removal(proxied: Nodes, way: str) -> None:
    """Each is refused with the time that is left."""
    mod, one = await moderator(proxied), await troll(proxied)
    await act(mod, "remove", person=id_of(one.client), seconds=3600)
    assert await one.client.close_code() == 4501
    error = await (await WAYS[way](proxied, one)).is_refused("barred")
    assert 3500 < error["retry_after"] <= 3600


async def test_a_removal_for_good_ends_for_the_address(proxied: Nodes, redis: Redis) -> None:
    """It will be somebody else's one day; for the person it has no end."""
    mod, one = await moderator(proxied), await troll(proxied)
    await act(mod, "remove", person=id_of(one.client), seconds=0)
    assert "retry_after" not in await (await come(proxied, 0, token=one.token)).is_refused("barred")
    by_address = await (await come(proxied, 0, name="Newcomer")).is_refused("barred")
    assert 6 * 24 * 3600 < by_address["retry_after"] <= 7 * 24 * 3600
    stored = str(await redis.hgetall("{chat}:barred"))
    assert HOME not in stored
    await act(mod, "let_in", person=id_of(one.client))
    await enter(proxied, 0, name="Newcomer")


async def test_a_new_person_elsewhere_is_let_in(proxied: Nodes) -> None:
    """Nothing tells that it is the same human being: a lock or a password keeps them out."""
    mod, one = await moderator(proxied), await troll(proxied)
    await act(mod, "remove", person=id_of(one.client), seconds=3600)
    await (await enter(proxied, 0, ELSEWHERE, name="Newcomer")).leaves()
    await act(mod, "lock", on=True)
    await (await come(proxied, 0, ELSEWHERE, name="Another")).is_refused("locked")


async def test_the_64_of_an_ipv6_address_is_barred(proxied: Nodes) -> None:
    """A home has one, with more addresses than anybody could bar; the next one isn't touched."""
    mod, one = await moderator(proxied), await troll(proxied, HOME_6)
    await act(mod, "remove", person=id_of(one.client), seconds=60)
    await (await come(proxied, 0, NEIGHBOUR_6, name="Newcomer")).is_refused("barred")
    await enter(proxied, 0, ELSEWHERE_6, name="Newcomer")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "unknown"])
async def test_neither_this_machine_nor_a_proxy_is_barred(proxied: Nodes, address: str) -> None:
    """Everyone behind it would be out, or the owner."""
    mod, one = await moderator(proxied), await troll(proxied, address)
    await act(mod, "remove", person=id_of(one.client), seconds=60)
    await enter(proxied, 0, address, name="Newcomer")


async def test_addresses_are_left_alone_where_the_operator_says_so(nodes: Nodes) -> None:
    """A class behind one router; the person is out all the same, and nothing is remembered of addresses."""
    await nodes.start(2, trusted_proxy=("127.0.0.1",), bar_addresses="off")
    mod, one = await moderator(nodes), await troll(nodes)
    await act(mod, "remove", person=id_of(one.client), seconds=60)
    await (await come(nodes, 0, token=one.token)).is_refused("barred")
    await enter(nodes, 0, name="Newcomer")


async def test_people_from_the_same_address_who_are_in_stay(proxied: Nodes) -> None:
    """A second tab and a lost connection too; nobody is punished for their neighbour as long as they are here."""
    mod, one = await moderator(proxied), await troll(proxied)
    ann = await enter(proxied, 0, name="Ann")
    await act(mod, "remove", person=id_of(one.client), seconds=60)
    assert await ann.is_there()
    await enter(proxied, 1, name="Ann", token=ann.welcome["token"])


async def test_an_ended_bar_leaves_the_one_of_a_neighbour(proxied: Nodes) -> None:
    """Two are removed from one address; letting one of them in doesn't free it for the other."""
    mod, one = await moderator(proxied), await troll(proxied)
    other = await enter(proxied, 0, name="Other")
    for person in (one.client, other):
        await act(mod, "remove", person=id_of(person), seconds=60)
    await act(mod, "let_in", person=id_of(other))
    await (await come(proxied, 0, name="Newcomer")).is_refused("barred")


@pytest.mark.parametrize("way", WAYS)
async def test_no_way_leads_round_a_mute(proxied: Nodes, way: str) -> None:
    """A person who comes anew from that address is muted too, and is told so at once."""
    mod, one = await moderator(proxied), await troll(proxied)
    await act(mod, "mute", person=id_of(one.client), seconds=3600)
    again = await WAYS[way](proxied, one)
    assert 3500 < (await again.gets("welcome"))["muted"] <= 3600
    await again.says("x")
    assert 3500 < (await again.is_refused("muted"))["retry_after"] <= 3600


RULES: dict[str, tuple[dict[str, Any], str]] = {
    "lock": ({"on": True}, "locked"),
    "password": ({"text": "сезам"}, "password_required"),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("way", ["no token: a new person", "an older identity", "a forged moderator's link"])
async def test_no_way_leads_into_a_closed_room(proxied: Nodes, rule: str, way: str) -> None:
    """Only those who are in it come back; somebody who has left is as new as anybody."""
    mod, one = await moderator(proxied), await troll(proxied)
    fields, code = RULES[rule]
    await act(mod, rule, **fields)
    await act(mod, "remove", person=id_of(one.client), seconds=60)
    await act(mod, "let_in", person=id_of(one.client))
    await (await WAYS[way](proxied, one)).is_refused(code)


@pytest.mark.parametrize("way", WAYS)
async def test_no_way_leads_round_slow_mode(proxied: Nodes, way: str) -> None:
    """A new person waits as long before the first message as everybody between two."""
    mod, one = await moderator(proxied), await troll(proxied)
    await act(mod, "slow", seconds=600)
    await one.client.posts("first")
    again = await WAYS[way](proxied, one)
    await again.gets("welcome")
    await again.says("second")
    assert 590 < (await again.is_refused("slow"))["retry_after"] <= 600


async def test_nobody_gets_in_while_redis_is_full(proxied: Nodes, redis: Redis) -> None:
    """People are let in to read then, but for those who are out."""
    mod, one = await moderator(proxied), await troll(proxied)
    await act(mod, "remove", person=id_of(one.client), seconds=60)
    await redis.config_set("maxmemory", "1")
    try:
        for number in (0, 1):
            await (await come(proxied, number, token=one.token)).is_refused("barred")
            await (await come(proxied, number, name="Newcomer")).is_refused("barred")
        await enter(proxied, 0, ELSEWHERE, name="Ann")
    finally:
        await redis.config_set("maxmemory", "0")


async def test_the_lease_that_a_frozen_node_renews_keeps_nobody(proxied: Nodes) -> None:
    """A node that heard neither the signal nor the version asks for a new lease, and is told."""
    mod, one = await moderator(proxied), await troll(proxied)
    deaf: Node = proxied.nodes[1]
    deaf.link.subscribe("{chat}:signals", lambda data: None)
    await deaf.poller.stop()
    await act(mod, "remove", person=id_of(one.client), seconds=60)
    deaf.renewer.renew_soon(deaf.rooms.open("chat").presence)
    assert await one.client.close_code() == 4501


async def test_a_post_on_its_way_is_stopped_by_the_script(proxied: Nodes) -> None:
    """Also where the node hasn't heard yet."""
    mod, one = await moderator(proxied), await troll(proxied)
    deaf: Node = proxied.nodes[1]
    deaf.link.subscribe("{chat}:signals", lambda data: None)
    await deaf.poller.stop()
    seq = await one.client.posts("before")
    await act(mod, "remove", person=id_of(one.client), seconds=60)
    await one.client.says("after", id="late")
    assert (await one.client.is_refused("barred"))["id"] == "late"
    await one.client.send("edit", seq=seq, text="worse", ref="e")
    assert (await one.client.gets("error", ref="e"))["code"] == "barred"
