"""Posts of a session that are held behind a reply, until what it replies to is read: so they keep their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..broker import unreadable
from ..errors import RedisUnavailable, Refused
from ..protocol import Post, Reply
from ..room import Room


class HeldPost(NamedTuple):
    """A post with its text, its share of the room's pace, and the epoch of the number that it replies to."""

    command: Post
    text: str
    share: float
    epoch: str


async def send_held(
    held: list[HeldPost],
    room: Room,
    send: Callable[[str, str, float, Reply | None], None],
    refuse: Callable[[str, Refused], None],
) -> None:
    """Send these, and those that are appended meanwhile, each when it is known to whom it replies.

    A reply to what isn't kept is a plain message: to refuse it would be wrong where it comes again, and is stored.
    """
    while held:
        command, text, share, epoch = held[0]
        try:
            reply = await room.reply_to(epoch, command.reply) if command.reply is not None else None
            send(command.id, text, share, reply)
        except RedisUnavailable:
            refuse(command.id, unreadable())
        del held[0]
