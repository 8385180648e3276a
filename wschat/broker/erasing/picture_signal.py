"""Tells the nodes that pictures have lost their messages."""

from __future__ import annotations

from contextlib import suppress

from ...errors import RedisUnavailable
from ...protocol import PICTURES_SIGNAL, PicturesGone, encode
from ...redis_link import Call, RedisLink


async def tell_pictures_gone(link: RedisLink, gone: PicturesGone) -> None:
    """Have the nodes delete pictures now. Those that no node hears of are deleted by a sweep, a day later."""
    with suppress(RedisUnavailable):
        await link.execute(Call.command("PUBLISH", link.node_channel, PICTURES_SIGNAL + encode(gone)))
