"""The search in the messages of a room: when the server is asked, and what becomes of its answers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import shoot
from .fake_server import amended, message
from .searching import CATS, STATUS, a_room_about_cats, found, opens, searches, status
from .steps import Staged, refuses, talk

pytestmark = pytest.mark.slow

# How many snippets of texts about cats are made.
SNIPPETS = """
    globalThis.snippets = 0;
    const { segment } = Intl.Segmenter.prototype;
    Intl.Segmenter.prototype.segment = function (text) {
        snippets += text.startsWith("Кошка №");
        return segment.call(this, text);
    };
"""


@pytest.fixture
def cats(staged: Staged) -> Staged:
    return a_room_about_cats(staged)


def test_a_search_waits_until_no_more_keys_come(cats: Staged) -> None:
    """What was found before stays until the answer is there: nothing flickers."""
    anna, fake = cats
    dialog = searches(anna)
    expect(dialog.get_by_role("option")).to_have_count(3)
    fake.answers["search"] = []
    anna.page.evaluate(STATUS)
    anna.page.keyboard.type(" спит")
    request = fake.hears("search", 2)[1]
    assert request["text"] == "кошка спит"
    expect(dialog.get_by_role("option")).to_have_count(3)
    expect(status(dialog)).to_have_text("Ищем…")
    fake.sends({**found(2), "ref": request["ref"]})
    expect(dialog.get_by_role("option")).to_have_count(1)
    assert anna.page.evaluate("said") == ["Ищем…", "Найдено: 1"]


def test_only_a_slow_search_is_said_to_go_on(timed: Staged) -> None:
    """Until then the line below the field stays as it is."""
    anna, fake = timed
    fake.answers["search"] = []
    talk(timed, *CATS.values())
    dialog = opens(anna)
    anna.page.clock.pause_at("2026-11-23T12:10:00Z")
    anna.page.keyboard.type("кошка")
    anna.page.clock.run_for(250)
    fake.hears("search", 1)
    anna.page.clock.run_for(350)
    expect(status(dialog)).to_contain_text("Ищем в сообщениях этой комнаты")
    anna.page.clock.run_for(100)
    expect(status(dialog)).to_have_text("Ищем…")


def test_what_is_being_composed_isnt_searched_for(cats: Staged) -> None:
    """An input method's word is searched for when it is written."""
    anna, fake = cats
    opens(anna)
    compose = anna.context.new_cdp_session(anna.page)
    compose.send("Input.imeSetComposition", {"text": "neko", "selectionStart": 4, "selectionEnd": 4})
    anna.page.wait_for_timeout(400)
    fake.hears("search", 0)
    compose.send("Input.insertText", {"text": "猫"})
    assert fake.hears("search", 1)[0]["text"] == "猫"


def test_older_messages_are_found_further_down(staged: Staged) -> None:
    """They come by the button, and by scrolling near the end; what is there isn't cut and marked again."""
    anna, fake = staged
    anna.page.add_init_script(SNIPPETS)
    texts = {n: f"Кошка № {n}" for n in range(1, 50)}

    def part(command: dict[str, Any]) -> dict[str, Any]:
        newest = command.get("before", 50) - 1
        oldest = max(1, newest - 19)
        return found(*range(newest, oldest - 1, -1), texts=texts, more=oldest > 1)

    fake.answers["search"] = part
    talk(staged, *texts.values())
    dialog = searches(anna)
    hits = dialog.get_by_role("option")
    expect(status(dialog)).to_have_text("Найдено больше 20, сначала новые")
    shoot(anna, "search-more")
    dialog.get_by_role("button", name="Показать ещё").dispatch_event("click")  # without scrolling there
    expect(hits).to_have_count(40)
    assert fake.commands("search")[1]["before"] == 30
    dialog.locator(".rooms").evaluate("(rooms) => rooms.scrollTo(0, rooms.scrollHeight)")
    expect(hits).to_have_count(49)
    expect(status(dialog)).to_have_text("Найдено: 49")
    expect(dialog.get_by_role("button", name="Показать ещё")).to_have_count(0)
    anna.page.keyboard.press("ArrowUp")
    expect(hits.last).to_be_in_viewport()
    assert anna.page.evaluate("snippets") == len(texts)


def test_a_deleted_text_leaves_the_search(staged: Staged) -> None:
    """It does so while the search is open, and while it is closed; whether or not the list has the message."""
    anna, fake = staged
    fake.answers["search"] = found(4, 2, 1)
    talk(staged, message(4, CATS[4]), seq=4, head=4)
    dialog = searches(anna)
    hits = dialog.get_by_role("option")
    expect(hits).to_have_count(3)
    anna.page.keyboard.press("ArrowDown")
    fake.sends(amended(5, message(2, CATS[2]), deleted=True, text=None))
    expect(hits).to_have_count(2)
    expect(hits.nth(1)).to_have_attribute("aria-selected", "true")
    expect(status(dialog)).to_have_text("Найдено: 2")
    fake.sends(amended(6, message(1, CATS[1]), text="Видели?", edited="2026-11-23T12:00:00.000Z"))
    expect(hits.nth(1)).to_contain_text("Видели?")
    anna.page.keyboard.press("Escape")
    fake.sends(amended(7, message(4, CATS[4]), deleted=True, text=None))
    expect(anna.page.locator("#m4 .tombstone")).to_be_visible()
    opens(anna)
    expect(hits).to_have_count(1)
    expect(dialog).not_to_contain_text("пришли")
    assert "пришли" not in anna.page.locator("body").inner_html()


def test_another_log_is_searched_afresh(cats: Staged) -> None:
    """Numbers of a room that was cleared would lead to other messages."""
    anna, fake = cats
    searches(anna).get_by_role("option").first.click()
    expect(anna.dialog("search")).to_have_count(0)
    fake.sends({"type": "reset", "epoch": "e2", "seq": 0, "messages": [], "cleared": True})
    expect(anna.messages).to_have_count(0)
    dialog = opens(anna)
    expect(dialog.get_by_role("combobox")).to_have_value("")
    expect(dialog.get_by_role("option")).to_have_count(0)


def test_nothing_was_found(cats: Staged) -> None:
    """The person learns what may help."""
    anna, fake = cats
    fake.answers["search"] = found()
    dialog = searches(anna, "тапир")
    expect(status(dialog)).to_have_text("Ничего не нашлось. Попробуйте меньше слов или только начало слова")
    shoot(anna, "search-none")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("busy", "Сервер перегружен. Повторим поиск сами"),
        ("rate_limited", "Слишком много запросов подряд. Повторим поиск сами"),
        ("unavailable", "Сервер пока не может искать. Повторим поиск сами"),
    ],
)
def test_a_search_is_repeated_by_itself(cats: Staged, code: str, said: str) -> None:
    """When the server can answer again, as it says."""
    anna, fake = cats
    refuses(fake, "search", code, retry_after=0.5)
    dialog = opens(anna)
    anna.page.keyboard.type("кошка")
    expect(status(dialog)).to_have_text(said)
    fake.answers["search"] = found(1)
    expect(dialog.get_by_role("option")).to_have_count(1)
    expect(status(dialog)).to_have_text("Найдено: 1")


@pytest.mark.parametrize(
    ("code", "said"),
    [("unknown_command", "Этот сервер не умеет искать"), ("internal", "Не получилось. Попробуйте ещё раз")],
)
def test_a_search_that_fails_for_good_says_so(cats: Staged, code: str, said: str) -> None:
    """It is repeated when the person wishes it."""
    anna, fake = cats
    refuses(fake, "search", code)
    dialog = searches(anna)
    expect(status(dialog)).to_have_text(said)
    fake.answers["search"] = found(1)
    anna.page.keyboard.press("Enter")
    expect(dialog.get_by_role("option")).to_have_count(1)


def test_a_search_waits_for_the_connection(cats: Staged) -> None:
    """It is made as soon as the connection is back."""
    anna, fake = cats
    dialog = opens(anna)
    fake.refuses_connections = True
    fake.closes(1012)
    expect(anna.page.locator(".bar-online[data-away]").first).to_be_attached()
    anna.page.keyboard.type("кошка")
    expect(status(dialog)).to_have_text("Нет связи. Поиск заработает, когда она появится")
    fake.refuses_connections = False
    fake.next_welcome(recovered=True, seq=4, head=4)
    expect(dialog.get_by_role("option")).to_have_count(3)
