"""Every state that the page can be in, as the person sees it: the strip, the field, and a picture to be
looked at.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import shoot
from .fake_server import ME, message, too_fast
from .people import GREETING, People, Person, until
from .steps import Staged

pytestmark = pytest.mark.slow


def is_on(person: Person) -> None:
    """The field takes what is written."""
    expect(person.field).to_be_enabled()
    expect(person.field).to_be_editable()


def test_loading(people: People) -> None:
    """Until the scripts have loaded the page has a disabled field; without scripts it says what is missing."""
    anna = people.comes()
    anna.page.route("**/main.js", lambda route: None)
    anna.page.goto(anna.url, wait_until="commit")
    expect(anna.page.get_by_role("heading", name="Чат")).to_be_visible()
    expect(anna.field).to_be_disabled()
    expect(anna.send).to_be_disabled()
    assert '<noscript><p class="line">Для чата нужен JavaScript' in anna.page.content()
    shoot(anna, "state-loading")
    anna.page.unroute_all()


def test_connecting(timed: Staged) -> None:
    """«Подключение…» appears after half a second, the field is enabled, and sent messages wait."""
    anna, fake = timed
    fake.answers["hello"] = []
    anna.page.clock.pause_at("2026-11-23T12:01:00Z")
    anna.visits()
    expect(anna.page.locator(".bar-tools")).to_be_visible()
    anna.page.clock.run_for(300)
    expect(anna.field).to_be_enabled()
    expect(anna.strip).to_be_empty()
    anna.page.clock.resume()
    expect(anna.strip).to_have_text(re.compile("Подключение…"))
    anna.says("Подождёт")
    anna.page.clock.run_for(100)
    expect(anna.page.locator(".post-status")).to_have_text("Ждёт отправки")
    is_on(anna)
    shoot(anna, "state-connecting")


def test_connected_and_empty(people: People) -> None:
    """The list shows the greeting, the status bar is empty, the field has the focus, an empty room invites to write."""
    anna = people.comes("Анна")
    expect(anna.list.get_by_text(GREETING)).to_be_visible()
    expect(anna.list.get_by_text("Здесь пока никого, кроме вас")).to_be_visible()
    expect(anna.strip).to_be_empty()
    expect(anna.field).to_be_focused()
    shoot(anna, "state-empty")


def test_redis_away(staged: Staged) -> None:
    """Posts wait while Redis is away, and go out when it is back."""
    anna, fake = staged
    anna.arrives()
    fake.sends({"type": "notice", "code": "degraded"})
    expect(anna.strip).to_have_text("Сообщения сейчас не доставляются. Пробуем снова…")
    anna.says("Подождёт")
    expect(anna.page.locator(".post-status")).to_have_text("Ждёт отправки")
    is_on(anna)
    shoot(anna, "state-redis-away")
    assert fake.commands("post") == []
    fake.sends({"type": "notice", "code": "restored"})
    expect(anna.strip).to_be_empty()
    expect(anna.page.locator("[data-status=sending]")).to_have_count(1)
    fake.hears_posts("Подождёт")


def test_about_to_stop(staged: Staged) -> None:
    """Before an idle server stops, a person can ask it to stay."""
    anna, fake = staged
    anna.arrives()
    fake.sends({"type": "notice", "code": "idle", "seconds": 60})
    expect(anna.strip).to_contain_text("Через 60 с чат остановится: давно никто не пишет")
    shoot(anna, "state-about-to-stop")
    anna.strip.get_by_role("button", name="Не останавливать").click()
    fake.sends({"type": "notice", "code": "active"})
    expect(anna.strip).to_be_empty()
    fake.hears("stay", 1)


def test_stopped_when_idle(timed: Staged) -> None:
    """The page doesn't wake a stopped chat; only the person does, with a button."""
    anna, fake = timed
    anna.arrives()
    anna.writes("Черновик")
    for _ in range(9):  # four and a half minutes, and what the machine takes for them
        before = len(fake.commands("ping"))
        anna.page.clock.fast_forward(30_000)
        until(anna.page, lambda before=before: len(fake.commands("ping")) > before)  # type: ignore[misc]
    fake.closes(4500)
    expect(anna.strip).to_contain_text("Чат остановлен: никто не писал 5 минут")
    shoot(anna, "state-stopped")
    for _ in range(5):
        anna.page.clock.fast_forward(60_000)
    fake.hears("hello", 1)
    expect(anna.field).to_have_value("Черновик")
    anna.strip.get_by_role("button", name="Подключиться").click()
    anna.page.clock.run_for(100)
    expect(anna.strip.get_by_text("остановлен")).to_have_count(0)
    fake.hears("hello", 2)


def test_new_version(staged: Staged) -> None:
    """The page offers to reload itself, and never does so on its own."""
    anna, fake = staged
    fake.next_welcome(version="000000000000")
    anna.visits()
    anna.writes("Черновик")
    expect(anna.strip).to_contain_text("Вышла новая версия чата")
    is_on(anna)
    shoot(anna, "state-new-version")
    anna.strip.get_by_role("button", name="Обновить страницу").click()
    expect(anna.field).to_have_value("Черновик")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()


def test_too_fast(timed: Staged) -> None:
    """The strip counts down, the post goes out when it may, and what is typed meanwhile stays in the field."""
    anna, fake = timed
    anna.arrives()
    fake.answers["post"] = too_fast(60)
    anna.says("Быстро")
    fake.hears("post", 1)
    fake.answers["post"] = lambda command: [
        message(1, command["text"], ME, id=command["id"]),
        {"type": "ack", "id": command["id"], "seq": 1},
    ]
    expect(anna.strip).to_contain_text(re.compile(r"Вы\sпишете слишком часто. Подождите \d\d\sс"))
    expect(anna.send).to_be_disabled()
    anna.field.press_sequentially("дальше")
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("дальше")
    anna.sees("Быстро")
    shoot(anna, "state-too-fast")
    anna.page.clock.fast_forward(60_000)
    expect(anna.page.locator("#m1")).to_be_visible()
    expect(anna.strip).to_be_empty()
    expect(anna.page.locator(".message[data-status]")).to_have_count(0)
    assert len({command["id"] for command in fake.commands("post")}) == 1


def test_too_long(anna: Person) -> None:
    """From nine tenths on the field counts; beyond the limit nothing is sent or lost."""
    anna.writes("а" * 3599)
    expect(anna.page.locator("#counter")).to_be_hidden()
    anna.writes("а" * 3600)
    expect(anna.page.locator("#counter")).to_have_text("Осталось знаков: 400")
    anna.writes("а" * 4001)
    expect(anna.page.locator("#counter")).to_have_text("Сократите на 1 знак")
    expect(anna.send).to_be_disabled()
    shoot(anna, "state-too-long")
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("а" * 4001)
    expect(anna.messages).to_have_count(0)


def test_name_taken(anna: Person, people: People) -> None:
    """The dialog gives the reason and a free name."""
    other = people.comes().visits()
    other.answers("Анна")
    expect(other.dialog("join")).to_contain_text("Имя «⁨Анна⁩» занято")
    expect(other.field).to_be_disabled()
    shoot(other, "state-name-taken")
    suggestion = other.dialog("join").locator("input[name=name]").input_value()
    assert suggestion not in ("", "Анна")
    other.page.keyboard.press("Enter")
    expect(other.page.get_by_text(GREETING)).to_be_visible()
    anna.sees_online("Анна", suggestion)


def test_removed(staged: Staged) -> None:
    """Somebody who is removed without being barred is told so, and may come back on their own."""
    anna, fake = staged
    anna.arrives()
    fake.closes(4501)
    expect(anna.dialog("out")).to_contain_text("Вас удалили из комнаты")
    expect(anna.field).to_be_disabled()
    shoot(anna, "state-removed")
    anna.dialog("out").get_by_role("button", name="Вернуться").click()
    expect(anna.field).to_be_enabled()
    fake.hears("hello", 2)


def test_history_loading_failed_and_start(staged: Staged) -> None:
    """Older messages show a spinner, «Не удалось загрузить · Повторить», and finally «Это начало чата»."""
    anna, fake = staged
    fake.next_welcome(messages=[message(n, f"№ {n}") for n in range(51, 101)], seq=100, head=100)
    fake.answers["history"] = []
    anna.visits()
    expect(anna.messages).to_have_count(50)
    anna.scrolls_to(0)
    expect(anna.list).to_contain_text("Загружаем…")
    shoot(anna, "state-history-loading")
    request = fake.hears("history", 1)[0]
    fake.sends({"type": "error", "code": "unavailable", "ref": request["ref"]})
    expect(anna.list).to_contain_text("Не удалось загрузить · Повторить")
    anna.scrolls_to(0)
    shoot(anna, "state-history-failed")
    fake.answers["history"] = lambda command: {
        "type": "history",
        "messages": [message(n, f"№ {n}") for n in range(1, 51)],
        "start": True,
    }
    anna.list.get_by_role("button", name="Повторить").click()
    expect(anna.page.locator("#m1")).to_be_attached()
    anna.scrolls_to(0)
    expect(anna.list).to_contain_text("Это начало чата")
    shoot(anna, "state-history-start")
