"""Obstacles between page and chat, as the page names them: a stopped server, a proxy, a room that can't be opened."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from .fake_server import message, too_fast
from .people import GREETING, Person
from .steps import Staged

pytestmark = pytest.mark.slow


def test_a_chat_that_was_stopped_is_off_not_lost(timed: Staged) -> None:
    """After the idle stop the page knows that somebody must start the chat, tries slowly, and connects on its own."""
    anna, fake = timed
    anna.arrives()
    fake.refuses_connections = True
    fake.closes(4500)
    anna.strip.get_by_role("button", name="Подключиться").click()
    for _ in range(4):
        anna.page.clock.run_for(1_000)
    expect(anna.strip).to_contain_text("Чат выключен. Запустите его снова: страница подключится сама")
    expect(anna.strip.get_by_role("button", name="Проверить")).to_be_visible()
    fake.refuses_connections = False
    fake.next_welcome(recovered=True)
    for _ in range(31):
        anna.page.clock.run_for(1_000)
    expect(anna.strip.get_by_text("выключен")).to_have_count(0)
    fake.hears("hello", 2)


def finds_no_socket(timed: Staged, health: str) -> Person:
    """Anna after six seconds in which no socket opened, and the health check answered this."""
    anna, fake = timed
    fake.refuses_connections = True
    anna.page.route("**/health", lambda route: route.fulfill(body=health))
    anna.visits()
    for _ in range(6):
        anna.page.clock.run_for(1_000)
    return anna


def test_a_proxy_without_websockets_is_named(timed: Staged) -> None:
    """If no socket opens and the server answers otherwise, the strip names what is usually in the way."""
    anna = finds_no_socket(timed, health=json.dumps({"redis": "up"}))
    expect(anna.strip).to_contain_text("прокси")


def test_a_server_that_does_not_answer_blames_no_proxy(timed: Staged) -> None:
    """Without an answer of the chat's own to the health check there is no reason to suspect one."""
    anna = finds_no_socket(timed, health="502 Bad Gateway")
    expect(anna.strip).to_contain_text("Нет связи")


def test_a_room_that_cannot_be_opened_now_is_asked_for_again(staged: Staged) -> None:
    """The server says when; until then the strip counts, and no dialog bothers the person."""
    anna, fake = staged
    fake.answers["hello"] = {"type": "error", "code": "unavailable", "retry_after": 1.5}
    anna.visits()
    expect(anna.strip).to_contain_text("Сервер пока не может открыть комнату")
    expect(anna.page.locator("dialog[open]")).to_have_count(0)
    del fake.answers["hello"]
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    expect(anna.strip).to_be_empty()


def test_an_empty_token_takes_nothing_away(staged: Staged) -> None:
    """A server that can't sign a token at the moment leaves the browser the one that it has."""
    anna, fake = staged
    anna.arrives()
    fake.next_welcome(token="")
    anna.reloads()
    anna.page.reload()
    fake.hears("hello", 3)
    assert [each.get("token") for each in fake.commands("hello")] == [None, "t", "t"]


def test_a_clock_that_is_put_back_delays_nothing(staged: Staged) -> None:
    """«Too fast» ends after its seconds, although the clock of the computer says that it is an hour earlier."""
    anna, fake = staged
    anna.arrives()
    fake.answers["post"] = too_fast(1)
    anna.says("Быстро")
    expect(anna.strip).to_contain_text("слишком часто")
    del fake.answers["post"]
    anna.page.evaluate("{ const now = Date.now; Date.now = () => now() - 3_600_000; }")
    fake.hears("post", 2)
    expect(anna.strip).to_be_empty()


def test_one_bad_message_never_stops_the_list(staged: Staged) -> None:
    """A message that the page can't make sense of is shown as plain text, and the others as they are."""
    anna, fake = staged
    anna.arrives()
    bad = {**message(1, "Без времени"), "time": "когда-то"}
    fake.sends(bad, message(2, "Дальше"))
    anna.sees("Дальше")
    anna.sees("Без времени")


@pytest.mark.parametrize(
    "oddity",
    [
        "Object.defineProperty(navigator, 'languages', { get: () => ['ru-RU@posix', 'ru'] })",
        "Object.defineProperty(navigator, 'languages', { get: () => undefined })",
        'localStorage.setItem(\'wschat.prefs\', \'{"name": "Анна", "theme": [], "lang": 7, "presence": {}}\')',
        "localStorage.setItem('wschat.prefs', '{\"name\": 5}')",
        "localStorage.setItem('wschat.prefs', 'null')",
        "localStorage.setItem('wschat.outbox.chat', '5')",
        'localStorage.setItem(\'wschat.outbox.chat\', \'[null, {"id": 1}, {"id": "a", "text": 5, "time": "b"}]\')',
        "localStorage.setItem('wschat.outbox.chat.dropped', '{}')",
    ],
)
def test_what_a_browser_gets_wrong_stops_nothing(oddity: str, staged: Staged) -> None:
    """It names languages as no browser should, or keeps settings or posts of another shape: they are left out."""
    anna, fake = staged
    anna.page.add_init_script(oddity)
    fake.next_welcome(messages=[message(1, "Раз")], seq=1, head=1)
    anna.visits()
    if "Анна" not in oddity and "prefs" in oddity:
        anna.answers("Анна")
    expect(anna.page.locator("#m1 time")).to_have_text(re.compile(r"\d+:\d\d"))
    anna.says("Два")
    fake.hears_posts("Два")


def test_a_secret_that_is_none_is_replaced(staged: Staged) -> None:
    """The server would refuse each attempt to come in."""
    anna, fake = staged
    anna.page.add_init_script("localStorage.setItem('wschat.secret', '5')")
    anna.arrives()
    (hello,) = fake.hears("hello", 1)
    assert re.fullmatch(r"[\w-]{22}", hello["secret"])


def test_a_link_needs_no_new_browser(staged: Staged) -> None:
    """Without `URL.canParse`, which Safari has had since 17, links are links."""
    anna, fake = staged
    anna.page.add_init_script("delete URL.canParse")
    fake.next_welcome(messages=[message(1, "см. https://example.com/a"), message(2, "Дальше")], seq=2, head=2)
    anna.visits()
    anna.sees("Дальше")
    expect(anna.page.locator("#m1 a[href='https://example.com/a']")).to_be_visible()
