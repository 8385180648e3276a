"""Nodes on one Redis are one chat."""

from __future__ import annotations

from .support import Nodes


async def test_a_message_reaches_someone_on_another_node(two_nodes: Nodes) -> None:
    """Ann on the first node says hello; Bob on the second hears it, and so does Ann."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    seq = await ann.posts("hello")
    for client in (ann, bob):
        message = await client.hears("hello")
        assert (message["seq"], message["from"]["name"]) == (seq, "Ann")
