"""Stores one post and waits for its outcome, for senders that aren't sessions: a command, a hook."""

from __future__ import annotations

import asyncio

from ...errors import Refused
from ...model import Person
from .pace_share import PaceShare
from .publisher import Publisher


async def store_post(
    publisher: Publisher, room: str, person: Person, post: str, text: str, *, share: PaceShare, hook: bool = False
) -> int:
    """Store and publish a post (Publisher.post); return its number, however long Redis takes.

    If the caller gives up, the post may still be stored. Raises Refused.
    """
    outcome = _Outcome()
    publisher.post(room, person, post, text, outcome, share, hook=hook)
    return await outcome.seq


class _Outcome:
    """The sender that receives the outcome of the post, as `seq`."""

    def __init__(self) -> None:
        self.seq: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def on_stored(self, acks: list[tuple[str, int]], repeats: int) -> None:
        if not self.seq.done():  # otherwise nobody waits any more
            self.seq.set_result(acks[0][1])

    def on_refused(self, post: str, refused: Refused) -> None:
        if not self.seq.done():
            self.seq.set_exception(refused)
