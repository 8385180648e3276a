"""A position that never was costs only the client that claims it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from wschat.redis_link import PrimaryLink

from ..support import Nodes, join, visit

FAR = 0.1  # s that Redis is away
STRANGERS = 60
EVERY = 0.05  # s


async def claims(url: str, number: int, position: dict[str, Any]) -> dict[str, Any]:
    """A stranger who says that they have read up to this position."""
    stranger = await visit(url)
    await stranger.send("hello", name=f"Stranger {number}", resume=position)
    welcome = await asyncio.wait_for(stranger.gets("welcome"), 10)
    await stranger.leaves()
    return welcome


@pytest.mark.parametrize("kind", ["another epoch", "beyond the end"])
async def test_false_positions_delay_no_honest_newcomer(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Redis is 100 ms away, and twenty strangers a second claim one: joins and resumes wait for none of them."""
    await nodes.start(1)
    (ann,) = await nodes.join("Ann")
    await ann.posts("x")
    link = nodes.nodes[0].link
    assert isinstance(link, PrimaryLink)
    run = link._exchange

    async def slowly(*calls: Any) -> list[Any]:
        await asyncio.sleep(FAR)
        return await run(*calls)

    monkeypatch.setattr(link, "_exchange", slowly)
    epoch = "never" if kind == "another epoch" else ann.welcome["epoch"]
    strangers: list[asyncio.Task[dict[str, Any]]] = []
    waits: list[float] = []
    loop = asyncio.get_running_loop()
    for number in range(STRANGERS):
        strangers.append(asyncio.ensure_future(claims(nodes.ws(), number, {"epoch": epoch, "seq": 99})))
        await asyncio.sleep(EVERY)
        if number % 10 == 5:
            start = loop.time()
            resume = {"epoch": ann.welcome["epoch"], "seq": 1} if number % 20 == 5 else None
            honest = await join(nodes.ws(), f"Honest {number}", **({"resume": resume} if resume else {}))
            waits.append(loop.time() - start)
            assert honest.welcome["recovered"] is (resume is not None)
    for welcome in await asyncio.gather(*strangers):
        assert (welcome["recovered"], welcome["lost"]) == (False, True)
    assert max(waits) < 4.0, waits  # where each waited for the false ones, it was 8 s
