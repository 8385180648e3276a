"""The index of a room, and the memory that all of them share."""

from __future__ import annotations

from msgspec import UNSET

from wschat.broker.indexing.index import Index
from wschat.broker.indexing.indexes import Indexes
from wschat.model import Person
from wschat.protocol import MessageBody, encode

from ..support.room import until


def filled(size: int) -> Index:
    """An index of so many short messages."""
    index = Index()
    index.add({number: message(number, "a") for number in range(1, size + 1)}, size)
    assert list(index.tokenize())
    return index


def message(number: int, text: str | None = None) -> bytes:
    """A message; without a text, a deleted one."""
    body = MessageBody(room="chat", id="i", sender=Person("p", "P"), text=text or UNSET, time="", deleted=not text)
    return f'{{"type":"message","seq":{number},"epoch":"e",'.encode() + encode(body)[1:]


def test_a_message_that_changes_before_it_is_tokenized_is_tokenized_as_it_is() -> None:
    """An edit, a deletion, and messages that aren't kept any more."""
    index = Index()
    index.add({number: message(number, "тайна") for number in (1, 2, 3, 4, 5)}, 6)
    index.amend(2, message(2, "кошка"))
    index.forget_before(2)
    steps = index.tokenize()
    next(steps)
    index.amend(3, message(3))
    index.amend(4, message(4, "Дом"))
    index.amend(2, message(2, "Кот"))
    assert list(steps)
    assert index.terms == {2: " кот|кот ", 3: "", 4: " дом|дом ", 5: " тайна|тайн "}
    assert index.seq == 6


def test_a_message_that_no_client_has_written_may_be_too_long() -> None:
    """No answer would have room for it."""
    index = Index()
    index.add({1: message(1, "кошка " * 20_000), 2: message(2, "кошка")}, 2)
    list(index.tokenize())
    assert index.terms == {1: "", 2: " кошка|кошк "}


def test_an_index_that_is_forgotten_while_it_is_made_is_empty() -> None:
    """What was read is forgotten, too."""
    index = Index()
    index.add({number: message(number, "тайна") for number in (1, 2, 3)}, 3)
    steps = index.tokenize()
    next(steps)
    index.forget()
    list(steps)
    assert not list(index.tokenize())
    assert (index.terms, index.seq, index.size) == ({}, 0, 0)


async def test_indexes_share_what_memory_they_may_take() -> None:
    """The one used longest ago goes first; one alone takes half of it, for its newest messages."""
    old, new, large = filled(4), filled(3), filled(12)
    one = old.size // 4
    indexes = Indexes(size_max=8 * one)
    for index in (old, new):
        indexes.use(index)
    assert [len(index.terms) for index in (old, new)] == [4, 3]
    indexes.use(old)
    indexes.use(large)
    assert [len(index.terms) for index in (old, new)] == [4, 0]
    assert large.numbers_before(99) == [12, 11, 10, 9]
    assert large.size == 4 * one
    assert (new.restarts, old.restarts, large.restarts) == (1, 0, 0)


async def test_indexes_are_made_slowly_if_many_are() -> None:
    """Two long rooms that don't fit together are made in turn for each search; the node has other things to do."""
    indexes = Indexes()
    indexes.spend(4.9)
    assert not indexes.debt()
    indexes.spend(0.6)
    assert 4 < indexes.debt() <= 5.1


async def test_an_index_that_nobody_uses_is_forgotten() -> None:
    """With all of its words."""
    indexes = Indexes(idle=0.05)
    indexes.use(index := filled(3))

    async def is_forgotten() -> bool:
        return (index.terms, index.seq, index.size) == ({}, 0, 0)

    await until(is_forgotten)
