"""Which of several tabs in a browser tells of a message, by a notice or a sound."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .fake_server import message
from .notices import ON_PHONES, SOUNDS, another_tab, noticed, waits_for_notices
from .people import People, until
from .steps import secure_only

pytestmark = pytest.mark.slow


@secure_only
def test_of_two_hidden_tabs_one_tells(people: People, server: Server) -> None:
    """Of each message; the other one would call a second time."""
    anna, fake = waits_for_notices(people, server)
    other = another_tab(anna, fake)
    for seq in (1, 2):
        for each in (fake, other):
            each.sends(message(seq, f"@Анна, раз {seq}"))
        until(anna.page, lambda seq=seq: len(noticed(anna)) >= seq)  # type: ignore[misc]
    anna.page.wait_for_timeout(1500)
    assert sorted(noticed(anna)) == ["@Анна, раз 1", "@Анна, раз 2"]


@secure_only
def test_no_hidden_tab_tells_of_what_is_read_in_another(people: People, server: Server) -> None:
    """The one that the person looks at has said how far they have read before."""
    anna, fake = waits_for_notices(people, server)
    other = another_tab(anna, fake)
    anna.has_hidden_tab(False)
    for each in (fake, other):
        each.sends(message(1, "Привет"))
    anna.sees("Привет")
    anna.page.wait_for_timeout(1500)
    assert noticed(anna) == []
    anna.has_hidden_tab(True)
    for each in (fake, other):
        each.sends(message(2, "@Анна, ещё"))
    until(anna.page, lambda: noticed(anna))
    anna.page.wait_for_timeout(1000)
    assert noticed(anna) == ["@Анна, ещё"]


@secure_only
def test_tabs_that_come_back_at_different_times_tell_once(people: People, server: Server) -> None:
    """Each with what the server had by then: the newest of it isn't the same in both."""
    anna, fake = waits_for_notices(people, server)
    other = another_tab(anna, fake)
    said = [message(1, "Раз"), message(2, "Два")]
    other.next_welcome(recovered=True, messages=said[:1], seq=1, head=1)
    other.closes(1012)
    anna.page.wait_for_timeout(300)
    fake.next_welcome(recovered=True, messages=said, seq=2, head=2)
    fake.closes(1012)
    other.sends(said[1])
    until(anna.page, lambda: noticed(anna))
    anna.page.wait_for_timeout(2500)
    assert len(noticed(anna)) == 1


@secure_only
def test_a_notice_that_is_on_its_way_when_its_message_is_read_goes(people: People, server: Server) -> None:
    """On phones the service worker takes its time to show one."""
    slow = """
        const show = worker.showNotification;
        globalThis.arrives = () => undefined;
        worker.showNotification = async (...notice) => {
            await new Promise((done) => { globalThis.arrives = done; });
            await show(...notice);
        };
    """
    anna, fake = waits_for_notices(people, server, more=ON_PHONES + slow)
    fake.sends(message(1, "Привет"))
    until(anna.page, "arrives.length === 1")
    anna.has_hidden_tab(False)
    expect(anna.page).to_have_title("Чат")
    anna.page.evaluate("arrives()")
    until(anna.page, "notices.length && !notices[0].isOpen")


@secure_only
def test_a_page_that_may_keep_nothing_tells_all_the_same(people: People, server: Server) -> None:
    """Where a browser denies a page its storage, it refuses locks too; then no other tab is known."""
    refused = "LockManager.prototype.request = async () => { throw new DOMException('', 'SecurityError'); };"
    anna, fake = waits_for_notices(people, server, more=refused)
    fake.sends(message(1, "Привет"))
    until(anna.page, "notices.length")


@secure_only
def test_a_tab_that_may_not_play_leaves_the_sound_to_one_that_may(people: People, server: Server) -> None:
    """Browsers play nothing in a tab that was restored and never pressed, however early it hears of the message."""
    anna, fake = waits_for_notices(people, server, more=SOUNDS)
    anna.page.locator("#field").click()
    other = another_tab(anna, fake, more=SOUNDS)
    for each in (other, fake):
        each.sends(message(1, "Привет"))
        anna.page.wait_for_timeout(200)
    until(anna.page, "tones")
    assert [page.evaluate("tones") for page in anna.context.pages] == [2, 0]  # the two notes of one signal


@secure_only
def test_a_tab_that_may_not_play_takes_no_sound(people: People, server: Server) -> None:
    """The one that may is back only when the other has long heard of the message."""
    anna, fake = waits_for_notices(people, server, more=SOUNDS)
    anna.page.locator("#field").click()
    other = another_tab(anna, fake, more=SOUNDS)
    said = [message(1, "Привет"), message(2, "Ещё")]
    for each in said:
        other.sends(each)
        anna.page.wait_for_timeout(100)
    anna.page.wait_for_timeout(3_500)
    fake.next_welcome(recovered=True, messages=said, seq=2, head=2)
    fake.closes(1012)
    until(anna.page, "tones")
    assert [page.evaluate("tones") for page in anna.context.pages] == [2, 0]


@secure_only
def test_of_a_programs_message_one_tab_tells_and_none_while_one_is_looked_at(people: People, server: Server) -> None:
    """It has no number, and each server its own time of it."""
    anna, fake = waits_for_notices(people, server)
    other = another_tab(anna, fake)

    def says(text: str) -> None:
        for second, each in enumerate((fake, other)):
            told = {"type": "message", "room": "chat", "from": {"name": "CI"}, "text": text, "outside": True}
            each.sends({**told, "time": f"2026-11-23T09:01:0{second}.000Z"})

    anna.has_hidden_tab(False)
    says("@Анна, раз")
    anna.page.wait_for_timeout(1500)
    assert noticed(anna) == []
    anna.has_hidden_tab(True)
    for count in (1, 2):  # also the same once more
        says("@Анна, два")
        anna.page.wait_for_timeout(1500)
        assert noticed(anna) == ["@Анна, два"] * count
