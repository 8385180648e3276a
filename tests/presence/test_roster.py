"""A room's people as one node sees them, and what is told of their coming and going."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wschat.fan_out import Audience
from wschat.model import Person
from wschat.presence import Roster
from wschat.presence.roster import CROWD, FEW, LIST
from wschat.protocol import Signal

from ..support.recording import RecordingMember
from ..support.room import until

ANN, BOB, EVE = Person("1", "Ann"), Person("2", "bob"), Person("3", "Eve")


@pytest.fixture
async def roster() -> Roster:
    return Roster(Audience(), lambda: None)


def of(*people: Person) -> dict[str, Person]:
    return {person.id: person for person in people}


def shown(roster: Roster) -> Any:
    return json.loads(bytes(roster.snapshot()))


async def test_a_welcome_lists_people_by_name(roster: Roster) -> None:
    """Whatever case, and how many there are."""
    roster.replace(of(EVE, BOB, ANN), 1)
    assert shown(roster) == {"count": 3, "people": [{"id": p.id, "name": p.name} for p in (ANN, BOB, EVE)]}


async def test_a_welcome_in_a_crowd_lists_the_first_and_counts_all(roster: Roster) -> None:
    """200 names, and the true number."""
    roster.replace(of(*(Person(str(n), f"p{n:04}") for n in range(LIST + 50))), 1)
    online = shown(roster)
    assert online["count"] == LIST + 50
    assert [person["name"] for person in online["people"]] == [f"p{n:04}" for n in range(LIST)]


async def test_changes_come_in_their_order_and_a_missed_one_is_noticed(roster: Roster) -> None:
    """Seen ones are dropped; one that skips a number isn't taken."""
    roster.replace(of(ANN), 5)
    assert roster.apply(Signal(version=6, joined=[BOB]))
    assert roster.apply(Signal(version=6, left=[BOB])), "seen"
    assert not roster.apply(Signal(version=8, joined=[EVE])), "7 is missing"
    assert roster.people == of(ANN, BOB)


async def test_a_change_tells_who_came_went_and_changed_their_name(roster: Roster) -> None:
    """Once: the next one starts from there."""
    roster.replace(of(ANN, BOB), 1)
    roster.take_changes()
    renamed = Person(ANN.id, "Anna")
    roster.apply(Signal(version=2, joined=[EVE], left=[BOB], renamed=[renamed]))
    change = roster.take_changes()
    assert change is not None
    assert (change.count, change.joined, change.left, change.renamed) == (2, [EVE], [BOB], [renamed])
    assert roster.take_changes() is None


async def test_whoever_came_and_went_in_between_is_not_mentioned(roster: Roster) -> None:
    """Nor is a person who went and came back, nor a name that is again what it was."""
    roster.replace(of(ANN), 1)
    roster.take_changes()
    roster.apply(Signal(version=2, joined=[BOB], left=[ANN]))
    roster.apply(Signal(version=3, joined=[ANN], left=[BOB]))
    roster.put(Person(ANN.id, "X"))
    roster.put(ANN)
    assert roster.take_changes() is None


async def test_whoever_was_welcomed_in_between_has_the_same_list_after_the_next_event(roster: Roster) -> None:
    """Changes undone since the last event are still news to people who were welcomed before that."""
    alias = Person(ANN.id, "X")
    roster.replace(of(ANN, EVE), 1)
    roster.take_changes()
    roster.apply(Signal(version=2, joined=[BOB], left=[EVE], renamed=[alias]))
    assert {person["name"] for person in shown(roster)["people"]} == {"X", "bob"}
    roster.apply(Signal(version=3, joined=[EVE], left=[BOB], renamed=[ANN]))
    change = roster.take_changes()
    assert change is not None
    assert (of(*change.joined), change.left, change.renamed) == (of(ANN, EVE), [BOB], [])
    assert roster.take_changes() is None


async def test_in_a_crowd_many_changes_are_only_counted(roster: Roster) -> None:
    """`more: true`: a client that shows the list asks for it. Few changes are named even there."""
    roster.replace(of(*(Person(str(n), str(n)) for n in range(CROWD + 100))), 1)
    change = roster.take_changes()
    assert change is not None
    assert (change.count, change.joined, change.more) == (CROWD + 100, [], True)
    for n in range(FEW):
        roster.remove(str(n))
    change = roster.take_changes()
    assert change is not None
    assert (len(change.left), change.more) == (FEW, False)


async def test_a_page_of_people_holds_those_whose_name_has_the_words(roster: Roster) -> None:
    """Any case; `next` leads on until there is no more."""
    roster.replace(of(Person("1", "Анна"), Person("2", "ВАННА"), Person("3", "Bob")), 1)
    page = roster.page("r", " анна ", 0, 1)
    assert (page.ref, page.count, page.next, [p.name for p in page.people]) == ("r", 2, 1, ["Анна"])
    page = roster.page("r", "анна", 1, 1)
    assert (page.next, [p.name for p in page.people]) == (None, ["ВАННА"])
    assert roster.page("", "", 0, 200).count == 3
    assert roster.page("", "", 500, 200).people == []


async def test_a_free_name_is_one_that_looks_like_nobodys(roster: Roster) -> None:
    """The first number that is free, and never longer than a name may be."""
    roster.replace(of(Person("1", "Ann"), Person("2", "Ann 2"), Person("3", "x" * 32)), 1)
    assert roster.free_name("Ann") == "Ann 3"
    assert len(roster.free_name("x" * 32)) <= 32


async def test_the_first_change_is_told_at_once_and_the_next_ones_together() -> None:
    """At most two events a second, however many come and go."""
    audience, ear = Audience(), RecordingMember()
    audience.add(ear)
    roster = Roster(audience, lambda: None)
    roster.put(ANN)
    await until(lambda: ear.events)
    assert [event["count"] for event in ear.events] == [1]
    roster.put(BOB)
    roster.put(EVE)
    roster.remove(ANN.id)
    await until(lambda: len(ear.events) > 1)
    await asyncio.sleep(0.05)
    roster.close()
    assert len(ear.events) == 2
    last = ear.events[1]
    assert (last["type"], last["count"], len(last["joined"]), len(last["left"])) == ("online", 2, 2, 1)


async def test_those_who_type_are_told_together() -> None:
    """Each once, however often they said so."""
    audience, ear = Audience(), RecordingMember()
    audience.add(ear)
    roster = Roster(audience, lambda: None)
    for person in (ANN, BOB, ANN):
        roster.apply(Signal(typing=[person]))
    await until(lambda: ear.events)
    await asyncio.sleep(0.05)
    roster.close()
    assert [event["type"] for event in ear.events] == ["typing"]
    assert [person["name"] for person in ear.events[0]["people"]] == ["Ann", "bob"]


people = st.builds(Person, st.sampled_from("abcdef"), st.sampled_from(["X", "Y", "Z"]))
steps = st.lists(
    st.tuples(st.sampled_from(["put", "remove", "tell"]), people) | st.tuples(st.just("replace"), st.lists(people)),
    max_size=40,
)


@given(st.lists(people), steps)
async def test_state_and_events_give_what_a_fresh_look_gives(start: list[Person], todo: list[tuple[str, Any]]) -> None:
    """A client that had the list once and applied every event since has the list that a newcomer gets."""
    roster = Roster(Audience(), lambda: None)
    roster.replace(of(*start), 1)
    roster.take_changes()
    client = dict(roster.people)

    def tell() -> None:
        change = roster.take_changes()
        if change is None:
            return
        for person in (*change.joined, *change.renamed):
            client[person.id] = person
        for person in change.left:
            del client[person.id]
        assert change.count == len(client)

    for step, what in todo:
        if step == "tell":
            tell()
        elif step == "replace":
            roster.replace(of(*what), 1)
        elif step == "put":
            roster.put(what)
        else:
            roster.remove(what.id)
    tell()
    roster.close()
    assert client == roster.people


async def test_a_search_finds_a_name_however_it_is_typed(roster: Roster) -> None:
    """Names and query are folded the same way: composition, ё, İ and apostrophes make no difference."""
    names = ["Йод", "Ёлка", "İlkan", "O’Brien", "José"]
    roster.replace(of(*(Person(name, name) for name in names)), 1)
    for query, name in zip(["и\u0306од", "елка", "ilkan", "o'brien", "JOSE\u0301"], names, strict=True):
        assert [person.name for person in roster.page("r", query, 0, 9).people] == [name]


async def test_a_list_is_in_the_order_of_folded_names(roster: Roster) -> None:
    """It stays so while people come, go and change their names, and Ё stands where Е does."""
    roster.replace(of(*(Person(name, name) for name in ["Жук", "Ёж", "Ель", "ёрш"])), 1)
    roster.put(Person("Жук", "ева"))
    roster.remove("Ель")
    assert [person.name for person in roster.page("r", "", 0, 9).people] == ["ева", "Ёж", "ёрш"]
    assert [person["name"] for person in shown(roster)["people"]] == ["ева", "Ёж", "ёрш"]


async def test_a_suggestion_isnt_the_same_name_in_other_letters(roster: Roster) -> None:
    """It is compared folded, too."""
    roster.replace(of(Person("1", "Артём"), Person("2", "Артём 2")), 1)
    assert roster.free_name("Артем") == "Артем 3"


async def test_a_name_of_any_length_in_redis_costs_little(roster: Roster) -> None:
    """Anybody may have written it, and to normalize a long row of marks takes quadratic time."""
    started = time.process_time()
    roster.put(Person("1", "a" + "\u0301\u0323" * 50_000))
    roster.remove("1")
    assert time.process_time() - started < 0.1


async def test_a_search_in_a_crowd_is_quick(roster: Roster) -> None:
    """Twenty searches, as many as one types in some seconds, hold up 5,000 people for no more than a moment."""
    roster.replace(of(*(Person(str(n), f"Анна-Мария {n}") for n in range(5000))), 1)
    started = time.process_time()
    for number in range(20):
        assert roster.page("r", f"МАРИЯ {number}", 0, 200).count
    assert time.process_time() - started < 0.2
