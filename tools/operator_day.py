"""A day of an operator, for real: install, start, watch, bar, export, back up, lose all, restore, upgrade, roll back.

python tools/operator_day.py [--from REVISION] [--to REVISION]

Needs git, and the packages of requirements/run.lock (in .venv after `make run`). Works on this machine only, in a
temporary folder, which goes at the end. Each step is checked, and printed with the time that it took; the first that
fails ends the day with code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from chat_person import TIMEOUT, Failed, Person
from day_release import Release
from local import fetch, free_port
from redis import Redis

REMOVED = 4501  # docs/protocol.md: removed by a moderator

Step = Callable[[], Awaitable[tuple[str, float | None]]]
"""Returns a note, and the time (s) that counts if that isn't how long it took."""


class Day:
    """The operator's machine: releases side by side, a data folder, and a server."""

    def __init__(self, folder: Path, old: str, new: str) -> None:
        self.old = Release(folder / "releases/old", old)
        self.new = Release(folder / "releases/new", new)
        self._data = folder / "data"
        self._backup = folder / "chat-backup"
        self._port, self._metrics = free_port(), free_port()
        self._release = self.old
        self._saved: list[str] = []  # texts that were stored when the backup began
        self._server: subprocess.Popen[str] | None = None
        self.person = Person(self._port, "Anna")

    async def run(self) -> None:
        await self._step("install", self._install)
        await self._step("start, and somebody talks", self._open)
        await self._step("watch: health, metrics, rooms, check", self._watch)
        await self._step("bar somebody, and let them in again", self._bar)
        await self._step("export", self._export)
        await self._step("back up while somebody talks", self._back_up)
        await self._step("lose everything: kill all, delete the data", self._lose)
        await self._step("restore", self._restore)
        await self._step("install the new release beside the old", self._install_new)
        await self._step("upgrade: nobody can talk for", lambda: self._change(self.new))
        await self._step("roll back: nobody can talk for", lambda: self._change(self.old))
        await self._step("upgrade in place to what can't be installed", self._upgrade_to_a_broken_one)
        await self._step(
            "upgrade in place: nobody can talk for", lambda: self._upgrade_in_place(self.new.git("rev-parse", "HEAD"))
        )
        await self._step("roll back in place: nobody can talk for", lambda: self._upgrade_in_place("--back"))

    def end(self) -> None:
        """Stop what runs."""
        self.person.leave()
        if self._server is not None and self._server.poll() is None:
            self._server.terminate()
            self._server.wait(TIMEOUT)

    async def _step(self, words: str, work: Step) -> None:
        began = time.monotonic()
        note, seconds = await work()
        seconds = time.monotonic() - began if seconds is None else seconds
        print(f"{words:<45} {seconds:6.1f} s   {note}", flush=True)

    async def _install(self) -> tuple[str, None]:
        self.old.install()
        return self.old.revision, None

    async def _install_new(self) -> tuple[str, None]:
        self.new.install()
        return self.new.revision, None

    async def _open(self) -> tuple[str, None]:
        self._start(self.old)
        await self.person.join()
        for number in range(20):
            await self.person.say(f"message {number}")
        return f"{len(self.person.acknowledged)} messages", None

    async def _watch(self) -> tuple[str, None]:
        for path in ("healthz", "readyz", "health"):
            await asyncio.to_thread(fetch, f"http://127.0.0.1:{self._port}/{path}")
        metrics = await asyncio.to_thread(fetch, f"http://127.0.0.1:{self._metrics}/metrics")
        if "wschat_sessions 1.0" not in metrics:
            raise Failed("the metrics don't know the person")
        await self._command("rooms")
        await self._command("stats")
        await self._command("check")
        return "all green", None

    async def _bar(self) -> tuple[str, None]:
        """The connection is closed at once; the person comes back only after `unbar`, with the old token."""
        troll = Person(self._port, "Troll")
        await troll.join()
        await self._command("bar", "chat", "Troll", "--minutes", "60", "--reason", "spam")
        code = await troll.is_closed()
        if code != REMOVED or await troll.may_join():
            raise Failed(f"somebody who is barred is still there, or can come back: {code}")
        await self._command("unbar", "chat", "Troll")
        if not await troll.may_join():
            raise Failed("somebody who was let in can't come back")
        troll.leave()
        return f"closed with {REMOVED}, kept out, let in", None

    async def _export(self) -> tuple[str, None]:
        return f"{len(await self._texts())} messages", None

    async def _back_up(self) -> tuple[str, None]:
        async with self._talking():
            await asyncio.sleep(0.2)
            before = len(self.person.acknowledged)
            await self._command("backup", str(self._backup))
        self._saved = self.person.acknowledged[:before]
        return f"{before} messages stored before it, {len(self.person.acknowledged) - before} meanwhile", None

    async def _lose(self) -> tuple[str, None]:
        assert self._server is not None
        with Redis(unix_socket_path=str(self._data / "redis/redis.sock")) as redis:
            redis_process = int(redis.info("server")["process_id"])
        self._server.kill()
        os.kill(redis_process, signal.SIGKILL)
        self._server.wait(TIMEOUT)
        shutil.rmtree(self._data)
        return f"{len(self.person.acknowledged)} messages gone", None

    async def _restore(self) -> tuple[str, None]:
        await self._command("restore", "--yes", str(self._backup))  # before anyone comes: it has the key of the tokens
        self._start(self.old)
        await self.person.join()
        await self._expect(self._saved)
        self.person.acknowledged = await self._texts()
        return f"{len(self.person.acknowledged)} messages are back", None

    async def _change(self, release: Release) -> tuple[str, float]:
        """Stop the server in order and start the other release. The person comes back on its own."""
        assert self._server is not None
        began = time.monotonic()
        self._server.send_signal(signal.SIGTERM)
        if self._server.wait(TIMEOUT):
            raise Failed("the server didn't stop in order")
        self._start(release)
        await self.person.join()
        seconds = time.monotonic() - began
        await self.person.say(f"message with {release.folder.name}")
        await self._expect(self.person.acknowledged)
        return f"{len(self.person.acknowledged)} messages, none lost", seconds

    async def _upgrade_to_a_broken_one(self) -> tuple[str, None]:
        """Its lock names a package that there isn't. The chat goes on, and so does its folder."""
        before = self.old.git("rev-parse", "HEAD")
        lock = self.old.folder / "requirements/run.lock"
        lock.write_text(f"{lock.read_text()}no-such-package-as-this==1 --hash=sha256:{'0' * 64}\n")
        self.old.git("commit", "--quiet", "--all", "--message", "Require what there isn't")
        broken = self.old.git("rev-parse", "HEAD")
        self.old.git("reset", "--quiet", "--hard", before)
        done = await asyncio.to_thread(self.old.upgrade, broken)
        if not done.returncode or "Nothing has changed." not in done.stderr or self.old.git("status", "--porcelain"):
            raise Failed(f"it was upgraded, or changed: {done.stderr}")
        await self._command("rooms")
        await self.person.say("message after an upgrade that failed")
        return "nothing has changed", None

    async def _upgrade_in_place(self, revision: str) -> tuple[str, float]:
        """While the chat runs; then it is restarted."""
        began = time.monotonic()
        done = await asyncio.to_thread(self.old.upgrade, revision)
        if done.returncode or not done.stdout.startswith(("Upgraded: ", "Back: ")):
            raise Failed(done.stdout + done.stderr)
        took = time.monotonic() - began
        note, seconds = await self._change(self.old)
        return f"{note}; make upgrade took {took:.1f} s", seconds

    def _start(self, release: Release) -> None:
        words = ["server.py", "--host", "127.0.0.1", "--port", str(self._port), "--idle-timeout", "0"]
        words += ["--metrics", f"127.0.0.1:{self._metrics}", "--redis", "embedded", "--data", str(self._data)]
        self._release = release
        self._server = subprocess.Popen(
            [release.python, *words], cwd=release.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._server.stdout is not None
        if "Server started" not in self._server.stdout.readline():
            raise Failed(f"the server ended with code {self._server.wait(TIMEOUT)}")

    async def _command(self, *words: str) -> str:
        """Run `python -m wschat` and return its output. Raises Failed."""
        options = ["-m", "wschat", "--redis", "embedded", "--data", str(self._data)]
        process = await asyncio.create_subprocess_exec(
            self._release.python, *options, *words, cwd=self._release.folder, stdout=subprocess.PIPE
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise Failed(f"{words[0]} ended with code {process.returncode}")
        return output.decode()

    async def _texts(self) -> list[str]:
        return [json.loads(line)["text"] for line in (await self._command("export", "chat")).splitlines()]

    async def _expect(self, texts: list[str]) -> None:
        missing = set(texts) - set(await self._texts())
        if missing:
            raise Failed(f"{len(missing)} messages are lost")

    @asynccontextmanager
    async def _talking(self) -> AsyncIterator[None]:
        talk = asyncio.ensure_future(self.person.talk())
        try:
            yield
        finally:
            talk.cancel()
            await asyncio.wait([talk])


async def spend(old: str, new: str) -> None:
    with tempfile.TemporaryDirectory(prefix="operator-day-") as folder:
        day = Day(Path(folder), old, new)
        try:
            await day.run()
        finally:
            day.end()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--from", dest="old", default="HEAD~1", help="revision to begin with (default: %(default)s)")
    parser.add_argument("--to", dest="new", default="HEAD", help="revision to upgrade to (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        asyncio.run(spend(arguments.old, arguments.new))
    except (Failed, subprocess.CalledProcessError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
