"""Makes and revokes moderators' links."""

from __future__ import annotations

from typing import Any

from ..moderation import ALL_ROOMS, CHANGED, GlobalLinkGeneration, new_generation, sign_link
from ..redis_link import MODERATORS_KEY, TOKEN_KEY, Call, RedisLink, ScriptArgs, load_script


async def moderators_link(link: RedisLink, room: str | None, *, revoke: bool) -> str:
    """The token of a moderator's link for `room`, None: for all rooms. `revoke`: earlier links are no longer valid.
    Returns "" while the chat has no key yet, which its first server makes. Raises RedisUnavailable.
    """
    key = await link.execute(Call.command("GET", TOKEN_KEY))
    if not key:
        return ""
    if room is None:
        return sign_link(key, ALL_ROOMS, await _for_all_rooms(link, revoke=revoke))
    keys = link.keys(room)
    args: ScriptArgs = [keys.publish_to_signals, keys.kept, new_generation(), int(revoke)]
    names = [keys.rules, keys.meta]
    generation: Any = await link.execute(Call.of(load_script("generation"), names, args))
    return sign_link(key, room, generation.decode())


async def _for_all_rooms(link: RedisLink, *, revoke: bool) -> str:
    args = ["SET", MODERATORS_KEY, new_generation(), *([] if revoke else ["NX"])]
    await link.execute(Call.command(*args))
    await link.execute(Call.command("PUBLISH", link.node_channel, CHANGED))
    return await GlobalLinkGeneration(link).read()
