"""Searches of clients, and what a node keeps for them."""

from __future__ import annotations

from typing import Any

from wschat.room import Room

from .client import Client
from .nodes import Nodes


async def posted(client: Client, *texts: str) -> int:
    """Post these texts, and wait until the last one has come back; its number."""
    await client.posts_many(texts)
    return int((await client.hears(texts[-1]))["seq"])


async def found(client: Client, text: str, **fields: Any) -> list[str]:
    """The texts of the messages that a search finds."""
    return [message["text"] for message in (await answer(client, text, **fields))["messages"]]


async def answer(client: Client, text: str, **fields: Any) -> dict[str, Any]:
    await client.send("search", text=text, ref="find", **fields)
    return await client.gets("found", ref="find")


def room_of(nodes: Nodes) -> Room:
    (room,) = nodes.nodes[0].rooms
    return room


def words_in(room: Room) -> list[str]:
    """What the room's index has of each message."""
    return list(room.feed.log.index.terms.values())
