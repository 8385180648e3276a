"""The sessions in a room: found by their person, as often as the list of people counts them."""

from __future__ import annotations

from wschat.errors import ErrorCode, Refused
from wschat.model import Person
from wschat.moderation import NO_AUTHORITY
from wschat.presence import NO_CLAIM

from ..support.room import ANN, LocalNode, RecordingOccupant, is_idle, until

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
    await until(lambda: is_idle(room_node.presence))
    assert found() == 2
    room.leave(first)
    room.leave(first)
    assert found() == 1
    await room_node.enter(ANN)
    occupants.expel(ANN.id, Refused(ErrorCode.BARRED, "removed"))
    assert found() == 0
    assert second.removed is not None
    assert len(occupants.of(BOB.id)) == 1
