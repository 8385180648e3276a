"""Members of an audience, and a client's end, that keep what they hear."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from wschat.fan_out import NoSocket


class RecordingMember:
    """A member of an audience that reads the events in the frames that it is sent."""

    socket = NoSocket

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def write(self, data: bytes) -> int:
        self.send(data)
        return len(data)

    def abort(self) -> None:
        raise AssertionError("ended")

    def send(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            size, head = data[at + 1], 2
            if size > 125:
                head = 4 if size == 126 else 10
                size = int.from_bytes(data[at + 2 : at + head], "big")
            at += head + size
            self.events.append(json.loads(data[at - size : at]))

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.events if event["type"] == "message"]


class RecordingTransport(RecordingMember):
    """A client's end, as a session sees it. Nothing ever waits here."""

    def __init__(self) -> None:
        super().__init__()
        self.code: int | None = None  # that it was closed with

    @property
    def is_closing(self) -> bool:
        return self.code is not None

    def close(self, code: int, reason: str = "") -> None:
        self.code = code

    async def drained(self) -> None:
        return

    def got(self, type_: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == type_]


class ByteRecordingMember:
    """A member of an audience that keeps what it was sent, write by write."""

    socket = NoSocket

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.sent.append(data)
        return len(data)

    def abort(self) -> None:
        raise AssertionError("ended")

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    @property
    def heard(self) -> bytes:
        return b"".join(self.sent)


async def flushed(times: int = 3) -> None:
    """Give the audience so many turns of the loop."""
    for _ in range(times):
        await asyncio.sleep(0)
