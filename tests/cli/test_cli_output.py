"""Output of commands that can't be written as it is: other encodings, full disks, closed streams, Ctrl-C."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest
from click.testing import CliRunner
from redis.asyncio import Redis

from wschat.admin import Archive
from wschat.admin.archive import Header
from wschat.cli import copies

from ..support import Nodes
from ..support.program import TIMEOUT, Program
from ..support.server import ROOT

FULL = Path("/dev/full")


async def in_a_shell(
    redis: str, words: str, redirections: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a shell does, with these redirections."""
    line = f'exec "$0" -m wschat --redis "$1" {words} {redirections}'
    return await asyncio.to_thread(
        subprocess.run, ["sh", "-c", line, sys.executable, redis], cwd=ROOT, capture_output=True, timeout=TIMEOUT,
        env={**os.environ, **environment}, check=False,
    )  # fmt: skip


async def test_an_encoding_without_such_letters_gets_escapes(node: Nodes, redis_server: str) -> None:
    """The result is printed on any terminal, and output for programs is in UTF-8."""
    (troll,) = await node.join("Тролль")
    await troll.posts("привет")
    for words in ("people chat", "tail chat --no-follow", "bar chat Тролль --mute", "bars"):
        done = await in_a_shell(redis_server, words, PYTHONIOENCODING="latin-1")
        assert (done.returncode, done.stderr) == (0, b"")
        assert rb"\u0422\u0440\u043e\u043b\u043b\u044c" in done.stdout
    for words in ("export chat", "people chat --json"):
        done = await in_a_shell(redis_server, words, PYTHONIOENCODING="latin-1")
        assert "Тролль" in str(json.loads(done.stdout))


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
async def test_a_full_disk_is_a_sentence(node: Nodes, redis_server: str) -> None:
    """The exit code is 2, not Python's 120."""
    (ann,) = await node.join("Ann")
    await ann.posts("hello")
    for words in ("people chat", "export chat", "rooms --json", "--help", "bar chat Ann"):
        done = await in_a_shell(redis_server, words, f">{FULL}")
        assert done.returncode == 2
        assert done.stderr == b"Error: Could not write the output: No space left on device.\n"


def test_a_backup_that_cant_be_removed_says_why_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root made the file in a folder of its own, and is the owner of the data by then: the file stays, but empty."""

    def fill_disk(target: IO[bytes], archive: Archive) -> None:
        target.write(b"x" * 20_000)
        target.write(b"the rest")
        raise OSError(errno.ENOSPC, "No space left on device")

    def refuse(path: Path, **_: bool) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(copies, "write_archive", fill_disk)
    monkeypatch.setattr(Path, "unlink", refuse)
    operator = SimpleNamespace(run_with_source=lambda work: Archive(Header(0, ""), []))
    done = CliRunner().invoke(copies.backup_command, [str(tmp_path / "copy")], obj=operator)
    left, failure = f"{tmp_path}/copy is left, empty: remove it.", f"Could not write {tmp_path}/copy: No space left"
    assert done.exit_code == 2
    assert done.output.startswith(f"{left}\nError: {failure}")
    assert (tmp_path / "copy").stat().st_size == 0


def test_a_backup_that_cant_be_emptied_isnt_called_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no file descriptor left to do it with."""

    def refuse(path: Path, **_: bool) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    targets: list[IO[bytes]] = []

    def fill_disk(target: IO[bytes], archive: Archive) -> None:
        targets.append(target)
        target.write(b"x" * 20_000)
        monkeypatch.setattr(os, "dup", refuse)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(copies, "write_archive", fill_disk)
    monkeypatch.setattr(Path, "unlink", refuse)
    operator = SimpleNamespace(run_with_source=lambda work: Archive(Header(0, ""), []))
    done = CliRunner().invoke(copies.backup_command, [str(tmp_path / "copy")], obj=operator)
    targets[0].close()
    assert done.output.startswith(f"{tmp_path}/copy is left: remove it.\nError: ")
    assert (tmp_path / "copy").stat().st_size > 0


async def test_closed_streams_are_none_of_its_business(node: Nodes, redis_server: str) -> None:
    """The command is done, unless its output is all that it does."""
    (ann,) = await node.join("Ann")
    await ann.posts("hello")
    for words, closed in (("export chat", "<&- 2>&-"), ("bars", "<&- 2>&-"), ("bar chat Ann", "<&- >&- 2>&-")):
        assert (await in_a_shell(redis_server, words, closed)).returncode == 0
    done = await in_a_shell(redis_server, "bars --json")
    assert [one["name"] for one in json.loads(done.stdout)] == ["Ann"]


def test_ctrl_c_in_the_first_moment_leaves_no_traceback(tmp_path: Path) -> None:
    """While modules are imported, as a program that Ctrl-C ends."""
    (tmp_path / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    done = subprocess.run(
        [sys.executable, "-m", "wschat", "rooms"], cwd=ROOT, capture_output=True, timeout=TIMEOUT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")


async def test_what_others_wrote_into_redis_is_no_time(node: Nodes, program: Program, redis: Redis) -> None:
    """Nor a generation of links that could be no text."""
    await node.join("Ann")
    for value in ("junk", "99999999999999999999", "0"):
        await redis.hset("{chat}:meta", "retained", value)
        assert (await program("stats", "--json")).json["last_search_for_old_messages"] is None
    await redis.set("wschat:moderators", b"\xff\xfe")
    assert "#mod=" in (await program("link", "--moderator", "--all-rooms")).output


async def test_names_of_rooms_do_not_steer_the_terminal(program: Program, redis: Redis, tmp_path: Path) -> None:
    """Whoever writes to Redis names them: a failure lists them, and a question."""
    message = '{"type":"message","seq":1,"id":"x","from":{"id":"a","name":"A"},"text":"x","time":""}'
    await redis.xadd("{chat:\x1b[31m}:log", {"m": message}, "1-0")
    file = str(tmp_path / "copy")
    await program("backup", file)
    for words in (["clear", "nosuch"], ["restore", file]):
        done = await program.tried(*words, text="n\n")
        assert done.code != 0
        assert "\N{REPLACEMENT CHARACTER}[31m" in done.errors
        assert "\x1b" not in done.errors
