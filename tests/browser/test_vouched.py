"""People of another site, which embeds the chat and says who they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support import Server

from .people import GREETING, People
from .tokens import KEY, token


@pytest.fixture
def chat_of_a_site(tmp_path: Path) -> Iterator[Server]:
    key = tmp_path / "site.key"
    key.write_text(KEY)
    options = ("--auth", "jwt", "--jwt-key-file", str(key), "--jwt-audience", "chat")
    server = Server(tmp_path / "data", *options).start()
    yield server
    server.clear_away()


def test_whom_a_site_vouches_for_comes_in_without_being_asked(browser: Browser, chat_of_a_site: Server) -> None:
    """The token in the address provides the name, disappears from the address, and survives a reload."""
    people = People(browser, chat_of_a_site.url)
    anna = people.comes()
    anna.page.goto(f"{chat_of_a_site.url}/#jwt={token(name='Анна с сайта')}")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    expect(anna.page.locator("#people")).to_contain_text("Анна с сайта")
    expect(anna.page).to_have_url(f"{chat_of_a_site.url}/")
    anna.page.reload()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    assert list(people.leave()) == []


def test_the_site_renews_its_word_through_the_address(browser: Browser, chat_of_a_site: Server) -> None:
    """A newer token keeps the person connected when the first one expires."""
    people = People(browser, chat_of_a_site.url)
    anna = people.comes()
    anna.page.goto(f"{chat_of_a_site.url}/#jwt={token(3, name='Анна')}")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.page.evaluate("(jwt) => { location.hash = `jwt=${jwt}`; }", token(300, name="Анна"))
    anna.page.wait_for_timeout(4000)  # the first token has ended
    anna.page.locator("#field").fill("ещё здесь")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator(".message", has_text="ещё здесь")).to_be_visible()
    expect(anna.page.locator(".message[data-status]")).to_have_count(0)
    expect(anna.page.locator("dialog[open]")).to_have_count(0)
    assert list(people.leave()) == []


def test_without_a_word_from_the_site_nobody_comes_in(browser: Browser, chat_of_a_site: Server) -> None:
    """A person who opens the chat directly is told so."""
    people = People(browser, chat_of_a_site.url)
    stranger = people.comes()
    stranger.visits()
    stranger.dialog("join").locator("input[name=name]").fill("Чужой")
    stranger.page.keyboard.press("Enter")
    expect(stranger.dialog("join")).to_contain_text("Приглашение недействительно")
    assert list(people.leave()) == []
