"""The sessions in a room: found by their person, as often as the list of people counts them."""

from __future__ import annotations

from typing import Any

import pytest

from wschat.admin import RoomBars
from wschat.errors import ErrorCode, Refused
from wschat.model import Person
from wschat.moderation import NO_AUTHORITY, BarTerms
from wschat.presence import NO_CLAIM

from ..support.room import ANN, LocalNode, RecordingOccupant, until

BOB = Person("bob", "Bob")


async def test_all_sessions_of_a_person_are_found(room_node: LocalNode) -> None:
    """The search ends with the number that presence has of them: none is left out by a mute or a removal."""
    room, occupants = room_node.room, room_node.room.occupants

    def found() -> int:
        sessions = occupants.of(ANN.id)
        assert len(sessions) == room_node.presence.roster.local_sessions[ANN.id]
        assert len(sessions) == sum(person == ANN.id for _, person in occupants.entered())
        return len(sessions)

    first, _ = await room_node.enter(ANN), await room_node.enter(BOB)
    second = await room_node.enter(ANN)
    assert found() == 2
    hasty = RecordingOccupant(ANN)
    room.enter(hasty, ANN, NO_CLAIM, NO_AUTHORITY)
    room.leave(hasty)
    await until(lambda: room_node.presence.is_idle)
    assert found() == 2
    room.leave(first)
    room.leave(first)
    assert found() == 1
    await room_node.enter(ANN)
    occupants.expel(ANN.id, Refused(ErrorCode.BARRED, "removed"))
    assert found() == 0
    assert second.removed is not None
    assert len(occupants.of(BOB.id)) == 1


async def test_somebody_who_is_muted_while_entering_is_muted(
    room_node: LocalNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal of it may come before the answer that let them in, and find nobody."""
    bars = RoomBars(room_node.link, "chat", Person("operator", "Mia"))
    enter, todo = room_node.leases.enter, [BarTerms("mute", 600)]

    async def enter_late(*args: Any, **options: Any) -> Any:
        answers = await enter(*args, **options)
        if todo:
            await bars.bar(ANN, todo.pop())
            await until(lambda: room_node.room.rules.current.version)
        return answers

    monkeypatch.setattr(room_node.leases, "enter", enter_late)
    ann = await room_node.enter(ANN)
    await until(lambda: ann.muted)


async def test_somebody_who_is_let_in_while_entering_may_write(
    room_node: LocalNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal of it may come before the answer that still has the mute."""
    bars = RoomBars(room_node.link, "chat", Person("operator", "Mia"))
    await bars.bar(ANN, BarTerms("mute", 600))
    enter, todo = room_node.leases.enter, [ANN]

    async def enter_late(*args: Any, **options: Any) -> Any:
        answers = await enter(*args, **options)
        if todo:
            version = room_node.room.rules.current.version
            await bars.let_in(todo.pop())
            await until(lambda: room_node.room.rules.current.version > version)
        return answers

    monkeypatch.setattr(room_node.leases, "enter", enter_late)
    ann = await room_node.enter(ANN)
    await until(lambda: ann.muted == [None])


async def test_a_new_name_says_whether_its_person_is_muted(room_node: LocalNode) -> None:
    """This node may not have heard of it."""
    ann = await room_node.enter(ANN)
    room_node.link.unsubscribe(room_node.feed.keys.signals)
    await RoomBars(room_node.link, "chat", Person("operator", "Mia")).bar(ANN, BarTerms("mute", 600))
    assert not ann.muted
    answers: list[Refused | None] = []
    room_node.room.rename(Person(ANN.id, "Anna"), answers.append)
    await until(lambda: answers)
    assert ann.muted
