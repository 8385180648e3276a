"""The page below a path of its host, with another chat beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .people import People, until


@pytest.fixture
def below(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, "--base-path", "/team/chat").start()
    yield server
    server.clear_away()


def test_the_chat_works_below_a_path(below: Server, people: People) -> None:
    """People join, talk, pass on the room's address, go to another room, reload, and come back without a network."""
    home = f"{below.url}/team/chat/"
    anna, boris = people.comes("Анна", url=home), people.comes("Борис", url=home)
    anna.says("Привет")
    boris.sees("Привет")
    share = anna.opens("share")
    expect(share.locator("#share-address")).to_have_value(
        home.replace("localhost", anna.page.evaluate("location.hostname"))
    )
    share.locator("input[name=room]").fill("Кухня")
    anna.page.keyboard.press("Enter")
    expect(anna.page).to_have_url(f"{home}r/%D0%BA%D1%83%D1%85%D0%BD%D1%8F")
    anna.says("Кто на кухне?")
    anna.page.reload()
    anna.sees("Кто на кухне?")
    keys = anna.page.evaluate("Object.keys(localStorage).map((key) => key.split('.')[0])")
    assert set(keys) == {"wschat/team/chat"}
    if not anna.page.evaluate("isSecureContext"):
        return
    scope = anna.page.evaluate("navigator.serviceWorker.ready.then(({ scope }) => scope)")
    assert scope == anna.page.evaluate("`${location.origin}/team/chat/`")
    anna.page.goto(anna.url)
    anna.sees("Привет")
    kept = "caches.open('wschat/team/chat').then((cache) => cache.keys()).then((keys) => keys.length)"
    until(anna.page, f"{kept}.then((count) => count >= 20)")
    below.stop()
    anna.page.reload()
    expect(anna.field).to_be_enabled()
