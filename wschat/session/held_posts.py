"""Holds a session's posts behind a reply until the message that it replies to is read, so they keep their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..broker import PaceShare, unreadable
from ..errors import RedisUnavailable, Refused
from ..protocol import Picture, Post, Reply
from ..room import Room


class HeldPost(NamedTuple):
    """A post with its text, the epoch to which the number in `reply` belongs, and its pictures (None: their receipts
    aren't valid).
    """

    command: Post
    text: str
    share: PaceShare
    epoch: str
    pictures: tuple[Picture, ...] | None


async def send_held(
    held: list[HeldPost],
    room: Room,
    send: Callable[[str, str, PaceShare, Reply | None, tuple[Picture, ...] | None], None],
    refuse: Callable[[str, Refused], None],
) -> None:
    """Send these posts, and those that are appended meanwhile, each as soon as the message that it replies to is read.

    A reply to a message that isn't kept is sent as a plain message: it may be a retry of a post that is stored, and
    refusing that would be wrong.
    """
    while held:
        command, text, share, epoch, pictures = held[0]
        try:
            reply = await room.reply_to(epoch, command.reply) if command.reply is not None else None
            send(command.id, text, share, reply, pictures)
        except RedisUnavailable:
            refuse(command.id, unreadable())
        del held[0]
