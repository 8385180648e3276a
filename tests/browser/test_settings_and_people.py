"""What is around the talk: settings, people, rooms to share, mentions, calls for attention, starting without
a network.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import ME, FakeServer, message
from .people import GREETING, HOST, People, Person

Staged = tuple[Person, FakeServer]
secure_only = pytest.mark.skipif(HOST != "localhost", reason="browsers allow it on https and on this machine only")


def test_settings_do_what_they_say_and_are_kept(staged: Staged) -> None:
    """Language, theme and text size change at once and survive a reload."""
    anna, _ = staged
    anna.visits()
    settings = anna.opens("settings")
    settings.locator("select[name=theme]").select_option("dark")
    expect(anna.page.locator("body")).to_have_css("background-color", "rgb(16, 19, 23)")
    settings.locator("select[name=textSize]").select_option("large")
    expect(anna.page.locator("html")).to_have_css("font-size", "19px")
    settings.locator("select[name=lang]").select_option("en")
    expect(settings.get_by_role("heading", name="Settings")).to_be_visible()
    expect(anna.page.get_by_role("button", name="Send", exact=True)).to_be_attached()
    expect(anna.page.locator("html")).to_have_attribute("lang", "en")
    shoot(anna, "settings-dark-large-en")
    anna.page.reload()
    expect(anna.page.get_by_text("You are connected to the chat!")).to_be_visible()
    expect(anna.page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(anna.page.locator("html")).to_have_css("font-size", "19px")


def test_the_header_switches_language_and_theme(staged: Staged) -> None:
    """A first-time visitor sees Russian, whatever the browser's language."""
    anna, _ = staged
    anna.visits()
    expect(anna.page.locator("[data-tool=language]")).to_have_text("EN")
    anna.page.locator("[data-tool=language]").click()
    expect(anna.page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    anna.page.locator("[data-tool=theme]").click()
    expect(anna.page.locator("html")).to_have_attribute("data-theme", "light")


def test_a_browser_in_english_sees_russian_first(people: People) -> None:
    """Only `--lang auto` would follow the browser."""
    anna = people.comes(locale="en-US").visits()
    expect(anna.dialog("join")).to_contain_text("Как вас зовут?")


def test_renaming_oneself(people: People) -> None:
    """Everyone sees the new name at once, a taken one is refused with the reason, and the page remembers it."""
    anna, boris = people.comes("Анна"), people.comes("Борис")
    settings = anna.opens("settings")
    settings.locator("input[name=name]").fill("Борис")
    settings.get_by_role("button", name="Сменить").click()
    expect(settings.get_by_role("status")).to_contain_text("занято")
    settings.locator("input[name=name]").fill("Аня")
    anna.page.keyboard.press("Enter")
    expect(settings.get_by_role("status")).to_contain_text("Теперь вас зовут ⁨Аня⁩")
    boris.sees_online("Борис", "Аня")
    anna.page.keyboard.press("Escape")
    anna.page.reload()
    anna.sees_online("Аня", "Борис")


def test_people_are_found_and_shown_part_by_part(staged: Staged) -> None:
    """The page shows two hundred first; «Показать ещё» and the search ask the server for the rest."""
    anna, fake = staged
    everyone = [{"id": f"p{n:03}", "name": f"Участник {n:03}"} for n in range(500)]
    fake.next_welcome(online={"count": 501, "people": [ME, *everyone[:199]]})

    def find(command: dict[str, object]) -> dict[str, object]:
        found = [
            person for person in [ME, *everyone] if str(command.get("query", "")).lower() in person["name"].lower()
        ]
        start = int(str(command["offset"]))
        more = start + 200 if start + 200 < len(found) else None
        return {"type": "people", "people": found[start : start + 200], "count": len(found), "next": more}

    fake.answers["people"] = find
    anna.visits()
    expect(anna.people).to_have_count(200)
    expect(anna.page.locator(".bar-online.wide")).to_have_attribute("data-count", "501")
    anna.page.get_by_role("button", name="Показать ещё").click()
    expect(anna.people).to_have_count(400)
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("участник 49")
    expect(anna.people).to_have_count(10)
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("никто")
    expect(anna.page.get_by_text("Никого не нашли")).to_be_visible()


def test_what_a_search_found_stays_true(timed: Staged) -> None:
    """While a result is shown and people come, go or rename, the page repeats the search every few seconds."""
    anna, fake = timed
    everyone = [ME, *({"id": f"p{n:03}", "name": f"Участник {n:03}"} for n in range(500))]
    fake.next_welcome(online={"count": 501, "people": everyone[:200]})

    def find(command: dict[str, object]) -> dict[str, object]:
        found = [person for person in everyone if str(command["query"]).lower() in person["name"].lower()]
        start = int(str(command["offset"]))
        more = start + 200 if start + 200 < len(found) else None
        return {"type": "people", "people": found[start : start + 200], "count": len(found), "next": more}

    fake.answers["people"] = find
    anna.visits()
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("участник 49")
    anna.page.clock.run_for(300)
    expect(anna.people).to_have_count(10)
    gone = everyone.pop()
    for _ in range(3):  # however much happens meanwhile
        fake.sends({"type": "online", "count": 500, "joined": [], "left": [gone], "renamed": []})
    expect(anna.page.locator(".bar-online.wide")).to_have_attribute("data-count", "500")
    expect(anna.people).to_have_count(10)
    anna.page.clock.run_for(5_000)
    expect(anna.people).to_have_count(9)
    assert len(fake.commands("people")) == 2
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("")
    anna.page.get_by_role("button", name="Показать ещё").click()
    expect(anna.people).to_have_count(400)
    everyone.insert(250, {"id": "new", "name": "Участник 248½"})
    fake.sends({"type": "online", "count": 501, "joined": [everyone[250]], "left": [], "renamed": []})
    expect(anna.page.locator(".bar-online.wide")).to_have_attribute("data-count", "501")
    anna.page.clock.run_for(5_000)
    expect(anna.page.get_by_text("Участник 248½")).to_be_visible()
    expect(anna.people).to_have_count(400)


def test_a_search_that_failed_is_forgotten_with_its_words(staged: Staged) -> None:
    """The list without the search is complete, so no error remains."""
    anna, fake = staged
    fake.next_welcome(online={"count": 300, "people": [ME]})
    fake.answers["people"] = lambda command: {"type": "error", "code": "rate_limited", "ref": command["ref"]}
    anna.visits()
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("борис")
    expect(anna.page.get_by_text("Список не загрузился")).to_be_visible()
    anna.page.get_by_role("searchbox", name="Поиск по именам").fill("")
    expect(anna.people).to_have_count(1)
    expect(anna.page.get_by_text("Список не загрузился")).to_have_count(0)


def test_people_on_a_phone_are_in_a_sheet(people: People) -> None:
    """The count opens it, it updates live, and Esc closes it."""
    anna = people.comes("Анна", width=390, height=844)
    expect(anna.page.locator("aside.people")).to_be_hidden()
    anna.page.locator("button.bar-online").click()
    sheet = anna.dialog("people")
    expect(sheet.locator(".person bdi")).to_have_text(["Анна"])
    people.comes("Борис")
    expect(sheet.locator(".person bdi")).to_have_text(["Анна", "Борис"])
    shoot(anna, "people-sheet")
    anna.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_a_room_can_be_shared_and_another_opened(staged: Staged) -> None:
    """The address is shown, selected and copied, even without the clipboard API."""
    anna, _ = staged
    anna.page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined });")
    anna.visits()
    share = anna.opens("share")
    expect(share.locator("#share-address")).to_have_value(f"{anna.url}/")
    share.get_by_role("button", name="Скопировать").click()
    expect(share.get_by_role("status")).to_have_text("Скопировано")
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


def test_a_mention_is_completed(staged: Staged) -> None:
    """`@бо` and Enter write the name, Esc leaves it alone, and Enter sends only if nothing is offered."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.field.press_sequentially("эй @бо")
    expect(anna.page.get_by_role("option")).to_have_text(["ББорис"])
    expect(anna.field).to_have_attribute("aria-activedescendant", "mention-0")
    shoot(anna, "mention")
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("эй @Борис ")
    anna.page.keyboard.press("Control+z")
    expect(anna.field).to_have_value("эй @бо")
    anna.page.keyboard.press("ArrowRight")
    anna.page.keyboard.type("р")
    anna.page.keyboard.press("Enter")
    expect(anna.field).to_have_value("эй @Борис ")
    assert fake.commands("post") == []
    anna.field.press_sequentially("@")
    expect(anna.page.get_by_role("option")).to_have_count(1)
    anna.page.keyboard.press("Escape")
    expect(anna.page.get_by_role("option")).to_have_count(0)
    expect(anna.field).to_have_value("эй @Борис @")


@secure_only
def test_sound_and_desktop_notices_are_asked_for(people: People, server: Server) -> None:
    """Both are off at first; switched on, each notifies only when somebody writes while the page isn't visible."""
    anna, fake = fake_for(people, server, permissions=["notifications"])
    anna.page.add_init_script("""
        globalThis.calls = [];
        globalThis.Notification = class {
            static permission = "granted";
            constructor(title) { calls.push(`notice ${title}`); }
            addEventListener() {}
        };
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...args) { calls.push("sound"); start.apply(this, args); };
    """)
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.has_hidden_tab(True)
    fake.sends(message(1, "Тихо"))
    expect(anna.page).to_have_title("(1) Чат")
    assert anna.page.evaluate("calls") == []
    anna.has_hidden_tab(False)
    settings = anna.opens("settings")
    settings.locator("input[name=desktop]").check()
    settings.locator("input[name=sound]").check()
    expect(settings.locator("input[name=desktop]")).to_be_checked()
    anna.page.evaluate("calls.length = 0")
    anna.page.keyboard.press("Escape")
    fake.sends(message(2, "Вижу"))
    anna.sees("Вижу")
    anna.has_hidden_tab(True)
    anna.page.wait_for_timeout(2_100)
    fake.sends(message(3, "Громко"))
    expect(anna.page).to_have_title("(1) Чат")
    anna.page.wait_for_timeout(100)
    assert anna.page.evaluate("calls") == ["sound", "sound", "notice Борис"]


@secure_only
def test_the_page_starts_without_its_server(own_server: Server, people: People) -> None:
    """The service worker keeps the frame, so the page opens, and new messages wait in the outbox."""
    anna = people.comes("Анна", url=own_server.url)
    kept = "caches.open('wschat').then((cache) => cache.keys()).then((keys) => keys.length)"
    for _ in range(60):
        if anna.page.evaluate(kept) >= 20:
            break
        anna.page.wait_for_timeout(250)
    assert anna.page.evaluate(kept) >= 20
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


def test_a_plain_host_name_is_enough(own_server_in_lan: Server, people: People) -> None:
    """Over http on a LAN name, without many browser services, the chat works and says what it can't do."""
    url = own_server_in_lan.url.replace("localhost", "chat.lan")
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
    expect(share.get_by_role("status")).to_have_text(re.compile("Скопировано|Адрес выделен"))
    anna.page.reload()
    anna.sees("Привет из сети")
