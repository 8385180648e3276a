"""Steps of the tests of messages that were deleted in a row."""

from __future__ import annotations

from typing import Any

from .fake_server import BORIS, FakeServer
from .moderation import deleted
from .people import Person
from .steps import Staged, a_long_room, history_of


def erased(seq: int, author: dict[str, str] = BORIS) -> dict[str, Any]:
    """A message as it stands in the room's history after a moderator has deleted it just now."""
    form: dict[str, Any] = deleted(author, moderated=True, of=seq, seq=900 + seq)["message"]
    return form


def spam(first: int, last: int) -> list[dict[str, Any]]:
    return [erased(seq) for seq in range(first, last + 1)]


def a_room_with_a_run(fake: FakeServer, newest: int, first: int, last: int, **more: Any) -> None:
    """A room of so many messages; those from the first to the last were deleted in a row, with these fields."""

    def shown(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**erased(each["seq"]), **more} if first <= each["seq"] <= last else each for each in messages]

    def part(command: dict[str, Any]) -> dict[str, Any]:
        answer = history_of(command)
        return {**answer, "messages": shown(answer["messages"])}

    a_long_room(fake, newest)
    fake.welcomes[0]["messages"] = shown(fake.welcomes[0]["messages"])
    fake.answers["history"] = part


def reads_further_up(staged: Staged) -> Person:
    """In a room of 300 messages, of which the hundred before the 251st are a run."""
    anna, fake = staged
    a_room_with_a_run(fake, 300, 150, 250)
    anna.arrives()
    return anna


def lasts(anna: Person, wait: int) -> None:
    """Nothing that is to end after so long (ms) ends."""
    anna.page.add_init_script(
        f"""const later = setTimeout;
        globalThis.setTimeout = (act, wait, ...more) => (wait === {wait} ? 0 : later(act, wait, ...more));"""
    )
