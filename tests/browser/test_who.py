"""Identities: one's own messages, the people of a room that was left, and the dialog that asks for a name."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for
from .fake_server import BORIS, ME, message
from .moderation import menu, moderates
from .people import GREETING, People, until
from .steps import Staged, has, toast

# Whether the end of the sentence is within its line.
VERB_IS_SEEN = """(() => {
    const typing = document.getElementById("typing");
    const range = document.createRange();
    range.selectNodeContents(typing);
    const { right } = [...range.getClientRects()].at(-1);
    return typing.textContent.endsWith("…") && right <= typing.getBoundingClientRect().right + 1;
})()"""


def test_own_messages_are_told_from_everybody_elses(staged: Staged) -> None:
    """The row has a tint and the name «(вы)», also while it is on its way; a namesake gets neither."""
    anna, fake = staged
    namesake = {"id": "other", "name": "Анна"}
    fake.next_welcome(messages=[message(1, "Моё", ME), message(2, "Чужое", namesake)], seq=2, head=2)
    anna.visits()
    anna.says("Ещё моё")
    for own in (anna.page.locator("#m1"), anna.page.locator("[data-post]")):
        expect(own).to_have_attribute("data-own", "")
        expect(own).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
    expect(anna.page.locator("#m1 .author-you")).to_have_text("(вы)")
    expect(anna.page.locator("#m2 .author-you")).to_have_count(0)
    expect(anna.page.locator("#m2")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    expect(anna.people.first).to_have_text("Анна")
    expect(anna.page.locator("aside .person").first).to_contain_text("(вы)")


def test_the_name_of_a_program_offers_no_press(staged: Staged) -> None:
    """A person's name, pressed, is written into the field; a program is nobody to be mentioned."""
    anna, fake = staged
    anna.arrives()
    kept = {key: value for key, value in message(1, "Собрано").items() if key not in {"seq", "epoch", "id"}}
    fake.sends({**kept, "from": {"name": "CI"}, "outside": True}, message(1, "Раз"))
    names = anna.page.locator(".author")
    expect(names).to_have_text(["CI", "Борис"])
    for each, cursor, line in zip(names.all(), ("auto", "pointer"), ("none", "underline"), strict=True):
        each.hover()
        expect(each).to_have_css("cursor", cursor)
        expect(each).to_have_css("text-decoration-line", line)


def test_a_hook_is_marked_beside_its_namesake(staged: Staged) -> None:
    """A program and a person may have one name: only the program has the mark, and a row of its own. Its message is one
    like others, also after a deletion.
    """
    anna, fake = staged
    hook = {"id": "hook-1", "name": "Борис"}
    said = [message(1, "Человек"), message(2, "Сборка готова", hook, hook=True)]
    fake.next_welcome(messages=[*said, message(3, "Снова человек")], seq=3, head=3)
    anna.visits()
    expect(anna.page.locator(".outside")).to_have_text(["бот"])
    expect(anna.page.locator("#m2 .outside")).to_be_visible()
    expect(anna.page.locator("#m2 > .avatar")).to_have_attribute("data-program", "")
    expect(anna.page.locator("#m2")).to_have_accessible_name("Борис бот Сборка готова")
    expect(anna.page.locator(".message[data-grouped]")).to_have_count(0)
    anna.page.locator("#m2").hover()
    anna.page.locator("#m2").press("r")
    expect(anna.page.locator(".compose-strip")).to_contain_text("Борис")
    form = {**message(2, "", hook, hook=True), "deleted": True, "moderated": True, "rev": 4}
    del form["text"]
    fake.sends({"type": "amended", "seq": 4, "epoch": said[1]["epoch"], "id": "c", "message": form})
    expect(anna.page.locator("#m2 .tombstone")).to_be_visible()
    expect(anna.page.locator("#m2 .outside")).to_have_text("бот")


def test_the_menu_has_nothing_that_a_program_cannot_have(staged: Staged) -> None:
    """Nobody mentions a hook, nor removes it from the room; muting it says nothing of reading."""
    anna, _ = staged
    hook = {"id": "hook-1", "name": "CI"}
    moderates(staged, messages=[message(1, "Сборка готова", hook, hook=True), message(2, "Привет")])
    opened = menu(anna, anna.page.locator("#m2"))
    for name in ("Упомянуть", "Удалить из комнаты…"):
        expect(opened.get_by_role("menuitem", name=name)).to_be_visible()
    anna.page.keyboard.press("Escape")
    opened = menu(anna, anna.page.locator("#m1"))
    expect(opened.get_by_role("menuitem", name="Удалить сообщения за период…")).to_be_visible()
    for name in ("Упомянуть", "Удалить из комнаты…"):
        expect(opened.get_by_role("menuitem", name=name)).to_have_count(0)
    opened.get_by_role("menuitem", name="Запретить писать…").click()
    expect(anna.dialog("barring")).to_contain_text("CI")
    expect(anna.dialog("barring").locator(".dialog-hint")).to_have_count(0)


def test_somebody_who_loses_their_name_is_told_the_new_one(staged: Staged) -> None:
    """The list leaves out what one is called oneself, and somebody else has the old name by now."""
    anna, fake = staged
    anna.arrives()
    has(anna.page, "toast.js")
    fake.sends({"type": "renamed", "you": {"id": "anna", "name": "Анна 2"}})
    toast(anna, "Теперь вас зовут ⁨Анна 2⁩")


def test_a_group_of_ones_own_is_one_block(staged: Staged) -> None:
    """Also where the newest of it is on its way: only the outer corners of the block are round."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    now = anna.page.evaluate("new Date().toISOString()")
    fake.sends(message(1, "раз", ME, time=now), message(2, "два", ME, time=now))
    anna.says("три")
    rows = [anna.page.locator(row) for row in ("#m1", "#m2", "[data-post]")]
    expect(rows[2]).to_have_attribute("data-grouped", "")
    for row, start, end in zip(rows, ("8px", "0px", "0px"), ("0px", "0px", "8px"), strict=True):
        expect(row).to_have_css("border-start-start-radius", start)
        expect(row).to_have_css("border-end-end-radius", end)


def test_without_a_connection_the_people_were_online(timed: Staged) -> None:
    """Their list is dimmed and says so, and so does their number, until the page is back."""
    anna, fake = timed
    anna.visits()
    heading = anna.page.locator("aside h2")
    expect(heading).to_have_text("В сети")
    fake.refuses_connections = True
    fake.closes(1012)
    anna.page.clock.run_for(3_000)
    expect(heading).to_have_text("Были в сети")
    expect(anna.page.locator(".bar-online.wide")).to_have_text("Нет связи")
    expect(anna.page.locator(".bar-online.wide")).to_have_attribute("data-away", "")
    fake.refuses_connections = False
    anna.page.clock.run_for(30_000)
    expect(heading).to_have_text("В сети")


def test_the_first_dialog_names_the_room_and_speaks_both_languages(people: People) -> None:
    """A newcomer sees which room it is, and switches the language where the question is."""
    anna = people.comes().visits()
    dialog = anna.dialog("join")
    expect(dialog).to_contain_text(re.compile("Комната «\u2068room-\\d+\u2069»"))
    dialog.get_by_role("button", name="English").click()
    expect(dialog).to_contain_text("What’s your name?")
    dialog.locator("input[name=name]").fill("Ann")
    dialog.get_by_role("button", name="Русский").click()
    expect(dialog.locator("input[name=name]")).to_have_value("Ann")
    anna.page.keyboard.press("Tab")
    dialog.get_by_role("button", name="Войти").click()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()


@pytest.mark.slow
def test_a_name_that_is_refused_twice_is_replaced_twice(staged: Staged) -> None:
    """The name that is offered stands in the field, whatever was written there before."""
    anna, fake = staged
    fake.answers["hello"] = {"type": "error", "code": "name_taken", "suggestion": "Боб 2"}
    anna.visits()
    dialog = anna.dialog("join")
    for tries in (2, 3):
        name = dialog.locator("input[name=name]")
        expect(name).to_have_value("Боб 2")
        name.fill("Боб")
        anna.page.keyboard.press("Enter")
        fake.hears("hello", tries)
    expect(dialog).to_contain_text("Имя «⁨Боб⁩» занято. Предлагаем другое.")
    expect(name).to_have_value("Боб 2")


@pytest.mark.slow
@pytest.mark.parametrize("code", ["name_taken", "password_required", "room_invalid"])
def test_nothing_reports_a_connection_behind_a_dialog(people: People, server: Server, code: str) -> None:
    """While the page waits for the person, the strip has nothing to say."""
    anna, fake = fake_for(people, server)
    anna.page.clock.install(time="2026-11-23T12:00:00Z")
    fake.answers["hello"] = {"type": "error", "code": code}
    anna.visits()
    expect(anna.dialog("join")).to_be_visible()
    anna.page.clock.run_for(10_000)
    expect(anna.strip).to_be_empty()


def test_several_who_type_are_named_up_to_three(staged: Staged) -> None:
    """In the language's own way of a list, with the verb of their number; more of them are only several."""
    anna, fake = staged
    anna.arrives()
    typing = anna.page.locator(".typing")
    people = [BORIS, *({"id": name, "name": name} for name in ("Вера", "Глеб", "Дина"))]
    seen = ["⁨Борис⁩ и ⁨Вера⁩ печатают…", "⁨Борис⁩, ⁨Вера⁩ и ⁨Глеб⁩ печатают…", "Несколько человек печатают…"]
    for number, text in enumerate(seen, 2):
        fake.sends({"type": "typing", "people": people[:number]})
        expect(typing).to_have_text(text)
    fake.sends({"type": "online", "left": people[1:], "count": 2})
    expect(typing).to_have_text("⁨Борис⁩ печатает…")


def test_those_who_type_are_shortened_and_the_verb_stays(people: People, server: Server) -> None:
    """Of three long names each shows its beginning, also on the smallest phone and with letters twice as large."""
    anna, fake = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    anna.arrives()
    names = ("Длинноимённый Константин", "Борис", "Александра Константинопольская")
    for width, letters in ((390, "100%"), (320, "100%"), (320, "200%")):
        anna.page.set_viewport_size({"width": width, "height": 844})
        anna.page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", letters)
        fake.sends({"type": "typing", "people": [{"id": name, "name": name} for name in names]})
        expect(anna.page.locator(".typing")).to_contain_text("Длинноимённы…")
        until(anna.page, VERB_IS_SEEN)
