"""`tail` of a room that is cleared or restored, or whose log gets a new epoch: what is new is shown, and only that."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import cast

import pytest
from redis.asyncio import Redis

from wschat.admin import backup, restore
from wschat.broker import clear_room
from wschat.cli.tail import _Tail
from wschat.protocol import HISTORY_MAX
from wschat.redis_link import PrimaryLink, RedisSource

from ..support.changes import delete, edit, react
from ..support.room import LocalNode, until


class Follower:
    """`tail` of the room, a step at a time, and what it has shown."""

    def __init__(self, link: PrimaryLink, capsys: pytest.CaptureFixture[str]) -> None:
        self._link, self._capsys = link, capsys

    async def begin(self, count: int, *, as_json: bool = False) -> None:
        """Show the newest `count` messages."""
        self.tail = _Tail(self._link, "chat", as_json)
        await self.tail.begin(count, cast(RedisSource, SimpleNamespace(title="")))

    async def read(self) -> None:
        """Show what has come since."""
        await self.tail._read_on()

    def texts(self) -> list[str]:
        """The texts shown since the last time."""
        return re.findall(r"Ann: (\S+)", self._capsys.readouterr().out)

    def lines(self) -> list[dict[str, object]]:
        """The lines of JSON shown since the last time."""
        return [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]


@pytest.fixture
def follower(link: PrimaryLink, capsys: pytest.CaptureFixture[str]) -> Follower:
    return Follower(link, capsys)


async def post(node: LocalNode, *texts: str) -> None:
    """Post them, and wait until they are stored."""
    stored = len(node.sender.acks)
    for number, text in enumerate(texts, start=stored):
        node.post(f"post{number}", text)
    await until(lambda: len(node.sender.acks) == stored + len(texts))


@pytest.mark.parametrize("year", ["2020", "2999"])
async def test_tail_shows_what_is_written_after_the_room_was_cleared(
    room_node: LocalNode, link: PrimaryLink, follower: Follower, capsys: pytest.CaptureFixture[str], year: str
) -> None:
    """It learns of both at once, and shows the message as the page does: also if the clock was ahead before."""
    await room_node.fill(2)
    await follower.begin(1)
    await clear_room(link, "chat")
    known = follower.tail._known
    follower.tail._known = {(year + time[4:], likeness): text for (time, likeness), text in known.items()}
    await post(room_node, "anew")
    await follower.read()
    await follower.read()
    output, errors = capsys.readouterr()
    assert re.findall(r"Ann: (\S+)", output) == ["m2", "anew"]
    assert errors == "The history of the room has changed.\n"


async def test_tail_shows_nothing_again_after_a_restore(
    room_node: LocalNode, link: PrimaryLink, follower: Follower
) -> None:
    """Neither what it has shown, nor what is older than that; what came meanwhile is shown."""
    await room_node.fill(HISTORY_MAX + 10)
    await follower.begin(3)
    archive = await backup(link)
    await post(room_node, *["lost"] * 5)
    await follower.read()
    await restore(link, archive)
    await post(room_node, "anew")
    await follower.read()
    await follower.read()
    last = [f"m{HISTORY_MAX + number}" for number in (8, 9, 10)]
    assert follower.texts() == [*last, *["lost"] * 5, "anew"]


async def test_a_restore_leaves_a_mark_in_json(room_node: LocalNode, link: PrimaryLink, follower: Follower) -> None:
    """It has the epoch, and the number up to which the room was restored."""
    await room_node.fill(2)
    await follower.begin(1, as_json=True)
    await restore(link, await backup(link))
    await post(room_node, "anew")
    await follower.read()
    await follower.read()
    shown, reset, anew = follower.lines()
    assert (shown["text"], reset["type"], anew["text"]) == ("m2", "reset", "anew")
    assert (reset["epoch"], reset["seq"]) == (anew["epoch"], anew["seq"])


async def test_tail_shows_nothing_of_an_older_backup(
    room_node: LocalNode, link: PrimaryLink, follower: Follower
) -> None:
    """Although it remembers none of it any more; what is posted after the restore is shown."""
    await room_node.fill(10)
    archive = await backup(link)
    await follower.begin(0)
    await post(room_node, *["later"] * (HISTORY_MAX + 5))
    await follower.read()
    await follower.read()
    assert follower.texts() == ["later"] * (HISTORY_MAX + 5)
    await restore(link, archive)
    await post(room_node, "anew")
    await follower.read()
    assert follower.texts() == ["anew"]


@pytest.mark.parametrize("written", [0, 2])
async def test_tail_shows_what_a_restore_brings_into_a_room_whose_messages_it_never_saw(
    room_node: LocalNode, link: PrimaryLink, follower: Follower, written: int
) -> None:
    """It began after the room was cleared, and knows all that was in it since: all else is new, and shown once."""
    await room_node.fill(3)
    archive = await backup(link)
    await clear_room(link, "chat")
    now = [f"now{number}" for number in range(written)]
    await post(room_node, *now)
    await follower.begin(10)
    for _ in range(2):
        await restore(link, archive)
        await follower.read()
    assert follower.texts() == [*now, "m1", "m2", "m3"]


async def test_tail_shows_what_it_missed_of_a_log_that_only_got_a_new_epoch(
    room_node: LocalNode, redis: Redis, follower: Follower
) -> None:
    """It was posted to the former epoch, and is in the log; nobody has cleared or restored anything."""
    await room_node.fill(2)
    await follower.begin(1)
    await room_node.fill(1)
    await redis.hdel("{chat}:meta", "epoch")
    await follower.read()
    assert follower.texts() == ["m2", "m3"]


@pytest.mark.parametrize("restored", [False, True])
async def test_tail_shows_what_it_missed_although_it_was_more_than_it_remembers(
    room_node: LocalNode, redis: Redis, link: PrimaryLink, follower: Follower, restored: bool
) -> None:
    """The newest of it: numbers beyond those that it has read in the former epoch are new, also in a backup."""
    await room_node.fill(HISTORY_MAX + 2)
    await follower.begin(1)
    await room_node.fill(HISTORY_MAX + 5)
    if restored:
        await restore(link, await backup(link))
    else:
        await redis.hdel("{chat}:meta", "epoch")
    await follower.read()
    last = 2 * HISTORY_MAX + 7
    newest = [f"m{number}" for number in range(last - HISTORY_MAX + 1, last + 1)]
    assert follower.texts() == [f"m{HISTORY_MAX + 2}", *newest]


@pytest.mark.parametrize("as_json", [False, True])
async def test_tail_shows_the_texts_that_a_restore_brings_back(
    room_node: LocalNode, link: PrimaryLink, follower: Follower, as_json: bool
) -> None:
    """Of messages that it knew deleted or edited, before it began or since; the others aren't shown again."""
    await room_node.fill(5)
    archive = await backup(link)
    await delete(room_node, 1)
    await follower.begin(0, as_json=as_json)
    await delete(room_node, 3)
    await edit(room_node, 4, "edited")
    await react(room_node, 5)
    await follower.read()
    follower.texts()
    for _ in range(2):
        await restore(link, archive)
        await follower.read()
    if as_json:
        assert [line.get("text", line["type"]) for line in follower.lines()] == ["reset", "m1", "m3", "m4", "reset"]
    else:
        assert follower.texts() == ["m1", "m3", "m4"]
