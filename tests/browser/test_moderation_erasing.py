"""Moderators delete: everyone is told who did it, and one act erases all that somebody wrote of late."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from .fake_server import BORIS, ME, FakeServer, message
from .moderation import RULES, VERA, acts, deleted, did, enters, menu, moderates
from .steps import Staged, talk, toast

pytestmark = pytest.mark.slow

ERASE = "Удалить сообщения за период"


@pytest.mark.parametrize("is_own", [True, False])
def test_what_a_moderator_deleted_says_so(staged: Staged, is_own: bool) -> None:
    """To everyone, and to its author aloud; also where somebody quotes it."""
    anna, fake = staged
    author = ME if is_own else BORIS
    enters(
        staged, messages=[message(1, "Реклама", author), {**message(2, "Зачем?"), "reply": {"seq": 1, "from": author}}]
    )
    expect(anna.page.locator("#m2 .quote")).to_contain_text("Реклама")
    fake.sends(deleted(author, moderated=True))
    expect(anna.page.locator("#m1")).to_contain_text("Сообщение удалено модератором")
    expect(anna.page.locator("#m2 .quote")).to_have_text("Сообщение удалено модератором")
    said = "Модератор удалил ваше сообщение" if is_own else "Сообщение удалено. Автор: \u2068Борис\u2069"
    expect(anna.page.locator("#announcer")).to_contain_text(said)


def test_what_its_author_deleted_names_no_moderator(staged: Staged) -> None:
    """The line says no more than that it was deleted."""
    anna, fake = staged
    enters(staged)
    fake.sends(deleted(BORIS, moderated=False))
    expect(anna.page.locator("#m1 .tombstone")).to_have_text("Сообщение удалено")


def clears(fake: FakeServer, is_back: bool) -> None:
    """A moderator clears the room, while the page has no connection or has one."""
    if is_back:
        fake.next_welcome(lost=True, cleared=True, epoch="e2", seq=0, head=0, messages=[])
        fake.closes(1012)
    else:
        fake.sends({"type": "reset", "epoch": "e2", "seq": 0, "messages": [], "cleared": True})


@pytest.mark.parametrize("is_back", [True, False])
def test_a_room_that_a_moderator_cleared_says_so(staged: Staged, is_back: bool) -> None:
    """To who is there, and to who comes back; a log that was lost is another thing."""
    anna, fake = staged
    talk(staged, "Раз")
    clears(fake, is_back)
    expect(anna.list.locator(".line", has_text="Модератор очистил комнату")).to_be_visible()
    fake.sends({"type": "reset", "epoch": "e3", "seq": 0, "messages": []})
    expect(anna.list.locator(".line", has_text="Прежних сообщений больше нет")).to_be_visible()


@pytest.mark.parametrize("is_back", [True, False])
def test_screen_readers_find_nothing_of_a_cleared_room(staged: Staged, is_back: bool) -> None:
    """What was announced last goes with the messages; the next one is announced again."""
    anna, fake = staged
    talk(staged)
    announcer = anna.page.locator("#announcer")
    fake.sends(message(1, "Реклама"))
    expect(announcer).to_contain_text("Реклама")
    fake.sends(message(2, "Ещё реклама"))  # is announced a second later
    clears(fake, is_back)
    expect(announcer).to_have_text("")
    anna.page.wait_for_timeout(1_200)
    expect(announcer).to_have_text("")
    fake.sends(message(1, "Привет", epoch="e2"))
    expect(announcer).to_contain_text("Привет")


def chooses_to_erase(staged: Staged, of: Locator) -> Locator:
    menu(staged[0], of).get_by_role("menuitem", name=ERASE).click()
    return staged[0].dialog("barring")


@pytest.mark.parametrize("of", ["aside .person:has-text('Борис')", "#m1"])
def test_a_moderator_erases_what_somebody_wrote(staged: Staged, of: str) -> None:
    """From the menu of the person or of a message; the dialog says that it is final, and of everything twice."""
    anna, fake = staged
    moderates(staged)
    dialog = chooses_to_erase(staged, anna.page.locator(of))
    expect(dialog).to_contain_text("Вернуть их будет нельзя")
    expect(dialog.get_by_role("button")).to_have_text(["", "за последний час", "за последние сутки", "все"])
    dialog.get_by_role("button", name="за последний час").click()
    did(anna, fake, {"act": "erase", "person": "boris", "seconds": 3600})
    toast(anna, "Удалены сообщения за последний час. Автор: \u2068Борис\u2069")
    dialog = chooses_to_erase(staged, anna.page.locator(of))
    dialog.get_by_role("button", name="все").click()
    expect(dialog.get_by_role("heading")).to_have_text("Удалить все сообщения?")
    expect(dialog).to_contain_text(re.compile(r"не\sбольше 1.?000 последних"))
    dialog.get_by_role("button", name="Удалить").click()
    toast(anna, "Удалены все сообщения. Автор: \u2068Борис\u2069")
    did(anna, fake, *({"act": "erase", "person": "boris", "seconds": seconds} for seconds in (3600, 0)))


def test_enter_twice_erases_nothing(staged: Staged) -> None:
    """What can't be undone is chosen; «Назад» leads back to the choice that it was asked of."""
    anna, fake = staged
    moderates(staged)
    opened = menu(anna, anna.page.locator("#m1"))
    opened.get_by_role("menuitem", name=ERASE).press("Enter")
    dialog = anna.dialog("barring")
    expect(dialog.get_by_role("button", name="Закрыть")).to_be_focused()
    anna.page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert acts(fake) == []
    dialog = chooses_to_erase(staged, anna.page.locator("#m1"))
    dialog.get_by_role("button", name="все").click()
    dialog.get_by_role("button", name="Назад").click()
    expect(dialog.get_by_role("button", name="все")).to_be_focused()


def test_what_is_left_of_an_erasure_is_told(staged: Staged) -> None:
    """One act deletes a thousand messages at most; the line says that there are more, and how to go on."""
    anna, fake = staged
    moderates(staged)
    dialog = chooses_to_erase(staged, anna.page.locator("#m1"))
    fake.answers["moderate"] = {"type": "done", "erased": 1000, "more": True}
    dialog.get_by_role("button", name="за последний час").click()
    toast(anna, "Удалено сообщений: 1\u00a0000 (автор: \u2068Борис\u2069). Остались более старые: повторите удаление")


@pytest.mark.parametrize("of", ["aside .person:has-text('Борис')", "#m1"])
def test_a_removal_takes_messages_of_the_last_hour_along(staged: Staged, of: str) -> None:
    """Where it was ticked, and after the removal, so that nothing can follow."""
    anna, fake = staged
    moderates(staged, rules={**RULES, "locked": True})
    menu(anna, anna.page.locator(of)).get_by_role("menuitem", name="Удалить из комнаты").click()
    dialog = anna.dialog("barring")
    dialog.get_by_label("Удалить также сообщения за последний час").check()
    dialog.get_by_role("button", name="на 1 час").click()
    whom = {"seq": 1, "epoch": "e1"} if of == "#m1" else {"person": "boris"}
    did(anna, fake, {"act": "remove", **whom, "seconds": 3600}, {"act": "erase", "person": "boris", "seconds": 3600})


def test_a_long_erasure_is_waited_for(timed: Staged) -> None:
    """A full room takes a slow server longer than any other act; the page says that it is on its way."""
    anna, fake = timed
    moderates(timed)
    dialog = chooses_to_erase(timed, anna.page.locator("#m1"))
    fake.answers["moderate"] = []
    dialog.get_by_role("button", name="за последний час").click()
    toast(anna, "Удаляем сообщения…")
    anna.page.clock.fast_forward(12_000)
    expect(anna.page.locator(".toast")).to_have_text("")
    fake.sends({"type": "done", "ref": fake.commands("moderate")[-1]["ref"]})
    toast(anna, "Удалены сообщения за последний час. Автор: \u2068Борис\u2069")


def test_what_is_deleted_in_a_row_is_one_line(staged: Staged) -> None:
    """With their number, so that a spammer's hundreds don't bury the talk; what others wrote between stays in place."""
    anna, fake = staged
    said = [message(number, "Реклама") for number in range(1, 6)]
    enters(staged, messages=[*said, message(6, "Добрый день", VERA), message(7, "Реклама")], seq=7, head=7)
    for place, number in enumerate((1, 2, 3, 5, 7), 8):
        fake.sends(deleted(BORIS, moderated=True, of=number, seq=place))
    expect(anna.page.locator(".tombstone")).to_have_text(
        ["3 сообщения удалены модератором", "Сообщение удалено модератором", "Сообщение удалено модератором"]
    )
    fake.sends(deleted(BORIS, moderated=True, of=4, seq=13))
    expect(anna.page.locator(".tombstone")).to_have_text(
        ["5 сообщений удалено модератором", "Сообщение удалено модератором"]
    )
    expect(anna.page.locator("article")).to_have_count(3)
