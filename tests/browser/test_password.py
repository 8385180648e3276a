"""A chat with a password for everyone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support import Server

from .conftest import shoot
from .people import GREETING, People


@pytest.fixture
def locked_chat(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data", environment={"WSCHAT_PASSWORD": "сезам, откройся"}).start()
    yield server
    server.clear_away()


def test_a_chat_with_a_password_asks_for_it_once(browser: Browser, locked_chat: Server) -> None:
    """A wrong one is reported; the right one admits, however soon, also after a reload, but not in another browser."""
    people = People(browser, locked_chat.url)
    anna = people.comes().visits()
    join = anna.dialog("join")
    secret = join.get_by_label("Пароль")
    expect(join.locator("input[name=name]")).to_be_focused()
    join.locator("input[name=name]").fill("Анна")
    secret.fill("откройся")
    shoot(anna, "password")
    anna.page.keyboard.press("Enter")
    expect(join.locator(".dialog-error")).to_contain_text("Неверный пароль")
    expect(join.get_by_role("heading")).to_have_text("Нужен пароль")
    expect(secret).to_be_focused()
    secret.fill("сезам, откройся")
    anna.page.keyboard.press("Enter")  # before the server looks at another one
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.page.reload()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    expect(join).to_be_hidden()
    boris = people.comes().visits()
    expect(boris.dialog("join").get_by_label("Пароль")).to_be_visible()
    assert list(people.leave()) == []
