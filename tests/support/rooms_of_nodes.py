"""A room as one node has it, for tests in which several nodes must show the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable

from wschat.broker import IGNORE_PACE
from wschat.errors import Refused
from wschat.model import Person

from .client import PATIENCE
from .room import ANN, LocalNode, RecordingSender, until

Outcome = int | Refused


class RoomOfNode:
    """A room of a node, in which Ann writes."""

    def __init__(self, node: LocalNode, name: str = "chat") -> None:
        self.room = node.rooms.open(name)
        self.node = node
        self.name = name

    @property
    def place(self) -> tuple[str, int]:
        """The epoch and the number that the node has delivered up to."""
        position = self.room.feed.log.position
        return position.epoch, position.seq

    async def opened(self) -> RoomOfNode:
        await self.room.feed.loaded()
        return self

    async def post(self, post_id: str, text: str = "x") -> Outcome:
        """Returns the number, or why not."""
        sender = RecordingSender()
        self.node.publisher.post(self.name, ANN, post_id, text, sender, share=IGNORE_PACE)
        await until(lambda: sender.acks or sender.refused)
        return sender.acks[0][1] if sender.acks else sender.refused[post_id]

    async def fill(self, count: int) -> None:
        """Messages `m1`, `m2` and so on, delivered here."""
        for number in range(1, count + 1):
            await self.post(f"p{number}", f"m{number}")
        await until(lambda: self.place[1] == count)

    async def enter(self, person: Person) -> Refused | None:
        """Returns None where they are let in, or why not."""
        return (await self.node.enter(person, self.name)).refused

    async def shown(self) -> dict[int, str]:
        """The messages that a newcomer here sees on scrolling to the beginning: text and reactions by number."""
        page, _ = await self.room.feed.history(self.place[1] + 1, 200)
        read = [json.loads(message) for message in page]
        return {one["seq"]: one.get("text", "deleted") + str(one.get("reactions", "")) for one in read}

    def people(self) -> list[str]:
        return self.node.names(self.name)


async def agree(rooms: Iterable[RoomOfNode], since: int = 1) -> dict[int, str]:
    """Wait until all nodes have delivered the whole log, and show the same people in the room, and the same messages
    from number `since` on; returns these.
    """
    end = asyncio.get_running_loop().time() + PATIENCE
    while True:
        shown = [{seq: text for seq, text in (await room.shown()).items() if seq >= since} for room in rooms]
        places, people = {room.place for room in rooms}, [room.people() for room in rooms]
        heads = {await room.room.feed.log.fetch_head() for room in rooms}
        if (
            places == heads
            and len(places) == 1
            and all(one == shown[0] for one in shown)
            and all(one == people[0] for one in people)
        ):
            return shown[0]
        assert asyncio.get_running_loop().time() < end, (places, shown, people)
        await asyncio.sleep(0.05)
