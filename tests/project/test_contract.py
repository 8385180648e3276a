"""docs/protocol.md is the contract: it names what the code speaks, and the code speaks what it names."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import get_args

import pytest

from wschat import protocol
from wschat.errors import CloseCode, ErrorCode
from wschat.protocol import events
from wschat.session import joined
from wschat.web import event_streams

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.room import until

PROJECT = Path(__file__).resolve().parents[2]
CONTRACT = (PROJECT / "docs" / "protocol.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """From this heading to the next one."""
    text = CONTRACT.partition(f"\n{heading}\n")[2]
    assert text, heading
    return re.split(r"^##+ ", text, maxsplit=1, flags=re.MULTILINE)[0]


def names(heading: str) -> set[str]:
    """The entries in the first column of the section's table."""
    cells = re.findall(r"^\| ([^|]+) \|", section(heading), re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def numbers(heading: str) -> set[int]:
    cells = re.findall(r"^\| ([0-9, ]+) \|", section(heading), re.MULTILINE)
    return {int(number) for cell in cells for number in cell.split(",")}


def rows(heading: str) -> dict[str, str]:
    """The rest of each row by the name in its first column."""
    return dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section(heading), re.MULTILINE))


COMMANDS = {kind.__struct_config__.tag: kind for kind in get_args(protocol.AnyCommand)}
EVENTS: dict[object, type] = {kind.__struct_config__.tag: kind for kind in events.EVENTS}
EVENTS["message"] = protocol.Message


def wire_fields(kind: type) -> set[str]:
    return set(kind.__struct_encode_fields__)  # type: ignore[attr-defined]


def test_commands_are_those_of_the_contract() -> None:
    """The contract lists neither more nor fewer."""
    assert names("## Commands: client → server") == COMMANDS.keys()


def test_events_are_those_of_the_contract() -> None:
    """The contract lists neither more nor fewer."""
    assert names("## Events: server → client") == EVENTS.keys()


def test_the_page_has_types_for_the_events() -> None:
    """For all but `pong` and those that only answer a command, and for no others."""
    types = (PROJECT / "static" / "js" / "types.js").read_text(encoding="utf-8")
    listed = types.partition("@typedef {object} WireEvents\n")[2].partition("\n *\n")[0]
    answers = {"done", "messages", "history", "found", "people", "upload", "renewed", "pong"}
    assert set(re.findall(r"@property \{.+\} (\w+)", listed)) == EVENTS.keys() - answers


@pytest.mark.parametrize("name", COMMANDS)
def test_the_contract_names_every_field_of_a_command(name: str) -> None:
    """Each field is in the command's row, or in the table of `hello`."""
    row = rows("## Commands: client → server")[name]
    row += section("### hello") if name == "hello" else ""
    assert [field for field in wire_fields(COMMANDS[name]) if f"`{field}" not in row] == []


@pytest.mark.parametrize("name", EVENTS)
def test_the_contract_names_every_field_of_an_event(name: str) -> None:
    """Each field is in the event's row, or in the table that the row points to."""
    row = rows("## Events: server → client")[name]
    tables = {"welcome": "### welcome", "error": "## Errors", "notice": "### Notices"}
    row += section(tables[name]) if name in tables else ""
    assert [field for field in wire_fields(EVENTS[name]) if f"`{field}" not in row and f", {field}" not in row] == []


def test_the_contract_names_the_answer_and_the_refusals_of_each_command() -> None:
    """Every command has a row, and every refusal is in the section, except those of a frame that can't be read."""
    answers = section("### Answers and refusals")
    unreadable = {"bad_json", "unknown_command"}
    assert names("### Answers and refusals") == COMMANDS.keys()
    assert {code.value for code in ErrorCode} - unreadable - set(re.findall(r"`(\w+)`", answers)) == set()


def test_error_codes_are_those_of_the_contract() -> None:
    """The contract lists neither more nor fewer."""
    assert names("## Errors") == {code.value for code in ErrorCode}


def test_close_codes_are_those_of_the_contract() -> None:
    """The contract lists neither more nor fewer."""
    assert numbers("## Close codes") == {int(code) for code in CloseCode}


def test_notices_are_those_of_the_contract() -> None:
    """The contract lists neither more nor fewer."""
    assert names("### Notices") == {code.value for code in protocol.NoticeCode}


def test_close_codes_say_whether_to_come_back() -> None:
    """From 4500 on are only the codes that reconnecting can't fix."""
    assert {code for code in CloseCode if code >= 4500} >= {CloseCode.STOPPED_IDLE, CloseCode.REMOVED}
    assert all(code < 4500 for code in CloseCode if code.name in ("RESTARTING", "SLOW_CONSUMER", "HEARTBEAT_LOST"))


def test_each_command_has_its_handler() -> None:
    """Of a client that is in a room; `hello` and `ping` come before it is."""
    assert set(joined._HANDLERS) == set(COMMANDS.values()) - {protocol.Hello, protocol.Ping}


async def test_the_bot_answers(node: Nodes) -> None:
    """The program of the contract is one that works, on this server."""
    (program,) = re.findall(r"```python\n(.+?)```", section("## A bot"), re.DOTALL)
    assert "ws://localhost:8888/ws" in program
    (ann,) = await node.join("Ann")
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program.replace("ws://localhost:8888/ws", node.ws())
    )
    try:
        await ann.gets("online", count=2)
        asked = await ann.posts("!time")
        answer = await ann.gets("message", id=f"time-{asked}")
        assert re.fullmatch(r"\d\d:\d\d:\d\d", answer["text"])
        assert (answer["from"]["name"], answer["reply"]["seq"]) == ("Clock", asked)
    finally:
        with suppress(ProcessLookupError):
            bot.kill()
        await bot.wait()


async def test_the_reader_reads(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """So does the program that reads over HTTP. It comes back when it is disconnected, and goes on from its place."""
    monkeypatch.setattr(event_streams, "RETRY_MS", (50, 50))
    (program,) = re.findall(r"```python\n(.+?)```", section("## Reading over HTTP"), re.DOTALL)
    address = "http://localhost:8888/r/kitchen/events"
    assert address in program
    (ann,) = await node.join("Ann", room="kitchen")
    edge = node.nodes[0].edge
    reader = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program.replace(address, f"{node.url()}/r/kitchen/events"), stdout=asyncio.subprocess.PIPE
    )
    assert reader.stdout is not None
    try:
        await until(lambda: edge.event_stream_count == 1)
        for text in ("one", "two", "three"):
            await ann.posts(text)
            assert await asyncio.wait_for(reader.stdout.readline(), PATIENCE) == f"Ann: {text}\n".encode()
            await edge._serving.observing.close_all(CloseCode.RESTARTING, 0)  # type: ignore[union-attr]
    finally:
        with suppress(ProcessLookupError):
            reader.kill()
        await reader.wait()
