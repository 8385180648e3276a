"""Parts of the page that cannot be loaded: it says so, and goes on with what it has."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import shoot
from .steps import Staged, has, toast

pytestmark = pytest.mark.slow


def test_a_language_that_cannot_be_loaded_is_not_chosen(staged: Staged) -> None:
    """Without its texts the page says so, and stays in its language, also after a reload."""
    anna, _ = staged
    anna.arrives()
    settings = anna.opens("settings")
    has(anna.page, "toast.js")
    anna.page.route("**/en.ftl", lambda route: route.abort("internetdisconnected"))
    settings.locator("select[name=lang]").select_option("en")
    toast(anna, "Не удалось загрузить. Проверьте связь")
    expect(settings.locator("select[name=lang]")).to_have_value("ru")
    assert '"lang":"en"' not in anna.page.evaluate("JSON.stringify({ ...localStorage })")


def test_what_is_pressed_and_cannot_be_loaded_says_so(staged: Staged) -> None:
    """The next press tries again."""
    anna, _ = staged
    anna.page.route("**/settings.js", lambda route: route.abort("internetdisconnected"))
    anna.arrives()
    has(anna.page, "toast.js")
    anna.page.locator("[data-tool=settings]").click()
    toast(anna, "Не удалось загрузить. Проверьте связь")
    anna.page.unroute("**/settings.js")
    anna.opens("settings")


def test_a_page_without_the_texts_of_its_language_opens_in_the_other(staged: Staged) -> None:
    """A service worker may have only one of them."""
    anna, _ = staged
    anna.page.route("**/ru.ftl", lambda route: route.abort("internetdisconnected"))
    anna.visits()
    expect(anna.field).to_have_attribute("placeholder", "Message")


@pytest.mark.parametrize("missing", ["**/main.js", "**/page.js", "**/*.ftl"])
def test_a_page_that_cannot_be_loaded_says_so(staged: Staged, missing: str) -> None:
    """What is there has no more than the skeleton: a line below it offers to load the page again."""
    anna, _ = staged
    anna.page.route(missing, lambda route: route.abort("internetdisconnected"))
    anna.visits()
    expect(anna.list.get_by_role("alert")).to_contain_text("Не удалось загрузить чат.")
    anna.page.unroute(missing)
    anna.list.get_by_role("button", name="Обновить").click()
    expect(anna.field).to_be_enabled()
    anna.complaints.clear()  # the browser notes what is missing


@pytest.mark.parametrize(("code", "missing"), [("", "join"), ("name_taken", "join"), ("barred", "kept-out")])
def test_a_question_that_cannot_be_loaded_says_so(staged: Staged, code: str, missing: str) -> None:
    """Its code comes after the page's: a person who is to answer first isn't left with a field that is off."""
    anna, fake = staged
    anna.page.add_init_script("" if code else "localStorage.removeItem('wschat.prefs')")
    fake.answers["hello"] = {"type": "error", "code": code}
    anna.page.route(f"**/{missing}.js", lambda route: route.abort("internetdisconnected"))
    anna.visits()
    expect(anna.list.get_by_role("alert")).to_contain_text("Не удалось загрузить чат.")
    shoot(anna, f"question-not-loaded-{code or 'first'}")
    anna.page.unroute(f"**/{missing}.js")
    anna.list.get_by_role("button", name="Обновить").click()
    expect(anna.page.locator("dialog[open]")).to_be_visible()
    anna.complaints.clear()  # the browser notes what is missing


def test_a_script_of_an_extension_that_fails_is_none_of_the_pages(staged: Staged) -> None:
    """The chat is loaded: no line says that it isn't."""
    anna, _ = staged
    anna.arrives()
    anna.page.evaluate("""() => {
        const script = document.createElement("script");
        document.head.append(script);
        script.dispatchEvent(new Event("error"));
    }""")
    expect(anna.list.get_by_role("alert")).to_have_count(0)


def test_a_language_of_another_tab_that_could_not_be_loaded_is_loaded_later(staged: Staged) -> None:
    """The next change of a setting there loads it."""
    anna, _ = staged
    anna.arrives()
    hears = """() => {
        const prefs = { ...JSON.parse(localStorage.getItem("wschat.prefs")), lang: "en" };
        localStorage.setItem("wschat.prefs", JSON.stringify(prefs));
        dispatchEvent(new StorageEvent("storage", { key: "wschat.prefs" }));
    }"""
    anna.page.route("**/en.ftl", lambda route: route.abort("internetdisconnected"))
    with anna.page.expect_event("requestfailed"):
        anna.page.evaluate(hears)
    anna.page.unroute("**/en.ftl")
    anna.page.evaluate(hears)
    expect(anna.field).to_have_attribute("placeholder", "Message")
    anna.complaints.clear()  # the browser notes what is missing
