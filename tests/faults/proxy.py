"""A proxy that is a bad network: it delays, cuts into pieces, resets, falls silent."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from dataclasses import dataclass

from wschat.concurrency import cancel_all

ACCEPTING = 3  # turns of the loop between a connection that is accepted and its task: closing the server ends none
READ = 65536
PIECE_MOST = 4096  # bytes of a chunk that are cut into pieces: the rest follows whole, or a test would take for ever


@dataclass
class NetworkFaults:
    """The network's effect on each chunk of bytes. Can be changed at any time."""

    delay: float = 0.0  # s at most, by chance
    piece: int = 0  # bytes at most in one write; 0: as they come
    reset: float = 0.0  # chance that a chunk is followed by a reset instead


class Proxy:
    """Listens on a free port of 127.0.0.1 and passes on to `target` (host, port)."""

    def __init__(self, target: tuple[str, int], chance: random.Random, faults: NetworkFaults | None = None) -> None:
        self.target = target
        self.faults = faults or NetworkFaults()
        self.port = 0
        self._chance = chance
        self._passing = asyncio.Event()
        self._passing.set()
        self._links: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=2048)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for _turn in range(ACCEPTING):
            await asyncio.sleep(0)
        while running := [task for task in self._tasks if not task.done()]:
            await cancel_all(running)
        self.reset_all()

    # -- what a test does ------------------------------------------------------------------

    def fall_silent(self) -> None:
        """From now on nothing passes, and nobody is told: as when a cable is pulled."""
        self._passing.clear()

    def pass_again(self) -> None:
        """The cable is back; what was under way arrives now."""
        self._passing.set()

    def wake_up(self) -> None:
        """The cable is back, and every connection from before is dead."""
        self.reset_all()
        self._passing.set()

    def reset_all(self) -> None:
        """Cut every connection, in both directions, with a reset."""
        for link in list(self._links):
            self._reset(link)

    # -- within ----------------------------------------------------------------------------

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Its task is known as soon as it is there: one that begins while the proxy ends is ended, too."""
        task = asyncio.ensure_future(self._accepted(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passing.wait()
        far_reader, far_writer = await asyncio.open_connection(*self.target)
        link = (writer, far_writer)
        self._links.add(link)
        pumps = [
            asyncio.ensure_future(self._pump(reader, far_writer, link)),
            asyncio.ensure_future(self._pump(far_reader, writer, link)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._reset(link)  # what nobody reads would keep an end that is closed open
            raise
        finally:
            for pump in pumps:
                pump.cancel()
            self._links.discard(link)
            for end in link:
                end.close()
            await asyncio.gather(*pumps, return_exceptions=True)  # the last: it may be cancelled once more

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        link: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:  # fmt: skip
        with contextlib.suppress(OSError):
            while data := await reader.read(READ):
                faults = self.faults
                if faults.delay:
                    await asyncio.sleep(self._chance.random() * faults.delay)
                await self._passing.wait()
                if self._chance.random() < faults.reset:
                    writer.write(data[: self._chance.randrange(len(data))])
                    self._reset(link)
                    return
                await self._write(writer, data, faults.piece)

    async def _write(self, writer: asyncio.StreamWriter, data: bytes, piece: int) -> None:
        at = 0
        while piece and at < min(len(data), PIECE_MOST):
            size = self._chance.randint(1, piece)
            writer.write(data[at : at + size])
            at += size
            await asyncio.sleep(0)
        writer.write(data[at:])
        await writer.drain()

    def _reset(self, link: tuple[asyncio.StreamWriter, asyncio.StreamWriter]) -> None:
        for end in link:
            raw: socket.socket | None = end.get_extra_info("socket")
            if raw is not None and raw.fileno() >= 0:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.transport.abort()
