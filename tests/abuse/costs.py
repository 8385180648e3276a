"""Measures what each kind of abuse costs the server and the others, at the rate that the limits allow.

python -m tests.abuse.costs [--seconds N] [--page] [KIND ...]   prints the table; --page: puts it into the docs, too

A crowd of honest people is in the room. One of them writes and others note when they hear it, and newcomers keep
coming, while a stranger at another address does the worst (`attacks.py`). All addresses are of 127.0.0.0/8.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import ssl
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from redis import Redis

from wschat.model import Person, timestamp
from wschat.protocol import MessageBody, encode
from wschat.redis_link import RoomKeys

from ..support.server import ROOT, Server
from .attacks import KINDS, LOG_EPOCH, LOG_LENGTH
from .raw import Raw, command, request
from .strangers import any_certificate

CROWD = 100  # honest people in the room
WATCHERS = 5
PAGE = ROOT / "docs" / "security-settings.md"
BEGIN, END = "<!-- costs: begin -->", "<!-- costs: end -->"
HEAD = ("abuse", "server, ms/s", "Redis, ms/s", "memory, MB", "sent to it, KB/s", "to each other, KB/s",
        "message to others, median and worst, ms", "newcomer, median and worst, ms")  # fmt: skip


class StrangeServer(Server):
    """A server for which this machine isn't exempt from limits."""

    program = ("-m", "tests.abuse.attacks", "--serve")


@dataclass
class Figures:
    """Of one measurement. Times in ms."""

    server: float = 0.0  # ms of processor time a second
    redis: float = 0.0
    memory: float = 0.0  # MB
    sent: float = 0.0  # KB a second
    others: float = 0.0
    delays: list[float] = field(default_factory=list)
    joins: list[float] = field(default_factory=list)

    def cells(self) -> list[str]:
        return [
            f"{self.server:.0f}", f"{self.redis:.0f}", f"{self.memory:+.0f}", f"{self.sent:.0f}", f"{self.others:.1f}",
            _spread(self.delays), _spread(self.joins),
        ]  # fmt: skip


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def _spread(values: list[float]) -> str:
    return f"{median(values):.0f}, {max(values, default=0):.0f}"


class Honest:
    """The people whom a stranger could disturb."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.port = port
        self._tls = tls
        self.people: list[Raw] = []
        self.heard = 0  # bytes, of all of them
        self._numbers = iter(range(1, 1 << 30))
        self._addresses = (f"127.1.{number // 200}.{number % 200 + 1}" for number in range(1 << 15))
        self._arrived: dict[str, list[float]] = {}
        self._readers: list[asyncio.Task[None]] = []

    async def come(self) -> None:
        for number in range(CROWD):
            raw = await self._join(f"Гость {number}")
            self.people.append(raw)
            self._readers.append(asyncio.ensure_future(self._read(raw, watches=number < WATCHERS)))

    async def leave(self) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def measure(self, seconds: float, figures: Figures) -> None:
        """Write and let newcomers come for so long."""
        heard = self.heard
        await asyncio.gather(self._write(seconds, figures.delays), self._keep_coming(seconds, figures.joins))
        figures.others = (self.heard - heard) / CROWD / seconds / 1000

    async def _write(self, seconds: float, delays: list[float]) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            post = f"h{next(self._numbers)}"
            started = time.monotonic()
            self._arrived[post] = []
            self.people[-1].send(command("post", id=post, text="слово"))
            await asyncio.sleep(0.3)
            while len(self._arrived[post]) < WATCHERS and time.monotonic() < started + 10:
                await asyncio.sleep(0.01)
            late = [10.0] * (WATCHERS - len(self._arrived[post]))
            delays.append(1000 * max([moment - started for moment in self._arrived.pop(post)] + late))

    async def _keep_coming(self, seconds: float, joins: list[float]) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            started = time.monotonic()
            raw = await self._join(f"Новый {next(self._numbers)}")
            joins.append(1000 * (time.monotonic() - started))
            await raw.close()
            await asyncio.sleep(0.3)

    async def _join(self, name: str) -> Raw:
        address = (next(self._addresses), 0)
        raw = Raw(*await asyncio.open_connection("127.0.0.1", self.port, local_addr=address, ssl=self._tls))
        raw.send(request(self.port), command("hello", name=name, history=50))
        await raw.reader.readuntil(b"\r\n\r\n")
        await raw.event("welcome")
        return raw

    async def _read(self, raw: Raw, *, watches: bool) -> None:
        while data := await raw.reader.read(1 << 16):
            self.heard += len(data)
            for post in [post for post in self._arrived if watches and f'"id":"{post}"'.encode() in data]:
                self._arrived[post].append(time.monotonic())


class Meter:
    """Processor time and memory of the server and its Redis."""

    def __init__(self, server: Server) -> None:
        assert server.process is not None
        self._server = psutil.Process(server.process.pid)
        self._redis = self._server.children()[0]
        self._started = time.monotonic()
        self._before = [_time(self._server), _time(self._redis)]
        self._memory = self._server.memory_info().rss

    def read(self, figures: Figures) -> None:
        seconds = time.monotonic() - self._started
        figures.server = 1000 * (_time(self._server) - self._before[0]) / seconds
        figures.redis = 1000 * (_time(self._redis) - self._before[1]) / seconds
        figures.memory = (self._server.memory_info().rss - self._memory) / 1e6


def _time(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)


async def cost_of(kind: str | None, seconds: float) -> Figures:
    """The figures of one kind of abuse; None: of the honest people alone."""
    with tempfile.TemporaryDirectory() as folder:
        server = StrangeServer(Path(folder), *_tls(Path(folder)) if kind == "tls" else ())
        server.start()
        if kind is not None and KINDS[kind].needs_log:
            _fill_log(Path(folder))
        try:
            return await _measure(server, kind, seconds)
        finally:
            await server.stops()


async def _measure(server: Server, kind: str | None, seconds: float) -> Figures:
    honest = Honest(server.port, any_certificate() if kind == "tls" else None)
    figures = Figures()
    await honest.come()
    meter = Meter(server)
    stranger = None
    if kind is not None:
        words = [sys.executable, "-m", "tests.abuse.attacks", kind, str(server.port), str(seconds + 4)]
        stranger = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
        await asyncio.sleep(4)
        meter = Meter(server)
    await honest.measure(seconds, figures)
    meter.read(figures)
    if stranger is not None:
        answer, _ = await stranger.communicate()
        figures.sent = json.loads(answer)["received"] / (seconds + 4) / 1000
    await honest.leave()
    return figures


def _fill_log(folder: Path) -> None:
    """A long log of long messages, as if it were from yesterday."""
    keys, author = RoomKeys("chat"), Person("a" * 22, "Anna")
    with Redis.from_url(f"unix://{folder}/redis/redis.sock") as client:
        pipeline = client.pipeline(transaction=False)
        for seq in range(1, LOG_LENGTH + 1):
            head = f'{{"type":"message","seq":{seq},"epoch":"{LOG_EPOCH}",'.encode()
            body = MessageBody(room="chat", id=f"old-{seq}", sender=author, text="x" * 2000, time=timestamp(0))
            pipeline.xadd(keys.log, {"m": head + encode(body)[1:]}, id=f"{seq}-0")
        pipeline.hset(keys.meta, mapping={"epoch": LOG_EPOCH, "seq": LOG_LENGTH})
        pipeline.execute()


def _tls(folder: Path) -> list[str]:
    from ..support.certificates import certificate

    cert, key = certificate(folder)
    return ["--tls-cert", str(cert), "--tls-key", str(key)]


def table(rows: dict[str, Figures]) -> str:
    lines = ["| " + " | ".join(HEAD) + " |", "| --- |" + " ---: |" * (len(HEAD) - 1)]
    lines += ["| " + " | ".join([name, *figures.cells()]) + " |" for name, figures in rows.items()]
    return "\n".join(lines)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.abuse.costs", description=__doc__)
    arguments.add_argument("--seconds", type=float, default=8.0)
    arguments.add_argument("--page", action="store_true")
    arguments.add_argument("kinds", nargs="*", default=list(KINDS))
    chosen = arguments.parse_args()
    rows = {}
    for kind in [None, *chosen.kinds]:
        name = KINDS[kind].name if kind else "nobody"
        rows[name] = asyncio.run(cost_of(kind, chosen.seconds))
        print(f"{name}: {' | '.join(rows[name].cells())}  (load {os.getloadavg()[0]:.1f})", flush=True)
    print("\n" + table(rows))
    if chosen.page:
        text = PAGE.read_text(encoding="utf-8")
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n\n{table(rows)}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
