"""Replies and edits in the page: what stands above the field, what is shown at once, and what undoes it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import shoot
from .fake_server import BORIS, ME, amended, message
from .people import until
from .steps import STORED, Staged, presses, refuses, saves_draft, strip, talk_by_keys, text, toast, watches_marks


def test_a_reply_says_to_what(staged: Staged) -> None:
    """R begins a reply: what is answered stands above the field, and Esc leaves it without touching the draft."""
    _, fake = staged
    anna = talk_by_keys(staged, message(1, "Когда **встречаемся**?"), message(2, "И где?"))
    anna.writes("черновик")
    presses(anna, 1, "r")
    expect(strip(anna)).to_contain_text("Ответ: \u2068Борис\u2069")
    expect(strip(anna)).to_contain_text("Когда встречаемся?")
    expect(anna.field).to_be_focused()
    expect(anna.field).to_have_attribute("aria-describedby", "compose-what")
    anna.page.keyboard.press("Escape")
    expect(strip(anna)).to_have_count(0)
    expect(anna.field).to_have_value("черновик")
    presses(anna, 1, "r")
    anna.says("В шесть")
    post = fake.hears("post", 1)[0]
    assert (post["text"], post["reply"]) == ("В шесть", 1)
    expect(strip(anna)).to_have_count(0)
    quote = anna.page.locator(".message .quote")
    expect(quote).to_contain_text("Борис Когда встречаемся?")
    reply = {"seq": 1, "from": BORIS}
    fake.sends(message(3, "В шесть", ME, id=post["id"], reply=reply), {"type": "ack", "id": post["id"], "seq": 3})
    expect(anna.page.locator("#m3 .quote")).to_have_count(1)
    expect(anna.page.locator("#m3")).to_have_attribute(
        "aria-labelledby", "m3-by m3-mark m3-reply m3-pictures m3-text m3-edited m3-reactions m3-status"
    )
    expect(anna.page.get_by_role("article", name="Анна В ответ: Борис Когда встречаемся? В шесть")).to_have_count(1)
    shoot(anna, "changes-reply")


def test_a_quote_leads_to_its_message_and_goes_with_it(staged: Staged) -> None:
    """Its text is looked up, follows edits and vanishes with the message; pressing the quote goes there."""
    _, fake = staged
    fake.answers["messages"] = lambda command: {"type": "messages", "messages": [message(2, "старое")]}
    shown = [message(n, f"№ {n}") for n in range(10, 60)]
    shown[-1]["reply"] = {"seq": 2, "from": BORIS}
    shown[-2]["reply"] = {"seq": 3, "from": BORIS}
    shown[-3]["reply"] = {"seq": 11, "from": BORIS}
    watches_marks(staged[0].page)
    anna = talk_by_keys(staged, *shown, seq=59, head=59)
    assert [command["seqs"] for command in fake.hears("messages", 1)] == [[3, 2]]
    expect(anna.page.locator("#m59 .quote")).to_contain_text("старое")
    expect(anna.page.locator("#m58 .quote")).to_have_text("Этого сообщения больше нет")
    fake.sends(amended(60, message(2, "поновее"), edited="2026-11-23T12:00:00.000Z"))
    expect(anna.page.locator("#m59 .quote")).to_contain_text("поновее")
    anna.page.locator("#m57 .quote").click()
    until(anna.page, "marked.includes('m11')")
    expect(anna.page.locator("#m11")).to_be_in_viewport()
    fake.sends(
        amended(61, message(11, ""), text=None, deleted=True, edited="2026-11-23T12:00:00.000Z"),
        amended(62, message(2, ""), text=None, deleted=True, edited="2026-11-23T12:00:00.000Z"),
    )
    expect(anna.page.locator("#m57 .quote")).to_have_text("Сообщение удалено")
    expect(anna.page.locator("#m59 .quote")).to_have_text("Сообщение удалено")


def test_an_edit_is_shown_at_once(staged: Staged) -> None:
    """The key ↑ in the empty field edits one's last message; the edit is marked until the server has it."""
    _, fake = staged
    anna = talk_by_keys(staged, message(1, "раз", ME), message(2, "Борис говорит"), message(3, "Борис ещё говорит"))
    anna.field.focus()
    anna.page.keyboard.press("ArrowUp")
    expect(strip(anna)).to_contain_text("Изменение сообщения")
    expect(anna.field).to_have_value("раз")
    expect(anna.page.get_by_role("button", name="Сохранить", exact=True)).to_be_visible()
    anna.page.keyboard.press("Escape")
    expect(anna.field).to_have_value("")
    anna.page.keyboard.press("ArrowUp")
    anna.says("два")
    expect(text(anna, 1)).to_have_text("два")
    expect(anna.page.locator("#m1 .edited")).to_have_text("сохраняем…")
    expect(anna.field).to_have_value("")
    command = fake.hears("edit", 1)[0]
    assert (command["seq"], command["text"]) == (1, "два")
    fake.sends(
        amended(4, message(1, "два", ME), edited="2026-11-23T12:05:00.000Z"),
        {"type": "done", "ref": command["ref"], "seq": 4},
    )
    edited = anna.page.locator("#m1 .edited")
    expect(edited).to_have_text("изменено")
    edited.hover()
    expect(edited).to_have_attribute("title", "23 ноября 2026 г. в 15:05:00")
    expect(anna.page.locator("#m1")).not_to_have_attribute("data-pending", "")
    expect(anna.page.get_by_role("article", name="Анна два изменено")).to_have_count(1)
    assert fake.commands("post") == []


def test_no_key_is_lost_while_what_keys_do_is_fetched(staged: Staged) -> None:
    """The first key fetches it; the next ones may come before it is there."""
    anna, fake = staged
    fake.next_welcome(messages=[message(1, "раз", ME)], seq=1, head=1)
    anna.arrives()
    anna.field.focus()
    anna.page.evaluate("""() => {
        for (const key of ["Shift", "ArrowUp"])
            document.getElementById("field").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }""")
    expect(anna.field).to_have_value("раз")


def test_an_edit_gives_the_draft_back(staged: Staged) -> None:
    """An unsent text is kept as the draft while a message is edited, also over a reload, and comes back afterwards."""
    _, fake = staged
    anna = talk_by_keys(staged, message(1, "раз", ME))
    anna.writes("черновик")
    presses(anna, 1, "e")
    expect(anna.field).to_have_value("раз")
    anna.writes("правка")
    saves_draft(anna.page)
    assert "правка" not in anna.page.evaluate(STORED)
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("черновик")
    presses(anna, 1, "e")
    expect(anna.field).to_have_value("правка")
    fake.next_welcome(messages=[message(1, "раз", ME)], seq=1, head=1)
    anna.reloads()
    expect(anna.field).to_have_value("черновик")


def test_a_reply_goes_on_after_an_edit_and_a_reload(staged: Staged) -> None:
    """An edit that comes between, and a reload, keep what the draft replies to."""
    _, fake = staged
    said = [message(1, "вопрос"), message(2, "раз", ME)]
    anna = talk_by_keys(staged, *said)
    presses(anna, 1, "r")
    anna.writes("ответ")
    presses(anna, 2, "e")
    anna.says("два")
    expect(anna.field).to_have_value("ответ")
    expect(strip(anna)).to_contain_text("Борис")
    fake.next_welcome(messages=said, seq=2, head=2)
    anna.reloads()
    expect(anna.field).to_have_value("ответ")
    expect(strip(anna)).to_contain_text("вопрос")
    anna.page.keyboard.press("Enter")
    assert fake.hears("post", 1)[0]["reply"] == 1
    expect(strip(anna)).to_have_count(0)


@pytest.mark.parametrize(
    ("code", "facts", "sentence"),
    [
        ("too_late", {"limit": 86400}, "Изменить уже нельзя: прошло слишком много времени"),
        ("not_yours", {}, "Это не ваше сообщение: изменить его нельзя"),
        ("gone", {}, "Этого сообщения больше нет"),
        ("internal", {}, "Не получилось: сервер не принял изменение"),
    ],
)
def test_a_refused_edit_is_undone(staged: Staged, code: str, facts: dict[str, Any], sentence: str) -> None:
    """The message is as it was, a sentence says why, and the new text waits as a message that wasn't sent."""
    _, fake = staged
    anna = talk_by_keys(staged, message(1, "раз", ME))
    refuses(fake, "edit", code, **facts)
    anna.writes("черновик")
    presses(anna, 1, "e")
    anna.says("два")
    toast(anna, sentence)
    expect(text(anna, 1)).to_have_text("раз")
    expect(anna.page.locator("#m1 .edited")).to_have_count(0)
    assert len(fake.commands("edit")) == 1
    fake.next_welcome(messages=[message(1, "раз", ME)], seq=1, head=1)
    anna.page.reload()
    expect(text(anna, 1)).to_have_text("раз")
    unsent = anna.page.locator("[data-post]")
    expect(unsent.locator(".text")).to_have_text("два")
    expect(unsent.locator(".post-status")).to_contain_text("Изменение не сохранено")
    expect(anna.field).to_have_value("черновик")
    anna.field.fill("")
    anna.page.keyboard.press("ArrowUp")
    expect(anna.field).to_have_value("раз")
    anna.page.keyboard.press("Escape")
    unsent.get_by_role("button", name="Отправить новым сообщением").click()
    fake.hears_posts("два")


@pytest.mark.slow
def test_what_is_written_outlives_the_message_that_is_edited(staged: Staged) -> None:
    """When the server has lost its log, the text of the edit stands in the field, below the draft."""
    _, fake = staged
    anna = talk_by_keys(staged, message(1, "раз", ME))
    anna.writes("черновик")
    presses(anna, 1, "e")
    anna.writes("правка")
    fake.sends({"type": "reset", "epoch": "e2", "seq": 0, "messages": []})
    expect(strip(anna)).to_have_count(0)
    expect(anna.field).to_have_value("черновик\nправка")
    expect(anna.send).to_be_visible()


def test_only_own_messages_can_be_edited_and_only_for_a_while(staged: Staged) -> None:
    """The menu offers what the server would accept: a deletion as long as the message is kept, an edit for a time."""
    old = message(1, "давно", ME)
    anna = talk_by_keys(staged, old, message(2, "чужое"), limits={"text": 4000, "name": 32, "edit_window": 3600})
    items = anna.page.locator(".menu-item > span")
    presses(anna, 1, "Shift+F10")
    expect(items).to_have_text(["Ответить", "Скопировать текст", "Скопировать ссылку", "Удалить сообщение…"])
    anna.page.keyboard.press("Escape")
    presses(anna, 2, "Shift+F10")
    expect(items).to_have_text(["Ответить", "Упомянуть", "Скопировать текст", "Скопировать ссылку"])
    anna.page.keyboard.press("Escape")
    presses(anna, 2, "e")
    expect(anna.field).to_have_value("e")  # in which an edit would put the text at once
    presses(anna, 2, "Delete")
    presses(anna, 2, "r")  # with a dialog over it, the message can't have the key
    expect(strip(anna)).to_contain_text("Борис")
    expect(anna.dialog("deletion")).to_have_count(0)


@pytest.mark.slow
def test_a_message_can_be_edited_by_a_machine_whose_clock_is_wrong(staged: Staged) -> None:
    """The server's clock counts, which is known from one's own message; only for as long as it is to be edited."""
    anna, fake = staged
    anna.page.clock.install(time="2026-11-24T09:01:30Z")  # a day ahead
    talk_by_keys(staged, limits={"text": 4000, "name": 32, "edit_window": 3600})
    fake.answers["post"] = lambda post: message(1, post["text"], ME, id=post["id"])
    anna.says("Пишу завтра")
    expect(anna.page.locator("#m1:not([data-status])")).to_be_visible()
    anna.page.keyboard.press("ArrowUp")
    expect(anna.field).to_have_value("Пишу завтра")
    anna.page.keyboard.press("Escape")
    anna.page.clock.fast_forward(3_600_000)
    presses(anna, 1, "e")
    expect(anna.field).to_have_value("e")  # in which an edit would put the text at once
