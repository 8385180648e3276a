"""Deletes the recent messages of a person, one by one, as a moderator deletes a single message."""

from __future__ import annotations

import asyncio
from functools import partial

from ..broker import IGNORE_PACE, ChangeOrigin, Changes, Log, Outcome, settled
from ..errors import ErrorCode, Refused
from ..model import Person
from ..moderation import ModeratorDeletionRight
from ..protocol import Message

ERASED_MAX = 1000  # messages in one act, the newest ones
AT_ONCE = 16  # deletions on their way: others' posts come in between
PAUSE = 0.02  # s after each AT_ONCE deletions


async def written_by(log: Log, person: str, since: str) -> tuple[list[Message], bool]:
    """(a person's undeleted messages since that time, ERASED_MAX at most, newest first; whether there are more).

    Raises RedisUnavailable, also if the log was replaced meanwhile (LogLost): the new log may have the same messages
    under other numbers.
    """
    found: list[Message] = []
    async for read in log.walk(newest_first=True):
        theirs = (one for one in reversed(read) if one.sender.id == person)
        found += [one for one in theirs if not one.deleted and one.time >= since]
        if read and max(message.time for message in read) < since:  # a whole portion: one node's clock may be behind
            break
        if len(found) > ERASED_MAX:
            break
    return found[:ERASED_MAX], len(found) > ERASED_MAX


async def delete_all(
    changes: Changes, messages: list[Message], epoch: str, moderator: Person, right: ModeratorDeletionRight
) -> None:
    """Delete those of these messages that are still in that epoch. Raises Refused(not_allowed, unavailable)."""

    def delete(seq: int) -> asyncio.Future[Outcome]:
        origin = partial(ChangeOrigin, moderator.id, seq, share=IGNORE_PACE, epoch=epoch)
        return settled(lambda answer: changes.delete(origin(answer=answer), right))

    for at in range(0, len(messages), AT_ONCE):
        for outcome in await asyncio.gather(*(delete(message.seq) for message in messages[at : at + AT_ONCE])):
            if isinstance(outcome, Refused) and outcome.code is not ErrorCode.GONE:
                raise outcome
        await asyncio.sleep(PAUSE)
