"""Old messages for a client that asks for them: pages of history, and single ones."""

from __future__ import annotations

import itertools

from ..broker import unreadable
from ..errors import RedisUnavailable
from ..protocol import History, HistoryPage, MessageList, Messages, error_event, raw_array
from .visit import Visit

ANSWER_MAX = 512 << 10  # bytes: half of what may wait for a client


async def send_history(visit: Visit, command: History) -> None:
    """A page of messages."""
    try:
        async with visit.client.reading():
            messages, start = await visit.room.history(command.before, command.limit)
        visit.client.send_charged(HistoryPage(command.ref, raw_array(messages), start))
    except RedisUnavailable:
        visit.client.send(error_event(unreadable(), ref=command.ref))


async def send_messages(visit: Visit, command: Messages) -> None:
    """Certain messages."""
    try:
        async with visit.client.reading():
            messages = _fitting(await visit.room.messages(command.seqs))
        visit.client.send_charged(MessageList(raw_array(messages), command.ref))
    except RedisUnavailable:
        visit.client.send(error_event(unreadable(), ref=command.ref))


def _fitting(messages: list[bytes]) -> list[bytes]:
    """As many of them as go in one answer."""
    sizes = itertools.accumulate(map(len, messages))
    return [message for message, size in zip(messages, sizes, strict=True) if size <= ANSWER_MAX]
