"""The outgoing hooks in Redis: they are among a room's hooks, each under its id."""

from __future__ import annotations

from ...broker import add_hooked_room, tell_hooks_changed
from ...model import timestamp
from ...redis_link import Call, RedisLink
from ..room_hooks import Hook, check_number, new_id, put_hook
from .hook_log import HookLog, stored_cursor
from .signing import new_secret


async def make_outgoing_hook(link: RedisLink, room: str, name: str, to: str, word: str, now: float) -> Hook:
    """A new outgoing hook of the room, which is called for messages from now on.

    Raises TooManyHooks, RedisUnavailable.
    """
    await check_number(link, room)
    hook = Hook(new_id(), name, timestamp(now), to, word, new_secret())
    head = await HookLog(link, room).head()
    await link.execute(Call.command("HSET", link.keys(room).hook_cursors, hook.id, stored_cursor(head)))
    await add_hooked_room(link, room)
    await put_hook(link, room, hook.id, hook)
    await tell_hooks_changed(link)
    return hook
