"""Changes of messages over time and between people: those that wait, those of other tabs, and how they are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for
from .fake_server import ME, FakeServer, amended, message
from .people import People, until
from .steps import STORED, Staged, fetches_keys, presses, refuses, saves_draft, talk_by_keys, text, toast


def test_changes_wait_for_the_connection(staged: Staged) -> None:
    """Offline they are shown and kept, over a reload too; then each is sent, and again if its answer was lost."""
    anna, fake = staged
    known: dict[str, Any] = {"messages": [message(1, "раз", ME), message(2, "чужое")], "seq": 2, "head": 2}
    talk_by_keys(staged, *known["messages"])
    fake.refuses_connections = True
    fake.closes(1012)
    presses(anna, 1, "e")
    anna.says("два")
    expect(text(anna, 1)).to_have_text("два")
    assert "два" in anna.page.evaluate(STORED)
    fake.refuses_connections = False
    fake.next_welcome(**known)
    anna.page.reload()
    expect(text(anna, 1)).to_have_text("два")
    expect(anna.page.locator("#m1 .edited")).to_have_text("сохраняем…")
    assert fake.hears("edit", 1)[0]["text"] == "два"
    fake.next_welcome(**known, recovered=True)
    fake.closes(1012)
    again = fake.hears("edit", 2)[1]
    form = message(1, "два", ME)
    fake.sends({"type": "done", "ref": again["ref"], "seq": 3}, amended(3, form, edited="2026-11-23T12:05:00.000Z"))
    expect(anna.page.locator("#m1 .edited")).to_have_text("изменено")
    assert "два" not in anna.page.evaluate(STORED)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["reset", "welcome", "reload"])
def test_changes_that_wait_are_undone_when_the_log_is_lost(staged: Staged, how: str) -> None:
    """They are sent to no message of the new log; a sentence says so, and the text of the edit is there to be sent."""
    anna, fake = staged
    talk_by_keys(staged, message(1, "раз", ME), message(2, "чужое"))
    refuses(fake, "edit", "unavailable", retry_after=60)
    refuses(fake, "react", "unavailable", retry_after=60)
    presses(anna, 1, "e")
    anna.says("два")
    assert fake.hears("edit", 1)[0]["epoch"] == "e1"
    lost = {**message(1, "другое", ME), "epoch": "e2"}
    if how == "reset":
        fake.sends({"type": "reset", "epoch": "e2", "seq": 1, "messages": [lost]})
    else:
        fake.next_welcome(messages=[lost], seq=1, head=1, epoch="e2", lost=how == "welcome")
        if how == "welcome":
            fake.closes(1012)
        else:
            anna.page.reload(wait_until="commit")  # the sentence goes after 4 s
    toast(anna, "Изменение не сохранено: сервер потерял историю, и сообщения больше нет")
    expect(text(anna, 1)).to_have_text("другое")
    unsent = anna.page.locator("[data-post]")
    expect(unsent.locator(".text")).to_have_text("два")
    expect(unsent.locator(".post-status")).to_contain_text("Изменение не сохранено")
    del fake.answers["edit"]
    unsent.get_by_role("button", name="Удалить").click()
    fake.next_welcome(messages=[lost], seq=1, head=1, epoch="e2")
    anna.page.reload()
    expect(text(anna, 1)).to_have_text("другое")
    expect(unsent).to_have_count(0)
    assert len(fake.commands("edit")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("newer", ["here", "there"])
def test_of_edits_in_two_tabs_the_newer_is_made(staged: Staged, newer: str) -> None:
    """Both tabs know an edit that waits; a newer one in either of them is the only one that is sent from then on."""
    anna, fake = staged
    known: dict[str, Any] = {"messages": [message(1, "раз", ME)], "seq": 1, "head": 1}
    talk_by_keys(staged, *known["messages"])
    fake.refuses_connections = True
    fake.closes(1012)
    presses(anna, 1, "e")
    anna.says("два")
    other = anna.open()
    other.clock.install()
    second = FakeServer(other)
    second.next_welcome(**known)
    refuses(second, "edit", "unavailable", retry_after=60)
    other.goto(anna.url)
    assert second.hears("edit", 1)[0]["text"] == "два"
    page, server = (anna.page, fake) if newer == "here" else (other, second)
    page.bring_to_front()
    page.locator("#m1").focus()
    page.keyboard.press("e")
    field = page.locator("#field")
    expect(field).to_have_value("два")
    field.fill("три")
    page.keyboard.press("Enter")
    expect(page.locator("#m1 .text")).to_have_text("три")
    del second.answers["edit"]
    other.clock.fast_forward(61_000)
    fake.answers["hello"] = fake.welcome(**{**known, "messages": []}, recovered=True)
    fake.refuses_connections = False
    later = {"here": 1, "there": 2}[newer]
    assert server.hears("edit", later)[-1]["text"] == "три"
    older = anna.page if server is second else other
    expect(older.locator("#m1 .text")).to_have_text("раз")
    sent = [command["text"] for each in (fake, second) for command in each.commands("edit")]
    assert sorted(sent) == ["два", "три"]


def test_a_change_of_what_is_deleted_meanwhile_is_kept_nowhere(staged: Staged) -> None:
    """An edit that waits goes with its message, from the field as well."""
    _, fake = staged
    anna = talk_by_keys(staged, message(1, "раз", ME))
    fake.sends({"type": "notice", "code": "degraded"})
    presses(anna, 1, "e")
    anna.says("секрет")
    expect(text(anna, 1)).to_have_text("секрет")
    presses(anna, 1, "e")
    expect(anna.field).to_have_value("секрет")
    fake.sends(
        amended(2, message(1, "", ME), text=None, deleted=True, edited=anna.page.evaluate("new Date().toISOString()"))
    )
    expect(anna.page.locator("#m1 .tombstone")).to_have_text("Сообщение удалено")
    expect(anna.field).to_have_value("")
    saves_draft(anna.page)
    until(anna.page, lambda: "секрет" not in anna.page.content() + anna.page.evaluate(STORED))
    fake.sends({"type": "notice", "code": "restored"})
    anna.says("после")
    fake.hears_posts("после")
    assert fake.commands("edit") == []


def test_a_reply_to_the_reader_is_marked_and_announced(staged: Staged) -> None:
    """It counts as a mention; an edit counts for nothing, and is said only of the message that has the focus."""
    _, fake = staged
    anna = talk_by_keys(staged, message(1, "раз", ME), message(2, "два"))
    announcer = anna.page.locator("#announcer")
    reply = message(3, "ответ", reply={"seq": 1, "from": ME})
    fake.sends(reply)
    expect(anna.page.locator("#m3")).to_have_attribute("data-for-me", "")
    expect(announcer).to_have_text("\u2068Борис\u2069 отвечает вам: ответ")
    anna.page.locator("#m2").focus()
    fake.sends(amended(4, message(2, "два"), text="три", edited="2026-11-23T12:05:00.000Z"))
    expect(announcer).to_have_text("Сообщение изменено: три")
    fake.sends(
        amended(5, message(2, "три"), text=None, deleted=True, edited=anna.page.evaluate("new Date().toISOString()"))
    )
    expect(announcer).to_have_text("Сообщение удалено. Автор: \u2068Борис\u2069")
    anna.has_hidden_tab(True)
    fake.sends(amended(6, reply, text="другой ответ", edited="2026-11-23T12:05:00.000Z"))
    expect(text(anna, 3)).to_have_text("другой ответ")
    expect(anna.page).to_have_title("Чат")


def test_a_notice_follows_its_message(people: People, server: Server) -> None:
    """A desktop notice says what its message says, and goes when it is deleted."""
    anna, fake = fake_for(people, server, permissions=["notifications"])
    anna.page.add_init_script("""
        localStorage.setItem("wschat.prefs", JSON.stringify({ name: "Анна", desktop: true }));
        globalThis.notices = [];
        globalThis.Notification = class extends EventTarget {
            static permission = "granted";
            constructor(title, { body, silent }) { super(); this.n = notices.push({ body, silent, open: true }) - 1; }
            close() { notices[this.n].open = false; }
        };
    """)
    talk_by_keys((anna, fake), message(1, "раз"))
    anna.has_hidden_tab(True)
    fake.sends(message(2, "секрет"))
    until(anna.page, "notices.length === 1")
    fake.sends(amended(3, message(2, "секрет"), text="не секрет", edited="2026-11-23T12:05:00.000Z"))
    until(anna.page, "notices.length === 2")
    assert anna.page.evaluate("notices[1]") == {"body": "не секрет", "silent": True, "open": True}
    fake.sends(
        amended(4, message(2, ""), text=None, deleted=True, edited=anna.page.evaluate("new Date().toISOString()"))
    )
    until(anna.page, "!notices[1].open")
    expect(anna.page).to_have_title("Чат")


def test_two_people_see_the_same(people: People) -> None:
    """On a real server: a reply, an edit, a reaction and a deletion look the same to both, and to who comes later."""
    anna, boris = people.comes("Анна"), people.comes("Борис")
    anna.says("раз")
    boris.sees("раз")
    fetches_keys(boris.page)
    presses(boris, 1, "r")
    boris.says("два")
    expect(anna.page.locator("#m2 .quote")).to_contain_text("Анна раз")
    expect(anna.page.locator("#m2")).to_have_attribute("data-for-me", "")
    anna.field.focus()
    anna.page.keyboard.press("ArrowUp")
    expect(anna.field).to_have_value("раз")
    anna.says("раз и навсегда")
    for person in (anna, boris):
        expect(person.page.locator("#m1 .text")).to_have_text("раз и навсегда")
        expect(person.page.locator("#m1 .edited")).to_have_text("изменено")
        expect(person.page.locator("#m2 .quote")).to_contain_text("Анна раз и навсегда")
    anna.page.locator("#m2").hover()
    anna.page.locator("#m2 .message-more").click()
    anna.page.get_by_role("menuitemcheckbox", name="👍").click()
    for person in (anna, boris):
        expect(person.page.locator("#m2 .reaction")).to_have_text("👍 1")
        expect(person.page.locator("#m2 [data-pending]")).to_have_count(0)
    boris.page.locator("#m2 .reaction").click()
    expect(anna.page.locator("#m2 .reaction")).to_have_text("👍 2")
    presses(anna, 1, "Delete")
    expect(anna.dialog("deletion")).to_be_visible()
    anna.page.keyboard.press("Enter")
    vera = people.comes("Вера")
    for person in (anna, boris, vera):
        expect(person.page.locator("#m1 .tombstone")).to_have_text("Сообщение удалено")
        expect(person.page.locator("#m2 .quote")).to_have_text("Сообщение удалено")
        expect(person.page.locator("#m2 .reaction")).to_have_text("👍 2")
        assert "навсегда" not in json.dumps(person.page.content())
