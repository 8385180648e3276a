"""The index of a room, and the memory that all of them share."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import UNSET

from wschat.broker.indexing.index import Index
from wschat.broker.indexing.indexes import Indexes
from wschat.errors import Refused
from wschat.model import Person
from wschat.protocol import MessageBody, encode

from ..support.room import until


def filled(size: int) -> Index:
    """An index of so many short messages."""
    index = Index()
    index.add({number: message(number, "a") for number in range(1, size + 1)}, size)
    assert list(index.divide())
    return index


def message(number: int, text: str | None = None) -> bytes:
    """A message; without a text, a deleted one."""
    body = MessageBody(room="chat", id="i", sender=Person("p", "P"), text=text or UNSET, time="", deleted=not text)
    return f'{{"type":"message","seq":{number},"epoch":"e",'.encode() + encode(body)[1:]


def test_a_message_that_changes_before_it_is_divided_is_divided_as_it_is() -> None:
    """An edit, a deletion, and messages that aren't kept any more."""
    index = Index()
    index.add({number: message(number, "тайна") for number in (1, 2, 3, 4, 5)}, 6)
    index.amend(2, message(2, "кошка"))
    index.forget_before(2)
    steps = index.divide()
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
    list(index.divide())
    assert index.terms == {1: "", 2: " кошка|кошк "}


def test_an_index_that_is_forgotten_while_it_is_made_is_empty() -> None:
    """What was read is forgotten, too."""
    index = Index()
    index.add({number: message(number, "тайна") for number in (1, 2, 3)}, 3)
    steps = index.divide()
    next(steps)
    index.forget()
    list(steps)
    assert not list(index.divide())
    assert (index.terms, index.seq, index.size) == ({}, 0, 0)


async def test_indexes_share_what_memory_they_may_take() -> None:
    """The one used longest ago goes first; the last one loses its oldest messages."""
    old, new, large = filled(4), filled(3), filled(12)
    one = old.size // 4
    indexes = Indexes(size_max=7 * one, kept=0.0)
    for index in (old, new):
        indexes.use(index)
        indexes.bound(index)
    assert [len(index.terms) for index in (old, new)] == [4, 3]
    indexes.use(newer := filled(1))
    indexes.bound(newer)
    assert [len(index.terms) for index in (old, new, newer)] == [0, 3, 1]
    indexes.use(large)
    indexes.bound(large)
    assert [len(index.terms) for index in (old, new, newer)] == [0, 0, 0]
    assert large.numbers_before(99) == [12, 11, 10, 9, 8, 7, 6]
    assert large.size == 7 * one


async def test_an_index_that_others_leave_no_memory_is_refused() -> None:
    """They were searched a moment ago. So the next ones aren't made in vain for a while, but what there is stays."""
    here, there = filled(5), filled(5)
    indexes = Indexes(size_max=here.size + 1, kept=0.2)
    indexes.use(here)
    indexes.use(there)
    with pytest.raises(Refused) as refused:
        indexes.bound(there)
    assert 0.1 < float(refused.value.facts["retry_after"]) <= 0.2
    assert [len(index.terms) for index in (here, there)] == [5, 0]
    with pytest.raises(Refused):
        indexes.use(there)
    indexes.use(here)
    await asyncio.sleep(0.2)
    indexes.use(again := filled(5))
    indexes.bound(again)
    assert [len(index.terms) for index in (here, again)] == [0, 5]


async def test_an_index_that_nobody_uses_is_forgotten() -> None:
    """With all of its words."""
    indexes = Indexes(idle=0.05)
    indexes.use(index := filled(3))

    async def is_forgotten() -> bool:
        return (index.terms, index.seq, index.size) == ({}, 0, 0)

    await until(is_forgotten)
