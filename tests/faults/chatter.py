"""People who write, and change what they wrote."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator

from .visitor import OWN, Visitor

CHANGES = 0.1  # for each post


async def chatter(
    speakers: Callable[[], list[Visitor]],
    say: Callable[[Visitor, str], object],
    rate: float,
    chance: random.Random,
    numbers: Iterator[int],
) -> None:
    """Let one of the speakers `say` something, `rate` times a second, until it is cancelled; some also change it.

    `numbers` are for the texts, of which no two may be the same: a deleted one is looked for in Redis.
    """
    due = time.monotonic()
    for number in numbers:
        here = [one for one in speakers() if one.comes_back]
        if here:
            say(chance.choice(here), f"{OWN}{number}")
            if chance.random() < CHANGES:
                chance.choice(here).change()
        due += 1.0 / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
