"""People who may not write: each is told why and until when, and loses nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from .conftest import shoot
from .fake_server import ME, message
from .moderation import RULES, enters, menu, rules
from .people import until
from .pictures import LIMITS
from .steps import NO_FIELD_SIZING, Staged, toast

pytestmark = pytest.mark.slow


class TestSomebodyHeldBack:
    """A person who may not write now."""

    def test_mute_counts_down_in_the_field(self, timed: Staged) -> None:
        """The field can't be written into; a draft stays in it; at the end it is a field again."""
        anna, fake = timed
        enters(timed)
        anna.writes("Черновик")
        fake.sends({"type": "muted", "seconds": 600})
        anna.page.clock.run_for(1_100)
        expect(anna.field).not_to_be_editable()
        expect(anna.send).to_be_disabled()
        expect(anna.field).to_have_value("Черновик")
        expect(anna.page.locator(".hold")).to_have_text(re.compile(r"Модератор запретил вам писать. Осталось 9:\d\d"))
        expect(anna.page.locator("#announcer")).to_have_text(re.compile(r"Модератор запретил вам писать до\s15:1\d"))
        shoot(anna, "moderation-muted-draft")
        anna.page.clock.fast_forward(600_000)
        expect(anna.field).to_be_editable()
        expect(anna.page.locator(".hold")).to_be_hidden()
        expect(anna.field).to_have_attribute("placeholder", "Сообщение")
        expect(anna.send).to_be_enabled()
        toast(anna, "Вы снова можете писать")

    def test_mute_is_ended_by_a_moderator(self, staged: Staged) -> None:
        """One for good says so without a time, also after a reload, until it is ended."""
        anna, fake = staged
        enters(staged, muted=0)
        expect(anna.field).to_have_attribute("placeholder", "Модератор запретил вам писать")
        expect(anna.field).not_to_be_editable()
        fake.sends({"type": "muted", "seconds": None})
        toast(anna, "Вы снова можете писать")
        expect(anna.field).to_be_editable()
        expect(anna.field).to_have_attribute("placeholder", "Сообщение")

    def test_slow_mode_makes_one_wait_and_write_on(self, timed: Staged) -> None:
        """After a message the wait counts down; what is written meanwhile stays, and is sent when it may be."""
        anna, fake = timed
        enters(timed, rules={**RULES, "slow": 30}, limits=LIMITS)
        anna.page.set_viewport_size({"width": 320, "height": 568})
        expect(anna.page.locator("#attach")).to_be_visible()
        line = anna.field.bounding_box()
        fake.answers["post"] = lambda post: [
            message(3, post["text"], ME, id=post["id"]),
            {"type": "ack", "id": post["id"], "seq": 3},
        ]
        anna.says("Раз")
        anna.page.clock.run_for(300)
        expect(anna.field).to_have_attribute("placeholder", re.compile(r"Подождите 0:\d\d"))
        assert anna.field.bounding_box() == line  # it has room even on the smallest phone
        anna.writes("Два")
        anna.page.keyboard.press("Enter")
        anna.page.clock.run_for(300)
        expect(anna.page.locator(".hold")).to_have_text(re.compile(r"Подождите 0:\d\d"))
        anna.field.fill("Два" * 1_300)
        hold, count = (f"document.querySelector('{each}').getBoundingClientRect()" for each in (".hold", "#counter"))
        until(anna.page, f"{count}.height && {hold}.bottom <= {count}.top + 1")
        anna.field.fill("Два")
        anna.page.clock.fast_forward(31_000)
        expect(anna.send).to_be_enabled()
        expect(anna.page.locator("#announcer")).to_have_text("Можно писать")
        fake.hears_posts("Раз")

    def test_slow_mode_lets_edits_through(self, staged: Staged) -> None:
        """Only posts have to wait."""
        anna, fake = staged
        enters(staged, rules={**RULES, "slow": 30}, messages=[message(1, "Раз", ME)], seq=1, head=1)
        fake.sends(message(2, "Два", ME))
        expect(anna.field).to_have_attribute("placeholder", re.compile("Подождите"))
        anna.page.keyboard.press("ArrowUp")
        expect(anna.field).to_have_value("Два")
        expect(anna.page.locator(".hold")).to_be_hidden()
        anna.writes("Двое")
        anna.page.keyboard.press("Enter")
        assert fake.hears("edit", 1)[0]["text"] == "Двое"

    def test_a_field_that_is_closed_is_offered_nothing(self, staged: Staged) -> None:
        """Neither replies, mentions nor reactions, and a press on a name writes nothing."""
        anna, _ = staged
        enters(staged, muted=0)
        opened = menu(anna, anna.page.locator("#m1"))
        expect(opened.locator(".menu-item > span")).to_have_text(["Скопировать текст", "Скопировать ссылку"])
        expect(opened.locator(".menu-quick")).to_have_count(0)
        expect(anna.page.locator(".message-tools [data-action]")).to_have_count(0)
        anna.page.keyboard.press("Escape")
        anna.page.locator("aside .person", has_text="Борис").click()
        anna.page.wait_for_timeout(300)
        expect(anna.field).to_have_value("")

    @pytest.mark.parametrize("button", ["#emoji", "#send"])
    def test_a_button_that_is_closed_gives_the_focus_to_the_field(self, staged: Staged, button: str) -> None:
        """A disabled one can't have it, and the next keys would go nowhere."""
        anna, fake = staged
        enters(staged)
        anna.writes("Черновик")
        anna.page.locator(button).focus()
        fake.sends({"type": "muted", "seconds": 600})
        expect(anna.page.locator(button)).to_be_disabled()
        expect(anna.field).to_be_focused()

    def test_a_field_that_is_closed_stays_so_when_the_phone_is_turned(self, staged: Staged) -> None:
        """In browsers that don't size fields by their text, the field is drawn alone then."""
        anna, _ = staged
        anna.page.add_init_script(NO_FIELD_SIZING)
        enters(staged, muted=0)
        expect(anna.field).not_to_be_editable()
        expect(anna.page.locator("#emoji")).to_be_disabled()
        anna.page.set_viewport_size({"width": 700, "height": 400})
        anna.page.wait_for_timeout(200)
        expect(anna.page.locator("#emoji")).to_be_disabled()

    @pytest.mark.parametrize("held", ["muted", "read_only", "slow"])
    def test_a_reaction_that_is_there_says_why_it_cant_be_joined(self, staged: Staged, held: str) -> None:
        """Nothing is sent then, and so nothing is undone again; slow mode holds back posts only."""
        anna, fake = staged
        every: dict[str, dict[str, Any]] = {"muted": {"muted": 0}, "read_only": {"rules": {**RULES, "read_only": True}}}
        welcome = every.get(held, {})
        liked = message(1, "Раз", reactions=[{"emoji": "👍", "count": 1, "people": ["boris"]}], rev=2)
        enters(staged, messages=[liked], seq=2, head=2, **welcome)
        if held == "slow":
            rules(fake, slow=30)
            fake.sends(message(3, "Два", ME))
            expect(anna.field).to_have_attribute("placeholder", re.compile("Подождите"))
        anna.page.locator("#m1 .reaction").click()
        if held == "slow":
            fake.hears("react", 1)
            return
        toast(anna, {"muted": "Модератор запретил вам писать", "read_only": "Пишут только модераторы"}[held])
        fake.hears("react", 0)

    @pytest.mark.parametrize("code", ["slow", "muted", "read_only"])
    def test_a_post_that_is_refused_is_a_draft_again(self, staged: Staged, code: str) -> None:
        """No failed post: its text is in the field, above what has been written since, also after a reload."""
        anna, fake = staged
        enters(staged)
        anna.says("Раз")
        post = fake.hears("post", 1)[0]
        anna.writes("и ещё")
        fake.sends({"type": "error", "code": code, "id": post["id"], "retry_after": 60})
        expect(anna.field).to_have_value("Раз\nи ещё")
        expect(anna.page.locator("[data-post]")).to_have_count(0)
        anna.page.reload()
        expect(anna.field).to_have_value("Раз\nи ещё")
        expect(anna.page.locator("[data-post]")).to_have_count(0)

    def test_a_post_that_waited_for_the_page_isnt_lost(self, staged: Staged) -> None:
        """It was left unsent, and the room is slow: it is sent only when the field is there to take it back."""
        anna, fake = staged
        enters(staged)
        fake.refuses_connections = True
        fake.closes(1012)
        expect(anna.strip).to_contain_text("Нет связи")
        anna.says("Раз")
        fake.refuses_connections = False
        fake.answers["post"] = lambda post: {"type": "error", "code": "slow", "id": post["id"], "retry_after": 60}
        held: list[Route] = []
        anna.page.route("**/page.js", lambda route: held.append(route))
        anna.page.reload(wait_until="commit")
        fake.hears("hello", 2)
        anna.page.wait_for_timeout(300)
        fake.hears("post", 0)
        held[0].continue_()
        fake.hears_posts("Раз")
        expect(anna.field).to_have_value("Раз")
        expect(anna.page.locator("[data-post]")).to_have_count(0)

    def test_a_room_that_is_only_read_says_so(self, staged: Staged) -> None:
        """Moderators write there as ever."""
        anna, fake = staged
        enters(staged)
        rules(fake, read_only=True)
        expect(anna.field).to_have_attribute("placeholder", "Пишут только модераторы")
        expect(anna.field).not_to_be_editable()
        expect(anna.page.locator("#emoji")).to_be_disabled()
        fake.sends({"type": "role", "role": "moderator"})
        expect(anna.field).to_be_editable()
