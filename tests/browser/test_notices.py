"""Desktop notices: what they tell, what they look like, and where a press on one leads."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .fake_server import ME, amended, message
from .notices import ON_PHONES, noticed, waits_for_notices
from .people import People, until
from .steps import secure_only

CLEARED = {"type": "reset", "epoch": "e2", "seq": 0, "messages": [], "cleared": True}


@secure_only
def test_a_notice_shows_who_wrote_and_leads_to_its_tab(people: People, server: Server) -> None:
    """With a picture in a form that browsers show in notices; a press focuses the tab, and the notice goes."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "**Привет**"))
    until(anna.page, "notices.length")
    shown: dict[str, Any] = anna.page.evaluate("({ title: notices[0].title, body: notices[0].body })")
    assert shown == {"title": "Борис", "body": "Привет"}
    icon = anna.page.evaluate("fetch(notices[0].icon).then((answer) => answer.headers.get('content-type'))")
    assert icon == "image/png"
    anna.page.evaluate("notices[0].dispatchEvent(new Event('click'))")
    assert anna.page.evaluate("[focused, notices[0].isOpen]") == [1, False]


@secure_only
def test_a_notice_goes_when_its_message_is_read(people: People, server: Server) -> None:
    """It doesn't stay on the desktop for what the person has read in the chat."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "Привет"))
    until(anna.page, "notices.length")
    assert anna.page.evaluate("notices[0].isOpen")
    anna.has_hidden_tab(False)
    until(anna.page, "!notices[0].isOpen")


@secure_only
def test_nobody_is_notified_of_what_they_wrote(people: People, server: Server) -> None:
    """A message from another tab of the same person makes no notice; the next one of somebody else does."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "Сама", ME), message(2, "Привет"))
    until(anna.page, "notices.length")
    assert anna.page.evaluate("notices.map(({ body }) => body)") == ["Привет"]


@secure_only
def test_what_was_missed_in_a_short_loss_is_told_as_well(people: People, server: Server) -> None:
    """One notice of it all, of what is for the reader where something is, and one sentence for screen readers."""
    anna, fake = waits_for_notices(people, server)
    first = message(1, "Раз")
    missed = [first, message(2, "@Анна, два"), message(3, "Три"), message(4, "Сама", ME), amended(5, first, text="1")]
    fake.next_welcome(recovered=True, messages=missed, seq=5, head=5)
    fake.closes(1012)
    until(anna.page, "notices.length")
    expect(anna.page.locator("#announcer")).to_have_text("3 новых сообщения")
    anna.page.wait_for_timeout(1500)
    assert noticed(anna) == ["@Анна, два"]


@secure_only
def test_what_a_new_log_has_is_told_as_well(people: People, server: Server) -> None:
    """Nobody has seen it, neither where the old log was lost nor where it was cleared."""
    anna, fake = waits_for_notices(people, server)
    said = [message(1, "@Анна, раз", epoch="e2"), message(2, "Сама", ME, epoch="e2"), message(3, "Три", epoch="e2")]
    fake.next_welcome(lost=True, cleared=True, epoch="e2", messages=said, seq=3, head=3)
    fake.closes(1012)
    until(anna.page, "notices.length")
    expect(anna.page).to_have_title("(2) Чат")
    expect(anna.page.locator("#announcer")).to_have_text("2 новых сообщения")
    fake.sends({**CLEARED, "epoch": "e3", "seq": 1, "messages": [message(1, "@Анна, ещё", epoch="e3")]})
    until(anna.page, lambda: noticed(anna) == ["@Анна, раз", "@Анна, ещё"])
    expect(anna.page).to_have_title("(1) Чат")


@secure_only
def test_what_was_deleted_during_a_loss_is_read_out_no_longer(people: People, server: Server) -> None:
    """Nor is it found where it was announced."""
    anna, fake = waits_for_notices(people, server)
    secret = message(1, "Тайна")
    fake.sends(secret)
    announcer = anna.page.locator("#announcer")
    expect(announcer).to_contain_text("Тайна")
    gone = amended(2, secret, text=None, deleted=True, edited="2026-11-23T13:00:00.000Z")
    fake.next_welcome(recovered=True, messages=[gone], seq=2, head=2)
    fake.closes(1012)
    expect(announcer).to_have_text("")


@secure_only
def test_notices_that_were_forbidden_later_stop(people: People, server: Server) -> None:
    """The setting says so instead of being on."""
    anna, fake = waits_for_notices(people, server, permission="denied")
    fake.sends(message(1, "Привет"))
    expect(anna.page).to_have_title("(1) Чат")
    anna.has_hidden_tab(False)
    settings = anna.opens("settings")
    expect(settings.locator("input[name=desktop]")).to_be_disabled()
    expect(settings.locator("input[name=desktop]")).not_to_be_checked()
    expect(settings).to_contain_text("Уведомления запрещены в настройках браузера")
    assert anna.page.evaluate("notices.length") == 0


@pytest.mark.slow
@secure_only
@pytest.mark.parametrize("more", ["", ON_PHONES], ids=["desktop", "phone"])
@pytest.mark.parametrize("end", ["read", "dismissed"])
def test_a_notice_that_has_gone_does_not_come_back(people: People, server: Server, more: str, end: str) -> None:
    """An edit of its message shows it again only while it is there."""
    anna, fake = waits_for_notices(people, server, more=more)
    first = message(1, "Привет")
    fake.sends(first)
    until(anna.page, "notices.length")
    if end == "read":
        anna.has_hidden_tab(False)
    else:
        anna.page.evaluate("notices[0].close()")
    until(anna.page, "!notices[0].isOpen")
    fake.sends(amended(2, first, text="Приветствую"))
    anna.sees("Приветствую")
    anna.has_hidden_tab(True)
    fake.sends(message(3, "@Анна, ещё"))
    until(anna.page, "notices.at(-1).body === '@Анна, ещё'")
    assert anna.page.evaluate("notices.length") == 2


@secure_only
@pytest.mark.parametrize("more", ["", ON_PHONES], ids=["desktop", "phone"])
def test_a_notice_says_what_its_message_says(people: People, server: Server, more: str) -> None:
    """After each edit another takes its place, in silence; it goes with its message."""
    anna, fake = waits_for_notices(people, server, more=more)
    first = message(1, "раз")
    fake.sends(first)
    until(anna.page, "notices.length")
    for seq, text in ((2, "два"), (3, "три")):
        fake.sends(amended(seq, first, text=text))
        until(anna.page, f"notices.at(-1).body === '{text}'")
        anna.page.evaluate("new Promise((done) => setTimeout(done, 20))")  # the one before says that it has closed
    assert anna.page.evaluate("notices.map(({ isOpen, silent }) => [isOpen, silent ?? false])") == [
        [False, False],
        [False, True],
        [True, True],
    ]
    fake.sends(amended(4, first, text=None, deleted=True))
    until(anna.page, "!notices.at(-1).isOpen")


@pytest.mark.slow
@secure_only
def test_a_notice_that_cannot_be_shown_is_no_fault_of_the_page(people: People, server: Server) -> None:
    """A service worker may refuse one; the next is shown all the same."""
    refused = """
        const show = worker.showNotification;
        globalThis.refused = 0;
        worker.showNotification = async (...notice) => {
            if (!refused++) throw new TypeError("No notification permission");
            await show(...notice);
        };
    """
    anna, fake = waits_for_notices(people, server, more=ON_PHONES + refused)
    fake.sends(message(1, "Привет"))
    until(anna.page, "refused")
    anna.has_hidden_tab(False)
    expect(anna.page).to_have_title("Чат")
    anna.has_hidden_tab(True)
    fake.sends(message(2, "@Анна, ещё"))
    until(anna.page, lambda: noticed(anna) == ["@Анна, ещё"])


@pytest.mark.slow
@secure_only
def test_nobody_is_notified_of_what_was_cleared_at_once(people: People, server: Server) -> None:
    """A moderator may clear the room while its tabs still wait for each other."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "Реклама"), CLEARED)
    expect(anna.page.get_by_text("Модератор очистил комнату")).to_be_attached()
    anna.page.wait_for_timeout(1500)
    assert noticed(anna) == []


@pytest.mark.slow
@secure_only
def test_the_first_message_after_a_clear_is_told_as_well(people: People, server: Server) -> None:
    """It has the number that the first one of the log before had, which was told a moment ago."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "Привет"))
    until(anna.page, "notices.length")
    fake.sends(CLEARED, message(1, "@Анна, ещё", epoch="e2"))
    until(anna.page, lambda: noticed(anna) == ["Привет", "@Анна, ещё"])


@pytest.mark.slow
@secure_only
def test_a_message_that_was_read_holds_up_no_other(people: People, server: Server) -> None:
    """Two notices are two seconds apart; what was read before it was told made none."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "Раз"))
    expect(anna.page).to_have_title("(1) Чат")
    anna.has_hidden_tab(False)
    expect(anna.page).to_have_title("Чат")
    anna.has_hidden_tab(True)
    anna.page.wait_for_timeout(800)
    fake.sends(message(2, "Два"))
    until(anna.page, lambda: noticed(anna) == ["Два"])
