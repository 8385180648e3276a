"""The index of a room, and the memory that all of them share."""

from __future__ import annotations

from msgspec import UNSET

from wschat.broker.searching.index import Index
from wschat.broker.searching.indexes import Indexes
from wschat.model import Person
from wschat.protocol import MessageBody, encode

from ..support.room import until


def filled(size: int) -> Index:
    """An index of so many short messages."""
    index = Index()
    assert list(index.additions({number: message(number, "a") for number in range(1, size + 1)}, size))
    return index


def message(number: int, text: str | None = None) -> bytes:
    """A message; without a text, a deleted one."""
    body = MessageBody(room="chat", id="i", sender=Person("p", "P"), text=text or UNSET, time="", deleted=not text)
    return f'{{"type":"message","seq":{number},"epoch":"e",'.encode() + encode(body)[1:]


def test_a_message_that_changes_while_it_is_added_is_added_as_it_is() -> None:
    """It was read before, and isn't in the index yet: an edit, a deletion, and the end of the log."""
    index = Index()
    steps = index.additions({number: message(number, "тайна") for number in (1, 2, 3)}, 3)
    next(steps)
    index.amend(2, message(2, "кошка"))
    index.amend(3, message(3))
    assert list(steps)
    assert index.seq == 3
    assert index.entries == {1: " тайна|тайн ", 2: " кошка|кошк "}
    steps = index.additions({4: message(4, "a"), 5: message(5, "b")}, 5)
    next(steps)
    index.forget()
    assert not list(steps)
    assert (len(index.entries), index.seq, index.size) == (0, 0, 0)


async def test_indexes_share_what_memory_they_may_take() -> None:
    """The one used longest ago goes first, unless it is being searched; the last one loses its oldest messages."""
    old, busy, new = filled(4), filled(3), filled(4)
    one = old.size // 4
    indexes = Indexes(size_max=11 * one)
    for index in (old, busy, new):
        indexes.use(index)
    indexes.bound(new)
    assert [len(index.entries) for index in (old, busy, new)] == [4, 3, 4]
    async with busy.turn:
        indexes.use(grown := filled(6))
        indexes.bound(grown)
        assert [len(index.entries) for index in (old, busy, new, grown)] == [0, 3, 0, 6]
        indexes.use(larger := filled(9))
        indexes.bound(larger)
        assert [len(index.entries) for index in (busy, grown, larger)] == [3, 0, 8]
    assert larger.numbers_before(99) == [9, 8, 7, 6, 5, 4, 3, 2]
    assert larger.size == 8 * one


async def test_an_index_that_nobody_uses_is_forgotten() -> None:
    """With all of its words."""
    indexes = Indexes(idle=0.05)
    indexes.use(index := filled(3))

    async def is_forgotten() -> bool:
        return (len(index.entries), index.seq, index.size) == (0, 0, 0)

    await until(is_forgotten)
