"""`python -m wschat`: the commands that show and check."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from wschat.broker import clear_room
from wschat.cli.main import COMMANDS
from wschat.cli.output import print_table, quantity
from wschat.redis_link import RedisLink

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.program import Program, wschat
from ..support.redis import needs_embedded, system_redis
from ..support.room import LocalNode, until
from ..support.server import ROOT

# -- what it shows -----------------------------------------------------------------------


async def test_rooms_and_people_are_those_of_all_nodes(two_nodes: Nodes, program: Program) -> None:
    """Ann is in the main room on one node, Bob in the kitchen on the other."""
    ann, _ = await two_nodes.join("Ann", "Bob")
    (eve,) = await two_nodes.join("Eve", room="kitchen")
    await ann.posts("one")
    await eve.posts("two")
    main, kitchen = (await program("rooms", "--json")).json
    assert (main["room"], main["entries"], main["online"]) == ("chat", 1, 2)
    assert (kitchen["room"], kitchen["entries"], kitchen["online"]) == ("kitchen", 1, 1)
    assert main["first"] == main["last"] <= kitchen["last"]
    assert [person["name"] for person in (await program("people", "chat", "--json")).json] == ["Ann", "Bob"]
    head, *rows = (await program("rooms")).output.splitlines()
    assert head.split()[:3] == ["room", "entries", "online"]
    assert [row.split()[:3] for row in rows] == [["chat", "1", "2"], ["kitchen", "1", "1"]]
    assert "Eve" in (await program("people", "kitchen")).output


async def test_stats_sum_up(two_nodes: Nodes, program: Program) -> None:
    """How many nodes, rooms, entries and people, and from when to when."""
    (ann,) = await two_nodes.join("Ann")
    await ann.posts("one")
    facts = (await program("stats", "--json")).json
    assert (facts["nodes"], facts["rooms"], facts["entries"], facts["online"]) == (2, 1, 1, 1)
    assert facts["oldest_message"] == facts["newest_message"]
    assert "oldest message" in (await program("stats")).output


async def test_an_export_has_every_message_as_it_is_now(node: Nodes, program: Program) -> None:
    """Of 300 messages one is edited and one deleted; the three formats."""
    (ann,) = await node.join("Ann")
    await ann.posts_many(f"text {number}" for number in range(300))
    await ann.send("edit", ref="e", seq=5, text="<b>edited</b>")
    await ann.send("delete", ref="d", seq=6)
    await ann.gets("done", ref="d")
    lines = (await program("export", "chat")).lines
    assert [line["seq"] for line in lines] == list(range(1, 301))
    assert lines[4]["text"] == "<b>edited</b>"
    assert lines[5]["deleted"]
    page = (await program("export", "chat", "--format", "html")).output
    assert "&lt;b&gt;edited&lt;/b&gt;" in page
    assert "text 5<" not in page
    assert "**Ann**" in (await program("export", "chat", "--format", "md")).output


async def test_an_export_of_a_room_that_is_cleared_meanwhile_fails(
    room_node: LocalNode, link: RedisLink, program: Program
) -> None:
    """It waits until its output is read, and the room has other messages by then: it has none of these."""
    await room_node.fill(600, size=300)
    words = [sys.executable, "-m", "wschat", "--redis", program.redis, "export", "chat"]
    export = await asyncio.create_subprocess_exec(
        *words, cwd=ROOT, limit=1024, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert export.stdout
    await asyncio.wait_for(export.stdout.readline(), PATIENCE)
    await clear_room(link, "chat")
    for number in range(600):
        room_node.post(f"other {number}", "another")
    await until(lambda: len(room_node.sender.acks) == 1200)
    output, errors = await asyncio.wait_for(export.communicate(), PATIENCE)
    assert b"another" not in output
    assert errors == b"Error: The room was cleared, restored, or lost by Redis meanwhile. Run the command again.\n"
    assert export.returncode == 2


def test_columns_are_straight_whatever_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """Marks and joiners take no column, East Asian letters two; a cell has no line's end."""
    print_table(("name", "n"), [("김철수", 1), ("फ़ैंटम", 20), ("a\nb", None)], empty="")
    head, *rows = capsys.readouterr().out.splitlines()
    assert [head, *rows] == ["name     n", "김철수   1", "फ़ैंटम" + " " * 5 + "20", "a b      -"]


def test_nothing_to_show_is_a_sentence_on_the_error_stream(tmp_path: Path) -> None:
    """A program that reads the table finds nothing in it."""
    with system_redis(tmp_path) as url:
        for words, sentence in (
            (["rooms"], "No rooms yet: nobody has been in this chat. Looked in: Redis at "),
            (["people", "chat"], "Nobody is online in chat."),
            (["bars"], "Nobody is muted or removed."),
            (["tail", "chat", "--no-follow"], "No messages in chat. Looked in: Redis at "),
            (["export", "chat"], "No messages in chat. Looked in: Redis at "),
        ):
            done = wschat(*words, redis=url)
            assert (done.code, done.output) == (0, "")
            assert sentence in done.errors


def test_times_are_those_of_this_machine(tmp_path: Path) -> None:
    """As `--until` reads them; in JSON they are in UTC."""
    here = {"TZ": "XYZ-5:45"}
    with system_redis(tmp_path) as url:
        wschat("say", "chat", "x", redis=url)
        (room,) = wschat("rooms", "--json", redis=url, environment=here).json
        written = datetime.fromisoformat(room["last"].replace("Z", "+00:00"))
        for command in ("rooms", "stats"):
            output = wschat(command, redis=url, environment=here).output
            assert f"{written + timedelta(hours=5, minutes=45):%Y-%m-%d %H:%M}" in output
            assert "(XYZ)" in output


def test_a_narrow_terminal_gets_a_line_for_each_value(tmp_path: Path) -> None:
    """The table would be broken anywhere."""
    with system_redis(tmp_path) as url:
        wschat("say", "chat", "x", redis=url)
        words = [sys.executable, "-m", "wschat", "--redis", url, "rooms"]
        ours, theirs = pty.openpty()
        subprocess.run(words, cwd=ROOT, stdout=theirs, check=True, env={**os.environ, "COLUMNS": "40"})
        lines = os.read(ours, 4096).decode().splitlines()
        os.close(ours)
        os.close(theirs)
    assert [line.split()[:2] for line in lines[:3]] == [["room", "chat"], ["entries", "1"], ["online", "0"]]


@pytest.mark.parametrize(("number", "words"), [(0, "0 rooms"), (1, "1 room"), (2, "2 rooms")])
def test_numbers_agree_with_their_nouns(number: int, words: str) -> None:
    """In every sentence of a command."""
    assert quantity(number, "room") == words


# -- what it checks ------------------------------------------------------------------------


async def test_a_check_finds_nothing_and_leaves_nothing(node: Nodes, program: Program, redis: Redis) -> None:
    """It has used a room of its own, which is gone."""
    before = {key async for key in redis.scan_iter()}
    found = (await program("check", "--json")).json
    assert {one["level"] for one in found} == {"ok"}
    assert {key async for key in redis.scan_iter()} == before


def test_a_check_says_what_breaks_a_promise(tmp_path: Path) -> None:
    """No persistence, a reserved name that can't be one, a misspelt setting."""
    with system_redis(tmp_path) as url:
        done = wschat("--reserved-names", "\u200b", "check", redis=url, environment={"WSCHAT_PROT": "1"})
    assert done.code == 2
    assert "problem  Redis persistence is off: a restart loses all messages" in done.output
    assert "problem  --reserved-names" in done.output
    assert "warning  WSCHAT_PROT is no setting" in done.output


def test_a_check_says_which_right_is_missing(tmp_path: Path) -> None:
    """This user may do everything but publish."""
    with system_redis(tmp_path, "--user", "chat", "on", ">secret", "~*", "&*", "+@all", "-publish") as url:
        done = wschat("--redis-user", "chat", "check", redis=url, environment={"WSCHAT_REDIS_PASSWORD": "secret"})
    assert done.code == 2
    assert "problem  A message that was published didn't come back" in done.output


NEED_A_CHAT = [
    ["rooms"],
    ["people", "chat"],
    ["tail", "chat", "--no-follow"],
    ["stats"],
    ["bars"],
    ["bar", "chat", "Ann"],
    ["unbar", "chat", "Ann"],
    ["export", "chat"],
    ["backup", "file"],
    ["clear", "chat", "--yes"],
    ["forget", "--room", "chat", "--yes"],
    ["rotate-key", "--yes"],
    ["link", "--moderator"],
    ["hook", "chat"],
    ["hook", "chat", "--revoke", "CI"],
]


def test_only_three_commands_begin_a_chat() -> None:
    """All others are tried on a mistyped folder. `hook` begins one with --name."""
    assert {command.name for command in COMMANDS} - {words[0] for words in NEED_A_CHAT} == {"check", "restore", "say"}


@needs_embedded
@pytest.mark.parametrize("words", NEED_A_CHAT, ids=" ".join)
def test_a_mistyped_folder_is_no_empty_chat(words: list[str], tmp_path: Path) -> None:
    """The sentence names the folder, and none is created."""
    folder = tmp_path / "dtaa"
    words = [str(tmp_path / word) if word == "file" else word for word in words]
    done = wschat("--data", str(folder), *words)
    assert (done.code, done.output) == (2, "")
    assert f"There is no chat in the data folder {folder}" in done.errors
    assert "Correct --data" in done.errors
    assert list(tmp_path.iterdir()) == []
