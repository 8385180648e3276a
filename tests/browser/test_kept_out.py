"""People who may not enter: each is told why and until when, and loses nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import shoot
from .moderation import RULES, enters
from .people import GREETING
from .steps import Staged

pytestmark = pytest.mark.slow


class TestSomebodyKeptOut:
    """Whom the room doesn't let in."""

    def test_sees_why_and_until_when_and_comes_back_by_itself(self, timed: Staged) -> None:
        """The whole page says so; when the time is over the page joins, and the draft is there."""
        anna, fake = timed
        enters(timed)
        anna.writes("Черновик")
        fake.sends({"type": "error", "code": "barred", "retry_after": 20})
        fake.closes(4501)
        out = anna.dialog("out")
        anna.page.clock.run_for(1_100)
        expect(out.get_by_role("heading")).to_have_text("Вас удалили из комнаты")
        expect(out).to_contain_text(re.compile(r"закрыл вам вход до\s15:0\d"))
        expect(out).to_contain_text(re.compile(r"Вы\sвойдёте автоматически через 0:\d\d"))
        anna.page.keyboard.press("Escape")
        expect(out).to_be_visible()
        shoot(anna, "moderation-removed")
        fake.next_welcome(recovered=True, seq=2, rules=RULES)
        anna.page.clock.run_for(20_000)
        expect(out).to_have_count(0)
        expect(anna.field).to_have_value("Черновик")
        expect(anna.field).to_be_focused()
        fake.hears("hello", 2)

    def test_has_a_post_that_was_on_its_way_once(self, timed: Staged) -> None:
        """It waits, and is sent again when the time is over: it isn't a draft as well."""
        anna, fake = timed
        enters(timed)
        fake.answers["post"] = []
        anna.says("Раз")
        fake.hears_posts("Раз")
        fake.sends({"type": "error", "code": "barred", "retry_after": 20})
        fake.closes(4501)
        anna.page.clock.run_for(1_100)
        expect(anna.dialog("out")).to_be_visible()
        expect(anna.field).to_have_value("")
        fake.next_welcome(recovered=True, seq=2, rules=RULES)
        anna.page.clock.run_for(20_000)
        fake.hears_posts("Раз", "Раз")
        expect(anna.field).to_have_value("")

    def test_for_good_is_let_in_once_a_moderator_does(self, timed: Staged) -> None:
        """It says that only a moderator can; the page asks every half a minute, and at a press."""
        anna, fake = timed
        fake.answers["hello"] = {"type": "error", "code": "barred"}
        anna.page.goto(anna.url)
        out = anna.dialog("out")
        expect(out.get_by_role("heading")).to_have_text("Вход в комнату закрыт")
        expect(out).to_contain_text("Открыть его может только модератор")
        out.get_by_role("button", name="Попробовать снова").click()
        anna.page.clock.run_for(100)
        fake.hears("hello", 2)
        expect(out).to_be_visible()
        del fake.answers["hello"]
        anna.page.clock.run_for(31_000)
        expect(out).to_have_count(0)
        fake.hears("hello", 3)

    def test_sees_what_came_of_a_press(self, timed: Staged) -> None:
        """Also that there is no connection: the status bar lies under the page that says so."""
        anna, fake = timed
        fake.answers["hello"] = {"type": "error", "code": "barred"}
        anna.page.goto(anna.url)
        out = anna.dialog("out")
        outcome, again = out.get_by_role("status"), out.get_by_role("button", name="Попробовать снова")
        expect(outcome).to_have_text("")
        fake.answers["hello"] = []
        again.click()
        expect(outcome).to_have_text("Подключение…")
        anna.page.clock.run_for(100)
        fake.hears("hello", 2)
        fake.sends({"type": "error", "code": "barred"})
        expect(outcome).to_have_text("Вход пока закрыт.")
        expect(again).to_be_focused()
        fake.refuses_connections = True
        again.click()
        anna.page.clock.run_for(2_000)
        expect(outcome).to_have_text("Нет связи. Подключаемся…")
        fake.refuses_connections = False
        fake.answers["hello"] = {"type": "error", "code": "locked"}
        anna.page.clock.run_for(31_000)
        expect(out.get_by_role("heading")).to_have_text("Комната закрыта для новых участников")
        expect(outcome).to_have_text("")

    def test_may_press_again_whatever_came_of_it(self, timed: Staged) -> None:
        """Also where the server closes the connection without a word, and where it stops."""
        anna, fake = timed
        enters(timed)
        fake.closes(4501)
        out = anna.dialog("out")
        outcome, again = out.get_by_role("status"), out.get_by_role("button", name="Вернуться")
        fake.answers["hello"] = []
        for hellos, (code, said) in enumerate([(4501, "Вход пока закрыт."), (4500, "Чат остановлен")], 2):
            again.click()
            expect(outcome).to_have_text("Подключение…")
            anna.page.clock.run_for(100)
            fake.hears("hello", hellos)
            fake.closes(code)
            expect(outcome).to_contain_text(said)

    def test_whose_invitation_ends_meanwhile_is_told_that(self, timed: Staged) -> None:
        """By the dialog that waits for the next one, and nothing else is open."""
        anna, fake = timed
        fake.answers["hello"] = {"type": "error", "code": "barred"}
        anna.page.goto(anna.url)
        again = anna.dialog("out").get_by_role("button", name="Попробовать снова")
        expect(again).to_be_focused()
        fake.answers["hello"] = []
        again.click()
        anna.page.clock.run_for(100)
        fake.hears("hello", 2)
        fake.closes(4502)
        expect(anna.dialog("join")).to_contain_text("Срок приглашения истёк")
        expect(anna.dialog("out")).to_have_count(0)

    def test_is_let_in_before_the_time_is_over(self, timed: Staged) -> None:
        """A moderator has changed their mind: the page notices within half a minute."""
        anna, fake = timed
        enters(timed)
        fake.sends({"type": "error", "code": "barred", "retry_after": 600})
        fake.closes(4501)
        anna.page.clock.run_for(1_100)
        expect(anna.dialog("out")).to_be_visible()
        fake.answers["hello"] = {"type": "error", "code": "barred", "retry_after": 570}
        anna.page.clock.run_for(30_000)
        fake.hears("hello", 2)
        expect(anna.dialog("out")).to_be_visible()
        del fake.answers["hello"]
        anna.page.clock.run_for(30_500)
        expect(anna.dialog("out")).to_have_count(0)

    def test_by_a_lock_is_let_in_once_it_is_open(self, timed: Staged) -> None:
        """The page asks again every half a minute."""
        anna, fake = timed
        fake.answers["hello"] = {"type": "error", "code": "locked"}
        anna.page.goto(f"{anna.url}/r/kitchen")
        out = anna.dialog("out")
        expect(out.get_by_role("heading")).to_have_text("Комната закрыта для новых участников")
        expect(out.get_by_role("link", name="Перейти в главную комнату")).to_have_attribute("href", "/")
        del fake.answers["hello"]
        anna.page.clock.run_for(31_000)
        expect(out).to_have_count(0)
        expect(anna.page.get_by_text(GREETING)).to_be_visible()

    def test_by_a_password_is_asked_for_the_rooms(self, staged: Staged) -> None:
        """A wrong one is said; the right one is kept for this room in this tab, and isn't the chat's."""
        anna, fake = staged
        fake.answers["hello"] = lambda hello: (
            {**fake.welcome(), "room": hello["room"]}
            if hello.get("room_password") == "сезам"
            else {
                "type": "error",
                "code": "password_wrong" if hello.get("room_password") else "password_required",
                "scope": "room",
            }
        )
        anna.page.goto(f"{anna.url}/r/kitchen")
        join = anna.dialog("join")
        secret = join.get_by_label("Пароль комнаты")
        secret.fill("откройся")
        anna.page.keyboard.press("Enter")
        expect(join.locator(".dialog-error")).to_contain_text("Неверный пароль")
        secret.fill("сезам")
        anna.page.keyboard.press("Enter")
        expect(anna.page.get_by_text(GREETING)).to_be_visible()
        anna.page.reload()
        expect(anna.page.get_by_text(GREETING)).to_be_visible()
        assert all("password" not in hello for hello in fake.commands("hello"))

    def test_by_a_wrong_password_sees_when_the_next_one_counts(self, timed: Staged) -> None:
        """What is sent before waits until then, unless it is being corrected."""
        anna, fake = timed
        fake.answers["hello"] = {"type": "error", "code": "password_wrong", "scope": "room", "retry_after": 4.0}
        anna.page.goto(f"{anna.url}/r/kitchen")
        join = anna.dialog("join")
        reason = join.locator("#join-reason")
        expect(reason).to_have_text(re.compile(r"Неверный пароль\.\sПовторите через\s\d\sс\."))
        height = join.evaluate("(each) => each.offsetHeight")
        fake.answers["hello"] = lambda hello: {**fake.welcome(), "room": hello["room"]}
        join.get_by_label("Пароль комнаты").fill("сез")
        anna.page.keyboard.press("Enter")
        expect(reason).to_have_text(re.compile(r"Проверим пароль через\s\d\sс…"))  # the clock goes on
        assert join.evaluate("(each) => each.offsetHeight") == height, "the fields jump"
        anna.page.keyboard.type("ам")
        anna.page.clock.run_for(5_000)
        expect(reason).to_have_text("Неверный пароль.")
        fake.hears("hello", 1)
        anna.page.keyboard.press("Enter")
        expect(join).to_be_hidden()
        assert fake.hears("hello", 2)[1]["room_password"] == "сезам"

    def test_of_a_room_that_doesnt_exist_finds_the_way_home(self, staged: Staged) -> None:
        """Where the operator has named the rooms there are."""
        anna, fake = staged
        fake.answers["hello"] = {"type": "error", "code": "room_unknown"}
        anna.page.goto(f"{anna.url}/r/kitchen")
        join = anna.dialog("join")
        expect(join.get_by_role("heading")).to_have_text("Комната не открывается")
        expect(join).to_contain_text("Такой комнаты здесь нет.")
        expect(join.get_by_role("link")).to_have_attribute("href", "/")
