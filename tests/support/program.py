"""`python -m wschat`, as an operator runs it."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

from .warm import warm_process

TIMEOUT = 60.0


@dataclass(frozen=True)
class Done:
    """The result of a command."""

    code: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        return json.loads(self.output)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The output as JSON Lines."""
        return [json.loads(line) for line in self.output.splitlines()]


def wschat(*words: str, redis: str = "embedded", text: str = "", environment: dict[str, str] | None = None) -> Done:
    """Run a command to its end; `text` is its standard input."""
    with TemporaryFile("w+") as source, TemporaryFile("w+") as output, TemporaryFile("w+") as errors:
        source.write(text)
        source.seek(0)
        streams = (source, output, errors)
        code = warm_process().run(["--redis", redis, *words], {**os.environ, **(environment or {})}, streams, TIMEOUT)
        return Done(code, *(_written(stream) for stream in (output, errors)))


def _written(stream: IO[str]) -> str:
    stream.seek(0)
    return stream.read()


class Program:
    """The command line on one Redis, for tests in which people talk meanwhile."""

    def __init__(self, redis: str) -> None:
        self.redis = redis

    async def __call__(self, *words: str, text: str = "") -> Done:
        """Run a command that succeeds."""
        done = await self.tried(*words, text=text)
        assert done.code == 0, done.errors
        return done

    async def tried(self, *words: str, text: str = "") -> Done:
        return await asyncio.to_thread(wschat, *words, redis=self.redis, text=text)
