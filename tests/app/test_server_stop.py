"""How `python server.py` stops, by a signal or on its own, and what it leaves behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from ..support import Server, StartServer, join
from ..support.client import PATIENCE
from ..support.nodes import page_in
from ..support.redis import answers, needs_embedded, servers_of
from ..support.server import ROOT

# --- stopping -----------------------------------------------------------------


@needs_embedded
async def test_ctrl_c_ends_it_cleanly_and_quickly(start_server: StartServer) -> None:
    """It exits with 0, without a traceback, closes with 1001, and leaves no Redis behind."""
    server = start_server()
    ann = await join(server.ws, "Ann")
    redis = servers_of(server.data)
    start = time.monotonic()
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    assert await ann.gets("notice", code="draining")
    assert await ann.close_code() == 1001
    assert server.wait(30) == 0
    assert time.monotonic() - start < 8  # a drain may take 10 s
    assert "Traceback" not in server.output
    assert len(redis) == 1
    assert not servers_of(server.data)


async def test_sigterm_is_a_restart_for_people(start_server: StartServer) -> None:
    """It closes with 1012, which means «come back», and exits with 0."""
    server = start_server()
    ann = await join(server.ws, "Ann")
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    assert await ann.close_code() == 1012
    assert server.wait(30) == 0


@needs_embedded
def test_ctrl_c_while_it_starts_is_clean_too(tmp_path: Path) -> None:
    """The embedded Redis is starting here; no traceback appears and nothing is left behind."""
    server = Server(tmp_path / "data")
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "server.py"), "--redis", "embedded", "--data", str(server.data), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    while not (server.data / "redis" / "users.lock").exists():
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in output
    assert process.returncode in (0, -signal.SIGINT)
    assert not servers_of(server.data)


# --- the embedded Redis ---------------------------------------------------------


async def test_a_message_is_there_after_a_restart(start_server: StartServer) -> None:
    """It keeps its number and epoch, and its author's token is still valid."""
    server = start_server()
    ann = await join(server.ws, "Ann")
    await ann.posts("before the restart")
    epoch = ann.welcome["epoch"]
    assert await server.stops() == 0
    server.restart_at_same_port()
    again = await join(server.ws, "Ann", token=ann.welcome["token"])
    assert [message["text"] for message in again.welcome["messages"]] == ["before the restart"]
    assert (again.welcome["epoch"], again.welcome["seq"]) == (epoch, 1)
    assert again.welcome["you"]["id"] == ann.welcome["you"]["id"]


@needs_embedded
async def test_a_redis_left_by_a_killed_server_is_taken_over_and_ended(start_server: StartServer) -> None:
    """After SIGKILL of the chat, the next one finds Redis with all messages, and stops it at its own end."""
    server = start_server()
    ann = await join(server.ws, "Ann")
    await ann.posts("before the crash")
    server.kill()
    left = servers_of(server.data)
    assert len(left) == 1
    server.restart_at_same_port()
    assert servers_of(server.data) == left
    again = await join(server.ws, "Bob")
    assert again.welcome["messages"][0]["text"] == "before the crash"
    assert await server.stops() == 0
    assert not servers_of(server.data)


@needs_embedded
async def test_two_servers_with_one_data_folder_are_one_chat(start_server: StartServer) -> None:
    """They share its Redis, and the last one to exit stops it."""
    first = start_server()
    second = start_server(data=first.data)
    ann, bob = await join(first.ws, "Ann"), await join(second.ws, "Bob")
    await ann.posts("hello")
    assert await bob.hears("hello")
    assert await first.stops() == 0
    assert len(servers_of(second.data)) == 1
    await bob.posts("still here")
    assert await second.stops() == 0
    assert not servers_of(second.data)


def test_a_named_redis_is_used_and_left_alone(start_server: StartServer, redis_server: str) -> None:
    """The chat starts no embedded one, whose files would be beside the pictures, and the Redis outlives the chat."""
    server = start_server(redis=redis_server)
    assert redis_server.rsplit("/", 1)[0] in server.output
    assert {file.name for file in server.data.iterdir()} <= {"pictures"}
    assert server.stop() == 0
    assert answers(redis_server)


# --- the idle stop, for real ------------------------------------------------------


@needs_embedded
async def test_a_server_where_nobody_talks_stops_by_itself(start_server: StartServer) -> None:
    """After 3 s it warns, stays once on request, then closes with 4500, exits with 0 and names the setting."""
    server = start_server("--idle-timeout", "3")
    ann = await join(server.ws, "Ann")
    assert (await ann.gets("notice", code="idle"))["seconds"] == 1
    await ann.send("stay")
    assert await ann.gets("notice", code="active")
    stayed = time.monotonic()
    assert await ann.gets("notice", code="idle")
    assert await ann.close_code() == 4500
    assert time.monotonic() - stayed > 2.5
    assert server.wait(30) == 0
    assert "3 s (--idle-timeout)" in server.output
    assert "Traceback" not in server.output
    assert not servers_of(server.data)


@needs_embedded
def test_the_line_in_server_py_is_what_counts(tmp_path: Path) -> None:
    """A copy with another IDLE_TIMEOUT stops after that time, and logs where the value came from."""
    copy = page_in(tmp_path / "copy")
    text = copy.read_text(encoding="utf-8")
    assert "\nIDLE_TIMEOUT = 300" in text
    copy.write_text(text.replace("\nIDLE_TIMEOUT = 300", "\nIDLE_TIMEOUT = 0.5"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(copy), "--redis", "embedded", "--port", "0"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0
    assert "0.5 s (IDLE_TIMEOUT in server.py)" in done.stderr
    assert (copy.parent / "data").is_dir()
