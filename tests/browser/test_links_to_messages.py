"""Links to messages: they lead there, wherever the message is, or leave the room as it is."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import shoot
from .fake_server import message
from .people import until
from .steps import Staged, a_long_room, watches_marks


def test_a_link_leads_to_a_message(staged: Staged) -> None:
    """`#m123` shows that message and its surroundings, wherever it is; its time is no link, which is in its menu."""
    anna, fake = staged
    a_long_room(fake, 1000)
    watches_marks(anna.page)
    anna.page.goto(f"{anna.url}/#m123")
    until(anna.page, "marked.includes('m123')")
    expect(anna.page.locator("#m123")).to_be_in_viewport()
    expect(anna.page.locator("[data-target]")).to_have_count(0)  # after two seconds
    assert anna.page.locator("#m123 .time").evaluate("(time) => time.matches('time[datetime]:not(a *)')")
    shoot(anna, "deep-link")
    anna.page.locator(".to-end").click()
    anna.sees("№ 1000")


def test_a_link_to_what_is_on_the_page_leads_there_too(staged: Staged) -> None:
    """The newest part is drawn first, and the target of a link or the unread line may be in the next one."""
    anna, fake = staged
    a_long_room(fake, 300)
    watches_marks(anna.page)
    anna.page.goto(f"{anna.url}/#m260")
    until(anna.page, "marked.includes('m260')")
    expect(anna.page.locator("#m260")).to_be_in_viewport()
    anna.page.evaluate("localStorage.setItem('wschat.read.chat', JSON.stringify({ epoch: 'e1', seq: 255 }))")
    anna.page.evaluate("addEventListener('pagehide', (event) => event.stopImmediatePropagation(), true)")
    a_long_room(fake, 300)
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
