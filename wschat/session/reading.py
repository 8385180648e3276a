"""Sends old messages that a client requests: pages of history, single messages, and what a search finds."""

from __future__ import annotations

import itertools
import sys

from ..broker import unreadable
from ..errors import RedisUnavailable
from ..protocol import FoundMessages, History, HistoryPage, MessageList, Messages, Search, raw_array
from .visit import Visit

ANSWER_MAX = 512 << 10  # bytes: half of the outbox that a client may have


async def send_history(visit: Visit, command: History) -> None:
    """Send the page of history that the command asks for, or `unavailable`."""
    try:
        async with visit.client.reading():
            messages, start = await visit.room.feed.history(command.before, command.limit)
        visit.client.send_charged(HistoryPage(command.ref, raw_array(messages), start))
    except RedisUnavailable:
        visit.client.refuse(unreadable(), ref=command.ref)


async def send_messages(visit: Visit, command: Messages) -> None:
    """Send the messages with the numbers in the command, as many as fit in one answer, or `unavailable`."""
    try:
        async with visit.client.reading():
            messages = _fitting(await visit.room.messages(command.seqs))
        visit.client.send_charged(MessageList(raw_array(messages), command.ref))
    except RedisUnavailable:
        visit.client.refuse(unreadable(), ref=command.ref)


async def send_found(visit: Visit, command: Search) -> None:
    """Send the messages that the command looks for, as many as fit in one answer, or why that isn't possible now."""
    client = visit.client
    try:
        async with client.reading():
            pass  # what the address has read before is paid for; nobody who reads waits for this search
        before = command.before or sys.maxsize
        result = await visit.room.search.find(command.text, before, command.limit, ANSWER_MAX)
        client.spend(result.seconds)
        messages = raw_array(result.messages)
        client.send_charged(FoundMessages(result.epoch, messages, result.words, result.has_more, command.ref))
    except RedisUnavailable:
        client.refuse(unreadable(), ref=command.ref)


def _fitting(messages: list[bytes]) -> list[bytes]:
    """The first of these messages, as many as fit in one answer."""
    sizes = itertools.accumulate(map(len, messages))
    return [message for message, size in zip(messages, sizes, strict=True) if size <= ANSWER_MAX]
