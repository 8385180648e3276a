"""Changes of messages, and how a message looks by every way, for tests of rooms without the web."""

from __future__ import annotations

import json
from typing import Any, Protocol

from wschat.broker import IGNORE_PACE, ChangeOrigin, ReactionRequest
from wschat.errors import ErrorCode, Refused
from wschat.model import Person
from wschat.room import Room

from .room import ANN, LocalNode, until


class HasRoom(Protocol):
    """A node with the main room, or with any other."""

    @property
    def room(self) -> Room: ...


class Answers:
    """Keeps what became of changes."""

    def __init__(self) -> None:
        self.outcomes: list[int | Refused] = []

    def __call__(self, outcome: int | Refused) -> None:
        self.outcomes.append(outcome)

    @property
    def codes(self) -> list[str]:
        return [outcome.code.value if isinstance(outcome, Refused) else "done" for outcome in self.outcomes]


async def edit(where: HasRoom, seq: int, text: str, person: Person = ANN) -> int | Refused:
    answers = Answers()
    where.room.changes.edit(ChangeOrigin(person.id, seq, answers, share=IGNORE_PACE), text)
    await until(lambda: answers.outcomes)
    return answers.outcomes[0]


async def delete(where: HasRoom, seq: int, person: Person = ANN) -> int | Refused:
    answers = Answers()
    where.room.changes.delete(ChangeOrigin(person.id, seq, answers, share=IGNORE_PACE))
    await until(lambda: answers.outcomes)
    return answers.outcomes[0]


async def react(where: HasRoom, seq: int, emoji: str = "👍", *, on: bool = True, person: str = "ann") -> int | Refused:
    answers = Answers()
    where.room.changes.react(seq, ReactionRequest(person, emoji, on, answers, share=IGNORE_PACE))
    await until(lambda: answers.outcomes)
    return answers.outcomes[0]


def code(outcome: int | Refused) -> ErrorCode:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


async def level(*nodes: HasRoom) -> None:
    """Wait until all nodes have delivered everything that is in the room's log: an answer may come before its event."""
    logs = [node.room.feed.log for node in nodes]

    async def are_level() -> bool:
        head = await logs[0].fetch_head()
        return all(log.position == head for log in logs)

    await until(are_level)


def snapshot(node: LocalNode, count: int = 50) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = json.loads(bytes(node.feed.snapshot(count)[1]))
    return messages


async def by_every_way(node: LocalNode, seq: int) -> list[dict[str, Any]]:
    """The message as a newcomer sees it, as history has it, as it is looked up, and as its changes tell."""
    page, _ = await node.feed.history(seq + 1, 1)
    found = await node.feed.log.messages_at([seq])
    events = [json.loads(event) for event in (await node.feed.next_events(0)).events]
    told = [event["message"] for event in events if event["type"] == "amended" and event["message"]["seq"] == seq]
    return [one for one in snapshot(node, 200) if one["seq"] == seq] + [
        json.loads(page[0]),
        json.loads(found[seq]),
        *told,
    ]


async def all_events(node: LocalNode, after: int) -> list[dict[str, Any]]:
    """The events that a client gets who comes back with this position."""
    found: list[dict[str, Any]] = []
    while after < node.feed.log.seq:
        batch = await node.feed.next_events(after)
        found += map(json.loads, batch.events)
        after = batch.seq
    return found
