"""Links to messages: they lead there, wherever the message is, or leave the room as it is."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import shoot
from .fake_server import message
from .people import Person, until
from .steps import Staged, a_long_room, talk, toast, watches_marks

pytestmark = pytest.mark.slow


def follows(staged: Staged, newest: int, seq: int) -> Person:
    """Anna opens a link to this message of a long room, and is shown it."""
    anna, fake = staged
    a_long_room(fake, newest)
    watches_marks(anna.page)
    anna.page.goto(f"{anna.url}/#m{seq}")
    until(anna.page, f"marked.includes('m{seq}')")
    expect(anna.page.locator(f"#m{seq}")).to_be_in_viewport()
    return anna


def test_a_link_leads_to_a_message(staged: Staged) -> None:
    """`#m123` shows that message and its surroundings, wherever it is; its time is no link, which is in its menu."""
    anna = follows(staged, 1000, 123)
    expect(anna.page.locator("[data-flashed]")).to_have_count(0)  # after two seconds
    assert anna.page.locator("#m123 .time").evaluate("(time) => time.matches('time[datetime]:not(a *)')")
    shoot(anna, "deep-link")
    anna.page.locator(".to-end").click()
    anna.sees("№ 1000")


def test_a_link_marks_also_a_message_for_the_reader(staged: Staged) -> None:
    """Its own tint gives way to that of the target, for two seconds."""
    anna = talk(staged, "Анна, привет", "Анна, пока")
    for seq in (1, 2):
        expect(anna.page.locator(f"#m{seq}[data-for-me]")).to_be_visible()
    anna.page.emulate_media(reduced_motion="reduce")  # at once
    anna.page.locator("#m1").evaluate("(each) => each.toggleAttribute('data-flashed', true)")
    tints = anna.messages.evaluate_all("(all) => all.map((each) => getComputedStyle(each).backgroundColor)")
    assert tints[0] != tints[1]


def test_what_follows_a_link_in_a_room_of_many_changes_is_in_order(staged: Staged) -> None:
    """Each message has nine changes, which have numbers too: what is asked for may reach above what is there."""
    anna, fake = staged
    said = [message(seq, f"№ {seq}") for seq in range(10, 3001, 10)]

    def part(command: dict[str, Any]) -> dict[str, Any]:
        found = [each for each in said if each["seq"] < command["before"]][-command["limit"] :]
        return {"type": "history", "messages": found, "start": found[:1] == said[:1]}

    fake.next_welcome(messages=said[-50:], seq=3000, head=3000)
    fake.answers["history"] = part
    anna.page.goto(f"{anna.url}/#m1400")
    expect(anna.page.locator("#m1400")).to_be_in_viewport()
    for _ in range(80):
        anna.scrolls_to(1_000_000)
        ids = anna.page.evaluate("[...document.querySelectorAll('article')].map(({ id }) => Number(id.slice(1)))")
        assert ids == list(range(ids[0], ids[-1] + 1, 10))
        if ids[-1] == 3000:
            break
    assert ids[-1] == 3000


def test_a_link_to_what_is_on_the_page_leads_there_too(staged: Staged) -> None:
    """The newest part is drawn first, and the target of a link or the unread line may be in the next one."""
    anna = follows(staged, 300, 260)
    anna.page.evaluate("localStorage.setItem('wschat.read.chat', JSON.stringify({ epoch: 'e1', seq: 255 }))")
    anna.page.evaluate("addEventListener('pagehide', (event) => event.stopImmediatePropagation(), true)")
    a_long_room(staged[1], 300)
    anna.page.goto(f"{anna.url}/?again")
    expect(anna.page.locator(".divider-new + .message")).to_have_attribute("id", "m256")
    expect(anna.page.locator("#m256")).to_be_in_viewport()


def test_a_link_to_what_is_not_kept_leaves_the_room_as_it_is(staged: Staged) -> None:
    """A link to a message that the log no longer has leads to the newest, and the page says that it isn't there."""
    anna, fake = staged
    a_long_room(fake, 20_000)
    fake.answers["history"] = lambda command: {"type": "history", "messages": [], "start": True}
    anna.page.goto(f"{anna.url}/#m5")
    fake.hears("history", 1)
    expect(anna.page.get_by_text("Сообщение не найдено")).to_be_visible()
    anna.sees("№ 20000")
    fake.sends(message(20_001, "Новое"))
    anna.sees("Новое")


def test_a_link_that_nobody_answers_is_not_called_dead(staged: Staged) -> None:
    """Without a connection the page can't know whether the message is there."""
    anna, fake = staged
    a_long_room(fake, 1000)
    anna.arrives()
    fake.refuses_connections = True
    fake.closes(1012)
    expect(anna.strip).to_contain_text("Нет связи")
    anna.page.evaluate("location.hash = '#m123'")
    toast(anna, "Не удалось загрузить")
    assert anna.page.evaluate("toasts") == []


def test_an_address_of_no_message_leaves_the_reader_where_they_are(staged: Staged) -> None:
    """It is no first visit any more: nobody is taken up to the unread line of theirs."""
    anna, fake = staged
    anna.page.add_init_script("localStorage.setItem('wschat.read.chat', JSON.stringify({ epoch: 'e1', seq: 55 }))")
    a_long_room(fake, 100)
    anna.arrives()
    expect(anna.page.locator("#new")).to_be_in_viewport()
    anna.page.keyboard.press("Escape")
    anna.sees_the_end()
    fake.answers["history"] = {"type": "history", "messages": [], "start": True}
    anna.page.evaluate("location.hash = '#m2000'")
    toast(anna, "Сообщение не найдено")
    anna.page.wait_for_timeout(200)
    anna.sees_the_end()


def test_the_way_back_from_a_link_moves_nothing(staged: Staged) -> None:
    """The browser's «Back» takes `#m5` out of the address; the unread line above is no goal of it."""
    anna, fake = staged
    anna.page.add_init_script("localStorage.setItem('wschat.read.chat', JSON.stringify({ epoch: 'e1', seq: 55 }))")
    a_long_room(fake, 100)
    anna.arrives()
    expect(anna.page.locator("#m56")).to_be_in_viewport()
    anna.page.evaluate("location.hash = '#m95'")
    expect(anna.page.locator("#m95")).to_be_in_viewport()
    expect(anna.page.locator("#new")).not_to_be_in_viewport()
    anna.page.evaluate("history.back()")
    anna.page.wait_for_function("!location.hash")
    anna.page.wait_for_timeout(300)
    expect(anna.page.locator("#m95")).to_be_in_viewport()


def test_the_first_press_goes_to_no_other_message_than_the_unread_one(staged: Staged) -> None:
    """The message of a program has no number; the page's own count of such messages isn't one of the room's."""
    anna, fake = staged
    follows(staged, 1000, 500)
    kept = {key: value for key, value in message(1, "Из программы").items() if key not in {"seq", "epoch", "id"}}
    fake.sends(message(1001, "Раз"))
    anna.page.locator(".to-end").click()
    expect(anna.page.locator("#m1001")).to_be_in_viewport()
    for _ in range(3):
        fake.sends({**kept, "from": {"name": "cron"}, "outside": True})
    anna.page.evaluate("location.hash = '#m400'")
    expect(anna.page.locator("#m400")).to_be_in_viewport()
    fake.sends({**kept, "from": {"name": "cron"}, "outside": True})
    expect(anna.page.locator(".to-end")).to_contain_text("1 ")
    asked = len(fake.commands("history"))
    anna.page.locator(".to-end").click()
    expect(anna.page.locator("#m1001")).to_be_in_viewport()
    assert [command["before"] for command in fake.commands("history")[asked:]] == [1002]
