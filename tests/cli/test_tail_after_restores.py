"""`tail` of a room that is cleared or restored, or whose log gets a new epoch: what is new is shown, and only that."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.admin import backup, restore
from wschat.broker import clear_room
from wschat.cli.tail import _Tail
from wschat.protocol import HISTORY_MAX
from wschat.redis_link import PrimaryLink

from ..support.changes import delete, edit, react
from ..support.room import LocalNode, until


@pytest.mark.parametrize("year", ["2020", "2999"])
async def test_tail_shows_what_is_written_after_the_room_was_cleared(
    room_node: LocalNode, redis_server: str, capsys: pytest.CaptureFixture[str], year: str
) -> None:
    """It learns of both at once, and shows the message as the page does: also if the clock was ahead before."""
    await room_node.fill(2)
    link, nowhere = PrimaryLink(redis_server), SimpleNamespace(title="")
    await link.start()
    try:
        tail: Any = _Tail(link, "chat", as_json=False)
        await tail.begin(1, nowhere)
        await clear_room(link, "chat")
        tail._known = {(year + time[4:], likeness): text for (time, likeness), text in tail._known.items()}
        room_node.post("p", "anew")
        await until(lambda: len(room_node.sender.acks) == 3)
        await tail._read_on()
        await tail._read_on()
    finally:
        await link.stop()
    output, errors = capsys.readouterr()
    assert re.findall(r"Ann: (\S+)", output) == ["m2", "anew"]
    assert errors == "The history of the room has changed.\n"


@pytest.mark.parametrize("as_json", [False, True])
async def test_tail_shows_nothing_again_after_a_restore(
    room_node: LocalNode, redis_server: str, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    """Neither what it has shown, nor what is older than that; what came meanwhile is shown, and JSON has a mark."""
    await room_node.fill(HISTORY_MAX + 10)
    link, nowhere = PrimaryLink(redis_server), SimpleNamespace(title="")
    await link.start()
    try:
        tail: Any = _Tail(link, "chat", as_json)
        await tail.begin(3, nowhere)
        archive = await backup(link)
        for number in range(5):
            room_node.post(f"lost{number}", "lost")
        await until(lambda: len(room_node.sender.acks) == HISTORY_MAX + 15)
        await tail._read_on()
        await restore(link, archive)
        room_node.post("anew", "anew")
        await until(lambda: len(room_node.sender.acks) == HISTORY_MAX + 16)
        await tail._read_on()
        await tail._read_on()
    finally:
        await link.stop()
    output, errors = capsys.readouterr()
    assert errors == "The history of the room has changed.\n"
    shown = [*(f"m{HISTORY_MAX + number}" for number in (8, 9, 10)), *["lost"] * 5]
    if as_json:
        lines = [json.loads(line) for line in output.splitlines()]
        assert [line.get("text", line["type"]) for line in lines] == [*shown, "reset", "anew"]
        reset, anew = lines[-2:]
        assert (reset["epoch"], reset["seq"]) == (anew["epoch"], anew["seq"])
    else:
        assert re.findall(r"Ann: (\S+)", output) == [*shown, "anew"]


async def test_tail_shows_nothing_of_an_older_backup(
    room_node: LocalNode, redis_server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Although it remembers none of it any more; what is posted after the restore is shown."""
    await room_node.fill(10)
    link, nowhere = PrimaryLink(redis_server), SimpleNamespace(title="")
    await link.start()
    try:
        archive = await backup(link)
        tail: Any = _Tail(link, "chat", as_json=False)
        await tail.begin(0, nowhere)
        for number in range(HISTORY_MAX + 5):
            room_node.post(f"later{number}", "later")
        await until(lambda: len(room_node.sender.acks) == HISTORY_MAX + 15)
        await tail._read_on()
        await tail._read_on()
        capsys.readouterr()
        await restore(link, archive)
        room_node.post("anew", "anew")
        await until(lambda: len(room_node.sender.acks) == HISTORY_MAX + 16)
        await tail._read_on()
    finally:
        await link.stop()
    assert re.findall(r"Ann: (\S+)", capsys.readouterr().out) == ["anew"]


@pytest.mark.parametrize("written", [0, 2])
async def test_tail_shows_what_a_restore_brings_into_a_room_whose_messages_it_never_saw(
    room_node: LocalNode, redis_server: str, capsys: pytest.CaptureFixture[str], written: int
) -> None:
    """It began after the room was cleared, and knows all that was in it since: all else is new, and shown once."""
    await room_node.fill(3)
    link, nowhere = PrimaryLink(redis_server), SimpleNamespace(title="")
    await link.start()
    try:
        archive = await backup(link)
        await clear_room(link, "chat")
        for number in range(written):
            room_node.post(f"now{number}", f"now{number}")
        await until(lambda: len(room_node.sender.acks) == 3 + written)
        tail: Any = _Tail(link, "chat", as_json=False)
        await tail.begin(10, nowhere)
        for _ in range(2):
            await restore(link, archive)
            await tail._read_on()
    finally:
        await link.stop()
    shown = [*(f"now{number}" for number in range(written)), "m1", "m2", "m3"]
    assert re.findall(r"Ann: (\S+)", capsys.readouterr().out) == shown


async def test_tail_shows_what_it_missed_of_a_log_that_only_got_a_new_epoch(
    room_node: LocalNode, redis: Redis, redis_server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was posted to the former epoch, and is in the log; nobody has cleared or restored anything."""
    await room_node.fill(2)
    link, nowhere = PrimaryLink(redis_server), SimpleNamespace(title="")
    await link.start()
    try:
        tail: Any = _Tail(link, "chat", as_json=False)
        await tail.begin(1, nowhere)
        await room_node.fill(1)
        await redis.hdel("{chat}:meta", "epoch")
        await tail._read_on()
    finally:
        await link.stop()
    assert re.findall(r"Ann: (\S+)", capsys.readouterr().out) == ["m2", "m3"]


@pytest.mark.parametrize("restored", [False, True])
async def test_tail_shows_what_it_missed_although_it_was_more_than_it_remembers(
    room_node: LocalNode, redis: Redis, redis_server: str, capsys: pytest.CaptureFixture[str], restored: bool
) -> None:
    """The newest of it: numbers beyond those that it has read in the former epoch are new, also in a backup."""
    await room_node.fill(2)
    link, nowhere = PrimaryLink(redis_server), SimpleNamespace(title="")
    await link.start()
    try:
        tail: Any = _Tail(link, "chat", as_json=False)
        await room_node.fill(HISTORY_MAX)
        await tail.begin(1, nowhere)
        await room_node.fill(HISTORY_MAX + 5)
        if restored:
            await restore(link, await backup(link))
        else:
            await redis.hdel("{chat}:meta", "epoch")
        await tail._read_on()
    finally:
        await link.stop()
    last = 2 * HISTORY_MAX + 7
    shown = [f"m{HISTORY_MAX + 2}", *(f"m{number}" for number in range(last - HISTORY_MAX + 1, last + 1))]
    assert re.findall(r"Ann: (\S+)", capsys.readouterr().out) == shown


@pytest.mark.parametrize("as_json", [False, True])
async def test_tail_shows_the_texts_that_a_restore_brings_back(
    room_node: LocalNode, redis_server: str, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    """Of messages that it knew deleted or edited, before it began or since; the others aren't shown again."""
    await room_node.fill(5)
    link, nowhere = PrimaryLink(redis_server), SimpleNamespace(title="")
    await link.start()
    try:
        archive = await backup(link)
        await delete(room_node, 1)
        tail: Any = _Tail(link, "chat", as_json)
        await tail.begin(0, nowhere)
        await delete(room_node, 3)
        await edit(room_node, 4, "edited")
        await react(room_node, 5)
        await tail._read_on()
        capsys.readouterr()
        for _ in range(2):
            await restore(link, archive)
            await tail._read_on()
    finally:
        await link.stop()
    output = capsys.readouterr().out
    if as_json:
        lines = [json.loads(line) for line in output.splitlines()]
        assert [line.get("text", line["type"]) for line in lines] == ["reset", "m1", "m3", "m4", "reset"]
    else:
        assert re.findall(r"Ann: (\S+)", output) == ["m1", "m3", "m4"]
