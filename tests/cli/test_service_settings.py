"""The documented command that has the settings of a systemd service."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from redis.asyncio import Redis

from ..support.client import PATIENCE
from ..support.server import ROOT

PASSWORD = "two words, a$b #c;touch d `e` \"f\" 'g'"
FILES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *filter(Path.is_file, (ROOT / "deploy").rglob("*"))]

# Stands in for systemd-run, which needs systemd as the first process. It reads the file as systemd.exec(5) says of
# values without quotes and backslashes: they end with the line, and nothing in them is special.
STAND_IN = f"""#!{sys.executable}
import argparse, os
parser = argparse.ArgumentParser()
for flag in ("--quiet", "--collect", "--wait", "--pty", "--pipe"):
    parser.add_argument(flag, action="store_true", required=True)
parser.add_argument("-p", required=True)
parser.add_argument("--working-directory", required=True)
parser.add_argument("command", nargs=argparse.REMAINDER)
told = parser.parse_args()
name, _, file = told.p.partition("=")
assert name == "EnvironmentFile"
for line in open(file, encoding="utf-8"):
    name, _, value = line.partition("=")
    os.environ[name] = value.strip()
os.chdir(told.working_directory)
os.execv(told.command[0], told.command)
"""


def documented() -> str:
    """The command of the docs for all that is in the file of settings."""
    docs = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    found = re.search(r"\| the same, with all that is in `/etc/wschat.env` \|[^`]*`([^`]*)`", docs)
    assert found is not None
    return found[1]


def run_documented(folder: Path, redis: str) -> subprocess.CompletedProcess[str]:
    """Run it in `folder`, which gets the file of settings."""
    stand_in = folder / "systemd-run"
    stand_in.write_text(STAND_IN, encoding="utf-8")
    stand_in.chmod(0o755)
    settings = {"REDIS": redis, "REDIS_USER": "operator", "REDIS_PASSWORD": PASSWORD}
    lines = [f"WSCHAT_{name}={value}\n" for name, value in settings.items()]
    (folder / "wschat.env").write_text("".join(lines), encoding="utf-8")
    command = documented().replace("/opt/wschat/.venv/bin/python", shlex.quote(sys.executable))
    command = command.replace("/opt/wschat", shlex.quote(str(ROOT))).replace("/var/lib/wschat", f"{folder}/data")
    command = command.replace("/etc/wschat.env", f"{folder}/wschat.env")
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )


async def test_a_command_has_the_settings_of_the_service_as_they_are(
    redis: Redis, redis_server: str, tmp_path: Path
) -> None:
    """Spaces and characters that are special in a shell arrive, and nothing in a value is run."""
    await redis.execute_command("ACL", "SETUSER", "operator", "on", f">{PASSWORD}", "~*", "&*", "+@all")
    await redis.hset("{chat}:meta", "seq", "0")
    try:
        done = await asyncio.to_thread(run_documented, tmp_path, redis_server)
    finally:
        await redis.execute_command("ACL", "DELUSER", "operator")
    assert (done.returncode, done.stderr) == (0, ""), done
    assert set(os.listdir(tmp_path)) == {"systemd-run", "wschat.env"}


def test_no_documented_command_runs_a_file_of_settings_in_a_shell() -> None:
    """A shell reads such a file in another way than systemd does: it may run a part of a value as a command."""
    runs = re.compile(r"set -a\b|(?:\bsource|[\s;&'\"`(]\.)\s+\S*\.env\b|\benv \$\(|\beval\b")
    assert [path for path in FILES if runs.search(path.read_text(encoding="utf-8"))] == []
