"""The program in docs/operations.md is one that works, on this server."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import suppress
from http import HTTPStatus

import pytest

from wschat.web.webhook_client import WebhookClient

from ...support import Nodes, free_port, is_listening
from ...support.room import until
from ...support.server import ROOT
from .receiver import HERE, hooked


@pytest.fixture
def program() -> str:
    """It, as it stands there."""
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    (found,) = re.findall(r"```python\n(.+?)```", page.partition("\n## Outgoing hooks\n")[2], re.DOTALL)
    return str(found)


async def test_the_program_answers(calling: Nodes, program: str) -> None:
    """It takes signed calls only."""
    port = free_port()
    assert "8000" in program
    url = f"http://127.0.0.1:{port}/chat"
    hook = await hooked(calling, url, name="Weather", word="weather")
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program.replace("8000", str(port)), env={**os.environ, "SECRET": hook.secret}
    )
    try:
        await until(lambda: is_listening(port))
        (ann,) = await calling.join("Ann")
        await ann.posts("/weather in Tula?")
        answer = await ann.gets("message", text="Snow, Ann!")
        assert answer["from"] == {"id": hook.id, "name": "Weather"}
        forged = {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,x"}
        assert (await WebhookClient(HERE).send(url, forged, b"{}")).status == HTTPStatus.UNAUTHORIZED
    finally:
        with suppress(ProcessLookupError):
            bot.kill()
        await bot.wait()
