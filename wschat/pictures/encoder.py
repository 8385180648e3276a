"""Re-encodes pictures, each in a process of its own: what strangers send is read by code that had many holes."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ..concurrency import Semaphore, cancel_all
from ..errors import ErrorCode, Refused

AT_ONCE = 2  # pictures of a node
WAIT_MAX = 4.0  # s that others wait for their turn
TIMEOUT = 20.0  # s for one picture: its processor time has a limit of its own (transcode.py)
RETRY = 3.0  # s
OUTPUT_MAX = 16 << 20  # bytes
SIZE_BYTES = 4  # of the width, and of the height, before the picture
INVALID = 65  # EX_DATAERR: the exit code of transcode.py for what isn't a picture that can be taken
SCRIPT = Path(__file__).with_name("transcode.py")

logger = logging.getLogger(__name__)


class Encoded(NamedTuple):
    """A picture in WebP, with its size in pixels."""

    width: int
    height: int
    data: bytes


class _Child(NamedTuple):
    """A process that re-encodes, with its ends of the pipes."""

    process: asyncio.subprocess.Process
    input: asyncio.StreamWriter
    output: asyncio.StreamReader

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()


class Encoder:
    """Re-encodes at most AT_ONCE pictures at once."""

    def __init__(self) -> None:
        self._turns = Semaphore(AT_ONCE)
        self._running = set[_Child]()
        self._is_stopped = False

    async def encode(self, data: bytes) -> Encoded:
        """The picture without metadata, made smaller if need be. Raises Refused(picture_invalid, busy, unavailable)."""
        try:
            await asyncio.wait_for(self._turns.acquire(), WAIT_MAX)
        except asyncio.TimeoutError:
            raise _busy() from None
        try:
            return await self._encode(data)
        finally:
            self._turns.release()

    async def stop(self) -> None:
        """End all processes; whoever waits for one is refused."""
        self._is_stopped = True
        for child in self._running:
            child.kill()

    # -- within ------------------------------------------------------------------

    async def _encode(self, data: bytes) -> Encoded:
        if self._is_stopped:
            raise _unavailable()
        async with self._child() as child:
            try:
                output = await asyncio.wait_for(_talk(child, data), TIMEOUT)
            except asyncio.TimeoutError:
                raise _busy() from None
            code = await child.process.wait()
        if code == 0:
            return _read(output)
        raise self._refusal(code, output)

    @asynccontextmanager
    async def _child(self) -> AsyncIterator[_Child]:
        """A process of transcode.py, which ends with the `with` block. It knows nothing of this process: neither its
        environment nor its open files.
        """
        spec = find_spec("PIL")
        if spec is None or spec.origin is None:
            raise OSError("Pillow isn't installed")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", SCRIPT, Path(spec.origin).parent.parent,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={}, cwd=os.sep, start_new_session=True,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        child = _Child(process, process.stdin, process.stdout)
        self._running.add(child)
        try:
            yield child
        finally:
            child.kill()
            await child.output.read()  # asyncio notices no end of a process before that of its output
            await process.wait()
            self._running.discard(child)

    def _refusal(self, code: int, output: bytes) -> Refused:
        """The refusal for a process that ended with this code, or by this signal if it is negative."""
        if self._is_stopped:
            return _unavailable()
        if code == INVALID:
            return _invalid(output.decode(errors="replace"))
        if code == -signal.SIGKILL:  # not by us: the machine has no memory left
            return _busy()
        if code < 0:
            if code != -signal.SIGXCPU:
                logger.warning("A picture made its process crash", extra={"signal": -code})
            return _invalid("the picture can't be read")
        logger.error("Could not re-encode pictures: %s", output.decode(errors="replace"))
        return _unavailable()


async def _talk(child: _Child, data: bytes) -> bytes:
    """Send the data, and return what the process writes until it ends."""
    sending = asyncio.ensure_future(_send(child.input, data))
    try:
        await child.output.readexactly(OUTPUT_MAX)
    except asyncio.IncompleteReadError as end:
        return end.partial
    finally:
        await cancel_all([sending])
    raise _invalid("the picture can't be re-encoded")


async def _send(stream: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(ConnectionError):  # the process has ended before it had read all
        stream.write(data)
        await stream.drain()
    stream.close()


def _read(output: bytes) -> Encoded:
    """The output of a process that succeeded. It isn't trusted either: the picture may have taken it over."""
    numbers, data = output[: 2 * SIZE_BYTES], output[2 * SIZE_BYTES :]
    if not (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        raise _invalid("the picture can't be re-encoded")
    return Encoded(int.from_bytes(numbers[:SIZE_BYTES], "big"), int.from_bytes(numbers[SIZE_BYTES:], "big"), data)


def _invalid(detail: str) -> Refused:
    return Refused(ErrorCode.PICTURE_INVALID, detail)


def _busy() -> Refused:
    return Refused(ErrorCode.BUSY, "too many pictures at once", retry_after=RETRY)


def _unavailable() -> Refused:
    return Refused(ErrorCode.UNAVAILABLE, "can't take pictures now", retry_after=RETRY)
