"""Settings: what each does at once, and what is kept."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import ME, message
from .people import People, until
from .steps import Staged, refuses, secure_only


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
    expect(settings.locator("[role=status]:not(.toast)")).to_contain_text("занято")
    settings.locator("input[name=name]").fill("Аня")
    anna.page.keyboard.press("Enter")
    expect(settings.locator("[role=status]:not(.toast)")).to_contain_text("Теперь вас зовут ⁨Аня⁩")
    boris.sees_online("Борис", "Аня")
    anna.page.keyboard.press("Escape")
    anna.page.reload()
    anna.sees_online("Аня", "Борис")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("muted", "Пока вам запрещено писать, имя сменить нельзя."),
        ("rate_limited", "Слишком часто. Подождите немного и попробуйте ещё раз."),
    ],
)
def test_a_name_that_cannot_be_changed_now_says_why(staged: Staged, code: str, says: str) -> None:
    """To try again at once wouldn't help."""
    anna, fake = staged
    refuses(fake, "rename", code)
    anna.arrives()
    settings = anna.opens("settings")
    settings.locator("input[name=name]").fill("Аня")
    anna.page.keyboard.press("Enter")
    expect(settings.locator("[role=status]:not(.toast)")).to_have_text(says)
    shoot(anna, f"rename-{code}")


def test_a_name_that_is_taken_is_replaced_by_a_free_one(staged: Staged) -> None:
    """One press changes to it; what is said of a name goes away with it."""
    anna, fake = staged
    refuses(fake, "rename", "name_taken", suggestion="Борис 2")
    anna.arrives()
    settings = anna.opens("settings")
    name, outcome = settings.locator("input[name=name]"), settings.locator("[role=status]:not(.toast)")
    name.fill("Борис")
    anna.page.keyboard.press("Enter")
    expect(outcome).to_have_text("Имя «⁨Борис⁩» занято. Предлагаем другое.")
    expect(name).to_have_value("Борис 2")
    expect(settings.get_by_role("button", name="Сменить")).to_be_visible()
    name.fill("Аня")
    expect(outcome).to_be_empty()


@pytest.mark.slow
def test_what_came_of_renaming_is_said_in_the_language_that_is_chosen_then(staged: Staged) -> None:
    """The dialog stays open, and all of it is in one language."""
    anna, fake = staged
    anna.arrives()
    settings = anna.opens("settings")
    name, outcome = settings.locator("input[name=name]"), settings.locator("[role=status]:not(.toast)")
    fake.answers["rename"] = lambda command: {"type": "renamed", "ref": command["ref"], "you": {**ME, "name": "Аня"}}
    name.fill("Аня")
    anna.page.keyboard.press("Enter")
    expect(outcome).to_have_text("Теперь вас зовут ⁨Аня⁩")
    settings.locator("select[name=lang]").select_option("en")
    expect(outcome).to_have_text("You’re now ⁨Аня⁩")
    refuses(fake, "rename", "name_taken", suggestion="Борис 2")
    name.fill("Борис")
    anna.page.keyboard.press("Enter")
    expect(outcome).to_have_text(re.compile("“⁨Борис⁩” is taken"))
    settings.locator("select[name=lang]").select_option("ru")
    expect(outcome).to_have_text(re.compile("Имя «⁨Борис⁩» занято"))


@pytest.mark.slow
def test_a_name_that_is_written_while_another_is_being_taken_can_be_taken_too(staged: Staged) -> None:
    """The answer is about the first one, and leaves the button for the second."""
    anna, fake = staged
    fake.answers["rename"] = []
    anna.arrives()
    settings = anna.opens("settings")
    name = settings.locator("input[name=name]")
    name.fill("Аня")
    anna.page.keyboard.press("Enter")
    ref = fake.hears("rename", 1)[0]["ref"]
    name.fill("Анюта")
    fake.sends({"type": "renamed", "ref": ref, "you": {**ME, "name": "Аня"}})
    expect(settings.locator("[role=status]:not(.toast)")).to_have_text("Теперь вас зовут ⁨Аня⁩")
    expect(settings.get_by_role("button", name="Сменить")).to_be_visible()
    expect(name).to_have_value("Анюта")


@pytest.mark.slow
def test_settings_follow_another_tab_after_a_choice_of_ones_own(people: People) -> None:
    """Also back to what was chosen here before."""
    anna = people.comes("Анна")
    settings = anna.opens("settings")
    theme = settings.locator("select[name=theme]")
    theme.select_option("dark")
    other = anna.context.new_page()
    other.goto(anna.page.url)
    for value in ("light", "dark", "light"):
        other.evaluate(
            """(theme) => localStorage.setItem("wschat.prefs",
                JSON.stringify({ ...JSON.parse(localStorage.getItem("wschat.prefs")), theme }))""",
            value,
        )
        expect(theme).to_have_value(value)
    other.close()


def test_a_name_that_a_site_gives_is_said_to_be_its(staged: Staged) -> None:
    """Nothing is wrong with the name that was chosen."""
    anna, fake = staged
    refuses(fake, "rename", "name_invalid")
    anna.page.goto(f"{anna.url}/#jwt=a.b.c")
    settings = anna.opens("settings")
    settings.locator("input[name=name]").fill("Аня")
    anna.page.keyboard.press("Enter")
    expect(settings.locator("[role=status]:not(.toast)")).to_have_text("Имя задаёт сайт, через который вы вошли.")


@pytest.mark.slow
def test_a_name_that_was_changed_late_is_kept(timed: Staged) -> None:
    """The settings have given up waiting, but everyone knows the new name: so does the next visit."""
    anna, fake = timed
    fake.answers["rename"] = []
    anna.arrives()
    settings = anna.opens("settings")
    settings.locator("input[name=name]").fill("Аня")
    anna.page.keyboard.press("Enter")
    ref = fake.hears("rename", 1)[0]["ref"]
    anna.page.clock.run_for(11_000)
    expect(settings.locator("[role=status]:not(.toast)")).to_have_text("Нет ответа. Попробуйте ещё раз.")
    fake.sends({"type": "renamed", "ref": ref, "you": {"id": "anna", "name": "Аня"}})
    until(anna.page, "JSON.parse(localStorage.getItem('wschat.prefs')).name === 'Аня'")
    fake.sends({"type": "renamed", "you": {"id": "anna", "name": "Аня 2"}})
    anna.page.wait_for_timeout(200)
    assert anna.page.evaluate("JSON.parse(localStorage.getItem('wschat.prefs')).name") == "Аня"


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
    anna.arrives()
    anna.has_hidden_tab(True)
    fake.sends(message(1, "Тихо"))
    expect(anna.page).to_have_title("(1) Чат")
    assert anna.page.evaluate("calls") == []
    anna.has_hidden_tab(False)
    settings = anna.opens("settings")
    settings.locator("input[name=desktop]").check()
    settings.locator("input[name=sound]").check()
    expect(settings.locator("input[name=desktop]")).to_be_checked()
    until(anna.page, "calls.length === 2")  # the sound is tried out
    anna.page.evaluate("calls.length = 0")
    anna.page.keyboard.press("Escape")
    fake.sends(message(2, "Вижу"))
    anna.sees("Вижу")
    anna.has_hidden_tab(True)
    fake.sends(message(3, "@Анна, громко"))  # at once, however soon after the last
    expect(anna.page).to_have_title("(1) Чат")
    until(anna.page, "calls.length >= 3")
    assert sorted(anna.page.evaluate("calls")) == ["notice Борис", "sound", "sound"]


@pytest.mark.slow
def test_renaming_without_a_connection_promises_no_more_than_it_can(staged: Staged) -> None:
    """The name changes when the page is back, if the server agrees."""
    anna, fake = staged
    anna.arrives()
    fake.refuses_connections = True
    fake.closes(1012)
    expect(anna.page.locator("aside .people-title")).to_have_text("Были в сети")
    settings = anna.opens("settings")
    settings.locator("input[name=name]").fill("Аня")
    anna.page.keyboard.press("Enter")
    expect(settings.locator("[role=status]:not(.toast)")).to_have_text("Имя сменится, когда появится связь")


def test_the_title_of_unread_messages_follows_the_language(staged: Staged) -> None:
    """Also a choice in another tab: the number stays."""
    anna, fake = staged
    anna.arrives()
    anna.has_hidden_tab(True)
    fake.sends(message(1, "Раз"))
    expect(anna.page).to_have_title("(1) Чат")
    anna.page.evaluate("""() => {
        localStorage.setItem("wschat.prefs", JSON.stringify({ name: "Анна", lang: "en" }));
        dispatchEvent(new StorageEvent("storage", { key: "wschat.prefs" }));
    }""")
    expect(anna.page).to_have_title("(1) Chat")
