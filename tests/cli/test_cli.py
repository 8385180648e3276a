"""`python -m wschat`: what it says and refuses, on the Redis of running nodes and with none running."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis

import wschat as package
from wschat.__main__ import hint
from wschat.cli.main import COMMANDS

from ..support import Nodes, Server, free_port
from ..support.client import PATIENCE
from ..support.owner import needs_another_user, nobodys_data
from ..support.program import Program, wschat
from ..support.redis import needs_embedded, servers_of, system_redis
from ..support.server import ROOT


async def test_what_the_operator_says_is_a_message(node: Nodes, program: Program) -> None:
    """Ann hears it now, and so does Bob, who comes later; nobody else may take the operator's name."""
    (ann,) = await node.join("Ann")
    await program("say", "chat", "The cake is ready")
    heard = await ann.hears("The cake is ready")
    assert heard["from"] == {"id": "operator", "name": "Сервер"}
    await program("say", "CHAT", "-", "--name", "Cook", text="from a pipe\n")
    assert (await ann.hears("from a pipe"))["from"]["name"] == "Cook"
    (bob,) = await node.join("Bob")
    assert [message["text"] for message in bob.welcome["messages"]] == ["The cake is ready", "from a pipe"]


@pytest.mark.parametrize(
    ("rights", "refusal"), [("-subscribe", "the 'subscribe' command"), ("resetchannels", "a channel")]
)
def test_who_may_not_subscribe_is_told_so(rights: str, refusal: str, tmp_path: Path) -> None:
    """Both the command and the server, which a service manager needn't start again: exit code 2."""
    with system_redis(tmp_path, "--user", "chat", "on", ">secret", "~*", "&*", "+@all", rights) as url:
        environment = {"WSCHAT_REDIS_USER": "chat", "WSCHAT_REDIS_PASSWORD": "secret"}
        done = wschat("rooms", redis=url, environment=environment)
        assert (done.code, "permission" in done.errors) == (2, True), done.errors
        server = Server(tmp_path, redis=url, environment=environment)
        with pytest.raises(AssertionError, match="permission"):
            server.start()
        assert server.process is not None
        assert server.wait(PATIENCE) == 2


# -- with and without a server ---------------------------------------------------------------


@needs_embedded
def test_it_works_on_the_embedded_redis_whether_the_chat_runs_or_not(tmp_path: Path) -> None:
    """It starts the embedded Redis, stops it again, and leaves that of a running chat alone."""
    data = ["--data", str(tmp_path / "data")]
    assert wschat(*data, "say", "chat", "first").code == 0
    assert servers_of(tmp_path) == []
    server = Server(tmp_path / "data").start()
    try:
        assert wschat(*data, "say", "chat", "second").code == 0
        assert len(servers_of(tmp_path)) == 1
        assert [line["text"] for line in wschat(*data, "export", "chat").lines] == ["first", "second"]
    finally:
        assert server.stop() == 0
    assert servers_of(tmp_path) == []
    assert wschat(*data, "stats", "--json").json["nodes"] == 0


@needs_embedded
@needs_another_user
def test_root_acts_as_the_owner_of_the_folder() -> None:
    """The server of another user couldn't use files that root owned there."""
    with nobodys_data() as folder:
        done = wschat("--data", str(folder), "say", "chat", "hello")
        assert done.code == 0, done.errors


@needs_embedded
def test_its_settings_are_the_servers(tmp_path: Path) -> None:
    """The environment counts, and an option before the command more."""
    environment = {"WSCHAT_REDIS": "embedded", "WSCHAT_DATA": str(tmp_path / "a")}
    assert wschat("say", "chat", "in a", environment=environment).code == 0
    assert (tmp_path / "a/redis").exists()
    assert wschat("--data", str(tmp_path / "b"), "say", "chat", "in b", environment=environment).code == 0
    assert [line["text"] for line in wschat("export", "chat", environment=environment).lines] == ["in a"]


# -- when it can't -----------------------------------------------------------------------------


def test_no_redis_is_a_sentence(tmp_path: Path) -> None:
    """Nobody waits a minute for it, as a server does."""
    done = wschat("rooms", redis=f"redis://127.0.0.1:{free_port()}")
    assert done.code == 2
    assert done.errors.startswith("Error: Could not connect to Redis at redis://127.0.0.1:")
    assert "Traceback" not in done.errors


@needs_embedded
@pytest.mark.parametrize("words", [("rooms",), ("export", "chat", "--format", "html")])
def test_a_full_disk_under_the_output_is_a_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    """The output isn't whole, and a script must be told so."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    command = [sys.executable, "-m", "wschat", "--redis", "embedded", "--data", str(tmp_path)]
    subprocess.run([*command, "say", "chat", "hello"], cwd=ROOT, check=True, timeout=60)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*command, *words], stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60, check=False
        )
    assert (done.returncode, done.stderr) == (2, "Error: Could not write the output: No space left on device.\n")
    assert servers_of(tmp_path) == []


@needs_embedded
def test_an_export_to_a_terminal_does_not_steer_it(tmp_path: Path) -> None:
    """A message may contain what makes a terminal change colours, or type."""
    data = ("--data", str(tmp_path))
    assert wschat(*data, "say", "chat", "\x1b[31mred\u202e").code == 0
    terminal, end = os.openpty()
    command = [sys.executable, "-m", "wschat", "--redis", "embedded", *data, "export", "chat", "--format", "md"]
    subprocess.run(command, stdout=end, cwd=ROOT, check=True, timeout=60)
    os.close(end)
    assert "\N{REPLACEMENT CHARACTER}\\[31mred\N{REPLACEMENT CHARACTER}" in os.read(terminal, 10_000).decode()
    os.close(terminal)
    assert "red\u202e" in wschat(*data, "export", "chat", "--format", "md").output


def test_no_permission_is_a_sentence(tmp_path: Path) -> None:
    """Neither to ask Redis, nor to use the folder of another user."""
    with system_redis(tmp_path, "--user", "chat", "on", ">secret", "~*", "&*", "+@all", "-scan") as url:
        done = wschat("--redis-user", "chat", "rooms", redis=url, environment={"WSCHAT_REDIS_PASSWORD": "secret"})
    assert done.code == 2
    assert "rejected a command" in done.errors
    assert "scan" in done.errors
    assert len(done.errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["tail", "nowhere"], "There is no room nowhere"),
        (["export", "a b"], "'a b' isn't a room"),
        (["say", "chat", " "], "Error: The text is empty"),
        (["clear", "nowhere", "--yes"], "There is no room nowhere. Existing rooms: chat."),
        (["people", "nowhere"], "There is no room nowhere"),
        (["bars", "nowhere"], "There is no room nowhere"),
        (["bar", "nowhere", "203.0.113.7"], "There is no room nowhere"),
        (["clear", "chat"], "Nothing was changed, because nobody answered. To confirm beforehand, use --yes."),
        (["bar", "chat", "Ann", "--until", "soon"], "'soon' isn't like 2026-12-31 or '2026-12-31 18:00'"),
        (["forget", "--yes"], "Expected either --room or --person"),
        (["forget", "--person", "Nobody", "--yes"], "Found nothing about anybody with the name or id Nobody"),
        (["restore", "/nowhere"], "Could not read /nowhere: No such file or directory"),
        (["backup", "/nowhere/file"], "Could not write /nowhere/file: No such file or directory"),
        (["rotate-key", "--yes"], "There is no token key yet"),
        (["nonsense"], "No such command"),
        (["--port", "x", "rooms"], "--port"),
    ],
)
async def test_what_cannot_be_done_is_said_and_is_code_2(
    words: list[str], sentence: str, program: Program, redis: Redis
) -> None:
    """One sentence, no traceback."""
    done = await program.tried(*words)
    assert done.code == 2
    assert sentence in done.errors
    assert "Traceback" not in done.errors


def test_without_its_libraries_it_says_what_to_do(tmp_path: Path) -> None:
    """Mostly the environment is there, and isn't active."""
    code = "import runpy, sys; sys.modules['click'] = None; runpy.run_module('wschat', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr.startswith("click isn't installed. ")) == (2, True)
    assert "pip install" in hint(tmp_path)
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/activate").touch()
    assert hint(tmp_path) == "Activate the environment first: . venv/bin/activate"
    assert hint(tmp_path, "ru") == "Сначала включите окружение: . venv/bin/activate"


def test_versions_are_told() -> None:
    """By the server and by the command line."""
    for program in (["server.py"], ["-m", "wschat"]):
        done = subprocess.run(
            [sys.executable, *program, "--version"], capture_output=True, text=True, cwd=ROOT, check=True
        )
        assert done.stdout == f"websocket-redis-chat {package.__version__}\n"


def test_the_server_imports_neither_commands_nor_hooks() -> None:
    """It starts as fast as it did."""
    unused = "{'wschat.cli', 'wschat.admin', 'wschat.hooks'}"
    code = f"import sys, wschat.app.node, wschat.app.start; print({unused} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "set()\n"


def test_every_command_says_what_it_does() -> None:
    """In `--help`, and in docs/operations.md."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert command.help
        assert f"python -m wschat {command.name}" in page
    done = subprocess.run([sys.executable, "-m", "wschat", "-h"], capture_output=True, text=True, cwd=ROOT, check=True)
    assert re.findall(r"(?m)^  ([a-z][a-z-]+)  ", done.stdout) == [command.name for command in COMMANDS]
    assert "..." not in done.stdout.partition("Commands:")[2]


def test_json_is_json_for_every_command_that_has_it(tmp_path: Path) -> None:
    """A program can rely on standard output."""
    with system_redis(tmp_path) as url:
        for words in (["say", "chat", "x"], ["rooms"], ["people", "chat"], ["stats"], ["tail", "chat", "--no-follow"]):
            json.loads(wschat(*words, "--json", redis=url).output)
