"""The people in the room: found part by part, in a sheet on phones, completed when they are mentioned."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import shoot
from .crowd import found_among, visits_a_crowd
from .fake_server import ME
from .people import People, until
from .steps import Staged, talk_by_keys


def test_people_are_found_and_shown_part_by_part(staged: Staged) -> None:
    """The page shows two hundred first; «Показать ещё» and the search ask the server for the rest."""
    anna, _ = staged
    visits_a_crowd(staged)
    expect(anna.people).to_have_count(200)
    expect(anna.page.locator(".bar-online.wide")).to_have_attribute("data-count", "501")
    anna.page.get_by_role("button", name="Показать ещё").click()
    expect(anna.people).to_have_count(400)
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("участник 49")
    expect(anna.people).to_have_count(10)
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("никто")
    expect(anna.page.locator("aside .people-more")).to_have_text("Никого не нашлось")


def test_what_a_search_found_stays_true(timed: Staged) -> None:
    """While a result is shown and people come, go or rename, the page repeats the search every few seconds."""
    anna, fake = timed
    everyone = visits_a_crowd(timed)
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("участник 49")
    anna.page.clock.run_for(300)
    expect(anna.people).to_have_count(10)
    gone = everyone.pop()
    for _ in range(3):  # however much happens meanwhile
        fake.sends({"type": "online", "count": 500, "joined": [], "left": [gone], "renamed": []})
    expect(anna.page.locator(".bar-online.wide")).to_have_attribute("data-count", "500")
    expect(anna.people).to_have_count(10)
    anna.page.clock.run_for(5_000)
    expect(anna.people).to_have_count(9)
    assert len(fake.commands("people")) == 2
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("")
    anna.page.get_by_role("button", name="Показать ещё").click()
    expect(anna.people).to_have_count(400)
    everyone.insert(250, {"id": "new", "name": "Участник 248½"})
    fake.sends({"type": "online", "count": 501, "joined": [everyone[250]], "left": [], "renamed": []})
    expect(anna.page.locator(".bar-online.wide")).to_have_attribute("data-count", "501")
    anna.page.clock.run_for(5_000)
    expect(anna.page.get_by_text("Участник 248½")).to_be_visible()
    expect(anna.people).to_have_count(400)


@pytest.mark.slow
def test_a_search_that_failed_is_forgotten_with_its_words(staged: Staged) -> None:
    """The list without the search is complete, so no error remains."""
    anna, fake = staged
    fake.next_welcome(online={"count": 300, "people": [ME]})
    fake.answers["people"] = lambda command: {"type": "error", "code": "rate_limited", "ref": command["ref"]}
    anna.visits()
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("борис")
    expect(anna.page.get_by_role("listitem").get_by_text("Список не загрузился")).to_be_visible()
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("")
    expect(anna.people).to_have_count(1)
    expect(anna.page.get_by_text("Список не загрузился")).to_have_count(0)


@pytest.mark.slow
def test_a_search_without_a_connection_is_repeated_with_it(timed: Staged) -> None:
    """At once; until then nothing says that nobody was found: nobody was asked."""
    anna, fake = timed
    everyone = visits_a_crowd(timed)
    expect(anna.people).to_have_count(200)
    fake.refuses_connections = True
    fake.closes(1012)
    expect(anna.page.get_by_role("heading", name="Были в сети")).to_be_visible()
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("участник 499")
    anna.page.clock.run_for(300)
    expect(anna.page.locator("aside .people-more")).to_have_text("Список не загрузился")
    anna.page.clock.pause_at("2026-11-23T12:01:00Z")  # from now on it moves by steps only
    fake.refuses_connections = False
    fake.next_welcome(recovered=True, online={"count": len(everyone), "people": everyone[:200]})
    online = anna.page.get_by_role("heading", name="В сети", exact=True)
    for _ in range(70):  # more than the longest delay of an attempt
        if online.count():
            break
        anna.page.clock.run_for(500)
        anna.page.wait_for_timeout(20)
    expect(anna.people).to_have_text("Участник 499")
    expect(anna.page.locator("aside .people-more")).to_have_count(0)


def test_esc_in_the_search_keeps_the_place_in_the_list(staged: Staged) -> None:
    """It empties the search, as the browser does it, and takes neither the reader's place nor the focus."""
    crowd = [{"id": f"p{n}", "name": f"Участник {n}"} for n in range(12)]
    anna = talk_by_keys(staged, *(f"№ {n}" for n in range(1, 51)), online={"count": 12, "people": crowd})
    anna.scrolls_to(0)
    search = anna.page.get_by_role("searchbox", name="Поиск по именам")
    search.fill("5")
    search.press("Escape")
    expect(search).to_be_focused()
    assert anna.from_end() > 500


def test_people_on_a_phone_are_in_a_sheet(people: People) -> None:
    """The count opens it, it updates live, and Esc closes it."""
    anna = people.comes("Анна", width=390, height=844)
    expect(anna.page.locator("aside.people")).to_be_hidden()
    anna.page.locator("button.bar-online").click()
    sheet = anna.dialog("people")
    expect(sheet.locator(".person bdi")).to_have_text(["Анна"])
    people.comes("Борис")
    expect(sheet.locator(".person bdi")).to_have_text(["Анна", "Борис"])
    shoot(anna, "people-sheet")
    anna.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_a_mention_is_completed(staged: Staged) -> None:
    """`@бо` and Enter write the name, Esc leaves it alone, and Enter sends only if there is nothing to complete."""
    anna, fake = staged
    anna.arrives()
    anna.field.press_sequentially("эй @бо")
    expect(anna.page.get_by_role("option")).to_have_text(["ББорис"])
    expect(anna.field).to_have_attribute("aria-activedescendant", "mention-0")
    shoot(anna, "mention")
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("эй @Борис ")
    anna.page.keyboard.press("Control+z")
    expect(anna.field).to_have_value("эй @бо")
    anna.page.keyboard.press("ArrowRight")
    anna.page.keyboard.type("р")
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("эй @Борис ")
    assert fake.commands("post") == []
    anna.field.press_sequentially("@")
    expect(anna.page.get_by_role("option")).to_have_count(1)
    anna.page.keyboard.press("Escape")
    expect(anna.page.get_by_role("option")).to_have_count(0)
    expect(anna.field).to_have_value("эй @Борис @")
    anna.field.press_sequentially("б")
    anna.page.keyboard.press("Shift+Enter")
    expect(anna.field).to_have_value("эй @Борис @б\n")
    anna.field.press_sequentially("@борис")
    expect(anna.page.get_by_role("option")).to_have_count(1)
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("")
    until(anna.page, lambda: len(fake.commands("post")) == 1)


def test_a_mention_finds_those_of_a_crowd_whom_the_page_does_not_have(staged: Staged) -> None:
    """The server is asked when a name pauses; an answer that comes after Esc opens nothing."""
    anna, fake = staged
    everyone = visits_a_crowd(staged)
    anna.field.press_sequentially("@участник 45")
    expect(anna.page.get_by_role("option")).to_have_count(6)
    anna.page.keyboard.press("ArrowDown")
    anna.page.keyboard.type("1")
    expect(anna.page.get_by_role("option")).to_have_text(["У4Участник 451"])
    anna.page.keyboard.press("Tab")
    expect(anna.field).to_have_value("@Участник 451 ")
    fake.answers["people"] = []
    anna.field.press_sequentially("@участник 46")
    until(anna.page, lambda: fake.commands("people")[-1].get("query") == "участник 46")
    anna.page.keyboard.press("Escape")
    fake.sends({**found_among(everyone, fake.commands("people")[-1]), "ref": fake.commands("people")[-1]["ref"]})
    anna.page.keyboard.press("Shift+Enter")
    expect(anna.field).to_have_value("@Участник 451 @участник 46\n")
    expect(anna.page.get_by_role("option")).to_have_count(0)


def test_arrows_lead_through_the_people_to_what_loads_more(staged: Staged) -> None:
    """Up from «Показать ещё» is the last name, not the first; with Ctrl, Alt or Meta the keys are the browser's."""
    anna, _ = staged
    visits_a_crowd(staged)
    names, more = anna.page.locator("aside .person-name"), anna.page.get_by_role("button", name="Показать ещё")
    more.focus()
    more.press("ArrowUp")
    expect(names.last).to_be_focused()
    names.last.press("ArrowDown")
    expect(more).to_be_focused()
    more.press("ArrowDown")
    expect(more).to_be_focused()
    more.press("Home")
    expect(names.first).to_be_focused()
    for key in ("Control+End", "Alt+ArrowDown", "Meta+ArrowDown"):
        names.first.press(key)
        expect(names.first).to_be_focused()
    names.first.press("End")
    expect(more).to_be_focused()
