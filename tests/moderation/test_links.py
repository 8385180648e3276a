"""The generation of links for all rooms, as it is read."""

from __future__ import annotations

import asyncio
from typing import cast

from wschat.moderation import GlobalLinkGeneration
from wschat.redis_link import Call, RedisLink


class SlowLink:
    """A link whose answers come when, and in which order, a test wants."""

    def __init__(self) -> None:
        self.asked: list[asyncio.Future[bytes]] = []

    async def execute(self, _: Call) -> bytes:
        self.asked.append(asyncio.get_running_loop().create_future())
        return await self.asked[-1]


async def test_an_answer_that_comes_late_brings_no_former_generation_back() -> None:
    """Who came by the new link would lose the role for good."""
    link = SlowLink()
    global_links = GlobalLinkGeneration(cast(RedisLink, link))
    reads = [asyncio.create_task(global_links.read()) for _ in range(2)]
    await asyncio.sleep(0)
    link.asked[1].set_result(b"new")
    await asyncio.sleep(0)
    link.asked[0].set_result(b"former")
    await asyncio.sleep(0)
    assert global_links.generation == "new"
    link.asked[2].set_result(b"new")
    assert await asyncio.gather(*reads) == ["new", "new"]
    assert len(link.asked) == 3


async def test_answers_that_agree_are_asked_for_once() -> None:
    """However many sessions ask in one moment."""
    link = SlowLink()
    global_links = GlobalLinkGeneration(cast(RedisLink, link))
    reads = [asyncio.create_task(global_links.read()) for _ in range(3)]
    await asyncio.sleep(0)
    for one in link.asked:
        one.set_result(b"new")
    assert await asyncio.gather(*reads) == ["new"] * 3
    assert len(link.asked) == 3
