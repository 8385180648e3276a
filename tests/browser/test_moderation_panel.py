"""The panel of a room's moderators: the rules, the people kept out, and the acts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for, shoot
from .moderation import ACTS, BARRED, RULES, SIZES, acts, did, menu, moderates, panel, rules
from .people import People
from .steps import Staged, has, keeps_toasts, misfits


class TestThePanel:
    """The panel of the room."""

    def test_sets_the_rules(self, staged: Staged) -> None:
        """Each at once, and shows what others have set meanwhile."""
        anna, fake = staged
        moderates(staged)
        dialog = panel(anna)
        dialog.get_by_label("Тема комнаты").fill("Обед в два")
        dialog.get_by_role("button", name="Сохранить").click()
        did(anna, fake, {"act": "topic", "text": "Обед в два"})
        expect(dialog.get_by_role("status")).to_have_text("Готово")
        rules(fake, topic="Обед в два")
        expect(dialog.get_by_label("Тема комнаты")).to_be_focused()
        dialog.get_by_label("Медленный режим").select_option("30")
        did(anna, fake, *acts(fake)[:1], {"act": "slow", "seconds": 30})
        dialog.get_by_label("Пишут только модераторы").check()
        dialog.get_by_label("Не пускать новых участников").check()
        did(anna, fake, *acts(fake)[:2], {"act": "read_only", "on": True}, {"act": "lock", "on": True})
        dialog.get_by_label("Пароль комнаты").fill("сезам")
        dialog.get_by_role("button", name="Сохранить").last.click()
        did(anna, fake, *acts(fake)[:4], {"act": "password", "text": "сезам"})
        expect(dialog.get_by_label("Пароль комнаты")).to_have_value("")
        rules(fake, version=3, slow=7, password=True, topic="Ужин")
        expect(dialog.get_by_label("Медленный режим")).to_have_value("7")
        expect(dialog.get_by_label("Пишут только модераторы")).not_to_be_checked()
        dialog.get_by_role("button", name="Убрать пароль", exact=True).click()
        did(anna, fake, *acts(fake)[:5], {"act": "password", "text": ""})

    @pytest.mark.slow
    def test_writes_all_choices_alike(self, staged: Staged) -> None:
        """They begin with a capital, those of slow mode, too, which end a sentence elsewhere."""
        anna, _ = staged
        moderates(staged)
        choices = panel(anna).get_by_label("Медленный режим").locator("option").all_text_contents()
        assert choices[:3] == ["Выключен", "Раз в\xa05\xa0с", "Раз в\xa010\xa0с"]

    def test_keeps_a_topic_that_is_being_written(self, staged: Staged) -> None:
        """Another moderator's topic doesn't take its place."""
        anna, fake = staged
        moderates(staged)
        dialog = panel(anna)
        field = dialog.get_by_label("Тема комнаты")
        field.fill("Обед")
        rules(fake, topic="Ужин")
        expect(anna.page.locator(".bar-topic")).to_have_text("Ужин")
        expect(field).to_have_value("Обед")

    def test_lists_who_is_out_and_lets_them_in(self, staged: Staged) -> None:
        """With the time of the end, and a button named after the person."""
        anna, fake = staged
        moderates(staged)
        dialog = panel(anna)
        rows = dialog.locator("section .moderation-row")
        expect(rows.first).to_have_text(re.compile(r"Борис\s*писать запрещено до \d"))
        expect(rows.last).to_have_text(re.compile(r"Глеб\s*вход закрыт навсегда\s*Снять"))
        fake.answers["moderate"] = {"type": "done", "barred": BARRED[:1], "acts": ACTS}
        dialog.get_by_role("button", name="Снять запреты: \u2068Глеб\u2069").click()
        did(anna, fake, {"act": "let_in", "person": "gleb"})
        expect(dialog.get_by_role("status")).to_have_text("\u2068Глеб\u2069: запреты сняты")
        expect(dialog.get_by_role("button", name="Снять запреты: \u2068Борис\u2069")).to_be_focused()
        fake.answers["moderate"] = {"type": "done", "barred": [], "acts": []}
        anna.page.keyboard.press("Enter")
        expect(dialog).to_contain_text("Сейчас их нет")
        expect(dialog.locator("summary")).to_be_focused()

    @pytest.mark.slow
    def test_a_person_who_is_let_in_takes_their_button_along(self, staged: Staged) -> None:
        """The focus moves to another button, of which a screen reader tells, instead of one that changes its name."""
        anna, fake = staged
        moderates(staged)
        first = panel(anna).locator("section .moderation-row button").first
        first.evaluate("(button) => { globalThis.pressed = button; }")
        fake.answers["moderate"] = {"type": "done", "barred": BARRED[1:], "acts": ACTS}
        first.press("Enter")
        expect(first).to_have_accessible_name("Снять запреты: \u2068Глеб\u2069")
        expect(first).to_be_focused()
        assert anna.page.evaluate("pressed.isConnected") is False

    @pytest.mark.slow
    @pytest.mark.parametrize("size", SIZES[1:3])
    def test_keeps_its_title_in_sight_and_covers_nothing_with_a_toast(
        self, staged: Staged, size: tuple[int, int]
    ) -> None:
        """The content below the title scrolls, including the acts, which have no scroll of their own."""
        anna, fake = staged
        anna.page.set_viewport_size({"width": size[0], "height": size[1]})
        fake_acts = [{**ACTS[0]} for _ in range(40)]
        moderates(staged)
        fake.answers["moderate"] = {"type": "done", "barred": BARRED, "acts": fake_acts}
        dialog = panel(anna)
        dialog.locator("summary").click()
        clear = dialog.get_by_role("button", name="Очистить комнату")
        clear.scroll_into_view_if_needed()
        keeps_toasts(anna)
        dialog.get_by_label("Пишут только модераторы").evaluate("(box) => box.click()")
        expect(dialog.get_by_role("status")).to_have_text("Готово")
        boxes = [each.bounding_box() for each in (dialog, dialog.locator(".dialog-body"), dialog.locator(".toast"))]
        assert all(boxes)
        frame, body, said = boxes
        assert said["y"] > frame["y"], boxes  # type: ignore[index]
        assert said["y"] + said["height"] <= body["y"], boxes  # type: ignore[index]
        expect(dialog.get_by_role("heading").first).to_be_in_viewport()
        expect(clear).to_be_in_viewport(ratio=1)

    def test_has_the_last_acts(self, staged: Staged) -> None:
        """The panel lists the acts, who did them and when."""
        anna, _ = staged
        moderates(staged)
        dialog = panel(anna)
        dialog.locator("summary").click()
        expect(dialog.locator("details .moderation-row").last).to_have_text(
            re.compile(r"⁨Глеб⁩: удаление из\sкомнаты навсегда\s*Анна · ")
        )

    def test_clears_the_room_after_a_question(self, staged: Staged) -> None:
        """Everyone's list is empty then, and says so."""
        anna, fake = staged
        moderates(staged)
        dialog = panel(anna)
        dialog.get_by_role("button", name="Очистить комнату").click()
        question = anna.dialog("clear")
        question.get_by_role("button", name="Оставить").click()
        assert acts(fake) == []
        dialog.get_by_role("button", name="Очистить комнату").click()
        question.get_by_role("button", name="Очистить", exact=True).click()
        did(anna, fake, {"act": "clear"})
        fake.sends({"type": "reset", "epoch": "e2", "seq": 0, "messages": []})
        expect(anna.messages).to_have_count(0)
        expect(anna.list).to_contain_text("Прежних сообщений больше нет")

    @pytest.mark.slow
    def test_is_fetched_ahead_for_who_needs_it(self, timed: Staged) -> None:
        """Soon after joining a moderator could open all of it without a connection."""
        anna, _ = timed
        moderates(timed)
        anna.page.clock.run_for(6_000)
        for module in ("moderation-panel.js", "barring.js", "person-menu.js"):
            has(anna.page, module)

    def test_is_fetched_when_it_is_first_opened(self, staged: Staged) -> None:
        """Neither its scripts nor its styles are loaded at once."""
        anna, _ = staged
        moderates(staged)
        addresses = "performance.getEntriesByType('resource').map(({ name }) => name)"
        assert not [each for each in anna.page.evaluate(addresses) if re.search(r"moderation|barring", each)]
        panel(anna)
        loaded = anna.page.evaluate(addresses)
        assert [each for each in loaded if each.endswith("css/moderation.css")]


@pytest.mark.slow
@pytest.mark.parametrize("forced", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_what_moderators_see_is_sound(people: People, server: Server, forced: dict[str, Any]) -> None:
    """Panel, dialogs and menus fit every screen, and have nothing that axe objects to."""
    anna, fake = fake_for(people, server, reduced_motion="reduce", **forced)  # no colour is measured on its way
    topic = "Выпуск 2.4, и всё, что до него осталось " * 5
    moderates((anna, fake), rules={**RULES, "topic": topic[:200], "password": True})
    found: dict[str, Any] = {}

    def look(name: str) -> None:
        for width, height in SIZES:
            anna.page.set_viewport_size({"width": width, "height": height})
            found[f"{name} {width}×{height}"] = misfits(anna.page)
        anna.page.set_viewport_size({"width": 1280, "height": 800})
        report = Axe().run(anna.page)
        found[f"{name}, axe"] = [(each["id"], each["nodes"][0]["html"]) for each in report.response["violations"]]

    look("page")
    dialog = panel(anna)
    dialog.locator("summary").click()
    look("panel")
    anna.page.keyboard.press("Escape")
    menu(anna, anna.page.locator("aside .person", has_text="Борис"))
    found["menu"] = misfits(anna.page)
    anna.page.get_by_role("menuitem", name="Удалить из комнаты").click()
    expect(anna.dialog("barring")).to_be_visible()
    look("barring")
    anna.page.keyboard.press("Escape")
    fake.sends({"type": "error", "code": "barred", "retry_after": 600})
    expect(anna.dialog("out")).to_be_visible()
    look("out")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_a_moderators_page_on_a_phone(people: People, server: Server) -> None:
    """All targets of the bar and of the list of people are large enough for a finger."""
    anna, fake = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 320, "height": 640})
    moderates((anna, fake), rules={**RULES, "topic": "Выпуск 2.4: что осталось до пятницы"})
    expect(anna.page.locator(".bar-topic")).to_be_visible()
    anna.page.locator("button.bar-online").click()
    for button in anna.page.locator(".bar-tools button, .person-more").all():
        box = button.bounding_box()
        if box:
            assert min(box["width"], box["height"]) >= 44, button.evaluate("(each) => each.outerHTML")
    anna.dialog("people").locator(".person-more").first.tap()
    expect(anna.page.get_by_role("menu")).to_be_visible()
    shoot(anna, "moderation-phone-menu")
