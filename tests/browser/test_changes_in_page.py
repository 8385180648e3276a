"""Messages that can be touched, in the page: replies, edits, deletions, reactions; what is shown at once and undone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import BORIS, ME, FakeServer, amended, message
from .people import GREETING, People, Person

Staged = tuple[Person, FakeServer]
# Whatever the browser keeps of this page: a deleted text is in none of it.
STORED = """async () => {
    const databases = await Promise.all((await indexedDB.databases()).map(({ name }) => new Promise((done) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => {
            const { result } = opening;
            const names = [...result.objectStoreNames];
            if (!names.length) return done([]);
            const all = result.transaction(names).objectStore(names[0]).getAll();
            all.onsuccess = () => { result.close(); done(all.result); };
        };
    })));
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, databases]);
}"""


def talk(staged: Staged, *messages: dict[str, Any], **more: Any) -> Person:
    """Anna in a room with these messages."""
    anna, fake = staged
    known: dict[str, Any] = {"messages": list(messages), "seq": len(messages), "head": len(messages)}
    fake.next_welcome(**{**known, **more})
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.page.keyboard.press("Shift")  # the first key fetches what keys do
    anna.page.wait_for_timeout(300)
    return anna


def text(anna: Person, seq: int) -> Locator:
    return anna.page.locator(f"#m{seq} .text")


def presses(anna: Person, seq: int, key: str) -> None:
    """Press a key on a message that has the focus."""
    anna.page.locator(f"#m{seq}").focus()
    anna.page.keyboard.press(key)


def refuses(fake: FakeServer, kind: str, code: str, **facts: Any) -> None:
    fake.answers[kind] = {"type": "error", "code": code, **facts}


def until(anna: Person, condition: str) -> None:
    """Wait for what the page's policy lets no script of Playwright's own wait for."""
    for _ in range(200):
        if anna.page.evaluate(condition):
            return
        anna.page.wait_for_timeout(50)
    raise AssertionError(condition)


def toast(anna: Person, text: str) -> None:
    expect(anna.page.locator(".toast")).to_have_text(text)


def strip(anna: Person) -> Locator:
    return anna.page.locator(".compose-strip")


def test_a_reply_says_to_what(staged: Staged) -> None:
    """R begins a reply: what is answered stands above the field, and Esc leaves it without touching the draft."""
    _, fake = staged
    anna = talk(staged, message(1, "Когда **встречаемся**?"), message(2, "И где?"))
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
        "aria-labelledby", "m3-by m3-reply m3-text m3-edited m3-reactions"
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
    anna = talk(staged, *shown, seq=59, head=59)
    assert [command["seqs"] for command in fake.hears("messages", 1)] == [[3, 2]]
    expect(anna.page.locator("#m59 .quote")).to_contain_text("старое")
    expect(anna.page.locator("#m58 .quote")).to_have_text("Сообщение не сохранилось")
    fake.sends(amended(60, message(2, "поновее"), edited="2026-11-23T12:00:00.000Z"))
    expect(anna.page.locator("#m59 .quote")).to_contain_text("поновее")
    anna.page.locator("#m57 .quote").click()
    expect(anna.page.locator("#m11")).to_have_attribute("data-target", "")
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
    anna = talk(staged, message(1, "раз", ME), message(2, "Борис говорит"), message(3, "Борис ещё говорит"))
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
    expect(anna.page.locator("#m1 .edited")).to_have_text("сохраняется…")
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
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.field.focus()
    anna.page.evaluate("""() => {
        for (const key of ["Shift", "ArrowUp"])
            document.getElementById("field").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }""")
    expect(anna.field).to_have_value("раз")


def test_an_edit_gives_the_draft_back(staged: Staged) -> None:
    """What was written before is the draft while a message is edited, also over a reload, and stands there again."""
    _, fake = staged
    anna = talk(staged, message(1, "раз", ME))
    anna.writes("черновик")
    presses(anna, 1, "e")
    expect(anna.field).to_have_value("раз")
    anna.writes("правка")
    anna.page.wait_for_timeout(500)
    assert "правка" not in anna.page.evaluate(STORED)
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("черновик")
    presses(anna, 1, "e")
    expect(anna.field).to_have_value("правка")
    fake.next_welcome(messages=[message(1, "раз", ME)], seq=1, head=1)
    anna.page.reload()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    expect(anna.field).to_have_value("черновик")


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
    anna = talk(staged, message(1, "раз", ME))
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


def test_what_is_written_outlives_the_message_that_is_edited(staged: Staged) -> None:
    """When the server has lost its log, the text of the edit stands in the field, below the draft."""
    _, fake = staged
    anna = talk(staged, message(1, "раз", ME))
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
    anna = talk(staged, old, message(2, "чужое"), limits={"text": 4000, "name": 32, "edit_window": 3600})
    items = anna.page.locator(".menu-item > span")
    presses(anna, 1, "Shift+F10")
    expect(items).to_have_text(["Ответить", "Скопировать текст", "Скопировать ссылку", "Удалить"])
    anna.page.keyboard.press("Escape")
    presses(anna, 2, "Shift+F10")
    expect(items).to_have_text(["Ответить", "Упомянуть", "Скопировать текст", "Скопировать ссылку"])
    anna.page.keyboard.press("Escape")
    presses(anna, 2, "e")
    presses(anna, 2, "Delete")
    expect(strip(anna)).to_have_count(0)
    expect(anna.dialog("deletion")).to_have_count(0)


def test_a_deletion_asks_once(staged: Staged) -> None:
    """Then the text is gone from the screen and from all that the browser keeps; a line stands there for an hour."""
    _, fake = staged
    anna = talk(staged, message(1, "секрет", ME), message(2, "ответ", reply={"seq": 1, "from": ME}))
    presses(anna, 1, "Delete")
    dialog = anna.dialog("deletion")
    expect(dialog).to_contain_text("секрет")
    dialog.get_by_role("button", name="Оставить").click()
    expect(dialog).to_have_count(0)
    assert fake.commands("delete") == []
    presses(anna, 1, "Delete")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator("#m1 .tombstone")).to_have_text("Сообщение удаляется…")
    command = fake.hears("delete", 1)[0]
    now = anna.page.evaluate("new Date().toISOString()")
    fake.sends(
        amended(3, message(1, "", ME), text=None, deleted=True, edited=now),
        {"type": "done", "ref": command["ref"], "seq": 3},
    )
    expect(anna.page.locator("#m1 .tombstone")).to_have_text("Сообщение удалено")
    assert "секрет" not in anna.page.content()
    assert "секрет" not in anna.page.evaluate(STORED)
    presses(anna, 1, "Shift+F10")
    expect(anna.page.get_by_role("menu")).to_have_count(0)


def test_what_shows_a_message_over_the_list_goes_with_it(staged: Staged) -> None:
    """A menu or a question that is open when the message is deleted closes, and the text with it."""
    _, fake = staged
    anna = talk(staged, message(1, "секрет", ME), message(2, "тайна", ME))
    gone = {"text": None, "deleted": True, "edited": anna.page.evaluate("new Date().toISOString()")}
    presses(anna, 1, "Delete")
    expect(anna.dialog("deletion")).to_contain_text("секрет")
    fake.sends(amended(3, message(1, "", ME), **gone))
    expect(anna.dialog("deletion")).to_have_count(0)
    presses(anna, 2, "Shift+F10")
    expect(anna.page.get_by_role("menu")).to_be_visible()
    fake.sends(amended(4, message(2, "", ME), **gone))
    expect(anna.page.get_by_role("menu")).to_have_count(0)
    assert "секрет" not in anna.page.content()
    assert "тайна" not in anna.page.content()


def test_a_tombstone_goes_after_an_hour(timed: Staged) -> None:
    """Also on a page that stays open, and one that comes later doesn't see it at all."""
    _, fake = timed
    gone = message(2, "", rev=4, deleted=True, edited="2026-11-23T11:30:00.000Z")
    del gone["text"]
    old = message(3, "", rev=5, deleted=True, edited="2026-11-23T10:59:00.000Z")
    del old["text"]
    anna = talk(timed, message(1, "раз"), gone, old, message(6, "шесть"), seq=6, head=6)
    fake.answers["hello"] = fake.welcome(recovered=True, seq=6, head=6)  # a pong is late where time runs so fast
    expect(anna.page.locator("#m2 .tombstone")).to_be_visible()
    expect(anna.page.locator("#m3")).to_have_count(0)
    anna.page.clock.fast_forward(29 * 60_000)
    expect(anna.page.locator("#m2")).to_have_count(1)
    anna.page.clock.fast_forward(2 * 60_000)
    expect(anna.page.locator("#m2")).to_have_count(0)
    expect(anna.messages).to_have_count(2)


def test_reactions_are_counted_and_toggled(staged: Staged) -> None:
    """They stand below the message with their people; one's own is pressed, and pressing it takes it back."""
    _, fake = staged
    reactions = [{"emoji": "👍", "count": 3, "people": ["boris", "nobody", "anna"]}]
    anna = talk(staged, message(1, "раз", reactions=reactions, rev=2), message(3, "два"), seq=3, head=3)
    chip = anna.page.locator("#m1 .reaction")
    expect(chip).to_have_text("👍 3")
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.hover()
    expect(chip).to_have_attribute("title", "\u2068Борис\u2069, \u2068вы\u2069 и ещё 1")
    chip.click()
    expect(chip).to_have_text("👍 2")
    expect(chip).to_have_attribute("aria-pressed", "false")
    command = fake.hears("react", 1)[0]
    assert (command["seq"], command["emoji"], command["on"]) == (1, "👍", False)
    presses(anna, 3, "Shift+F10")
    anna.page.keyboard.press("ArrowUp")
    anna.page.keyboard.press("ArrowRight")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator("#m3 .reaction")).to_have_text("❤️ 1")
    expect(anna.page.locator("#m3 .reaction")).to_have_attribute("data-pending", "")
    presses(anna, 1, "Shift+F10")
    anna.page.get_by_role("menuitem", name="Кто отреагировал").click()
    expect(anna.dialog("reactions")).to_contain_text("👍 2")
    expect(anna.page.get_by_role("article", name="Борис раз Реакции: 👍 2")).to_have_count(1)


def test_ones_own_among_many_reactions_can_be_taken_back(staged: Staged) -> None:
    """The server lists the first twenty people only: one press finds out that one is there, also for later visits."""
    _, fake = staged
    reactions = [{"emoji": "👍", "count": 30, "people": [f"p{n}" for n in range(20)]}]
    known: dict[str, Any] = {"messages": [message(1, "раз", reactions=reactions, rev=2)], "seq": 2, "head": 2}
    fake.answers["react"] = {"type": "done", "seq": 2}
    anna = talk(staged, *known["messages"], seq=2, head=2)
    chip = anna.page.locator("#m1 .reaction")
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    assert fake.hears("react", 1)[0]["on"] is True
    expect(chip).to_have_text("👍 30")
    expect(chip).to_have_attribute("aria-pressed", "true")
    fake.next_welcome(**known)
    anna.page.reload()
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.click()
    assert fake.hears("react", 2)[1]["on"] is False


def test_buttons_follow_the_pointer(staged: Staged) -> None:
    """They react and reply without the menu; the picker stays in the window also at its top."""
    _, fake = staged
    anna = talk(staged, *(message(n, f"№ {n}") for n in range(1, 40)))
    anna.page.locator("#m38").hover()
    anna.page.locator("#m38 .message-tools [data-action=reply]").click()
    expect(strip(anna)).to_contain_text("№ 38")
    top = anna.list.evaluate(
        "(list) => [...list.querySelectorAll('article')].find((each) => "
        "each.getBoundingClientRect().top > list.getBoundingClientRect().top + 20).id"
    )
    anna.page.locator(f"#{top}").hover()
    anna.page.locator(f"#{top} .message-tools [data-action=react]").click()
    picker = anna.dialog("emoji")
    expect(picker).to_be_in_viewport(ratio=1)
    picker.locator(".picker-emoji").first.click()
    assert fake.hears("react", 1)[0]["seq"] == int(top[1:])


def test_a_reaction_too_many_is_undone(staged: Staged) -> None:
    """The picker leads to every emoji; where the message has enough kinds already, a sentence says so."""
    _, fake = staged
    anna = talk(staged, message(1, "раз"))
    refuses(fake, "react", "too_many", limit=12)
    presses(anna, 1, "+")
    anna.dialog("emoji").locator(".picker-find").fill("ракета")
    expect(anna.dialog("emoji").locator(".picker-emoji").first).to_have_text("🚀")
    anna.page.keyboard.press("Enter")
    assert fake.hears("react", 1)[0]["emoji"] == "🚀"
    toast(anna, "У сообщения уже 12 видов реакций: новый добавить нельзя")
    expect(anna.page.locator("#m1 .reaction")).to_have_count(0)


def test_changes_wait_for_the_connection(staged: Staged) -> None:
    """Offline they are shown and kept, over a reload too; then each is sent, and again if its answer was lost."""
    anna, fake = staged
    known: dict[str, Any] = {"messages": [message(1, "раз", ME), message(2, "чужое")], "seq": 2, "head": 2}
    talk(staged, *known["messages"])
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
    expect(anna.page.locator("#m1 .edited")).to_have_text("сохраняется…")
    assert fake.hears("edit", 1)[0]["text"] == "два"
    fake.next_welcome(**known, recovered=True)
    fake.closes(1012)
    again = fake.hears("edit", 2)[1]
    form = message(1, "два", ME)
    fake.sends({"type": "done", "ref": again["ref"], "seq": 3}, amended(3, form, edited="2026-11-23T12:05:00.000Z"))
    expect(anna.page.locator("#m1 .edited")).to_have_text("изменено")
    assert "два" not in anna.page.evaluate(STORED)


@pytest.mark.parametrize("how", ["reset", "welcome", "reload"])
def test_changes_that_wait_are_undone_when_the_log_is_lost(staged: Staged, how: str) -> None:
    """They are sent to no message of the new log; a sentence says so, and the text of the edit is there to be sent."""
    anna, fake = staged
    talk(staged, message(1, "раз", ME), message(2, "чужое"))
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


@pytest.mark.parametrize("newer", ["here", "there"])
def test_of_edits_in_two_tabs_the_newer_is_made(staged: Staged, newer: str) -> None:
    """Both tabs know an edit that waits; a newer one in either of them is the only one that is sent from then on."""
    anna, fake = staged
    known: dict[str, Any] = {"messages": [message(1, "раз", ME)], "seq": 1, "head": 1}
    talk(staged, *known["messages"])
    fake.refuses_connections = True
    fake.closes(1012)
    presses(anna, 1, "e")
    anna.says("два")
    other = anna.open()
    second = FakeServer(other)
    second.next_welcome(**known)
    refuses(second, "edit", "unavailable", retry_after=2)
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
    page.wait_for_timeout(300)
    del second.answers["edit"]
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
    anna = talk(staged, message(1, "раз", ME))
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
    anna.page.wait_for_timeout(400)
    assert "секрет" not in anna.page.content()
    assert "секрет" not in anna.page.evaluate(STORED)
    fake.sends({"type": "notice", "code": "restored"})
    anna.page.wait_for_timeout(300)
    assert fake.commands("edit") == []


def test_a_reply_to_the_reader_is_marked_and_announced(staged: Staged) -> None:
    """It counts as a mention; an edit counts for nothing, and is said only of the message that has the focus."""
    _, fake = staged
    anna = talk(staged, message(1, "раз", ME), message(2, "два"))
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
    expect(announcer).to_have_text("\u2068Борис\u2069 удаляет сообщение")
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
    talk((anna, fake), message(1, "раз"))
    anna.has_hidden_tab(True)
    fake.sends(message(2, "секрет"))
    until(anna, "notices.length === 1")
    fake.sends(amended(3, message(2, "секрет"), text="не секрет", edited="2026-11-23T12:05:00.000Z"))
    until(anna, "notices.length === 2")
    assert anna.page.evaluate("notices[1]") == {"body": "не секрет", "silent": True, "open": True}
    fake.sends(
        amended(4, message(2, ""), text=None, deleted=True, edited=anna.page.evaluate("new Date().toISOString()"))
    )
    until(anna, "!notices[1].open")
    expect(anna.page).to_have_title("Чат")


def test_two_people_see_the_same(people: People) -> None:
    """On a real server: a reply, an edit, a reaction and a deletion look the same to both, and to who comes later."""
    anna, boris = people.comes("Анна"), people.comes("Борис")
    anna.says("раз")
    boris.sees("раз")
    boris.page.keyboard.press("Shift")
    boris.page.wait_for_timeout(300)
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
