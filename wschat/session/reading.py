"""Old messages for a client that asks for them: pages of history, and single ones."""

from __future__ import annotations

import itertools

from ..broker import unreadable
from ..errors import RedisUnavailable
from ..protocol import History, HistoryPage, MessageList, Messages, error_event, raw_array
from ..room import Room
from .client import Client

ANSWER_MAX = 512 << 10  # bytes: half of what may wait for a client


async def send_history(client: Client, room: Room, command: History) -> None:
    """A page of messages."""
    try:
        async with client.reading():
            messages, start = await room.history(command.before, command.limit)
        client.answer(HistoryPage(command.ref, raw_array(messages), start))
    except RedisUnavailable:
        client.send(error_event(unreadable(), ref=command.ref))


async def send_messages(client: Client, room: Room, command: Messages) -> None:
    """Certain messages."""
    try:
        async with client.reading():
            messages = _fitting(await room.messages(command.seqs))
        client.answer(MessageList(raw_array(messages), command.ref))
    except RedisUnavailable:
        client.send(error_event(unreadable(), ref=command.ref))


def _fitting(messages: list[bytes]) -> list[bytes]:
    """As many of them as go in one answer."""
    sizes = itertools.accumulate(map(len, messages))
    return [message for message, size in zip(messages, sizes, strict=True) if size <= ANSWER_MAX]
