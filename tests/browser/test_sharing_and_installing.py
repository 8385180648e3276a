"""Ways to the page: rooms that are shared, an installed page, one without its server, one on a plain host."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for, shoot
from .people import People, until
from .steps import Staged, secure_only


def test_a_room_can_be_shared_and_another_opened(staged: Staged) -> None:
    """The address is shown, selected and copied, even without the clipboard API."""
    anna, _ = staged
    anna.page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined });")
    anna.visits()
    share = anna.opens("share")
    expect(share.locator("#share-address")).to_have_value(f"{anna.url}/")
    share.get_by_role("button", name="Скопировать").click()
    expect(share.locator(".dialog-hint[role=status]")).to_have_text("Скопировано")
    share.locator("#share-room").fill("новый проект")
    share.get_by_role("button", name="Перейти").click()
    expect(anna.page.locator(".bar-room")).to_contain_text("новый-проект")
    anna.opens("share").locator("#share-room").fill("می\u200cخواهم")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator(".bar-room")).to_contain_text("می\u200cخواهم")


def test_a_phone_shares_by_its_own_menu(people: People, server: Server) -> None:
    """There a button passes the room's name and address to the system; on a desktop there is none."""
    anna, _ = fake_for(people, server, has_touch=True, is_mobile=True, width=390, height=844)
    anna.page.add_init_script("navigator.share = async (what) => { globalThis.shared = what; };")
    anna.visits()
    share = anna.opens("share")
    share.get_by_role("button", name="Поделиться…").click()
    shoot(anna, "share-touch")
    assert anna.page.evaluate("shared") == {"title": "Чат", "url": f"{anna.url}/"}
    boris, _ = fake_for(people, server)
    boris.page.add_init_script("navigator.share = async () => {};")
    boris.visits()
    expect(boris.opens("share").get_by_role("button", name="Скопировать")).to_be_visible()
    expect(boris.page.get_by_role("button", name="Поделиться…")).to_have_count(0)


def test_a_button_without_a_field_beside_it_is_as_wide_as_fields(people: People, server: Server) -> None:
    """On the narrowest phones too, where there is no room for both in a row."""
    anna, _ = fake_for(people, server, viewport={"width": 320, "height": 640})
    anna.visits()
    share = anna.opens("share")
    width = "(each) => each.getBoundingClientRect().width"
    go = share.get_by_role("button", name="Перейти")
    for button, field in ((share.get_by_role("button", name="Скопировать"), "#share-address"), (go, "#share-room")):
        assert button.evaluate(width) == pytest.approx(share.locator(field).evaluate(width), abs=1)
    anna.page.set_viewport_size({"width": 1280, "height": 800})
    assert go.evaluate(width) < 120  # beside the field, which takes the room


@secure_only
def test_the_page_starts_without_its_server(own_server: Server, people: People) -> None:
    """The service worker keeps the frame, so the page opens, and new messages wait in the outbox."""
    anna = people.comes("Анна", url=own_server.url)
    kept = "caches.open('wschat').then((cache) => cache.keys()).then((keys) => keys.length)"
    until(anna.page, f"{kept}.then((count) => count >= 20)")
    own_server.kill()
    anna.page.reload()
    expect(anna.field).to_be_enabled()
    anna.says("Из офлайна")
    expect(anna.page.locator(".post-status")).to_have_text("Ждёт отправки")
    own_server.restart_at_same_port()
    anna.sees("Из офлайна")
    expect(anna.page.locator(".message[data-status]")).to_have_count(0)


def test_it_can_be_installed(people: People, server: Server) -> None:
    """The manifest has what browsers require, and its icons exist."""
    anna = people.comes(url=server.url).visits()
    manifest = anna.page.request.get(f"{server.url}/manifest.webmanifest").json()
    assert {"name", "start_url", "display", "icons"} <= manifest.keys()
    sizes = set()
    for icon in manifest["icons"]:
        answer = anna.page.request.get(f"{server.url}{icon['src']}")
        assert answer.headers["content-type"] == icon["type"]
        sizes.add(icon["sizes"])
    assert {"192x192", "512x512"} <= sizes


def test_a_plain_host_name_is_enough(own_server: Server, people: People) -> None:
    """Over http on a LAN name, without many browser services, the chat works and says what it can't do."""
    url = own_server.url.replace("localhost", "chat.lan")
    anna, boris = people.comes("Анна", url=url), people.comes("Борис", url=url)
    assert not anna.page.evaluate("isSecureContext")
    anna.says("Привет из сети")
    boris.sees("Привет из сети")
    settings = anna.opens("settings")
    expect(settings.locator("input[name=desktop]")).to_be_disabled()
    expect(settings).to_contain_text("Браузер показывает уведомления только на https и на localhost.")
    shoot(anna, "settings-plain-http")
    anna.page.keyboard.press("Escape")
    share = anna.opens("share")
    share.get_by_role("button", name="Скопировать").click()
    expect(share.locator(".dialog-hint[role=status]")).to_have_text(re.compile("Скопировано|Адрес выделен"))
    anna.page.reload()
    anna.sees("Привет из сети")
