"""Keeping order with a real server: what a moderator does in one browser, others feel in theirs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.support import Server

from .people import GREETING, People, Person

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
ROOM = "kitchen"


def link(server: Server, *options: str) -> str:
    """A moderator's link of the room, as the operator prints it."""
    command = [sys.executable, "-m", "wschat", "--redis", "embedded", "--data", str(server.data), "link", ROOM]
    done = subprocess.run(
        [*command, "--moderator", "--base", server.url, *options], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def visitors(browser: Browser, own_server: Server) -> Iterator[People]:
    """Lets people into the room; each has a browser of their own, and so is another person."""
    people = People(browser, f"{own_server.url}/r/{ROOM}")
    yield people
    assert list(people.leave()) == []


@pytest.fixture
def anna(visitors: People, own_server: Server) -> Person:
    """The moderator, who came by the link."""
    anna = visitors.comes()
    anna.page.goto(link(own_server))
    anna.answers("Анна")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    expect(anna.page.locator("[data-tool=moderation]")).to_be_visible()
    return anna


@pytest.fixture
def boris(anna: Person, visitors: People) -> Person:
    return visitors.comes("Борис")


def panel(anna: Person) -> Locator:
    return anna.opens("moderation")


def chooses(anna: Person, of: Locator, entry: str, term: str) -> None:
    """From the menu of a message or a person: an act, and for how long."""
    of.hover()
    of.locator(".message-more, .person-more").click()
    anna.page.get_by_role("menuitem", name=entry).click()
    anna.dialog("barring").get_by_role("button", name=term).click()


def in_list(anna: Person, name: str) -> Locator:
    return anna.page.locator("aside .person", has_text=name)


def lets_back_in(anna: Person, name: str) -> None:
    dialog = panel(anna)
    dialog.get_by_role("button", name=f"Снять запреты: \u2068{name}\u2069").click()
    expect(dialog).to_contain_text("Сейчас их нет")
    anna.page.keyboard.press("Escape")


def test_rules_hold_for_everyone_but_moderators(anna: Person, boris: Person) -> None:
    """A topic, slow mode and reading only are seen by all at once, with a line in the list."""
    expect(in_list(boris, "Анна").locator(".mark")).to_be_visible()
    dialog = panel(anna)
    dialog.get_by_label("Тема комнаты").fill("Обед в два")
    dialog.get_by_role("button", name="Сохранить").click()
    expect(boris.page.locator(".bar-topic")).to_have_text("Обед в два")
    dialog.get_by_label("Медленный режим").select_option("60")
    expect(boris.list).to_contain_text("Медленный режим: писать можно раз в минуту")
    dialog.locator("summary").click()
    expect(dialog.locator("details .moderation-row").first).to_contain_text("Медленный режим: раз в минуту")
    anna.page.keyboard.press("Escape")
    for text in ("раз", "два"):
        anna.says(text)
        boris.sees(text)
    boris.says("и я")
    expect(boris.field).to_have_attribute("placeholder", re.compile("Подождите"))
    boris.says("и ещё")
    expect(boris.field).to_have_value(re.compile("и ещё"))
    expect(boris.page.locator(".hold")).to_contain_text("Подождите 0:")
    expect(boris.page.locator("[data-post]")).to_have_count(0)
    dialog = panel(anna)
    dialog.get_by_label("Медленный режим").select_option("0")
    dialog.get_by_label("Пишут только модераторы").check()
    expect(boris.field).not_to_be_editable()
    dialog.get_by_label("Пишут только модераторы").uncheck()
    expect(boris.field).to_be_editable()
    boris.page.keyboard.press("Enter")
    anna.page.keyboard.press("Escape")
    expect(anna.page.locator(".message .text").last).to_contain_text("и ещё")


def test_a_mute_outlives_a_reload_and_ends_by_hand(anna: Person, boris: Person) -> None:
    """It begins at once, from the menu of a message; the draft is still there when it ends."""
    boris.says("Реклама")
    anna.sees("Реклама")
    boris.writes("И ещё реклама")
    chooses(anna, anna.page.locator(".message").last, "Запретить писать", "на 10 минут")
    expect(boris.page.locator(".hold")).to_contain_text("Модератор запретил вам писать. Осталось")
    boris.page.reload()
    expect(boris.page.get_by_text(GREETING)).to_be_visible()
    expect(boris.field).not_to_be_editable()
    lets_back_in(anna, "Борис")
    expect(boris.field).to_be_editable()
    expect(boris.field).to_have_value("И ещё реклама")


def test_somebody_removed_stays_out_until_they_are_let_in(anna: Person, boris: Person) -> None:
    """Neither a reload nor another tab helps; the page says until when."""
    chooses(anna, in_list(anna, "Борис"), "Удалить из комнаты", "на 1 час")
    out = boris.dialog("out")
    expect(out.get_by_role("heading")).to_have_text("Вас удалили из комнаты")
    expect(out).to_contain_text("Вы войдёте автоматически через")
    anna.sees_online("Анна")
    boris.page.reload()
    expect(out.get_by_role("heading")).to_have_text("Вход в комнату закрыт")
    lets_back_in(anna, "Борис")
    out.get_by_role("button", name="Попробовать снова").click()
    expect(boris.page.get_by_text(GREETING)).to_be_visible()
    expect(out).to_have_count(0)
    anna.sees_online("Анна", "Борис")


def test_a_locked_room_and_one_with_a_password(anna: Person, boris: Person, visitors: People) -> None:
    """Newcomers are told, or asked; people inside stay, also over a reload."""
    dialog = panel(anna)
    dialog.get_by_label("Не пускать новых участников").check()
    expect(boris.list).to_contain_text("Комната закрыта для новых участников")
    vera = visitors.comes().visits()
    vera.answers("Вера")
    out = vera.dialog("out")
    expect(out.get_by_role("heading")).to_have_text("Комната закрыта для новых участников")
    boris.page.reload()
    expect(boris.page.get_by_text(GREETING)).to_be_visible()
    dialog.get_by_label("Не пускать новых участников").uncheck()
    dialog.get_by_label("Пароль комнаты").fill("сезам")
    dialog.get_by_role("button", name="Сохранить").click()
    expect(boris.list).to_contain_text("Для входа нужен пароль комнаты")
    out.get_by_role("button", name="Попробовать снова").click()
    join = vera.dialog("join")
    join.get_by_label("Пароль комнаты").fill("сезам")
    vera.page.keyboard.press("Enter")
    expect(vera.page.get_by_text(GREETING)).to_be_visible()
    vera.page.reload()
    expect(vera.page.get_by_text(GREETING)).to_be_visible()


def test_messages_of_others_and_all_of_them_are_deleted(anna: Person, boris: Person) -> None:
    """By a moderator, for everyone; the room goes on."""
    for text in ("раз", "два"):
        boris.says(text)
        anna.sees(text)
    last = anna.page.locator(".message").last
    last.hover()
    last.locator(".message-more").click()
    anna.page.get_by_role("menuitem", name="Удалить сообщение").click()
    anna.dialog("deletion").get_by_role("button", name="Удалить").click()
    expect(boris.page.locator(".tombstone")).to_have_text("Сообщение удалено модератором")
    panel(anna).get_by_role("button", name="Очистить комнату").click()
    anna.dialog("clear").get_by_role("button", name="Очистить", exact=True).click()
    expect(boris.messages).to_have_count(0)
    anna.page.keyboard.press("Escape")
    boris.says("три")
    anna.sees("три")


def test_a_revoked_link_is_forgotten(anna: Person, own_server: Server) -> None:
    """Also by a page that is open; a new link makes a moderator again."""
    fresh = link(own_server, "--revoke")
    expect(anna.page.locator("[data-tool=moderation]")).to_have_count(0, timeout=20_000)
    anna.page.reload()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    assert anna.page.evaluate("localStorage.getItem('wschat.mod.kitchen')") is None
    anna.page.evaluate("(hash) => { location.hash = hash; }", fresh.partition("#")[2])
    expect(anna.page.locator("[data-tool=moderation]")).to_be_visible()
