"""Moderators by link: who is one, and from when on no longer."""

from __future__ import annotations

import pytest

from wschat.room.room_moderation import RoomModeration

from ..support import Nodes, join
from ..support.moderation import act, entries, id_of, link_of, moderator, refused_act


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


async def test_a_moderator_is_not_barred_by_another(two_nodes: Nodes) -> None:
    """The operator revokes links."""
    first, second = await moderator(two_nodes, 0), await moderator(two_nodes, 1, "Second")
    for name in ("mute", "remove"):
        assert (await refused_act(first, name, person=id_of(second), seconds=60))["code"] == "not_allowed"


async def test_a_node_that_heard_of_no_revocation_lets_nobody_act(two_nodes: Nodes) -> None:
    """The script compares the links, so no act or deletion of somebody who was a moderator succeeds."""
    mod, ann = await moderator(two_nodes, 1), await join(two_nodes.ws(0), "Ann")
    deaf = two_nodes.nodes[1]
    deaf.link.subscribe("{chat}:signals", lambda data: None)
    await deaf.poller.stop()
    seq = await ann.posts("x")
    await mod.hears("x")
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
    assert mod.welcome["role"] == "moderator"
    for text in ("x", "y"):
        await ann.posts(text)
    await mod.send("delete", seq=1, ref="d1")
    await mod.gets("done", ref="d1")
    monkeypatch.setattr(RoomModeration, "revoke", lambda moderation, generation: None)
    await link_of(two_nodes, None, revoke=True)
    await mod.send("delete", seq=2, ref="d2")
    assert (await mod.gets("error", ref="d2"))["code"] == "not_yours"
    assert [event["role"] for event in mod.events if event["type"] == "role"] == [""]


async def test_a_revocation_that_one_session_reads_first_is_told_to_the_others(
    two_nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node missed it, and asks Redis when a moderator acts: the other one of that link loses the role, too."""
    link = await link_of(two_nodes, None)
    mod, other = [await join(two_nodes.ws(1), name, mod=link) for name in ("Mia", "Max")]
    monkeypatch.setattr("wschat.admin.make_links.CHANGED", b"something else")
    await link_of(two_nodes, None, revoke=True)
    assert (await refused_act(mod, "lock", on=True))["code"] == "not_allowed"
    assert (await other.gets("role"))["role"] == ""


async def test_a_room_that_fails_to_hear_of_a_revocation_is_told_again(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the next look; those that come after it are told at once, however often it fails."""
    link = await link_of(node, None)
    first, second = [await join(node.ws(), "Mia", mod=link, room=room) for room in ("chat", "kitchen")]
    revoke, broken = RoomModeration.revoke, list[RoomModeration]()

    def fails(moderation: RoomModeration, generation: str) -> None:
        if not broken:
            broken.append(moderation)
        if moderation is broken[0]:
            raise ValueError("a bug")
        revoke(moderation, generation)

    monkeypatch.setattr(RoomModeration, "revoke", fails)
    await link_of(node, None, revoke=True)
    assert (await second.gets("role"))["role"] == ""
    monkeypatch.setattr(RoomModeration, "revoke", revoke)
    assert (await first.gets("role"))["role"] == ""
    assert broken
