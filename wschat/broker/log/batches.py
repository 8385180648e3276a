"""Sizes of the parts in which a log goes to a client."""

from __future__ import annotations

from typing import NamedTuple

from .entries import HOLE

SNAPSHOT_BYTES = 256 << 10  # the most that a newcomer gets at once: a quarter of what a socket may have waiting


class Batch(NamedTuple):
    """Events that go to a client at once, and the number that it has then read up to.

    `seq` is higher than the last event's own number if the entries after that event are gone.
    """

    events: list[bytes]
    seq: int


def batch_after(after: int, events: list[bytes]) -> Batch:
    """As many of the events after number `after` as go to a client at once; at least one, if there is one."""
    size = 0
    found: list[bytes] = []
    for number, event in enumerate(events, after + 1):
        size += len(event)
        if size > SNAPSHOT_BYTES and found:
            return Batch(found, number - 1)
        if event != HOLE:
            found.append(event)
    return Batch(found, after + len(events))


def newest_fitting(messages: dict[int, bytes], limit: int) -> list[bytes]:
    """The newest of these messages, at most `limit` and as many as go to a client at once, oldest first; at least one,
    if there is one.
    """
    size = 0
    found: list[bytes] = []
    for number in sorted(messages, reverse=True)[:limit]:
        size += len(messages[number])
        if size > SNAPSHOT_BYTES and found:
            break
        found.append(messages[number])
    return found[::-1]
