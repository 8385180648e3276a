"""Keeping order in the page: what moderators can do, and what everyone sees of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import BORIS, ME, FakeServer, message
from .people import GREETING, People, Person, script

Staged = tuple[Person, FakeServer]
RULES = {"version": 1, "slow": 0, "read_only": False, "locked": False, "password": False, "topic": ""}
MODERATOR = {**ME, "role": "moderator"}
VERA = {"id": "vera", "name": "Вера", "role": "moderator"}
GLEB = {"id": "gleb", "name": "Глеб"}
BARRED = [
    {"person": BORIS, "act": "mute", "seconds": 540, "by": ME, "time": "2026-11-23T12:00:00.000Z"},
    {"person": GLEB, "act": "remove", "seconds": 0, "by": ME, "time": "2026-11-23T11:00:00.000Z"},
]
ACTS = [{name: each[name] for name in ("act", "by", "time", "person", "seconds")} for each in BARRED]
SIZES = [(320, 640), (390, 844), (1280, 800), (320, 256)]


def enters(staged: Staged, **welcome: Any) -> Person:
    """Anna in a room where Boris has written."""
    anna, fake = staged
    online = {"count": 3, "people": [MODERATOR if welcome.get("role") else ME, BORIS, VERA]}
    messages = [message(1, "Реклама"), message(2, "Добрый день", VERA)]
    fake.next_welcome(**{"messages": messages, "seq": 2, "head": 2, "online": online, "rules": RULES, **welcome})
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    return anna


def moderates(staged: Staged, **welcome: Any) -> Person:
    """Anna, who came by a moderator's link."""
    staged[1].answers["moderate"] = lambda command: {
        "type": "done",
        **({"barred": BARRED, "acts": ACTS} if command["act"] == "barred" else {}),
    }
    return enters(staged, role="moderator", **welcome)


def acts(fake: FakeServer) -> list[dict[str, Any]]:
    """What was done: the commands without what they all have, and without questions."""
    done = [command for command in fake.commands("moderate") if command["act"] != "barred"]
    return [{name: value for name, value in command.items() if name not in ("type", "ref")} for command in done]


def did(person: Person, fake: FakeServer, *expected: dict[str, Any]) -> None:
    """Exactly this was done so far."""
    for _ in range(100):
        if len(acts(fake)) >= len(expected):
            break
        person.page.wait_for_timeout(20)
    assert acts(fake) == list(expected)


def rules(fake: FakeServer, **changed: Any) -> None:
    fake.sends({"type": "rules", **RULES, "version": 2, **changed})


def menu(person: Person, of: Locator) -> Locator:
    """The open menu of a message or a person."""
    of.hover()
    of.locator(".message-more, .person-more").click()
    opened = person.page.get_by_role("menu")
    expect(opened).to_be_visible()
    return opened


def panel(person: Person) -> Locator:
    dialog = person.opens("moderation")
    expect(dialog.locator(".moderation-row").first).to_be_visible()
    return dialog


def toast(person: Person, text: str) -> None:
    expect(person.page.locator(".toast")).to_have_text(text)


class TestALink:
    """A moderator's link."""

    def test_is_taken_out_of_the_address_and_kept(self, staged: Staged) -> None:
        """Its token goes into `hello`, also after a reload, and only in its room."""
        anna, fake = staged
        for _ in range(2):
            fake.next_welcome(role="moderator")
        anna.page.goto(f"{anna.url}/r/kitchen#mod=t0ken.x-_~1")
        fake.hears("hello", 1)
        assert "#" not in anna.page.url
        anna.page.reload()
        fake.hears("hello", 2)
        anna.page.goto(f"{anna.url}/r/hall")
        hellos = fake.hears("hello", 3)
        assert [hello.get("mod") for hello in hellos] == ["t0ken.x-_~1", "t0ken.x-_~1", None]

    def test_that_is_pasted_into_an_open_page_holds_at_once(self, staged: Staged) -> None:
        """The page connects again with it, and keeps what is being written."""
        anna, fake = staged
        enters(staged)
        anna.writes("Черновик")
        fake.next_welcome(role="moderator", recovered=True, seq=2, rules=RULES)
        anna.page.evaluate("location.hash = '#mod=t0ken'")
        expect(anna.page.locator("[data-tool=moderation]")).to_be_visible()
        assert fake.hears("hello", 2)[1]["mod"] == "t0ken"
        expect(anna.field).to_have_value("Черновик")
        assert "#" not in anna.page.url

    def test_that_is_refused_is_forgotten_with_a_sentence(self, staged: Staged) -> None:
        """The person is in as anybody; the next `hello` has no token."""
        anna, fake = staged
        anna.page.goto(f"{anna.url}/#mod=revoked")
        toast(anna, "Ссылка модератора больше не действует")
        expect(anna.page.locator("[data-tool=moderation]")).to_have_count(0)
        anna.page.reload()
        assert [hello.get("mod") for hello in fake.hears("hello", 2)] == ["revoked", None]

    def test_that_is_revoked_meanwhile_takes_the_panel_away(self, staged: Staged) -> None:
        """An open panel closes, and the button goes."""
        anna, fake = staged
        anna.page.add_init_script("localStorage.setItem('wschat.mod.chat', 't0ken')")
        moderates(staged)
        dialog = panel(anna)
        fake.sends({"type": "role", "role": ""})
        expect(dialog).to_have_count(0)
        expect(anna.page.locator("[data-tool=moderation]")).to_have_count(0)
        toast(anna, "Ссылка модератора больше не действует")
        assert anna.page.evaluate("localStorage.getItem('wschat.mod.chat')") is None


class TestEveryone:
    """What everyone sees of the order in a room."""

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

    def test_is_told_of_changes_in_plain_words(self, staged: Staged) -> None:
        """A line in the list, and the same for screen readers."""
        anna, fake = staged
        enters(staged)
        rules(fake, locked=True, topic="Обед")
        expect(anna.list.locator(".line", has_text="Комната закрыта для новых людей")).to_be_visible()
        expect(anna.list.locator(".line", has_text="Тема комнаты")).to_have_text("Тема комнаты: \u2068Обед\u2069")
        expect(anna.page.locator("#announcer")).to_contain_text("Комната закрыта для новых людей")
        expect(anna.page.locator("[data-tool=moderation]")).to_have_count(0)
        expect(anna.page.locator(".person-more")).to_have_count(0)


class TestSomebodyHeldBack:
    """Who may not write now."""

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
        expect(anna.page.locator(".hold")).to_have_text(re.compile(r"Модератор запретил вам писать. Осталось 9:5\d"))
        expect(anna.page.locator("#announcer")).to_have_text(re.compile(r"Модератор запретил вам писать до 15:1\d"))
        shoot(anna, "moderation-muted-draft")
        anna.page.clock.fast_forward(600_000)
        expect(anna.field).to_be_editable()
        expect(anna.page.locator(".hold")).to_be_hidden()
        expect(anna.field).to_have_attribute("placeholder", "Сообщение")
        expect(anna.send).to_be_enabled()

    def test_mute_is_ended_by_a_moderator(self, staged: Staged) -> None:
        """One for good says so without a time, also after a reload, until it is ended."""
        anna, fake = staged
        enters(staged, muted=0)
        expect(anna.field).to_have_attribute("placeholder", "Модератор запретил вам писать")
        expect(anna.field).not_to_be_editable()
        fake.sends({"type": "muted", "seconds": None})
        expect(anna.field).to_be_editable()
        expect(anna.field).to_have_attribute("placeholder", "Сообщение")

    def test_slow_mode_makes_one_wait_and_write_on(self, timed: Staged) -> None:
        """After a message the wait counts down; what is written meanwhile stays, and is sent when it may be."""
        anna, fake = timed
        enters(timed, rules={**RULES, "slow": 30})
        fake.answers["post"] = lambda post: [
            message(3, post["text"], ME, id=post["id"]),
            {"type": "ack", "id": post["id"], "seq": 3},
        ]
        anna.says("Раз")
        anna.page.clock.run_for(300)
        expect(anna.field).to_have_attribute("placeholder", re.compile(r"Медленный режим: ещё 0:(30|29)"))
        anna.writes("Два")
        anna.page.keyboard.press("Enter")
        anna.page.clock.run_for(300)
        expect(anna.page.locator(".hold")).to_have_text(re.compile(r"Медленный режим: ещё 0:2\d"))
        expect(anna.field).to_have_value("Два")
        anna.page.clock.fast_forward(31_000)
        expect(anna.send).to_be_enabled()
        fake.hears_posts("Раз")

    def test_slow_mode_lets_edits_through(self, staged: Staged) -> None:
        """Only posts have to wait."""
        anna, fake = staged
        enters(staged, rules={**RULES, "slow": 30}, messages=[message(1, "Раз", ME)], seq=1, head=1)
        fake.sends(message(2, "Два", ME))
        expect(anna.field).to_have_attribute("placeholder", re.compile("Медленный режим"))
        anna.page.keyboard.press("ArrowUp")
        expect(anna.field).to_have_value("Два")
        expect(anna.page.locator(".hold")).to_be_hidden()
        anna.writes("Двое")
        anna.page.keyboard.press("Enter")
        assert fake.hears("edit", 1)[0]["text"] == "Двое"

    def test_a_field_that_is_closed_is_offered_nothing(self, staged: Staged) -> None:
        """Neither replies nor mentions, and a press on a name writes nothing."""
        anna, _ = staged
        enters(staged, muted=0)
        opened = menu(anna, anna.page.locator("#m1"))
        expect(opened.locator(".menu-item > span")).to_have_text(["Скопировать текст", "Скопировать ссылку"])
        anna.page.keyboard.press("Escape")
        anna.page.locator("aside .person", has_text="Борис").click()
        anna.page.wait_for_timeout(300)
        expect(anna.field).to_have_value("")

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

    def test_a_room_that_is_only_read_says_so(self, staged: Staged) -> None:
        """Moderators write there as ever."""
        anna, fake = staged
        enters(staged)
        rules(fake, read_only=True)
        expect(anna.field).to_have_attribute("placeholder", "Сейчас пишут только модераторы")
        expect(anna.field).not_to_be_editable()
        expect(anna.page.locator("#emoji")).to_be_disabled()
        fake.sends({"type": "role", "role": "moderator"})
        expect(anna.field).to_be_editable()


class TestSomebodyKeptOut:
    """Whom the room doesn't let in."""

    def test_sees_why_and_until_when_and_comes_back_by_itself(self, timed: Staged) -> None:
        """The whole page says so; when the time is over the page joins, and the draft is there."""
        anna, fake = timed
        enters(timed)
        anna.writes("Черновик")
        fake.sends({"type": "error", "code": "barred", "retry_after": 60})
        fake.closes(4501)
        out = anna.dialog("out")
        anna.page.clock.run_for(1_100)
        expect(out.get_by_role("heading")).to_have_text("Вас удалили из комнаты")
        expect(out).to_contain_text(re.compile(r"вам или вашей сети до 15:0\d"))
        expect(out).to_contain_text(re.compile(r"Страница войдёт сама через 0:5\d"))
        anna.page.keyboard.press("Escape")
        expect(out).to_be_visible()
        shoot(anna, "moderation-removed")
        fake.next_welcome(recovered=True, seq=2, rules=RULES)
        anna.page.clock.run_for(61_000)
        expect(out).to_have_count(0)
        expect(anna.field).to_have_value("Черновик")
        expect(anna.field).to_be_focused()
        fake.hears("hello", 2)

    def test_for_good_isnt_asked_again(self, timed: Staged) -> None:
        """It says that only a moderator can let them in; a press asks."""
        anna, fake = timed
        fake.answers["hello"] = {"type": "error", "code": "barred"}
        anna.page.goto(anna.url)
        out = anna.dialog("out")
        expect(out.get_by_role("heading")).to_have_text("Вход в комнату закрыт")
        expect(out).to_contain_text("Открыть его может только модератор")
        for _ in range(5):
            anna.page.clock.fast_forward(3_600_000)
        fake.hears("hello", 1)
        out.get_by_role("button", name="Проверить").click()
        anna.page.clock.run_for(100)
        fake.hears("hello", 2)
        expect(out).to_be_visible()

    def test_by_a_lock_is_let_in_once_it_is_open(self, timed: Staged) -> None:
        """The page asks again every half a minute."""
        anna, fake = timed
        fake.answers["hello"] = {"type": "error", "code": "locked"}
        anna.page.goto(f"{anna.url}/r/kitchen")
        out = anna.dialog("out")
        expect(out.get_by_role("heading")).to_have_text("Комната закрыта для новых людей")
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

    def test_of_a_room_that_doesnt_exist_finds_the_way_home(self, staged: Staged) -> None:
        """Where the operator has named the rooms there are."""
        anna, fake = staged
        fake.answers["hello"] = {"type": "error", "code": "room_unknown"}
        anna.page.goto(f"{anna.url}/r/kitchen")
        join = anna.dialog("join")
        expect(join.get_by_role("heading")).to_have_text("Комната не открывается")
        expect(join).to_contain_text("Такой комнаты здесь нет.")
        expect(join.get_by_role("link")).to_have_attribute("href", "/")


class TestAModerator:
    """What a moderator can do."""

    def test_deletes_anybodys_message(self, staged: Staged) -> None:
        """After a question, as with one's own; nobody else is offered it."""
        anna, fake = staged
        moderates(staged)
        opened = menu(anna, anna.page.locator("#m1"))
        opened.get_by_role("menuitem", name="Удалить", exact=True).click()
        anna.dialog("deletion").get_by_role("button", name="Удалить").click()
        assert fake.hears("delete", 1)[0]["seq"] == 1

    def test_mutes_the_author_of_a_message(self, staged: Staged) -> None:
        """For one of four times, by the number of the message, so also somebody who has left."""
        anna, fake = staged
        moderates(staged)
        menu(anna, anna.page.locator("#m1")).get_by_role("menuitem", name="Запретить писать").click()
        dialog = anna.dialog("barring")
        expect(dialog.get_by_role("button")).to_have_text(["", "на 10 минут", "на 1 час", "на 24 часа", "навсегда"])
        expect(dialog.get_by_role("button", name="на 10 минут")).to_be_focused()
        dialog.get_by_role("button", name="навсегда").click()
        did(anna, fake, {"act": "mute", "seq": 1, "epoch": "e1", "seconds": 0})
        toast(anna, "Запрет писать навсегда: \u2068Борис\u2069")

    def test_is_asked_before_removing_somebody_for_good(self, staged: Staged) -> None:
        """A removal with a time needs no question; the page says what a private window is, and locks if wished."""
        anna, fake = staged
        moderates(staged)
        boris = anna.page.locator("aside .person", has_text="Борис")
        menu(anna, boris).get_by_role("menuitem", name="Удалить из комнаты").click()
        dialog = anna.dialog("barring")
        expect(dialog).to_contain_text("В приватном окне любой — новый человек")
        dialog.get_by_label("Закрыть комнату для новых людей").check()
        shoot(anna, "moderation-removing")
        dialog.get_by_role("button", name="навсегда").click()
        assert acts(fake) == []
        expect(dialog.get_by_role("heading")).to_have_text("Удалить навсегда?")
        dialog.get_by_role("button", name="Удалить").click()
        did(anna, fake, {"act": "remove", "person": "boris", "seconds": 0}, {"act": "lock", "on": True})

    def test_lets_somebody_write_again_from_the_list(self, staged: Staged) -> None:
        """Who is muted has that in their menu in the place of the mute."""
        anna, fake = staged
        moderates(staged)
        boris = anna.page.locator("aside .person", has_text="Борис")
        menu(anna, boris).get_by_role("menuitem", name="Разрешить писать").click()
        did(anna, fake, {"act": "let_in", "person": "boris"})
        toast(anna, "Запреты сняты: \u2068Борис\u2069")

    def test_cant_act_on_moderators(self, staged: Staged) -> None:
        """Neither in the list nor in the menu of their messages."""
        anna, _ = staged
        moderates(staged)
        expect(anna.page.locator("aside .person-more")).to_have_count(1)
        opened = menu(anna, anna.page.locator("#m2"))
        expect(opened.get_by_role("menuitem", name="Удалить", exact=True)).to_be_visible()
        expect(opened.get_by_role("menuitem", name="Запретить писать")).to_have_count(0)

    def test_opens_the_menu_of_a_person_by_key_and_mentions_by_a_press(self, staged: Staged) -> None:
        """A press on the name is a mention as before; the button is reached by Tab, and gets the focus back."""
        anna, _ = staged
        moderates(staged)
        boris = anna.page.locator("aside .person", has_text="Борис")
        boris.locator("bdi").click()
        expect(anna.field).to_have_value("@Борис ")
        more = boris.get_by_role("button")
        expect(more).to_have_accessible_name("Действия: \u2068Борис\u2069")
        anna.page.locator("aside .people-list").focus()
        anna.page.keyboard.press("Tab")
        expect(more).to_be_focused()
        anna.page.keyboard.press("Enter")
        expect(anna.page.get_by_role("menuitem", name="Упомянуть")).to_be_focused()
        anna.page.keyboard.press("Escape")
        expect(more).to_be_focused()
        boris.locator("bdi").click(button="right")
        expect(anna.page.get_by_role("menu")).to_be_visible()

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
        dialog.get_by_label("Закрыть для новых людей").check()
        did(anna, fake, *acts(fake)[:2], {"act": "read_only", "on": True}, {"act": "lock", "on": True})
        dialog.get_by_label("Пароль комнаты").fill("сезам")
        dialog.get_by_role("button", name="Сохранить").last.click()
        did(anna, fake, *acts(fake)[:4], {"act": "password", "text": "сезам"})
        expect(dialog.get_by_label("Пароль комнаты")).to_have_value("")
        rules(fake, version=3, slow=7, password=True, topic="Ужин")
        expect(dialog.get_by_label("Медленный режим")).to_have_value("7")
        expect(dialog.get_by_label("Пишут только модераторы")).not_to_be_checked()
        dialog.get_by_role("button", name="Снять").click()
        did(anna, fake, *acts(fake)[:5], {"act": "password", "text": ""})

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
        expect(rows.first).to_have_text(re.compile(r"Борис\s*не может писать до \d"))
        expect(rows.last).to_have_text(re.compile(r"Глеб\s*не может войти\s*Вернуть"))
        fake.answers["moderate"] = {"type": "done", "barred": BARRED[:1], "acts": ACTS}
        dialog.get_by_role("button", name="Вернуть: \u2068Глеб\u2069").click()
        did(anna, fake, {"act": "let_in", "person": "gleb"})
        expect(dialog.get_by_role("status")).to_have_text("Запреты сняты: \u2068Глеб\u2069")
        expect(dialog.get_by_role("button", name="Вернуть: \u2068Борис\u2069")).to_be_focused()
        fake.answers["moderate"] = {"type": "done", "barred": [], "acts": []}
        anna.page.keyboard.press("Enter")
        expect(dialog).to_contain_text("Таких нет")
        expect(dialog.locator("summary")).to_be_focused()

    def test_has_the_last_acts(self, staged: Staged) -> None:
        """What was done, by whom and when."""
        anna, _ = staged
        moderates(staged)
        dialog = panel(anna)
        dialog.locator("summary").click()
        expect(dialog.locator("details .moderation-row").last).to_have_text(
            re.compile(r"Вход закрыт навсегда: ⁨Глеб⁩\s*Анна · ")
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

    def test_is_fetched_when_it_is_first_opened(self, staged: Staged) -> None:
        """Neither its scripts nor its styles are loaded before."""
        anna, _ = staged
        moderates(staged)
        addresses = "performance.getEntriesByType('resource').map(({ name }) => name)"
        assert not [each for each in anna.page.evaluate(addresses) if re.search(r"moderation|barring", each)]
        panel(anna)
        loaded = anna.page.evaluate(addresses)
        assert [each for each in loaded if each.endswith("css/moderation.css")]


@pytest.mark.parametrize("forced", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_what_moderators_see_is_sound(people: People, server: Server, forced: dict[str, Any]) -> None:
    """Panel, dialogs and menus fit every screen, and have nothing that axe objects to."""
    anna, fake = fake_for(people, server, **forced)
    topic = "Выпуск 2.4, и всё, что до него осталось " * 5
    moderates((anna, fake), rules={**RULES, "topic": topic[:200], "password": True})
    found: dict[str, Any] = {}

    def look(name: str) -> None:
        for width, height in SIZES:
            anna.page.set_viewport_size({"width": width, "height": height})
            anna.page.wait_for_timeout(200)
            found[f"{name} {width}×{height}"] = anna.page.evaluate(script("geometry"))
        anna.page.set_viewport_size({"width": 1280, "height": 800})
        report = Axe().run(anna.page)
        found[f"{name}, axe"] = [(each["id"], each["nodes"][0]["html"]) for each in report.response["violations"]]

    look("page")
    dialog = panel(anna)
    dialog.locator("summary").click()
    look("panel")
    anna.page.keyboard.press("Escape")
    menu(anna, anna.page.locator("aside .person", has_text="Борис"))
    found["menu"] = anna.page.evaluate(script("geometry"))
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
