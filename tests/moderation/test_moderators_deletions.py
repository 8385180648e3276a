"""A message that a moderator deletes, a room that one clears, and what everyone is told of it."""

from __future__ import annotations

import asyncio
import logging

import pytest
from redis.asyncio import Redis

from ..support import Nodes, join
from ..support.moderation import act, deletes, moderator, shown


async def test_a_message_that_a_moderator_deleted_says_so(two_nodes: Nodes) -> None:
    """Not so those that people deleted themselves, moderators among them; the name stands only among the acts."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    for text in ("rude", "mistake"):
        await ann.posts(text)
    await mod.posts("typo")
    assert (await deletes(mod, 1))["moderated"] is True
    for client, seq in ((ann, 2), (mod, 3)):
        assert "moderated" not in await deletes(client, seq)
    for number in (0, 1):
        assert await shown(two_nodes, number) == ["x", "-", "-"]
    assert "Mia" not in str((await join(two_nodes.ws(1), "Bob")).welcome["messages"][0])
    acts = (await act(mod, "barred"))["acts"]
    assert [(one["act"], one["by"]["name"], one["seq"]) for one in acts] == [("delete", "Mia", 1)]


async def test_a_message_that_two_moderators_delete_at_once_is_logged_once(
    two_nodes: Nodes, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where each node had read it as it was: the slower one only confirms what is done."""
    caplog.set_level(logging.INFO)
    mods = [await moderator(two_nodes, 0), await moderator(two_nodes, 1, "Max")]
    ann = await join(two_nodes.ws(1), "Ann")
    for seq in range(1, 40, 2):  # each deletion takes a number, too
        assert await ann.posts("rude") == seq
        for mod in mods:
            await mod.gets("message", seq=seq)
        await asyncio.gather(*(mod.send("delete", ref=f"d{seq}", seq=seq) for mod in mods))
        for mod in mods:
            await mod.gets("done", ref=f"d{seq}")
    assert sum(line.message == "Moderated" for line in caplog.records) == 20


async def test_everyone_is_told_that_a_moderator_cleared_the_room(
    two_nodes: Nodes, caplog: pytest.LogCaptureFixture
) -> None:
    """Those who are there, and those who come back, on each node; not a newcomer, who has lost nothing. And no operator
    reads in the log that Redis has lost anything.
    """
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    position = {"epoch": ann.welcome["epoch"], "seq": await ann.posts("x")}
    await act(mod, "clear")
    for client in (mod, ann):
        assert (await client.gets("reset"))["cleared"] is True
    for number in (0, 1):
        back = await join(two_nodes.ws(number), f"Bob{number}", resume=position)
        assert (back.welcome["lost"], back.welcome["cleared"]) == (True, True)
        assert "cleared" not in (await join(two_nodes.ws(number), f"Eve{number}")).welcome
    assert "lost the log" not in caplog.text


async def test_a_log_that_is_lost_after_that_was_cleared_by_nobody(two_nodes: Nodes, redis: Redis) -> None:
    """The next epoch begins on its own."""
    mod, ann = await moderator(two_nodes, 0), await join(two_nodes.ws(1), "Ann")
    await act(mod, "clear")
    await ann.gets("reset")
    await ann.posts("x")
    await redis.hdel("{chat}:meta", "epoch")
    await ann.says("y")
    assert "cleared" not in await ann.gets("reset")
