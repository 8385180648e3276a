"""By which authority a session is a moderator's, and what is left when one ends."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from wschat.model import MODERATOR
from wschat.moderation import ALL_ROOMS, GlobalLinkGeneration, sign_link
from wschat.redis_link import MODERATORS_KEY, RedisLink
from wschat.session import ModerationServices
from wschat.session.joined import Joined

from .conversation import Node


async def test_two_checks_of_a_revoked_link_leave_what_the_jwt_gives(
    session_node: Node, link: RedisLink, redis: Redis
) -> None:
    """Two deletions at once, say: the second check mustn't judge by the link what came in its place."""
    global_links = GlobalLinkGeneration(link)
    global_links.generation = "former"
    await redis.set(MODERATORS_KEY, "present")
    session_node.services.moderation = ModerationServices(global_links=global_links)
    ann = session_node.connect()
    await ann.joins("Ann", mod=sign_link(session_node.services.tokens.key, ALL_ROOMS, "former"))
    joined = ann.session._phase
    assert isinstance(joined, Joined)
    joined.standing.renew(MODERATOR)
    await asyncio.gather(joined.standing.verify(), joined.standing.verify())
    assert joined.standing.role == MODERATOR
    assert not ann.transport.got("role")
