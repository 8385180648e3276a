"""Moderators of a room: what they do to people and messages, and what everyone sees of the rules."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import shoot
from .fake_server import BORIS, message
from .moderation import GLEB, RULES, acts, did, enters, menu, moderates, panel, rules
from .steps import Staged, toast

MUTED = ["Разрешить писать", "Удалить сообщения за период…", "Удалить из комнаты…"]
REMOVED = ["Впустить снова", "Удалить сообщения за период…"]


class TestEveryone:
    """The room's rules and moderators as everyone sees them."""

    def test_sees_who_is_a_moderator(self, staged: Staged) -> None:
        """A mark stands in the list and beside the name, and is part of the message's name for screen readers."""
        anna = enters(staged)
        expect(anna.page.locator("aside .person").filter(has=anna.page.locator(".mark"))).to_have_text(
            re.compile("Вера.*модератор")
        )
        expect(anna.page.locator("#m2 .mark")).to_be_visible()
        expect(anna.page.locator("#m1 .mark")).to_have_count(0)
        expect(anna.page.locator("#m2")).to_have_accessible_name("Вера (модератор) Добрый день")

    def test_sees_marks_come_and_go(self, staged: Staged) -> None:
        """Somebody who becomes a moderator, or no longer is one, is no news in the list."""
        anna, fake = staged
        enters(staged)
        fake.sends({"type": "online", "count": 3, "renamed": [{**BORIS, "role": "moderator"}]})
        expect(anna.page.locator("#m1 .mark")).to_be_visible()
        fake.sends({"type": "online", "count": 3, "renamed": [BORIS]})
        expect(anna.page.locator("#m1 .mark")).to_have_count(0)
        expect(anna.list.get_by_text("теперь")).to_have_count(0)

    def test_sees_the_topic(self, staged: Staged) -> None:
        """It stands under the room's name; a press shows all of it, with its links and the rules in force."""
        anna, fake = staged
        enters(staged, rules={**RULES, "topic": "Выпуск 2.4 " * 10 + "https://example.com/plan", "slow": 30})
        topic = anna.page.locator(".bar-topic")
        expect(topic).to_contain_text("Выпуск 2.4")
        topic.click()
        dialog = anna.dialog("topic")
        expect(dialog.get_by_role("link")).to_have_attribute("href", "https://example.com/plan")
        expect(dialog).to_contain_text("Медленный режим: писать можно раз в 30 с")
        expect(dialog.get_by_role("button", name="Изменить")).to_have_count(0)
        rules(fake)
        expect(dialog).to_have_count(0)
        expect(topic).to_have_count(0)

    def test_sees_a_rule_where_there_is_no_topic(self, staged: Staged) -> None:
        """Whoever comes later has no line about it in the list; a press shows all the rules, while there are any."""
        anna, fake = staged
        enters(staged, rules={**RULES, "locked": True, "password": True, "slow": 30, "read_only": True})
        topic = anna.page.locator(".bar-topic")
        expect(topic).to_have_text("Писать могут только модераторы")  # as the field says
        rules(fake, locked=True, password=True)
        expect(topic).to_have_text("Комната закрыта для новых участников")
        topic.click()
        dialog = anna.dialog("topic")
        expect(dialog.get_by_role("heading")).to_have_text("Правила комнаты")
        expect(dialog.get_by_role("listitem")).to_have_count(2)
        rules(fake, version=3, password=True)
        expect(topic).to_have_text("Для входа нужен пароль комнаты")
        rules(fake, version=4)
        expect(dialog).to_have_count(0)
        expect(topic).to_have_count(0)

    def test_is_told_of_changes_in_plain_words(self, staged: Staged) -> None:
        """A line in the list, and the same for screen readers."""
        anna, fake = staged
        enters(staged)
        rules(fake, locked=True, topic="Обед")
        expect(anna.list.locator(".line", has_text="Комната закрыта для новых участников")).to_be_visible()
        expect(anna.list.locator(".line", has_text="Тема комнаты")).to_have_text("Тема комнаты: \u2068Обед\u2069")
        expect(anna.page.locator("#announcer")).to_contain_text("Комната закрыта для новых участников")
        expect(anna.page.locator("[data-tool=moderation]")).to_have_count(0)
        expect(anna.page.locator(".person-more")).to_have_count(0)


class TestAModerator:
    """The abilities of a moderator."""

    def test_deletes_anybodys_message(self, staged: Staged) -> None:
        """After a question, as with one's own; nobody else is offered it."""
        anna, fake = staged
        moderates(staged)
        opened = menu(anna, anna.page.locator("#m1"))
        opened.get_by_role("menuitem", name="Удалить сообщение").click()
        anna.dialog("deletion").get_by_role("button", name="Удалить").click()
        assert fake.hears("delete", 1)[0]["seq"] == 1

    def test_finds_what_is_done_to_people_under_their_name(self, staged: Staged) -> None:
        """A line parts what is done to the message from that."""
        anna, _ = staged
        moderates(staged, barred=[])
        rows = menu(anna, anna.page.locator("#m1")).locator(".menu-item > span, [role=separator]")
        assert rows.all_inner_texts()[-6:] == [
            "",
            "Удалить сообщение…",
            "Борис",
            "Запретить писать…",
            "Удалить сообщения за период…",
            "Удалить из комнаты…",
        ]

    def test_mutes_the_author_of_a_message(self, staged: Staged) -> None:
        """For one of four times, by the number of the message, so also somebody who has left."""
        anna, fake = staged
        moderates(staged, barred=[])
        menu(anna, anna.page.locator("#m1")).get_by_role("menuitem", name="Запретить писать").click()
        dialog = anna.dialog("barring")
        expect(dialog.get_by_role("button")).to_have_text(["", "на 10 минут", "на 1 час", "на 24 часа", "навсегда"])
        expect(dialog.get_by_role("button", name="на 10 минут")).to_be_focused()
        dialog.get_by_role("button", name="навсегда").click()
        assert acts(fake) == []
        expect(dialog.get_by_role("heading")).to_have_text("Запретить писать навсегда?")
        dialog.get_by_role("button", name="Запретить").click()
        did(anna, fake, {"act": "mute", "seq": 1, "epoch": "e1", "seconds": 0})
        toast(anna, "\u2068Борис\u2069: запрет писать навсегда")

    def test_is_asked_before_removing_somebody_for_good(self, staged: Staged) -> None:
        """The box that is ticked stands above the terms, which act at once; «Назад» leads back to them."""
        anna, fake = staged
        moderates(staged)
        boris = anna.page.locator("aside .person", has_text="Борис")
        menu(anna, boris).get_by_role("menuitem", name="Удалить из комнаты").click()
        dialog = anna.dialog("barring")
        expect(dialog).to_contain_text("Иначе человек сможет вернуться под новым именем из приватного окна")
        dialog.get_by_label("Не пускать новых участников").check()
        assert dialog.locator("input").last.bounding_box()["y"] < dialog.locator(".barring-terms").bounding_box()["y"]  # type: ignore[index]
        shoot(anna, "moderation-removing")
        dialog.get_by_role("button", name="навсегда").click()
        dialog.get_by_role("button", name="Назад").click()
        expect(dialog.get_by_role("button", name="навсегда")).to_be_focused()
        expect(dialog.get_by_label("Не пускать новых участников")).to_be_checked()
        dialog.get_by_role("button", name="навсегда").click()
        assert acts(fake) == []
        expect(dialog.get_by_role("heading")).to_have_text("Удалить из комнаты навсегда?")
        dialog.get_by_role("button", name="Удалить").click()
        did(anna, fake, {"act": "remove", "person": "boris", "seconds": 0}, {"act": "lock", "on": True})

    @pytest.mark.parametrize(("author", "entries"), [(BORIS, MUTED), (GLEB, REMOVED)], ids=["muted", "removed"])
    def test_is_offered_the_end_of_what_an_author_is_kept_from(
        self, staged: Staged, author: dict[str, str], entries: list[str]
    ) -> None:
        """In the menu of their messages it stands in the place of what is done already."""
        anna, fake = staged
        moderates(staged, messages=[message(1, "Реклама", author)])
        rows = menu(anna, anna.page.locator("#m1")).locator(".menu-item > span, [role=separator]")
        assert rows.all_inner_texts()[-len(entries) - 1 :] == [author["name"], *entries]
        anna.page.get_by_role("menuitem", name=entries[0]).click()
        did(anna, fake, {"act": "let_in", "person": author["id"]})
        toast(anna, f"\u2068{author['name']}\u2069: запреты сняты")

    @pytest.mark.slow
    def test_gets_the_menu_also_where_nothing_says_who_is_muted(self, staged: Staged) -> None:
        """It doesn't wait for the server for long."""
        anna, fake = staged
        moderates(staged)
        fake.answers["moderate"] = []
        opened = menu(anna, anna.page.locator("#m1"))
        expect(opened.get_by_role("menuitem", name="Запретить писать")).to_be_visible()

    def test_lets_somebody_write_again_from_the_list(self, staged: Staged) -> None:
        """The menu of a muted person offers that in the place of the mute."""
        anna, fake = staged
        moderates(staged)
        boris = anna.page.locator("aside .person", has_text="Борис")
        menu(anna, boris).get_by_role("menuitem", name="Разрешить писать").click()
        did(anna, fake, {"act": "let_in", "person": "boris"})
        toast(anna, "\u2068Борис\u2069: запреты сняты")

    def test_cant_act_on_moderators(self, staged: Staged) -> None:
        """Neither in the list nor in the menu of their messages."""
        anna, _ = staged
        moderates(staged)
        expect(anna.page.locator("aside .person-more")).to_have_count(1)
        opened = menu(anna, anna.page.locator("#m2"))
        expect(opened.get_by_role("menuitem", name="Удалить сообщение")).to_be_visible()
        expect(opened.get_by_role("menuitem", name="Запретить писать")).to_have_count(0)

    def test_opens_the_menu_of_a_person_by_key_and_mentions_by_a_press(self, staged: Staged) -> None:
        """A press on the name is a mention; the button is reached by Tab, gets focus back, leaves it to the list."""
        anna, fake = staged
        moderates(staged)
        boris = anna.page.locator("aside .person", has_text="Борис")
        boris.locator("bdi").click()
        expect(anna.field).to_have_value("@Борис ")
        more = boris.locator(".person-more")
        expect(more).to_have_accessible_name("Действия: \u2068Борис\u2069")
        anna.page.locator("aside .people-list").focus()
        anna.page.keyboard.press("Tab")
        expect(more).to_be_focused()
        anna.page.keyboard.press("Enter")
        expect(anna.page.get_by_role("menuitem", name="Упомянуть")).to_be_focused()
        anna.page.keyboard.press("Escape")
        expect(more).to_be_focused()
        fake.sends({"type": "online", "count": 2, "left": [BORIS]})
        expect(boris).to_have_count(0)
        expect(anna.page.locator("aside .people-list")).to_be_focused()
        fake.sends({"type": "online", "count": 3, "joined": [BORIS]})
        boris.locator("bdi").click(button="right", modifiers=["Shift"])
        expect(anna.page.get_by_role("menu")).to_have_count(0)
        boris.locator("bdi").click(button="right", position={"x": 5, "y": 5})
        expect(anna.page.get_by_role("menu")).to_be_visible()
        expect(anna.page.locator(".menu-line").first).to_have_text("Борис")
        name, opened = boris.locator("bdi").bounding_box(), anna.page.locator(".menu").bounding_box()
        assert name
        assert opened
        assert abs(opened["y"] - name["y"] - 5) < 2, "it opens where the pointer is"

    def test_hears_what_went_wrong(self, staged: Staged) -> None:
        """Each refusal is a sentence, and what was set is as it was."""
        anna, fake = staged
        moderates(staged)
        dialog = panel(anna)
        fake.answers["moderate"] = {"type": "error", "code": "not_allowed"}
        box = dialog.get_by_label("Пишут только модераторы")
        box.click()
        toast(anna, "Не получилось: у вас нет на это прав")
        expect(box).not_to_be_checked()
        select = dialog.get_by_label("Медленный режим")
        select.select_option("30")
        expect(select).to_have_value("0")
