"""A moderator on the wire."""

from __future__ import annotations

import itertools
from typing import Any

from websockets.asyncio.client import connect

from wschat.admin import moderators_link
from wschat.moderation import GlobalLinkGeneration

from .client import Client, join, visit
from .nodes import Nodes
from .room import until

HOME = "203.0.113.7"
_refs = itertools.count(1)
_newcomers = itertools.count(1)


async def link_of(nodes: Nodes, room: str | None = "chat", *, revoke: bool = False) -> str:
    """The token of a moderator's link, as the operator's command makes it.

    None: for all rooms. Then each node has heard of it, unless others are revoked: before that it takes nobody for a
    moderator by it.
    """
    token = await moderators_link(nodes.nodes[0].link, room, revoke=revoke)
    if room is None and not revoke:
        generation = await GlobalLinkGeneration(nodes.nodes[0].link).read()
        copies = [one for node in nodes.nodes if (one := node.global_links.services.global_links) is not None]
        await until(lambda: all(one.generation == generation for one in copies))
    return token


async def moderator(nodes: Nodes, number: int = 0, name: str = "Mia", room: str = "chat", **hello: Any) -> Client:
    """Somebody who opens a moderator's link of the room, on this node."""
    return await join(nodes.ws(number), name, room=room, mod=await link_of(nodes, room), **hello)


async def at_the_door(nodes: Nodes, name: str, number: int = 0, address: str = HOME, **hello: Any) -> Client:
    """Somebody who says hello from this address, through a proxy on this machine."""
    headers = {"X-Forwarded-For": address}
    client = Client(await connect(nodes.ws(number), additional_headers=headers, ping_interval=None), name)
    await client.send("hello", name=name, **hello)
    return client


async def from_home(nodes: Nodes, name: str, number: int = 0, address: str = HOME, **hello: Any) -> Client:
    """Somebody who has entered from this address, through a proxy on this machine."""
    client = await at_the_door(nodes, name, number, address, **hello)
    client.welcome = await client.gets("welcome")
    return client


async def entry_refused(nodes: Nodes, name: str, code: str, number: int = 0, **hello: object) -> dict[str, object]:
    """The `error` that a `hello` gets."""
    visitor = await visit(nodes.ws(number), name)
    await visitor.send("hello", name=name, **hello)
    error = await visitor.is_refused(code)
    await visitor.leaves()
    return error


async def act(client: Client, name: str, **fields: Any) -> dict[str, Any]:
    """An act that succeeds; returns the answer."""
    ref = f"act-{next(_refs)}"
    await client.send("moderate", act=name, ref=ref, **fields)
    return await client.gets("done", ref=ref)


async def refused_act(client: Client, name: str, **fields: Any) -> dict[str, Any]:
    """An act that doesn't; returns the `error`."""
    ref = f"act-{next(_refs)}"
    await client.send("moderate", act=name, ref=ref, **fields)
    return await client.gets("error", ref=ref)


def id_of(client: Client) -> str:
    return str(client.welcome["you"]["id"])


def entries(welcome: dict[str, Any]) -> dict[str, str]:
    """Name and role of everyone in the list of a `welcome`."""
    return {person["name"]: person.get("role", "") for person in welcome["online"]["people"]}


async def is_out(client: Client) -> None:
    """The person was told why, and the connection is closed."""
    await client.is_refused("barred")
    assert await client.close_code() == 4501


async def deletes(client: Client, seq: int) -> dict[str, Any]:
    """The message as it is then."""
    await client.send("delete", ref=f"d{seq}", seq=seq)
    while (event := await client.gets("amended"))["message"]["seq"] != seq:
        pass
    message: dict[str, Any] = event["message"]
    return message


async def shown(nodes: Nodes, number: int = 0) -> list[str]:
    """The texts that a newcomer sees, `-` for a tombstone of an author's, `x` for one of a moderator's."""
    newcomer = await join(nodes.ws(number), f"Newcomer {next(_newcomers)}")
    messages = newcomer.welcome["messages"]
    await newcomer.leaves()
    return ["x" if one.get("moderated") else "-" if one.get("deleted") else one["text"] for one in messages]
